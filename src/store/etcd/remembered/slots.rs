//! Where a node keeps what it remembers: a fixed number of slots in what its VMs share, each record in the one that its
//! key's hash names. A record that comes takes the place of whatever was there.
//!
//! Who fills a slot read etcd some time ago, and meanwhile the record may have been taken away. So a change is applied in
//! this order: `applied` is raised to its revision, then the slot of each of its records is written, whatever is in it.
//! And a slot is filled in this order: it is read, `applied` is read, which must not be above the revision that the record
//! was read at, and it is swapped. So a filler either comes before the change wrote the slot, and is emptied; or has read
//! the slot before, and its swap fails; or has read `applied` after it was raised, and gives up.

use std::hash::BuildHasher as _;

use rustc_hash::FxBuildHasher;

use super::watch::Change;
use crate::store::tree::{KeyValue, KeyValueError};

/// How many slots there are. A host that cannot delete keeps that many keys at the most.
const SLOTS: u64 = 32_768;

/// The longest value that is remembered. Records of ordinary size have a few hundred bytes.
const VALUE_MAX: usize = 4096;

/// A slot without a record.
const EMPTY: &[u8] = b"";

/// How often a swap is tried that others came before.
const TRIES: usize = 100;

/// A record as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    /// The key in etcd.
    pub(super) key: String,
    /// The value.
    pub(super) value: Vec<u8>,
    /// The revision in which it was last set.
    pub(super) modified: i64,
    /// The latest revision that it was read at.
    pub(super) read: i64,
}

/// The slots of one node, as one of its VMs uses them.
#[derive(Debug)]
pub(super) struct Slots<K> {
    host: K,
    name: String,
    count: u64,
}

impl<K: KeyValue> Slots<K> {
    /// Slots whose names begin with `name`, which is another one for each etcd and prefix.
    pub(super) fn new(host: K, name: String) -> Self {
        Self { host, name, count: SLOTS }
    }

    /// So few slots that records meet.
    #[cfg(test)]
    pub(super) fn with_count(host: K, name: String, count: u64) -> Self {
        Self { host, name, count }
    }

    /// What is remembered of `key`.
    pub(super) async fn find(&self, key: &str) -> Option<Slot> {
        let bytes = self.host.get(&self.place(key)).await.ok()??;
        Slot::decode(&bytes).filter(|slot| slot.key == key)
    }

    /// Remembers `record`, unless what is there is as good, or something was taken away since it was read.
    pub(super) async fn fill(&self, record: &Slot, since: i64) -> Result<(), KeyValueError> {
        if record.value.len() > VALUE_MAX {
            return Ok(());
        }
        let place = self.place(&record.key);
        let Some((bytes, version)) = self.open(&place).await? else { return Ok(()) };
        let as_good = |there: &Slot| {
            there.key == record.key
                && (there.read >= record.read
                    || (there.modified == record.modified && there.read >= since))
        };
        if Slot::decode(&bytes).is_some_and(|there| as_good(&there)) {
            return Ok(());
        }
        if self.applied().await? > record.read {
            return Ok(());
        }
        self.host.swap(&place, version, &record.encode()).await.map(drop)
    }

    /// Forgets what `change` replaced or took away.
    pub(super) async fn apply(&self, change: &Change) -> Result<(), KeyValueError> {
        self.raise(change.revision).await?;
        for key in change.keys.iter().flatten() {
            self.touch(key, change.revision).await?;
        }
        Ok(())
    }

    /// Writes the slot of `key`: without the record, if that was read before `revision`, otherwise as it is.
    pub(super) async fn touch(&self, key: &str, revision: i64) -> Result<(), KeyValueError> {
        let place = self.place(key);
        for _ in 0..TRIES {
            let Some((bytes, version)) = self.open(&place).await? else { continue };
            let old = |slot: Slot| slot.key == key && slot.read < revision;
            let kept = if Slot::decode(&bytes).is_some_and(old) { EMPTY } else { &bytes };
            if self.host.swap(&place, version, kept).await? {
                return Ok(());
            }
        }
        Err(KeyValueError::new("a slot was always swapped by others"))
    }

    /// The highest revision whose change any VM has applied, or begun to.
    pub(super) async fn applied(&self) -> Result<i64, KeyValueError> {
        let bytes = self.host.get(&self.applied_name()).await?;
        Ok(bytes.map_or(0, |bytes| number(&bytes)))
    }

    /// Makes `applied` at least `revision`.
    async fn raise(&self, revision: i64) -> Result<(), KeyValueError> {
        let name = self.applied_name();
        for _ in 0..TRIES {
            let Some((bytes, version)) = self.open(&name).await? else { continue };
            if number(&bytes) >= revision
                || self.host.swap(&name, version, revision.to_string().as_bytes()).await?
            {
                return Ok(());
            }
        }
        Err(KeyValueError::new("a number was always swapped by others"))
    }

    /// What is at `place`, which is made if it is not there.
    async fn open(&self, place: &str) -> Result<Option<(Vec<u8>, K::Version)>, KeyValueError> {
        if let Some(found) = self.host.get_versioned(place).await? {
            return Ok(Some(found));
        }
        self.host.create(place, EMPTY).await?;
        self.host.get_versioned(place).await
    }

    fn place(&self, key: &str) -> String {
        format!("{}#{}", self.name, FxBuildHasher.hash_one(key) % self.count)
    }

    fn applied_name(&self) -> String {
        format!("{}#applied", self.name)
    }
}

impl Slot {
    /// `<read> <modified> <length of the key> <key><value>`.
    fn encode(&self) -> Vec<u8> {
        let Self { key, value, modified, read } = self;
        let mut bytes = format!("{read} {modified} {} {key}", key.len()).into_bytes();
        bytes.extend(value);
        bytes
    }

    /// What is in a slot. `None` where that is nothing, or nothing that can be understood.
    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut parts = bytes.splitn(4, |byte| *byte == b' ');
        let mut next = || std::str::from_utf8(parts.next()?).ok()?.parse::<i64>().ok();
        let (read, modified, length) = (next()?, next()?, next()?);
        let (key, value) = parts.next()?.split_at_checked(usize::try_from(length).ok()?)?;
        let key = String::from_utf8(key.to_vec()).ok()?;
        Some(Self { key, value: value.to_vec(), modified, read })
    }
}

/// A number that was written as text; 0 where nothing was.
fn number(bytes: &[u8]) -> i64 {
    std::str::from_utf8(bytes).ok().and_then(|text| text.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests;
