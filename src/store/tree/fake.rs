//! A host for tests: counts calls, pauses at each, and lies as hosts do.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use super::{KeyValue, KeyValueError};
use crate::store::suite::{Seeded, pause};

/// What the host does to its callers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Faults {
    /// Every call waits once before it is carried out and once before it is answered.
    pub(super) pauses: bool,
    /// In a hundred calls, how many fail, are carried out late, or are answered with a lie.
    pub(super) lies: usize,
    /// In a hundred calls, how many are answered only after a long while.
    pub(super) stalls: usize,
}

/// Calls and bytes since the counters were reset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Calls {
    pub(super) gets: usize,
    pub(super) sets: usize,
    pub(super) swaps: usize,
    pub(super) creates: usize,
    pub(super) deletes: usize,
    pub(super) read: usize,
    pub(super) written: usize,
}

/// The values, shared by all VMs of the host.
#[derive(Debug)]
pub(super) struct Disk {
    pub(super) values: RefCell<BTreeMap<String, (Vec<u8>, u64)>>,
    pub(super) faults: Cell<Faults>,
    pub(super) calls: Cell<Calls>,
    versions: Cell<u64>,
    /// Writes that were sent and have not arrived.
    late: RefCell<Vec<Write>>,
    random: Seeded,
}

#[derive(Clone, Debug)]
enum Write {
    Set(String, Vec<u8>),
    Create(String, Vec<u8>),
    Swap(String, u64, Vec<u8>),
    Delete(String),
}

impl Disk {
    pub(super) fn new(seed: u64) -> Rc<Self> {
        Rc::new(Self {
            values: RefCell::default(),
            faults: Cell::default(),
            calls: Cell::default(),
            versions: Cell::default(),
            late: RefCell::default(),
            random: Seeded::new(seed),
        })
    }

    fn count(&self, count: impl FnOnce(&mut Calls)) {
        let mut calls = self.calls.get();
        count(&mut calls);
        self.calls.set(calls);
    }

    /// What was called while `future` ran.
    pub(super) async fn counting<T>(&self, future: impl Future<Output = T>) -> (T, Calls) {
        self.calls.set(Calls::default());
        let output = future.await;
        (output, self.calls.get())
    }

    fn put(&self, key: String, value: Vec<u8>) {
        self.versions.set(self.versions.get() + 1);
        self.values.borrow_mut().insert(key, (value, self.versions.get()));
    }

    fn carry_out(&self, write: Write) -> bool {
        let version = |key: &String| self.values.borrow().get(key).map(|(_, version)| *version);
        match write {
            Write::Set(key, value) => self.put(key, value),
            Write::Create(key, value) if version(&key).is_none() => self.put(key, value),
            Write::Swap(key, expected, value) if version(&key) == Some(expected) => {
                self.put(key, value);
            }
            Write::Delete(key) => drop(self.values.borrow_mut().remove(&key)),
            Write::Create(..) | Write::Swap(..) => return false,
        }
        true
    }

    /// Lets a write arrive that was sent long ago.
    fn arrive(&self) {
        let count = self.late.borrow().len();
        if count > 0 {
            let write = self.late.borrow_mut().swap_remove(self.random.below(count));
            self.carry_out(write);
        }
    }

    /// From here on the host is honest, and all that was sent has arrived.
    pub(super) fn settle(&self) {
        self.faults.set(Faults::default());
        while !self.late.borrow().is_empty() {
            self.arrive();
        }
    }
}

/// A VM's access to a [`Disk`].
#[derive(Clone, Debug)]
pub(super) struct Fake<const HONEST: bool, const DELETES: bool>(pub(super) Rc<Disk>);

/// A write on its way: if its writer dies, it may arrive, now or later, or be lost.
struct Sent<'d>(&'d Disk, Option<Write>);

impl Sent<'_> {
    fn arrive(&mut self) -> bool {
        self.1.take().is_some_and(|write| self.0.carry_out(write))
    }

    fn delay(&mut self) {
        self.0.late.borrow_mut().extend(self.1.take());
    }
}

impl Drop for Sent<'_> {
    fn drop(&mut self) {
        if self.0.faults.get().lies > 0 {
            match self.0.random.below(3) {
                0 => drop(self.arrive()),
                1 => self.delay(),
                _ => {}
            }
        }
    }
}

impl<const HONEST: bool, const DELETES: bool> Fake<HONEST, DELETES> {
    async fn wait(&self) {
        if self.0.faults.get().pauses {
            pause().await;
        }
        if self.0.random.chance(20) {
            self.0.arrive();
        }
    }

    fn failure<T>(&self) -> Result<T, KeyValueError> {
        Err(KeyValueError::new("the fake host failed"))
    }

    async fn write(&self, write: Write) -> Result<bool, KeyValueError> {
        let (disk, may_deny) = (&*self.0, !HONEST && matches!(write, Write::Swap(..)));
        let mut sent = Sent(disk, Some(write));
        self.wait().await;
        let faults = disk.faults.get();
        let answer = if disk.random.chance(faults.lies) {
            match disk.random.below(3) {
                0 => drop(sent.arrive()),
                1 => sent.delay(),
                _ => sent.1 = None,
            }
            match disk.random.below(3) {
                0 if may_deny => Ok(false),
                1 if may_deny => Ok(true),
                _ => self.failure(),
            }
        } else {
            Ok(sent.arrive())
        };
        let stall = if disk.random.chance(faults.stalls) { 100 } else { 0 };
        for _ in 0..stall {
            pause().await;
        }
        self.wait().await;
        answer
    }
}

impl<const HONEST: bool, const DELETES: bool> KeyValue for Fake<HONEST, DELETES> {
    type Version = u64;

    const HONEST_SWAP: bool = HONEST;
    const DELETES: bool = DELETES;

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        Ok(self.get_versioned(key).await?.map(|(value, _)| value))
    }

    async fn get_versioned(&self, key: &str) -> Result<Option<(Vec<u8>, u64)>, KeyValueError> {
        self.wait().await;
        let found = self.0.values.borrow().get(key).cloned();
        let size = found.as_ref().map_or(0, |(value, _)| value.len());
        self.0.count(|calls| {
            calls.gets += 1;
            calls.read += size;
        });
        self.wait().await;
        if self.0.random.chance(self.0.faults.get().lies) { self.failure() } else { Ok(found) }
    }

    async fn set(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        self.0.count(|calls| {
            calls.sets += 1;
            calls.written += value.len();
        });
        self.write(Write::Set(key.to_owned(), value.to_vec())).await.map(drop)
    }

    async fn create(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        self.0.count(|calls| calls.creates += 1);
        self.write(Write::Create(key.to_owned(), value.to_vec())).await.map(drop)
    }

    async fn swap(&self, key: &str, expected: u64, value: &[u8]) -> Result<bool, KeyValueError> {
        self.0.count(|calls| {
            calls.swaps += 1;
            calls.written += value.len();
        });
        self.write(Write::Swap(key.to_owned(), expected, value.to_vec())).await
    }

    async fn delete(&self, key: &str) -> Result<(), KeyValueError> {
        assert!(DELETES, "this host cannot delete");
        self.0.count(|calls| calls.deletes += 1);
        self.write(Write::Delete(key.to_owned())).await.map(drop)
    }
}
