//! Stores that the tests of transfers run on.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use crate::store::tree::{CacheLimits, KeyValue, KeyValueError, Tree};

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
