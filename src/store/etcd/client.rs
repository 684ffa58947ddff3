//! How the engine speaks to etcd. Each host has a way of its own; in Envoy it is gRPC through one of its clusters.

use std::time::Duration;

use thiserror::Error;

use super::message::{RangeRequest, RangeResponse, TxnRequest, TxnResponse};

/// Why a call to etcd brought no answer.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum CallError {
    /// etcd said no: nothing was written, and the same call gets the same answer.
    #[error("etcd refused with gRPC status {code}")]
    Refused {
        /// The status of gRPC.
        code: u32,
    },
    /// Nothing is known: the call may have been carried out, or may still be.
    #[error("no answer from etcd: {0}")]
    Lost(String),
}

/// gRPC's `OUT_OF_RANGE`: a revision that was compacted away, or is not there yet.
pub const OUT_OF_RANGE: u32 = 11;

impl CallError {
    /// What an answer with the status `code` of gRPC, other than 0, means. Unavailability, deadlines and whatever a
    /// proxy in between may say leave open what happened.
    pub fn of_status(code: u32) -> Self {
        // INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, PERMISSION_DENIED, RESOURCE_EXHAUSTED, FAILED_PRECONDITION,
        // OUT_OF_RANGE, UNIMPLEMENTED, UNAUTHENTICATED.
        match code {
            3 | 5..=9 | OUT_OF_RANGE | 12 | 16 => Self::Refused { code },
            code => Self::Lost(format!("gRPC status {code}")),
        }
    }
}

/// A connection to etcd: `etcdserverpb.KV`. Every call has a deadline, after which it is [`CallError::Lost`].
#[expect(async_fn_in_trait, reason = "hosts are single-threaded, no future has to be Send")]
pub trait Client {
    /// `KV.Range`.
    async fn range(&self, request: RangeRequest) -> Result<RangeResponse, CallError>;

    /// `KV.Range`, whose answer is of no use later than after `patience`: by then it is [`CallError::Lost`].
    async fn range_within(
        &self,
        request: RangeRequest,
        _patience: Duration,
    ) -> Result<RangeResponse, CallError> {
        self.range(request).await
    }

    /// `KV.Txn`.
    async fn txn(&self, request: TxnRequest) -> Result<TxnResponse, CallError>;
}
