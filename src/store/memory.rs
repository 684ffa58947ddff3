//! The store in this process's memory: for tests, and the yardstick of the other engines.
//!
//! A snapshot is the whole map, shared until somebody writes; the first write of a transaction copies
//! it. Listing and counting cost what they cross, not what [`Transaction`] promises.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::rc::Rc;

use super::{Entry, Receipt, Store, StoreError, Transaction, refuse_too_large};
use crate::gather::Gather as _;

type Map = BTreeMap<Rc<str>, Rc<[u8]>>;

/// An ordered map in memory. Gone when it is dropped.
#[derive(Debug, Default)]
pub struct Memory {
    state: RefCell<State>,
}

#[derive(Clone, Debug, Default)]
struct State {
    version: u64,
    map: Rc<Map>,
}

impl Memory {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Store for Memory {
    type Transaction<'s> = MemoryTransaction<'s>;

    async fn begin(&self) -> Result<MemoryTransaction<'_>, StoreError> {
        let State { version, map } = self.state.borrow().clone();
        let base = Rc::clone(&map);
        Ok(MemoryTransaction { store: self, version, base, map, changed: false })
    }
}

/// A transaction of [`Memory`].
#[derive(Debug)]
pub struct MemoryTransaction<'s> {
    store: &'s Memory,
    version: u64,
    base: Rc<Map>,
    map: Rc<Map>,
    changed: bool,
}

impl MemoryTransaction<'_> {
    fn under<'m>(
        &'m self,
        prefix: &'m str,
        after: Option<&'m str>,
    ) -> impl Iterator<Item = (&'m Rc<str>, &'m Rc<[u8]>)> {
        let from = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        self.map
            .range::<str, _>((from, Bound::Unbounded))
            .take_while(move |(key, _)| key.starts_with(prefix))
    }
}

impl Transaction for MemoryTransaction<'_> {
    fn get(&mut self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.map.get(key).map(|value| value.to_vec()))
    }

    fn range(
        &mut self,
        prefix: &str,
        after: Option<&str>,
        skip: u64,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        let entries = self.under(prefix, after).skip(skip).take(limit);
        Ok(entries.map(|(key, value)| (key.to_string(), value.to_vec())).gather())
    }

    fn count(&mut self, prefix: &str) -> Result<u64, StoreError> {
        Ok(self.under(prefix, None).fold(0, |count, _| count + 1))
    }

    fn put(&mut self, key: &str, value: Vec<u8>) -> Result<(), StoreError> {
        refuse_too_large(key, &value)?;
        Rc::make_mut(&mut self.map).insert(key.into(), value.into());
        self.changed = true;
        Ok(())
    }

    fn delete(&mut self, key: &str) {
        if self.map.contains_key(key) {
            Rc::make_mut(&mut self.map).remove(key);
            self.changed = true;
        }
    }

    async fn fetch(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    fn undo(&mut self) {
        self.map = Rc::clone(&self.base);
        self.changed = false;
    }

    async fn commit(self) -> Result<Receipt, StoreError> {
        if !self.changed {
            return Ok(Receipt::default());
        }
        let mut state = self.store.state.borrow_mut();
        if state.version != self.version {
            return Err(StoreError::conflict());
        }
        *state = State { version: self.version + 1, map: self.map };
        Ok(Receipt::default())
    }
}

#[cfg(test)]
mod tests;
