//! Whether the engine's own keys in etcd fit to the records: walks all of them at one revision, and names what does not
//! hold.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use super::layout::{behind, behind_all};
use super::message::KeyValue;
use super::read::{between, trace};
use super::sections::Count;
use super::{Client, EtcdStore};
use crate::json::typed::{from_slice, record};
use crate::store::StoreError;

/// How many keys one call asks for.
const PAGE: i64 = 5000;

/// An invariant that does not hold.
#[derive(Clone, Debug, Error, PartialEq, Eq, PartialOrd, Ord)]
pub enum Broken {
    /// A folder is counted wrongly.
    #[error("{folder} has {found} records and is counted as {counted}")]
    Count {
        /// The folder.
        folder: String,
        /// What its count says; 0 where there is none.
        counted: u64,
        /// What there is.
        found: u64,
    },
    /// A section is counted wrongly.
    #[error("the section from {first} has {found} records and is counted as {counted}")]
    Section {
        /// Where it begins.
        first: String,
        /// What it says.
        counted: u64,
        /// What there is.
        found: u64,
    },
    /// A folder has sections and is not divided, or the other way round.
    #[error("{0}: sections and count do not fit")]
    Divided(String),
    /// There is a count of what is not counted, or of nothing.
    #[error("{0}: counted without need")]
    Needless(String),
    /// A scope with records has no version.
    #[error("{0}: no version")]
    Unversioned(String),
    /// A key is not what it should be.
    #[error("{0}: cannot be read")]
    Unreadable(String),
}

/// What [`check`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The revision that was looked at.
    pub revision: i64,
    /// Records found.
    pub records: u64,
    /// Counted folders found.
    pub folders: u64,
    /// Sections found.
    pub sections: u64,
    /// What is wrong; empty if all is sound.
    pub broken: Vec<Broken>,
}

struct Version {
    _transaction: String,
}

record!(read Version { _transaction as "transaction" });

/// Walks all keys under the engine's prefix, as they are at one revision.
///
/// # Errors
/// [`StoreError::conflict`] if that revision was compacted meanwhile, [`StoreError::unavailable`].
pub async fn check<C: Client, H, M>(store: &EtcdStore<C, H, M>) -> Result<Report, StoreError> {
    let (_, revision) = store.read(vec![trace(store.paths.changes())], None).await?;
    let mut walk = Walk { store, report: Report { revision, ..Report::default() } };
    let versions = walk.versions().await?;
    let counts = walk.counts().await?;
    let sections = walk.sections().await?;
    walk.records(&versions, &counts, &sections).await?;
    Ok(walk.report)
}

struct Walk<'s, C, H, M> {
    store: &'s EtcdStore<C, H, M>,
    report: Report,
}

