//! An etcd for whoever calls one: that of the engine's own tests, behind its messages.

#[path = "../../../../src/store/etcd/fake/state.rs"]
#[expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a call that no engine of ours makes is a mistake of the test"
)]
#[expect(dead_code, reason = "what the engine's own tests count is not asked for here")]
mod state;

use std::sync::{Arc, Mutex};

use prost::Message;
use scim_edge::store::etcd::client::OUT_OF_RANGE;
use scim_edge::store::etcd::message::{
    Event, RangeRequest, RangeResponse, ResponseHeader, TxnRequest, TxnResponse,
};
use scim_edge::store::etcd::{CallError, Client, message};

use self::state::State;
use super::lock;

/// Statuses of gRPC.
pub(super) const UNAVAILABLE: u32 = 14;
const UNIMPLEMENTED: u32 = 12;
const INTERNAL: u32 = 13;

/// One etcd, for any number of processes.
#[derive(Debug, Default)]
pub struct Etcd {
    state: Mutex<State>,
    /// Transactions that were sent and have not arrived.
    late: Mutex<Vec<TxnRequest>>,
}

impl Etcd {
    /// An empty one.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Carries out a call: the reply, or a status of gRPC.
    pub(super) fn call(&self, method: &str, message: &[u8]) -> Result<Vec<u8>, u32> {
        match method {
            "etcdserverpb.KV/Range" => {
                let request = RangeRequest::decode(message).map_err(|_| INTERNAL)?;
                reply(lock(&self.state).range(&request))
            }
            "etcdserverpb.KV/Txn" => {
                let request = TxnRequest::decode(message).map_err(|_| INTERNAL)?;
                reply(lock(&self.state).txn(&request))
            }
            _ => Err(UNIMPLEMENTED),
        }
    }

    /// Keeps a call, if it is one that writes, for [`Self::arrive`].
    pub(super) fn delay(&self, method: &str, message: &[u8]) {
        if method == "etcdserverpb.KV/Txn"
            && let Ok(request) = TxnRequest::decode(message)
        {
            lock(&self.late).push(request);
        }
    }

    /// Lets all arrive that was delayed.
    pub fn arrive(&self) {
        for request in std::mem::take(&mut *lock(&self.late)) {
            // Nobody waits for what it says.
            let _ = lock(&self.state).txn(&request);
        }
    }

    /// Forgets all that was replaced, but for the last `revisions`.
    pub fn compact(&self, revisions: i64) {
        let mut state = lock(&self.state);
        let revision = state.revision().saturating_sub(revisions);
        state.compact(revision);
    }

    /// The header of an answer.
    pub(super) fn header(&self) -> ResponseHeader {
        ResponseHeader { revision: lock(&self.state).revision() }
    }

    /// What happened in `revision` and later; where that is compacted, the first that can be asked for.
    pub(super) fn events_since(&self, revision: i64) -> Result<Vec<Event>, i64> {
        lock(&self.state).events_since(revision)
    }
}

fn reply(answer: Result<impl Message, CallError>) -> Result<Vec<u8>, u32> {
    match answer {
        Ok(answer) => Ok(answer.encode_to_vec()),
        Err(CallError::Refused { code }) => Err(code),
        Err(CallError::Lost(_)) => Err(UNAVAILABLE),
    }
}

/// A way to an etcd without a network, for an engine of the store that runs beside the VMs.
impl Client for &Etcd {
    async fn range(&self, request: RangeRequest) -> Result<RangeResponse, CallError> {
        lock(&self.state).range(&request)
    }

    async fn txn(&self, request: TxnRequest) -> Result<TxnResponse, CallError> {
        lock(&self.state).txn(&request)
    }
}
