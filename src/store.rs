//! The state: an ordered map from text keys to byte values, read and changed in transactions.
//!
//! Rules and operations see only [`Store`] and [`Transaction`]. Engines are in the modules below; all of
//! them pass one model test.

mod asked;
mod choice;
pub mod etcd;
pub mod key;
pub mod memory;
#[cfg(test)]
pub(crate) mod suite;
pub mod tree;
mod turns;

use std::time::Duration;

use thiserror::Error;

pub use self::choice::Choice;
pub use self::turns::{Turn, Turns};

/// A key with its value.
pub type Entry = (String, Vec<u8>);

/// What is about to be read in a transaction, all of it in one part of the state: see [`Transaction::expect`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// Keys whose values will be asked for.
    pub keys: Vec<String>,
    /// Prefixes of which it will be asked how many keys start with them.
    pub counts: Vec<String>,
    /// Prefixes of which all entries will be asked for. Few of them are likely to have many.
    pub ranges: Vec<String>,
}

impl Expected {
    /// The values of `keys`.
    pub fn keys(keys: Vec<String>) -> Self {
        Self { keys, ..Self::default() }
    }

    /// All entries below each of the prefixes `ranges`.
    pub fn ranges(ranges: Vec<String>) -> Self {
        Self { ranges, ..Self::default() }
    }

    fn extend(&mut self, more: Self) {
        self.keys.extend(more.keys);
        self.counts.extend(more.counts);
        self.ranges.extend(more.ranges);
    }
}

/// The longest key in bytes that [`Transaction::put`] takes.
pub const KEY_MAX: usize = 1280;

/// The longest value in bytes that [`Transaction::put`] takes.
pub const VALUE_MAX: usize = 64 * 1024;

/// Why the store did not do what it was asked.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(transparent)]
// A pointer: what fails hands it on through many functions, each of which would else copy all of it.
pub struct StoreError(Box<StoreErrorKind>);

/// What of the store is wrong, and what that means for what was asked.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum StoreErrorKind {
    /// What was asked for has to be fetched first: see [`Transaction`].
    #[error("not fetched yet")]
    Lacking,
    /// Somebody else's commit came first, or the snapshot is gone: nothing was written, run the
    /// operation again on a new transaction.
    #[error("another commit came first")]
    Conflict,
    /// The store cannot be asked. Nothing was written.
    #[error("store unavailable: {0}")]
    Unavailable(String),
    /// The commit may or may not have happened.
    #[error("outcome of a commit is unknown: {0}")]
    Unknown(String),
    /// What the store holds cannot be understood.
    #[error("store corrupt: {0}")]
    Corrupt(String),
    /// A key over [`KEY_MAX`] or a value over [`VALUE_MAX`].
    #[error("{0} is too large for the store")]
    TooLarge(&'static str),
}

impl From<StoreErrorKind> for StoreError {
    fn from(kind: StoreErrorKind) -> Self {
        Self(Box::new(kind))
    }
}

impl StoreError {
    /// What is wrong.
    pub fn kind(&self) -> &StoreErrorKind {
        &self.0
    }

    /// [`StoreErrorKind::Lacking`]
    pub fn lacking() -> Self {
        StoreErrorKind::Lacking.into()
    }

    /// [`StoreErrorKind::Conflict`]
    pub fn conflict() -> Self {
        StoreErrorKind::Conflict.into()
    }

    /// [`StoreErrorKind::Unavailable`]
    pub fn unavailable(reason: impl Into<String>) -> Self {
        StoreErrorKind::Unavailable(reason.into()).into()
    }

    /// [`StoreErrorKind::Unknown`]
    pub fn unknown(reason: impl Into<String>) -> Self {
        StoreErrorKind::Unknown(reason.into()).into()
    }

    /// [`StoreErrorKind::Corrupt`]
    pub fn corrupt(reason: impl Into<String>) -> Self {
        StoreErrorKind::Corrupt(reason.into()).into()
    }

    /// [`StoreErrorKind::TooLarge`]
    pub fn too_large(what: &'static str) -> Self {
        StoreErrorKind::TooLarge(what).into()
    }

    /// Whether it is [`StoreErrorKind::Lacking`].
    pub fn is_lacking(&self) -> bool {
        matches!(self.kind(), StoreErrorKind::Lacking)
    }

    /// Whether it is [`StoreErrorKind::Conflict`].
    pub fn is_conflict(&self) -> bool {
        matches!(self.kind(), StoreErrorKind::Conflict)
    }

    /// Whether it is [`StoreErrorKind::Unavailable`].
    pub fn is_unavailable(&self) -> bool {
        matches!(self.kind(), StoreErrorKind::Unavailable(_))
    }

    /// Whether it is [`StoreErrorKind::Unknown`].
    pub fn is_unknown(&self) -> bool {
        matches!(self.kind(), StoreErrorKind::Unknown(_))
    }

    /// Whether it is [`StoreErrorKind::Corrupt`].
    pub fn is_corrupt(&self) -> bool {
        matches!(self.kind(), StoreErrorKind::Corrupt(_))
    }
}

