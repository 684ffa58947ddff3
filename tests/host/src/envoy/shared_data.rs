//! Shared data: one map for all VMs of a process that have one `vm_id`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use scim_edge::store::tree::{KeyValue, KeyValueError};

use super::lock;
use super::process::Process;

/// The map. Nothing can be deleted or listed through the ABI.
#[derive(Debug, Default)]
pub struct SharedData(Mutex<Values>);

#[derive(Debug, Default)]
struct Values {
    values: BTreeMap<Vec<u8>, (Vec<u8>, u32)>,
    last: u32,
}

impl SharedData {
    /// The value of `key` with its number.
    pub fn get(&self, key: &[u8]) -> Option<(Vec<u8>, u32)> {
        lock(&self.0).values.get(key).cloned()
    }

    /// Sets `key`. False, and nothing is set, where there is a value with another number than `expected`, unless that is
    /// 0. A value that is missing has no number, so it is set whatever is expected.
    pub fn set(&self, key: &[u8], value: Vec<u8>, expected: u32) -> bool {
        let mut data = lock(&self.0);
        let present = data.values.get(key).map(|(_, number)| *number);
        if expected != 0 && present.is_some_and(|number| number != expected) {
            return false;
        }
        // Never 0, which would be none.
        data.last = data.last.wrapping_add(1).max(1);
        let number = data.last;
        data.values.insert(key.to_vec(), (value, number));
        true
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        lock(&self.0).values.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A look at a process's shared data without a VM, for an engine of the store that runs beside it.
#[derive(Clone, Debug)]
pub struct Beside(pub Arc<Process>);

impl KeyValue for Beside {
    type Version = u32;

    const HONEST_SWAP: bool = true;
    const DELETES: bool = false;

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        Ok(self.0.shared_data().get(key.as_bytes()).map(|(value, _)| value))
    }

    async fn get_versioned(&self, key: &str) -> Result<Option<(Vec<u8>, u32)>, KeyValueError> {
        Ok(self.0.shared_data().get(key.as_bytes()))
    }

    async fn set(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        self.0.shared_data().set(key.as_bytes(), value.to_vec(), 0);
        Ok(())
    }

    async fn create(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        self.0.shared_data().set(key.as_bytes(), value.to_vec(), u32::MAX);
        Ok(())
    }

    async fn swap(&self, key: &str, expected: u32, value: &[u8]) -> Result<bool, KeyValueError> {
        Ok(self.0.shared_data().set(key.as_bytes(), value.to_vec(), expected))
    }

    async fn delete(&self, _key: &str) -> Result<(), KeyValueError> {
        Err(KeyValueError::new("shared data cannot delete"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swap_compares_numbers_and_a_missing_key_is_set_whatever_is_expected() {
        let data = SharedData::default();
        assert_eq!(data.get(b"a"), None);
        assert!(data.set(b"a", b"1".to_vec(), 77), "a missing key");
        let (_, first) = data.get(b"a").unwrap();
        assert!(!data.set(b"a", b"2".to_vec(), first + 1), "another number");
        assert!(data.set(b"a", b"2".to_vec(), first), "its number");
        assert!(!data.set(b"a", b"3".to_vec(), first), "a former number");
        assert!(data.set(b"a", Vec::new(), 0), "no number");
        let (value, number) = data.get(b"a").unwrap();
        assert!(value.is_empty() && number != 0);
        assert!(data.set(b"b", Vec::new(), 0));
        assert_ne!(data.get(b"b").unwrap().1, number);
    }
}
