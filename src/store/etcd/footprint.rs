//! What a commit has to compare for what was read.
//!
//! What was read in a scope holds as long as the scope's version does. Outside of scopes every key is compared for
//! itself, and a range with what was found in it. Where that is more than etcd compares at once, all versions are: then
//! any commit at all is in the way.

use super::layout::{Paths, behind_all};
use super::memory::Recalled;
use super::message::{Compare, CompareResult, CompareTarget, Compared};
use super::nest::COMPARES_MAX;
use crate::gather::Gather as _;
use crate::map::Map;

/// How many records of one transaction may come from what a node remembers.
const RECALLED_MAX: usize = 16;

/// How many keys and ranges outside of scopes are compared for themselves.
const APART_MAX: usize = 20;

/// A version as it was at the snapshot: the revision in which it was set, and how often it had been.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) revision: i64,
    pub(super) sets: i64,
}

/// What a transaction has read.
#[derive(Debug)]
pub(super) struct Footprint {
    /// The scopes that were read in, with their versions where these were read too.
    pub(super) scopes: Map<Option<Version>>,
    /// The revisions of keys outside of scopes; 0 where nothing is.
    keys: Map<i64>,
    /// Ranges outside of scopes, in which nothing may be newer than the snapshot.
    ranges: Vec<(Vec<u8>, Vec<u8>)>,
    everything: bool,
    /// The revisions of what came from memory.
    pub(super) recalled: Map<i64>,
    /// The first and the last revision at which all of that was so.
    recalled_at: (i64, i64),
}

impl Default for Footprint {
    fn default() -> Self {
        Self {
            scopes: Map::new(),
            keys: Map::new(),
            ranges: Vec::new(),
            everything: false,
            recalled: Map::new(),
            recalled_at: (0, i64::MAX),
        }
    }
}

impl Footprint {
    /// Whether one more record may come from memory.
    pub(super) fn may_recall(&self) -> bool {
        self.recalled.len() < RECALLED_MAX
    }

    /// Something was read in a scope whose version is not known.
    pub(super) fn add_scope(&mut self, scope: &str) {
        if !self.scopes.contains_key(scope) {
            self.scopes.insert(scope.to_owned(), None);
        }
    }

    /// The version of a scope, where it was read.
    pub(super) fn version(&self, scope: &str) -> Option<Version> {
        self.scopes.get(scope).copied().flatten()
    }

    /// Adds a record that came from memory, if there is a state that it and all others are of.
    pub(super) fn add_recalled(&mut self, key: &str, record: &Recalled) -> bool {
        let (first, last) = self.recalled_at;
        let (first, last) = (first.max(record.mod_revision), last.min(record.until));
        if first <= last {
            self.recalled_at = (first, last);
            self.recalled.insert(key.to_owned(), record.mod_revision);
        }
        first <= last
    }

    /// A key outside of scopes had this revision.
    pub(super) fn add_key(&mut self, key: &str, revision: i64) {
        if !self.everything {
            self.keys.insert(key.to_owned(), revision);
            self.limit();
        }
    }

    /// A range outside of scopes was read whose keys are added one by one.
    pub(super) fn add_range(&mut self, start: Vec<u8>, end: Vec<u8>) {
        if !self.everything {
            self.ranges.push((start, end));
            self.limit();
        }
    }

    /// So much was read that any change counts.
    pub(super) fn add_everything(&mut self) {
        self.everything = true;
        self.keys.clear();
        self.ranges.clear();
    }

    fn limit(&mut self) {
        if self.keys.len() + self.ranges.len() > APART_MAX {
            self.add_everything();
        }
    }

    /// What must hold for a commit of what was read at `snapshot`, and that writes in the scopes `written`.
    pub(super) fn compares(
        &self,
        paths: &Paths,
        snapshot: i64,
        written: &[Option<String>],
    ) -> Vec<Compare> {
        let mut versions: Vec<Option<&str>> = written.iter().map(Option::as_deref).gather();
        for scope in self.scopes.keys() {
            versions.push(Some(scope));
        }
        versions.sort_unstable();
        versions.dedup();

        let mut compares = Vec::new();
        for (key, revision) in self.keys.iter() {
            compares.push(unchanged(paths.data(key), *revision));
        }
        self.compare_recalled(paths, &mut compares);
        for (start, end) in &self.ranges {
            compares.push(none_newer(start.clone(), end.clone(), snapshot));
        }
        for scope in versions {
            compares.push(none_newer(paths.version(scope), vec![], snapshot));
        }
        if compares.len() <= COMPARES_MAX && !self.everything {
            return compares;
        }
        let all = none_newer(paths.versions().to_vec(), behind_all(paths.versions()), snapshot);
        let mut compares = vec![all];
        self.compare_recalled(paths, &mut compares);
        compares
    }

    fn compare_recalled(&self, paths: &Paths, compares: &mut Vec<Compare>) {
        for (key, revision) in self.recalled.iter() {
            compares.push(unchanged(paths.data(key), *revision));
        }
    }
}

/// That `key` was last set in `revision`, or for 0 is not there.
fn unchanged(key: Vec<u8>, revision: i64) -> Compare {
    compare(key, vec![], CompareResult::Equal, revision)
}

/// That nothing from `key` to before `end` was set after `snapshot`. Holds for what is not there, so it goes for what
/// is never deleted, or was not there.
fn none_newer(key: Vec<u8>, end: Vec<u8>, snapshot: i64) -> Compare {
    compare(key, end, CompareResult::Less, snapshot.saturating_add(1))
}

fn compare(key: Vec<u8>, range_end: Vec<u8>, result: CompareResult, revision: i64) -> Compare {
    Compare {
        result: result.into(),
        target: CompareTarget::Mod.into(),
        key,
        compared: Some(Compared::ModRevision(revision)),
        range_end,
    }
}
