//! etcd, as it is reached from Envoy: by gRPC, through one of Envoy's clusters.

use std::rc::Rc;
use std::time::Duration;

use prost::Message;
use proxy_wasm::hostcalls;
use proxy_wasm::types::BufferType;

use super::calls::Calls;
use super::cluster::{Cluster, Method};
use super::doorbell::Doorbell;
use super::streams::Streams;
use crate::config::EtcdConfig;
use crate::host::Entropy;
use crate::store::etcd::message::{RangeRequest, RangeResponse, TxnRequest, TxnResponse};
use crate::store::etcd::{CallError, Client, WatchHost};

const RANGE: Method = Method { service: "etcdserverpb.KV", name: "Range" };
const TXN: Method = Method { service: "etcdserverpb.KV", name: "Txn" };
const WATCH: Method = Method { service: "etcdserverpb.Watch", name: "Watch" };

/// The way to etcd of one root context.
#[derive(Clone)]
pub struct Link(Rc<Parts>);

struct Parts {
    root: u32,
    cluster: Cluster,
    prefix: String,
    timeout: Duration,
    calls: Calls,
    streams: Streams,
    doorbell: Option<Doorbell>,
}

impl Link {
    /// The way that `config` says, for the root context `root`, which is in effect.
    pub(super) fn new(root: u32, config: &EtcdConfig, entropy: &impl Entropy) -> Self {
        Self(Rc::new(Parts {
            root,
            cluster: Cluster::new(&config.endpoint),
            prefix: config.prefix.clone(),
            timeout: Duration::from_millis(config.timeout_ms),
            calls: Calls::default(),
            streams: Streams::default(),
            doorbell: Doorbell::new(entropy),
        }))
    }

    /// Whether there is something to be carried out.
    pub(super) fn has_work(&self) -> bool {
        self.0.calls.has_outgoing() || self.0.streams.has_wishes()
    }

    /// Has the root context called back. `false`: the host has no way to.
    pub(super) fn ring(&self) -> bool {
        self.0.doorbell.as_ref().is_some_and(|doorbell| {
            doorbell.ring();
            true
        })
    }

    /// The root context is called back for the queue `queue`.
    pub(super) fn rung(&self, queue: u32) {
        if let Some(doorbell) = &self.0.doorbell {
            doorbell.answered(queue);
        }
    }

    /// Makes the calls that are wanted, opens and closes streams, and gives the numbers of those that could not be
    /// opened. Only in a callback of the root context.
    pub(super) fn carry_out(&self) -> Vec<u64> {
        let Parts { root, cluster, calls, streams, .. } = &*self.0;
        // What is begun in the context of a request ends with it.
        let _ = hostcalls::set_effective_context(*root);
        calls.make(cluster);
        streams.carry_out(cluster)
    }

    /// The call with this `token` is over: with a status of gRPC, or 0 and a reply of `size` bytes.
    pub(super) fn answered(&self, token: u32, status: u32, size: usize) {
        self.0.calls.answered(token, status, || received(size));
    }

    /// The stream whose message of `size` bytes the present callback is about, and that.
    pub(super) fn message(&self, token: u32, size: usize) -> Option<(u64, Vec<u8>)> {
        Some((self.0.streams.number(token)?, received(size)))
    }

    /// The stream whose end the present callback is about.
    pub(super) fn closed(&self, token: u32) -> Option<u64> {
        self.0.streams.closed(token)
    }

    /// Asks etcd for next to nothing.
    pub(super) async fn try_out(&self) -> Result<(), CallError> {
        let key = self.0.prefix.clone().into_bytes();
        let request = RangeRequest { key, count_only: true, ..RangeRequest::default() };
        self.range(request).await.map(drop)
    }

    async fn call<R: Message + Default>(
        &self,
        method: Method,
        request: &impl Message,
        timeout: Duration,
    ) -> Result<R, CallError> {
        let reply = self.0.calls.call(method, request.encode_to_vec(), timeout).await?;
        R::decode(reply.as_slice()).map_err(|error| CallError::Lost(error.to_string()))
    }
}

fn received(size: usize) -> Vec<u8> {
    hostcalls::get_buffer(BufferType::GrpcReceiveBuffer, 0, size).ok().flatten().unwrap_or_default()
}

impl Client for Link {
    async fn range(&self, request: RangeRequest) -> Result<RangeResponse, CallError> {
        self.call(RANGE, &request, self.0.timeout).await
    }

    async fn range_within(
        &self,
        request: RangeRequest,
        patience: Duration,
    ) -> Result<RangeResponse, CallError> {
        // To Envoy no time at all is all the time there is.
        let timeout = patience.clamp(Duration::from_millis(1), self.0.timeout);
        self.call(RANGE, &request, timeout).await
    }

    async fn txn(&self, request: TxnRequest) -> Result<TxnResponse, CallError> {
        self.call(TXN, &request, self.0.timeout).await
    }
}

impl WatchHost for Link {
    fn open(&self, number: u64, request: Vec<u8>) {
        self.0.streams.open(number, WATCH, request);
    }

    fn close(&self, number: u64) {
        self.0.streams.close(number);
    }
}
