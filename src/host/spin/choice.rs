//! Which store there is.

use std::time::Duration;

use super::Spin;
use super::bucket::SpinBucket;
use super::gateway::Outbound;
use crate::config::SpinStore;
use crate::store::Choice;
use crate::store::etcd::{EtcdOptions, EtcdStore, Gateway, Watchless};
use crate::store::tree::{CacheLimits, Proven, Tree};

/// The store on Spin's key-value store.
type KeyValue = Tree<Proven<SpinBucket, Spin>, Spin>;

/// The store on etcd. An instance lives too briefly to remember anything of it.
type Etcd = EtcdStore<Gateway<Outbound>, Spin, Watchless>;

/// The store of the app.
pub(super) type ChosenStore = Choice<KeyValue, Etcd>;

/// What an instance keeps of the state. There are many, and none lives long.
const CACHE: CacheLimits = CacheLimits { nodes: 8_192, bytes: 16 * 1024 * 1024 };

/// Opens what was chosen.
pub(super) fn open(store: &SpinStore) -> ChosenStore {
    match store {
        SpinStore::KeyValue(label) => {
            let bucket = Proven::new(SpinBucket::new(label.clone()), Spin);
            Choice::One(Tree::new(bucket, Spin, CACHE))
        }
        SpinStore::Etcd(config, login) => {
            let timeout = Duration::from_millis(config.timeout_ms);
            let mut gateway = Gateway::new(Outbound::new(&config.endpoint), timeout);
            if let Some(login) = login {
                gateway = gateway.with_login(login.clone());
            }
            let options = EtcdOptions::new(config);
            let memory = Watchless::new(options.remember);
            Choice::Other(EtcdStore::with_memory(gateway, Spin, memory, options))
        }
    }
}
