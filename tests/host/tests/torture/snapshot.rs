//! What is in a key-value store, for an engine that looks whether it is sound.

use std::collections::BTreeMap;

use scim_edge::host::ManualHost;
use scim_edge::store::Store as _;
use scim_edge::store::tree::{self, Bucket, CacheLimits, KeyValueError, Proven, Tree};
use scim_edge_host::spin::store::Store;

/// All values as they were. Nothing can be written.
struct Snapshot(BTreeMap<String, Vec<u8>>);

fn read_only() -> KeyValueError {
    KeyValueError::new("this is a snapshot")
}

impl Bucket for Snapshot {
    type Handle = ();

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        Ok(self.0.get(key).cloned())
    }

    async fn set(&self, _: &str, _: &[u8]) -> Result<(), KeyValueError> {
        Err(read_only())
    }

    async fn delete(&self, _: &str) -> Result<(), KeyValueError> {
        Err(read_only())
    }

    fn set_many(&self, _: &[(String, &[u8])]) -> Result<(), KeyValueError> {
        Err(read_only())
    }

    fn delete_many(&self, _: &[String]) -> Result<(), KeyValueError> {
        Err(read_only())
    }

    fn increment(&self, _: &str) -> Result<i64, KeyValueError> {
        Err(read_only())
    }

    fn read(&self, _: &str) -> Result<(Option<Vec<u8>>, ()), KeyValueError> {
        Err(read_only())
    }

    fn swap(&self, (): (), _: &[u8]) -> Result<(), KeyValueError> {
        Err(read_only())
    }

    fn answers(&self) -> bool {
        true
    }

    fn swaps_left(&self) -> usize {
        0
    }
}

/// Panics where an invariant is broken of what is in `store`.
pub(crate) async fn assert_sound(store: &dyn Store) {
    let mut values = BTreeMap::new();
    for key in store.keys().await.unwrap() {
        let value = store.get(&key).await.unwrap().unwrap();
        values.insert(key, value);
    }
    let bucket = Proven::new(Snapshot(values), ManualHost::default());
    let store = Tree::new(bucket, ManualHost::default(), CacheLimits::default());
    let report = tree::check(&store).await.unwrap();
    assert_eq!(report.broken, [], "the tree");
    let mut transaction = store.begin().await.unwrap();
    let mut tell = |broken| panic!("{broken:?}");
    scim_edge::fsck::check(&mut transaction, &mut tell).await.unwrap();
}
