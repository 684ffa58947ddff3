//! Stores for tests, which do as those of Spin's providers do, or as none may.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use super::Bucket;
use crate::host::{Clock, Entropy, Timestamp};
use crate::store::suite::{Seeded, pause};
use crate::store::tree::KeyValueError;

/// Whose store it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Provider {
    /// A swap compares values, and one from absent overwrites.
    Sqlite,
    /// A swap is carried out by whoever was not overtaken; counters are decimal.
    Redis,
    /// Keys have no slash; counters are no values.
    Cosmos,
    /// A swap is always carried out: lost updates.
    Careless,
    /// What is set is not there.
    Dropping,
    /// What is swapped is not there.
    Frozen,
}

/// The values, shared by all who have the store open.
#[derive(Debug)]
pub(super) struct Shelf {
    provider: Provider,
    pub(super) values: RefCell<BTreeMap<String, (Vec<u8>, u64)>>,
    versions: Cell<u64>,
    /// Whether nobody gets an answer any more.
    pub(super) gone: Cell<bool>,
    pub(super) pauses: Cell<bool>,
    /// Calls in a hundred that are carried out or not, and answered by an error; and swaps that are carried out later.
    pub(super) failures: Cell<usize>,
    /// How many swaps from now on are carried out before one is answered and never is.
    pub(super) loses_swap: Cell<Option<usize>>,
    /// Swaps that were answered and have not arrived.
    late: RefCell<Vec<(Handle, Vec<u8>)>>,
    pub(super) swaps_left: Cell<usize>,
    random: Seeded,
    pub(super) clock: Cell<u64>,
}

impl Shelf {
    pub(super) fn new(provider: Provider, seed: u64) -> Rc<Self> {
        Rc::new(Self {
            provider,
            values: RefCell::default(),
            versions: Cell::default(),
            gone: Cell::default(),
            pauses: Cell::default(),
            failures: Cell::default(),
            loses_swap: Cell::default(),
            late: RefCell::default(),
            swaps_left: Cell::new(usize::MAX),
            random: Seeded::new(seed),
            clock: Cell::new(1_790_000_000_000),
        })
    }

    pub(super) fn keys(&self) -> Vec<String> {
        self.values.borrow().keys().cloned().collect()
    }

    fn put(&self, key: &str, value: Vec<u8>) {
        self.versions.set(self.versions.get() + 1);
        self.values.borrow_mut().insert(key.to_owned(), (value, self.versions.get()));
    }

    fn failure<T>(&self) -> Result<T, KeyValueError> {
        Err(KeyValueError::new("the fake store failed"))
    }

    /// Lets a swap arrive that was made long ago.
    fn arrive(&self) {
        let count = self.late.borrow().len();
        if count > 0 {
            let (handle, value) = self.late.borrow_mut().swap_remove(self.random.below(count));
            self.swap(&handle, &value);
        }
    }

    /// From here on nothing fails, and all that was sent has arrived.
    pub(super) fn settle(&self) {
        self.failures.set(0);
        self.pauses.set(false);
        self.gone.set(false);
        while !self.late.borrow().is_empty() {
            self.arrive();
        }
    }

    fn swap(&self, handle: &Handle, value: &[u8]) {
        let present = self.values.borrow().get(&handle.key).cloned();
        let version = |read: &Option<(Vec<u8>, u64)>| read.as_ref().map(|(_, version)| *version);
        let applies = match self.provider {
            Provider::Sqlite | Provider::Dropping => match (&handle.read, &present) {
                (None, _) => true,
                (Some((read, _)), Some((present, _))) => read == present,
                (Some(_), None) => false,
            },
            Provider::Redis | Provider::Cosmos => version(&handle.read) == version(&present),
            Provider::Careless => true,
            Provider::Frozen => false,
        };
        if applies {
            self.put(&handle.key, value.to_vec());
        }
    }

    fn fails(&self) -> bool {
        self.random.chance(self.failures.get())
    }

    fn value(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        let value = self.values.borrow().get(key).map(|(value, _)| value.clone());
        if self.provider == Provider::Cosmos && key == "scim-edge:genesis" && value.is_some() {
            return self.failure();
        }
        Ok(value)
    }

    /// One part of a write, which is carried out even where it is answered by an error, sometimes.
    fn write(&self, write: impl FnOnce()) -> Result<(), KeyValueError> {
        let fails = self.fails();
        if !fails || self.random.chance(50) {
            write();
        }
        if fails { self.failure() } else { Ok(()) }
    }
}

/// One instance's access to a [`Shelf`].
#[derive(Clone, Debug)]
pub(super) struct Access(pub(super) Rc<Shelf>);

/// A value as it was read.
#[derive(Debug)]
pub(super) struct Handle {
    key: String,
    read: Option<(Vec<u8>, u64)>,
}

