//! The two ways to speak to a real etcd: by gRPC, as Envoy does, and by its JSON gateway.

use std::time::Duration;

use scim_edge::config::EtcdConfig;
use scim_edge::store::etcd::{Client, EtcdOptions, Gateway};
use tokio::task::LocalSet;
use xtask::etcd::{Etcd, Grpc, Http};
use xtask::tools;

/// How long a call may take.
const TIMEOUT: Duration = Duration::from_secs(60);

pub(crate) const PREFIX: &str = "/scim-edge/";

/// A way to speak to etcd.
pub(crate) trait Way: Client + 'static {
    async fn to(etcd: &Etcd) -> Self;
}

impl Way for Grpc {
    async fn to(etcd: &Etcd) -> Self {
        Self::connect(etcd.address()).await.unwrap()
    }
}

impl Way for Gateway<Http> {
    async fn to(etcd: &Etcd) -> Self {
        Self::new(Http::new(etcd.address()), TIMEOUT)
    }
}

/// Runs each of the tests, which are functions over a [`Way`], both ways.
macro_rules! both_ways {
    ($($test:ident,)+) => {
        mod by_grpc {
            $(#[test]
            fn $test() {
                super::$test::<xtask::etcd::Grpc>();
            })+
        }
        mod by_json {
            $(#[test]
            fn $test() {
                super::$test::<scim_edge::store::etcd::Gateway<xtask::etcd::Http>>();
            })+
        }
    };
}
pub(crate) use both_ways;

/// An etcd of one's own.
pub(crate) fn etcd() -> Etcd {
    Etcd::start(&tools::etcd().unwrap()).unwrap()
}

/// Runs `test` where its tasks need not be [`Send`].
pub(crate) fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, test);
}

/// How nodes use etcd beside others that remember for so long.
pub(crate) fn options(remember_ms: u64) -> EtcdOptions {
    EtcdOptions::new(&EtcdConfig {
        endpoint: "etcd".to_owned(),
        prefix: PREFIX.to_owned(),
        timeout_ms: 1000,
        remember_ms,
        max_request_bytes: 3 * 512 * 1024,
    })
}
