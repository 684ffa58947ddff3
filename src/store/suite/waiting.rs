//! A store that has nothing at hand.

use std::cell::Cell;
use std::rc::Rc;

use super::pause;
use crate::map::Set;
use crate::store::memory::{Memory, MemoryTransaction};
use crate::store::{Entry, Expected, Receipt, Store, StoreError, Transaction};

/// A store in memory that lacks each thing when it is read for the first time in a transaction, unless it was expected, and
/// waits once for whatever is asked of it: a place to crash at. Shared by all who hold it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Waiting {
    pub(crate) memory: Rc<Memory>,
    /// The most that one transaction wrote.
    pub(crate) largest_commit: Rc<Cell<usize>>,
}

#[derive(Debug)]
pub(crate) struct WaitingTransaction<'s> {
    inner: MemoryTransaction<'s>,
    store: &'s Waiting,
    written: usize,
    /// The reads whose answers are at hand.
    fetched: Set,
    lacking: Vec<String>,
    expected: Vec<String>,
    changes: usize,
}

impl WaitingTransaction<'_> {
    fn have(&mut self, reads: &[String]) -> Result<(), StoreError> {
        if reads.iter().any(|read| self.fetched.contains(read)) {
            return Ok(());
        }
        self.lacking = reads.to_vec();
        Err(StoreError::lacking())
    }
}

fn value(key: &str) -> String {
    format!("value of {key}")
}

fn count(prefix: &str) -> String {
    format!("count of {prefix}")
}

fn all(prefix: &str) -> String {
    format!("all of {prefix}")
}

impl Store for Waiting {
    type Transaction<'s> = WaitingTransaction<'s>;

    async fn begin(&self) -> Result<WaitingTransaction<'_>, StoreError> {
        pause().await;
        Ok(WaitingTransaction {
            inner: self.memory.begin().await?,
            store: self,
            written: 0,
            fetched: Set::default(),
            lacking: Vec::new(),
            expected: Vec::new(),
            changes: 0,
        })
    }
}

impl Transaction for WaitingTransaction<'_> {
    fn get(&mut self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.have(&[value(key)])?;
        self.inner.get(key)
    }

    fn range(
        &mut self,
        prefix: &str,
        after: Option<&str>,
        skip: u64,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let changes = self.changes;
        let some = format!("{limit} of {prefix} after {after:?}, {skip} and {changes} changes");
        let all = (after.is_none() && skip == 0).then(|| all(prefix));
        self.have(&Vec::from_iter([some].into_iter().chain(all)))?;
        self.inner.range(prefix, after, skip, limit)
    }

    fn count(&mut self, prefix: &str) -> Result<u64, StoreError> {
        let changed = format!("{} after {} changes", count(prefix), self.changes);
        self.have(&[changed, count(prefix), all(prefix)])?;
        self.inner.count(prefix)
    }

    fn expect(&mut self, expected: Expected) {
        self.expected.extend(expected.keys.iter().map(|key| value(key)));
        self.expected.extend(expected.counts.iter().map(|prefix| count(prefix)));
        self.expected.extend(expected.ranges.iter().map(|prefix| all(prefix)));
    }

    fn put(&mut self, key: &str, value: Vec<u8>) -> Result<(), StoreError> {
        self.changes += 1;
        self.written += key.len() + value.len();
        self.inner.put(key, value)
    }

    fn delete(&mut self, key: &str) {
        self.changes += 1;
        self.inner.delete(key);
    }

    async fn fetch(&mut self) -> Result<(), StoreError> {
        pause().await;
        // Of ways to have it the first is the one that is no more than was asked for.
        let lacking = std::mem::take(&mut self.lacking).into_iter().take(1);
        for read in lacking.chain(std::mem::take(&mut self.expected)) {
            self.fetched.insert(read);
        }
        Ok(())
    }

    fn undo(&mut self) {
        (self.changes, self.written) = (0, 0);
        self.expected.clear();
        self.inner.undo();
    }

    async fn commit(self) -> Result<Receipt, StoreError> {
        // Before it is carried out, and after.
        pause().await;
        let largest = self.store.largest_commit.get().max(self.written);
        self.store.largest_commit.set(largest);
        let receipt = self.inner.commit().await;
        pause().await;
        receipt
    }
}
