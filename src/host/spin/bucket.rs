//! Spin's key-value store: `spin:key-value` for calls that can be given up, `wasi:keyvalue` for those that Spin has nowhere
//! else.
//!
//! The host keeps each handle that was swapped for as long as the instance lives, and has room for so many.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use spin_sdk::experimental::wasi::keyvalue::{atomics, batch, store};
use spin_sdk::key_value::{self, Store};

use super::deadline::within;
use crate::store::tree::{Bucket, KeyValueError};

/// How long one call may take. A commit that finds the store gone makes two such calls, and its client is told within 2
/// seconds.
const PATIENCE: Duration = Duration::from_millis(900);

/// How many handles Spin keeps for an instance (`DEFAULT_STORE_TABLE_CAPACITY`), less those that are on their way.
const HANDLES_MAX: usize = 256 - 16;

/// The store with one label.
pub(super) struct SpinBucket {
    label: String,
    store: RefCell<Option<Rc<Store>>>,
    blocking: RefCell<Option<Rc<store::Bucket>>>,
    swaps: Cell<usize>,
    /// Whether the last call was not answered in time.
    silent: Cell<bool>,
}

impl SpinBucket {
    pub(super) fn new(label: String) -> Self {
        Self {
            label,
            store: RefCell::default(),
            blocking: RefCell::default(),
            swaps: Cell::default(),
            silent: Cell::default(),
        }
    }

    fn failed(&self, what: impl std::fmt::Display) -> KeyValueError {
        KeyValueError::new(format!("key-value store {:?}: {what}", self.label))
    }

    async fn open(&self) -> Result<Rc<Store>, key_value::Error> {
        let opened = self.store.borrow().clone();
        if let Some(store) = opened {
            return Ok(store);
        }
        let store = Rc::new(Store::open(&self.label).await?);
        Ok(Rc::clone(self.store.borrow_mut().get_or_insert(store)))
    }

    /// What comes of a call that does not take too long.
    async fn call<T>(
        &self,
        call: impl AsyncFnOnce(&Store) -> Result<T, key_value::Error>,
    ) -> Result<T, KeyValueError> {
        let answer = within(PATIENCE, async { call(&*self.open().await?).await }).await;
        self.silent.set(answer.is_none());
        match answer {
            Some(answer) => answer.map_err(|error| self.failed(error)),
            None => Err(self.failed(format_args!("no answer within {} ms", PATIENCE.as_millis()))),
        }
    }

    fn blocking(&self) -> Result<Rc<store::Bucket>, KeyValueError> {
        let opened = self.blocking.borrow().clone();
        if let Some(bucket) = opened {
            return Ok(bucket);
        }
        let bucket = store::open(&self.label).map_err(|error| self.refused(&error))?;
        let bucket = Rc::new(bucket);
        *self.blocking.borrow_mut() = Some(Rc::clone(&bucket));
        Ok(bucket)
    }

    fn refused(&self, error: &store::Error) -> KeyValueError {
        match error {
            store::Error::NoSuchStore => self.failed("no such store"),
            store::Error::AccessDenied => self.failed("access denied"),
            store::Error::Other(reason) => self.failed(reason),
        }
    }
}

impl Bucket for SpinBucket {
    type Handle = atomics::Cas;

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        self.call(async |store| store.get(key).await).await
    }

    async fn set(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        self.call(async |store| store.set(key, value).await).await
    }

    async fn delete(&self, key: &str) -> Result<(), KeyValueError> {
        self.call(async |store| store.delete(key).await).await
    }

    fn set_many(&self, entries: &[(String, &[u8])]) -> Result<(), KeyValueError> {
        let entries: Vec<_> =
            entries.iter().map(|(key, value)| (key.clone(), value.to_vec())).collect();
        batch::set_many(&*self.blocking()?, &entries).map_err(|error| self.refused(&error))
    }

    fn delete_many(&self, keys: &[String]) -> Result<(), KeyValueError> {
        batch::delete_many(&*self.blocking()?, keys).map_err(|error| self.refused(&error))
    }

    fn increment(&self, key: &str) -> Result<i64, KeyValueError> {
        atomics::increment(&*self.blocking()?, key, 1).map_err(|error| self.refused(&error))
    }

    fn read(&self, key: &str) -> Result<(Option<Vec<u8>>, atomics::Cas), KeyValueError> {
        let handle = atomics::Cas::new(&*self.blocking()?, key);
        let handle = handle.map_err(|error| self.refused(&error))?;
        let value = handle.current().map_err(|error| self.refused(&error))?;
        Ok((value, handle))
    }

    fn swap(&self, handle: atomics::Cas, value: &[u8]) -> Result<(), KeyValueError> {
        self.swaps.set(self.swaps.get() + 1);
        match atomics::swap(handle, value) {
            Ok(()) | Err(atomics::CasError::CasFailed(_)) => Ok(()),
            Err(atomics::CasError::StoreError(error)) => Err(self.refused(&error)),
        }
    }

    fn answers(&self) -> bool {
        !self.silent.get()
    }

    fn swaps_left(&self) -> usize {
        HANDLES_MAX.saturating_sub(self.swaps.get())
    }
}
