//! Stores that the tests of transfers run on.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::store::memory::{Memory, MemoryTransaction};
use crate::store::suite::pause;
use crate::store::tree::{CacheLimits, KeyValue, KeyValueError, Tree};
use crate::store::{Entry, Receipt, Store, StoreError, Transaction};

/// A store in memory, every call of which waits once: a place to crash at. Shared by all who hold it.
#[derive(Clone, Default)]
pub(super) struct Waiting {
    pub(super) memory: Rc<Memory>,
    /// The longest value that was ever written, and the most that one transaction wrote.
    pub(super) largest_commit: Rc<Cell<usize>>,
}

pub(super) struct WaitingTransaction<'s> {
    inner: MemoryTransaction<'s>,
    store: &'s Waiting,
    written: usize,
}

impl Store for Waiting {
    type Transaction<'s> = WaitingTransaction<'s>;

    async fn begin(&self) -> Result<WaitingTransaction<'_>, StoreError> {
        pause().await;
        Ok(WaitingTransaction { inner: self.memory.begin().await?, store: self, written: 0 })
    }
}

impl Transaction for WaitingTransaction<'_> {
    async fn get(&mut self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.get(key).await
    }

    async fn range(
        &mut self,
        prefix: &str,
        after: Option<&str>,
        skip: u64,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        self.inner.range(prefix, after, skip, limit).await
    }

    async fn count(&mut self, prefix: &str) -> Result<u64, StoreError> {
        self.inner.count(prefix).await
    }

    fn put(&mut self, key: &str, value: Vec<u8>) -> Result<(), StoreError> {
        self.written += key.len() + value.len();
        self.inner.put(key, value)
    }

    fn delete(&mut self, key: &str) {
        self.inner.delete(key);
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

/// The tree, on values in memory.
pub(super) fn tree() -> Tree<Values, crate::host::ManualHost> {
    Tree::new(Values::default(), crate::host::ManualHost::default(), CacheLimits::default())
}

/// Values as Envoy's shared data keeps them.
#[derive(Default)]
pub(super) struct Values {
    values: RefCell<BTreeMap<String, (Vec<u8>, u32)>>,
    sets: Cell<u32>,
}

impl Values {
    fn put(&self, key: &str, value: &[u8]) {
        self.sets.set(self.sets.get() + 1);
        self.values.borrow_mut().insert(key.to_owned(), (value.to_vec(), self.sets.get()));
    }
}

impl KeyValue for Values {
    type Version = u32;

    const HONEST_SWAP: bool = true;

    const DELETES: bool = false;

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        Ok(self.values.borrow().get(key).map(|(value, _)| value.clone()))
    }

    async fn get_versioned(&self, key: &str) -> Result<Option<(Vec<u8>, u32)>, KeyValueError> {
        Ok(self.values.borrow().get(key).cloned())
    }

    async fn set(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        self.put(key, value);
        Ok(())
    }

    async fn create(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        if !self.values.borrow().contains_key(key) {
            self.put(key, value);
        }
        Ok(())
    }

    async fn swap(&self, key: &str, expected: u32, value: &[u8]) -> Result<bool, KeyValueError> {
        let same = self.values.borrow().get(key).is_some_and(|(_, set)| *set == expected);
        if same {
            self.put(key, value);
        }
        Ok(same)
    }

    async fn delete(&self, _: &str) -> Result<(), KeyValueError> {
        Err(KeyValueError::new("cannot delete"))
    }
}
