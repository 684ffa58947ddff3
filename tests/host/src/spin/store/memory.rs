use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::{Entry, Failure, Store, Swap, SwapFailure, other};

type Values = BTreeMap<String, Vec<u8>>;

/// What a store does when it is to swap a value, and what it says then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Swaps {
    /// What the interface promises.
    True,
    /// The same, and it says that it has failed, as Spin's provider for Redis does.
    SaidToFail,
    /// Whatever is there by then is overwritten, and it says that all is well: a broken store.
    Blind,
}

/// A store in memory that does all that the interface promises, unless it is told to swap otherwise. Clones are the same
/// store.
#[derive(Clone, Debug)]
pub struct Memory {
    values: Arc<Mutex<Values>>,
    swaps: fn(&str) -> Swaps,
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

impl Memory {
    /// An empty store.
    pub fn new() -> Self {
        Self::swapping(|_| Swaps::True)
    }

    /// An empty store that swaps the value of a key as `swaps` says.
    pub fn swapping(swaps: fn(&str) -> Swaps) -> Self {
        Self { values: Arc::default(), swaps }
    }

    /// All that is in it.
    pub fn values(&self) -> Values {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Values> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for Memory {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Failure> {
        Ok(self.lock().get(key).cloned())
    }

    async fn set(&self, key: &str, value: Vec<u8>) -> Result<(), Failure> {
        self.lock().insert(key.to_owned(), value);
        Ok(())
    }

    async fn delete(&self, key: &str) -> Result<(), Failure> {
        self.lock().remove(key);
        Ok(())
    }

    async fn exists(&self, key: &str) -> Result<bool, Failure> {
        Ok(self.lock().contains_key(key))
    }

    async fn keys(&self) -> Result<Vec<String>, Failure> {
        Ok(self.lock().keys().cloned().collect())
    }

    async fn get_many(&self, keys: Vec<String>) -> Result<Vec<Entry>, Failure> {
        let values = self.lock();
        let entry = |key: String| {
            let value = values.get(&key).cloned();
            (key, value)
        };
        Ok(keys.into_iter().map(entry).collect())
    }

    async fn set_many(&self, entries: Vec<(String, Vec<u8>)>) -> Result<(), Failure> {
        self.lock().extend(entries);
        Ok(())
    }

    async fn delete_many(&self, keys: Vec<String>) -> Result<(), Failure> {
        let mut values = self.lock();
        for key in keys {
            values.remove(&key);
        }
        Ok(())
    }

    async fn increment(&self, key: &str, delta: i64) -> Result<i64, Failure> {
        let mut values = self.lock();
        let before = match values.get(key) {
            None => 0,
            Some(value) => {
                i64::from_le_bytes(value.as_slice().try_into().map_err(|_| other("no number"))?)
            }
        };
        let after = before.checked_add(delta).ok_or_else(|| other("the number is too large"))?;
        values.insert(key.to_owned(), after.to_le_bytes().to_vec());
        Ok(after)
    }

    async fn compare_and_swap(&self, key: &str) -> Result<Arc<dyn Swap>, Failure> {
        let begun = Begun { values: self.clone(), key: key.to_owned(), before: Mutex::new(None) };
        Ok(Arc::new(begun))
    }
}

struct Begun {
    values: Memory,
    key: String,
    before: Mutex<Option<Vec<u8>>>,
}

#[async_trait]
impl Swap for Begun {
    async fn current(&self) -> Result<Option<Vec<u8>>, Failure> {
        let value = self.values.lock().get(&self.key).cloned();
        self.before.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&value);
        Ok(value)
    }

    async fn swap(&self, value: Vec<u8>) -> Result<(), SwapFailure> {
        let before = self.before.lock().unwrap_or_else(PoisonError::into_inner);
        let mut values = self.values.lock();
        let swaps = (self.values.swaps)(&self.key);
        if swaps != Swaps::Blind && values.get(&self.key) != before.as_ref() {
            return Err(SwapFailure::Changed);
        }
        values.insert(self.key.clone(), value);
        if swaps == Swaps::SaidToFail { Err(SwapFailure::Changed) } else { Ok(()) }
    }
}
