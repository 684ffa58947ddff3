//! What the VMs of a node share, for tests: pauses at each call, and fails as often as it is told to.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::store::suite::{Seeded, pause};
use crate::store::tree::{KeyValue, KeyValueError};

#[derive(Debug)]
pub(in crate::store::etcd) struct Shared {
    values: RefCell<BTreeMap<String, (Vec<u8>, u64)>>,
    sets: Cell<u64>,
    pub(in crate::store::etcd) calls: Cell<u64>,
    /// Whether each call lets others run before it is carried out.
    pub(in crate::store::etcd) pauses: Cell<bool>,
    /// In a thousand calls, how many fail, carried out or not.
    pub(in crate::store::etcd) failures: Cell<usize>,
    random: Seeded,
}

impl Shared {
    pub(in crate::store::etcd) fn new(seed: u64) -> Rc<Self> {
        Rc::new(Self {
            values: RefCell::default(),
            sets: Cell::default(),
            calls: Cell::default(),
            pauses: Cell::default(),
            failures: Cell::default(),
            random: Seeded::new(seed),
        })
    }

    async fn call<T>(&self, carry_out: impl FnOnce() -> T) -> Result<T, KeyValueError> {
        self.calls.set(self.calls.get() + 1);
        if self.pauses.get() {
            pause().await;
        }
        let fails = self.random.below(1000) < self.failures.get();
        let failure = || Err(KeyValueError::new("shared data failed"));
        if fails && self.random.chance(50) {
            return failure();
        }
        let answer = carry_out();
        if fails { failure() } else { Ok(answer) }
    }

    fn put(&self, key: &str, value: &[u8]) {
        self.sets.set(self.sets.get() + 1);
        self.values.borrow_mut().insert(key.to_owned(), (value.to_vec(), self.sets.get()));
    }
}

impl KeyValue for Rc<Shared> {
    type Version = u64;

    const HONEST_SWAP: bool = true;
    const DELETES: bool = false;

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        Ok(self.get_versioned(key).await?.map(|(value, _)| value))
    }

    async fn get_versioned(&self, key: &str) -> Result<Option<(Vec<u8>, u64)>, KeyValueError> {
        self.call(|| self.values.borrow().get(key).cloned()).await
    }

    async fn set(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        self.call(|| self.put(key, value)).await
    }

    async fn create(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        self.call(|| {
            if !self.values.borrow().contains_key(key) {
                self.put(key, value);
            }
        })
        .await
    }

    async fn swap(&self, key: &str, expected: u64, value: &[u8]) -> Result<bool, KeyValueError> {
        self.call(|| {
            let matches = self.values.borrow().get(key).is_some_and(|(_, at)| *at == expected);
            if matches {
                self.put(key, value);
            }
            matches
        })
        .await
    }

    async fn delete(&self, _key: &str) -> Result<(), KeyValueError> {
        Err(KeyValueError::new("nothing can be deleted"))
    }
}