impl Access {
    /// A call that can be given up.
    async fn call<T>(
        &self,
        call: impl FnOnce(&Shelf) -> Result<T, KeyValueError>,
    ) -> Result<T, KeyValueError> {
        if self.0.pauses.get() {
            pause().await;
        }
        if self.0.gone.get() {
            return Err(KeyValueError::new("no answer"));
        }
        if self.0.random.chance(10) {
            self.0.arrive();
        }
        let answer = call(&self.0);
        if self.0.pauses.get() {
            pause().await;
        }
        // An answer that arrives is one that a store gave that is there.
        if self.0.gone.get() { Err(KeyValueError::new("no answer")) } else { answer }
    }

    fn blocking(&self) -> &Shelf {
        assert!(!self.0.gone.get(), "blocks for ever: nobody has asked whether the store is there");
        &self.0
    }
}

impl Bucket for Access {
    type Handle = Handle;

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        self.call(|shelf| if shelf.fails() { shelf.failure() } else { shelf.value(key) }).await
    }

    async fn set(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        assert!(!key.contains(['/', '\\', '?', '#']), "Cosmos DB takes no {key}");
        self.call(|shelf| {
            shelf.write(|| {
                if shelf.provider != Provider::Dropping {
                    shelf.put(key, value.to_vec());
                }
            })
        })
        .await
    }

    async fn delete(&self, key: &str) -> Result<(), KeyValueError> {
        self.call(|shelf| shelf.write(|| drop(shelf.values.borrow_mut().remove(key)))).await
    }

    fn set_many(&self, entries: &[(String, &[u8])]) -> Result<(), KeyValueError> {
        assert!((2..=25).contains(&entries.len()), "{} at once", entries.len());
        let shelf = self.blocking();
        entries.iter().try_for_each(|(key, value)| {
            shelf.write(|| {
                if shelf.provider != Provider::Dropping {
                    shelf.put(key, value.to_vec());
                }
            })
        })
    }

    fn delete_many(&self, keys: &[String]) -> Result<(), KeyValueError> {
        assert!((2..=25).contains(&keys.len()), "{} at once", keys.len());
        let shelf = self.blocking();
        keys.iter().try_for_each(|key| shelf.write(|| drop(shelf.values.borrow_mut().remove(key))))
    }

    fn increment(&self, key: &str) -> Result<i64, KeyValueError> {
        let shelf = self.blocking();
        let former = shelf.values.borrow().get(key).map(|(value, _)| value.clone());
        let former = former.unwrap_or_else(|| match shelf.provider {
            Provider::Redis => b"0".to_vec(),
            _ => vec![0; 8],
        });
        let number = match shelf.provider {
            Provider::Redis => String::from_utf8(former).unwrap().parse().unwrap(),
            // As Spin does, which panics where the value has another length.
            _ => i64::from_le_bytes(former.try_into().expect("incorrect length")),
        } + 1;
        shelf.write(|| {
            shelf.put(
                key,
                match shelf.provider {
                    Provider::Redis => number.to_string().into_bytes(),
                    _ => number.to_le_bytes().to_vec(),
                },
            );
        })?;
        Ok(number)
    }

    fn read(&self, key: &str) -> Result<(Option<Vec<u8>>, Handle), KeyValueError> {
        let shelf = self.blocking();
        if shelf.fails() {
            return shelf.failure();
        }
        let value = shelf.value(key)?;
        let read = shelf.values.borrow().get(key).cloned();
        Ok((value, Handle { key: key.to_owned(), read }))
    }

    fn swap(&self, handle: Handle, value: &[u8]) -> Result<(), KeyValueError> {
        let shelf = self.blocking();
        if let Some(before) = shelf.loses_swap.get() {
            shelf.loses_swap.set(before.checked_sub(1));
            if before == 0 {
                return Ok(());
            }
        }
        if shelf.fails() {
            shelf.late.borrow_mut().push((handle, value.to_vec()));
            return if shelf.random.chance(50) { Ok(()) } else { shelf.failure() };
        }
        shelf.write(|| shelf.swap(&handle, value))
    }

    fn answers(&self) -> bool {
        !self.0.gone.get()
    }

    fn swaps_left(&self) -> usize {
        self.0.swaps_left.get()
    }
}

/// What an instance has beside the store.
#[derive(Debug)]
pub(super) struct Vm(pub(super) Rc<Shelf>, pub(super) Seeded);

impl Clock for Vm {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.clock.get())
    }

    fn uptime(&self) -> Duration {
        Duration::from_millis(self.0.clock.get())
    }
}

impl Entropy for Vm {
    fn fill(&self, bytes: &mut [u8]) {
        self.1.fill(bytes);
    }
}
