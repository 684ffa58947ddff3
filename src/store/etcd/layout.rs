//! Which key of etcd is for what.

use crate::store::key;

/// What the engine has to know of the store's keys.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// The scope of a key: all of the key, or its beginning up to before a `/`. All that begins with a scope and a
    /// `/` is of that scope.
    pub scope: fn(&str) -> Option<&str>,
    /// The folder that a key is counted in: the beginning of the key up to and with a `/`, the same for all that begins
    /// with it. Goes for keys of a scope only.
    pub counted_folder: fn(&str) -> Option<&str>,
    /// Whether a node may remember the record.
    pub is_remembered: fn(&str) -> bool,
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            scope: key::scope,
            counted_folder: key::counted_folder,
            is_remembered: key::is_remembered,
        }
    }
}

impl Layout {
    /// The folder that `key` is counted in.
    pub(super) fn counted<'k>(&self, key: &'k str) -> Option<&'k str> {
        (self.scope)(key)?;
        (self.counted_folder)(key)
    }

    /// Whether `prefix` is exactly a counted folder.
    pub(super) fn is_counted(&self, prefix: &str) -> bool {
        self.counted(prefix) == Some(prefix)
    }

    /// The scope that all keys that begin with `prefix` are in.
    pub(super) fn scope_of_all<'k>(&self, prefix: &'k str) -> Option<&'k str> {
        // A prefix that is no longer than its scope is the beginning of other scopes too.
        (self.scope)(prefix).filter(|scope| scope.len() < prefix.len())
    }
}

/// Where things are in etcd.
#[derive(Clone, Debug)]
pub(super) struct Paths {
    data: String,
    versions: String,
    counts: String,
    sections: String,
    changes: String,
}

impl Paths {
    pub(super) fn new(prefix: &str) -> Self {
        Self {
            data: format!("{prefix}data/"),
            versions: format!("{prefix}versions/"),
            counts: format!("{prefix}counts/"),
            sections: format!("{prefix}sections/"),
            changes: format!("{prefix}changes"),
        }
    }

    /// The record at `key`.
    pub(super) fn data(&self, key: &str) -> Vec<u8> {
        join(&self.data, key)
    }

    /// Our key of what etcd has at `path`.
    pub(super) fn key_of<'p>(&self, path: &'p [u8]) -> Option<&'p str> {
        std::str::from_utf8(path.strip_prefix(self.data.as_bytes())?).ok()
    }

    /// The version of a scope; of everything outside of scopes: `other`.
    pub(super) fn version(&self, scope: Option<&str>) -> Vec<u8> {
        join(&self.versions, scope.unwrap_or("other"))
    }

    /// All versions. Every commit writes one of them, and none is ever deleted.
    pub(super) fn versions(&self) -> &[u8] {
        self.versions.as_bytes()
    }

    /// How many records are in a counted folder. Not there: none.
    pub(super) fn count(&self, folder: &str) -> Vec<u8> {
        join(&self.counts, folder)
    }

    /// How many records are in the section of a counted folder that begins with `first`.
    pub(super) fn section(&self, first: &str) -> Vec<u8> {
        join(&self.sections, first)
    }

    /// With what the section begins that etcd has at `path`.
    pub(super) fn section_of<'p>(&self, path: &'p [u8]) -> Option<&'p str> {
        std::str::from_utf8(path.strip_prefix(self.sections.as_bytes())?).ok()
    }

    /// The remembered records that the last commit of that kind replaced or deleted.
    pub(super) fn changes(&self) -> Vec<u8> {
        self.changes.clone().into_bytes()
    }
}

fn join(folder: &str, name: &str) -> Vec<u8> {
    [folder.as_bytes(), name.as_bytes()].concat()
}

/// The first key behind all that begin with `prefix`, a text that is not empty.
pub(super) fn behind_all(prefix: &[u8]) -> Vec<u8> {
    // No byte of a text is 0xff.
    let mut end = prefix.to_vec();
    if let Some(last) = end.last_mut() {
        *last = last.saturating_add(1);
    }
    end
}

/// The first key behind `key`.
pub(super) fn behind(key: &[u8]) -> Vec<u8> {
    let mut next = key.to_vec();
    next.push(0);
    next
}
