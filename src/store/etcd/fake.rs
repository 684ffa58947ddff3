//! An etcd for tests: what version 3.4 does with reads, transactions, compaction and watches, and what a network does
//! to calls.

mod network;
mod state;

pub(in crate::store::etcd) use self::network::{Calls, Cluster, Connection, Faults};
pub(in crate::store::etcd) use self::state::State;

use super::client::OUT_OF_RANGE;
use super::{CallError, message};

#[cfg(test)]
mod tests;

/// The engine on an etcd that is made up, for tests of what stands on it.
pub(crate) fn store() -> impl crate::store::Store {
    let config = crate::config::EtcdConfig {
        endpoint: "etcd".to_owned(),
        prefix: "/scim-edge/".to_owned(),
        timeout_ms: 1_000,
        remember_ms: 100,
        max_request_bytes: 1_572_864,
    };
    let options = super::EtcdOptions::new(&config);
    super::EtcdStore::new(Connection(Cluster::new(1)), crate::host::ManualHost::default(), options)
}