/// What a commit leaves to be waited for: see [`Store::settle`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Receipt {
    /// The host's [uptime](crate::host::Clock::uptime) from which on no node goes by what the commit replaced.
    pub settles_at: Duration,
}

/// An ordered map with transactions.
#[expect(async_fn_in_trait, reason = "hosts are single-threaded, no future has to be Send")]
pub trait Store {
    /// A transaction of this store.
    type Transaction<'s>: Transaction
    where
        Self: 's;

    /// Opens a transaction on the state as it is now.
    async fn begin(&self) -> Result<Self::Transaction<'_>, StoreError>;

    /// Waits until no node goes by what the commit with this `receipt` replaced. A client is told of a commit only
    /// after that. Only engines whose nodes remember what they read have anything to wait for.
    async fn settle(&self, _receipt: Receipt) {}

    /// Waits until an operation whose commit has just met another one may be run again, for as long as it keeps what it
    /// gets. An engine whose runs take long lets only one at a time be run again, as they would go on meeting each other.
    async fn turn(&self) -> Turn<'_> {
        Turn::default()
    }
}

/// A consistent snapshot together with changes that only this transaction sees until it commits.
///
/// Every read sees the transaction's own writes. Keys are ordered by their bytes.
/// Dropping a transaction forgets its changes.
///
/// Nothing here waits but [`fetch`](Self::fetch) and [`commit`](Self::commit): a read of what an engine has yet to ask its
/// host for is [`StoreErrorKind::Lacking`]. An operation hands that on like any other error. Whoever runs it fetches what
/// is lacking, [undoes](Self::undo) what it has done, and runs it again: on the same snapshot, so that it gets to that read
/// once more, and now has it. So operations are plain functions, which takes a tenth off a module.
#[expect(async_fn_in_trait, reason = "hosts are single-threaded, no future has to be Send")]
pub trait Transaction {
    /// The value of `key`.
    ///
    /// # Errors
    ///
    /// [`StoreErrorKind::Lacking`], as of every read, or the host's.
    fn get(&mut self, key: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// Up to `limit` entries whose keys start with `prefix`, in order: those behind key `after` (where
    /// given), the first `skip` of them left out. Costs O(log n + limit), whatever `skip` is.
    fn range(
        &mut self,
        prefix: &str,
        after: Option<&str>,
        skip: u64,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError>;

    /// Hears what is about to be read. An engine whose host is far away asks for it together, once some of it is read.
    fn expect(&mut self, _expected: Expected) {}

    /// How many keys start with `prefix`. Costs O(log n).
    fn count(&mut self, prefix: &str) -> Result<u64, StoreError>;

    /// Sets `key` to `value`. An engine that has to ask its host for that does so at the next read or at the commit.
    ///
    /// # Errors
    ///
    /// [`StoreErrorKind::TooLarge`]
    fn put(&mut self, key: &str, value: Vec<u8>) -> Result<(), StoreError>;

    /// Removes `key`, if it is there.
    fn delete(&mut self, key: &str);

    /// Sets `key` to a value that nothing depends on, and of which the last may be lost. An engine whose commits cost its
    /// host dear sets it beside the state, and only [`noted`](Self::noted) finds it there.
    fn note(&mut self, key: &str, value: Vec<u8>) -> Result<(), StoreError> {
        self.put(key, value)
    }

    /// The value that was [noted](Self::note) under `key`.
    fn noted(&mut self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.get(key)
    }

    /// Fetches what the last read lacked, and what else it [expects](Self::expect).
    async fn fetch(&mut self) -> Result<(), StoreError>;

    /// Reads something by the way, which waits for what is lacking: for who runs no operation.
    async fn fetched<T>(
        &mut self,
        read: impl Fn(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError>
    where
        Self: Sized,
    {
        loop {
            match read(self) {
                Err(error) if error.is_lacking() => self.fetch().await?,
                outcome => return outcome,
            }
        }
    }

    /// Forgets all changes, and what is expected, but not what was fetched.
    fn undo(&mut self);

    /// What has to be waited for before somebody is told of what this transaction has read, who may take that as said of
    /// a change: see [`Store::settle`]. Others may have made it, and not wait for it themselves.
    fn witnessed(&self) -> Receipt {
        Receipt::default()
    }

    /// Makes every change visible at once, or none of them. `Ok` means that this transaction's changes are
    /// in the store. A transaction that changed nothing commits without a write. The receipt is also for what was
    /// [`witnessed`](Self::witnessed).
    async fn commit(self) -> Result<Receipt, StoreError>;
}

/// Refuses what no engine takes.
fn refuse_too_large(key: &str, value: &[u8]) -> Result<(), StoreError> {
    if key.len() > KEY_MAX {
        return Err(StoreError::too_large("key"));
    }
    if value.len() > VALUE_MAX {
        return Err(StoreError::too_large("value"));
    }
    Ok(())
}