impl<C: Client, H, M> Walk<'_, C, H, M> {
    async fn versions(&mut self) -> Result<BTreeSet<String>, StoreError> {
        let folder = self.store.paths.version(Some(""));
        let mut versions = BTreeSet::new();
        let mut broken = Vec::new();
        self.each(&folder, false, |name, kv| match from_slice::<Version>(&kv.value) {
            Ok(_) => drop(versions.insert(name.to_owned())),
            Err(_) => broken.push(Broken::Unreadable(format!("versions/{name}"))),
        })
        .await?;
        self.report.broken.append(&mut broken);
        Ok(versions)
    }

    async fn counts(&mut self) -> Result<BTreeMap<String, Count>, StoreError> {
        let folder = self.store.paths.count("");
        let layout = self.store.options.layout;
        let mut counts = BTreeMap::new();
        let mut broken = Vec::new();
        self.each(&folder, false, |name, kv| match from_slice::<Count>(&kv.value) {
            Ok(count) if count.records > 0 && layout.is_counted(name) => {
                counts.insert(name.to_owned(), count);
            }
            Ok(_) => broken.push(Broken::Needless(name.to_owned())),
            Err(_) => broken.push(Broken::Unreadable(format!("counts/{name}"))),
        })
        .await?;
        self.report.broken.append(&mut broken);
        self.report.folders = counts.len() as u64;
        Ok(counts)
    }

    /// The sections of each folder.
    async fn sections(&mut self) -> Result<BTreeMap<String, u64>, StoreError> {
        let folder = self.store.paths.section("");
        let mut sections = BTreeMap::new();
        let mut broken = Vec::new();
        self.each(&folder, false, |name, kv| {
            match std::str::from_utf8(&kv.value).ok().and_then(|text| text.parse::<u64>().ok()) {
                Some(records) => drop(sections.insert(name.to_owned(), records)),
                None => broken.push(Broken::Unreadable(format!("sections/{name}"))),
            }
        })
        .await?;
        self.report.broken.append(&mut broken);
        self.report.sections = sections.len() as u64;
        Ok(sections)
    }

    async fn records(
        &mut self,
        versions: &BTreeSet<String>,
        counts: &BTreeMap<String, Count>,
        sections: &BTreeMap<String, u64>,
    ) -> Result<(), StoreError> {
        let folder = self.store.paths.data("");
        let layout = self.store.options.layout;
        let mut found: BTreeMap<String, u64> = BTreeMap::new();
        let mut inside: BTreeMap<&str, u64> = BTreeMap::new();
        let mut broken = BTreeSet::new();
        let mut records = 0;
        self.each(&folder, true, |key, _| {
            records += 1;
            if let Some(scope) = (layout.scope)(key).filter(|scope| !versions.contains(*scope)) {
                broken.insert(Broken::Unversioned(scope.to_owned()));
            }
            let Some(folder) = layout.counted(key) else { return };
            *found.entry(folder.to_owned()).or_default() += 1;
            let section = sections.range(..=key.to_owned()).next_back();
            match section.filter(|(first, _)| first.starts_with(folder)) {
                Some((first, _)) => *inside.entry(first).or_default() += 1,
                None if counts.get(folder).is_some_and(|count| count.divided) => {
                    broken.insert(Broken::Divided(folder.to_owned()));
                }
                None => {}
            }
        })
        .await?;
        for folder in found.keys().chain(counts.keys()) {
            let found = found.get(folder).copied().unwrap_or(0);
            let counted = counts.get(folder).map_or(0, |count| count.records);
            if found != counted {
                broken.insert(Broken::Count { folder: folder.clone(), counted, found });
            }
        }
        for (first, counted) in sections {
            let found = inside.get(&**first).copied().unwrap_or(0);
            if found != *counted {
                broken.insert(Broken::Section { first: first.clone(), counted: *counted, found });
            }
            let folder = layout.counted(first);
            let count = folder.and_then(|folder| counts.get(folder));
            if !count.is_some_and(|count| count.divided) {
                broken.insert(Broken::Divided(first.clone()));
            }
        }
        self.report.records = records;
        self.report.broken.extend(broken);
        Ok(())
    }

    /// Shows `see` all keys below `folder`, by their names there.
    async fn each(
        &mut self,
        folder: &[u8],
        keys_only: bool,
        mut see: impl FnMut(&str, &KeyValue),
    ) -> Result<(), StoreError> {
        let mut request = between(folder.to_vec(), behind_all(folder));
        request.keys_only = keys_only;
        request.limit = PAGE;
        loop {
            let revision = Some(self.report.revision);
            let (found, _) = self.store.read(vec![request.clone()], revision).await?;
            let Some(found) = found.into_iter().next() else { return Ok(()) };
            for kv in &found.kvs {
                let name = kv.key.strip_prefix(folder);
                match name.and_then(|name| std::str::from_utf8(name).ok()) {
                    Some(name) => see(name, kv),
                    None => {
                        let key = String::from_utf8_lossy(&kv.key).into_owned();
                        self.report.broken.push(Broken::Unreadable(key));
                    }
                }
            }
            match found.kvs.last() {
                Some(last) if found.more => request.key = behind(&last.key),
                _ => return Ok(()),
            }
        }
    }
}
