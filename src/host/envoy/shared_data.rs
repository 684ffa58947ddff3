//! Envoy's shared data: one map for all workers of the process, behind one mutex.
//!
//! What it does beside getting and setting: a swap compares a number that changes with every set; with a
//! number other than zero a *missing* key is inserted, so any number makes a put-if-absent of it; nothing can
//! be deleted or listed.

use proxy_wasm::hostcalls;
use proxy_wasm::types::Status;

use crate::store::tree::{KeyValue, KeyValueError};

/// Compared with by a put-if-absent. Envoy counts its numbers from 1 and never gets there.
const NO_VERSION: u32 = u32::MAX;

/// The shared data of this filter's `vm_id`.
#[derive(Clone, Copy, Debug)]
pub struct SharedData;

impl KeyValue for SharedData {
    type Version = u32;

    /// One mutex around comparing and setting.
    const HONEST_SWAP: bool = true;

    const DELETES: bool = false;

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        Ok(read(key)?.map(|(value, _)| value))
    }

    async fn get_versioned(&self, key: &str) -> Result<Option<(Vec<u8>, u32)>, KeyValueError> {
        read(key)
    }

    async fn set(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        write(key, value, None).map(|_| ())
    }

    async fn create(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        write(key, value, Some(NO_VERSION)).map(|_| ())
    }

    async fn swap(&self, key: &str, expected: u32, value: &[u8]) -> Result<bool, KeyValueError> {
        write(key, value, Some(expected))
    }

    async fn delete(&self, _key: &str) -> Result<(), KeyValueError> {
        Err(KeyValueError::new("shared data cannot delete"))
    }
}

fn read(key: &str) -> Result<Option<(Vec<u8>, u32)>, KeyValueError> {
    match hostcalls::get_shared_data(key) {
        Ok((value, Some(version))) => Ok(Some((value.unwrap_or_default(), version))),
        Ok((_, None)) => Ok(None),
        Err(status) => Err(failed(status)),
    }
}

/// Answers whether the value was set: false where the number did not match.
fn write(key: &str, value: &[u8], version: Option<u32>) -> Result<bool, KeyValueError> {
    match hostcalls::set_shared_data(key, Some(value), version) {
        Ok(()) => Ok(true),
        Err(Status::CasMismatch) => Ok(false),
        Err(status) => Err(failed(status)),
    }
}

fn failed(status: Status) -> KeyValueError {
    KeyValueError::new(format!("shared data answers {status:?}"))
}
