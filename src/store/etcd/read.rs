//! How etcd is asked, at which revision, and what becomes of errors.

use super::client::OUT_OF_RANGE;
use super::message::{RangeRequest, RangeResponse};
use super::nest;
use super::{CallError, Client, EtcdStore};
use crate::store::StoreError;

/// gRPC's `INVALID_ARGUMENT`: a request that is too large, or of too many operations.
const INVALID_ARGUMENT: u32 = 3;

impl<C: Client, H, M> EtcdStore<C, H, M> {
    /// Reads `ranges` at `revision`, or at the present one, which is given back.
    ///
    /// # Errors
    /// [`StoreError::conflict`] where that revision is compacted.
    pub(super) async fn read(
        &self,
        mut ranges: Vec<RangeRequest>,
        revision: Option<i64>,
    ) -> Result<(Vec<RangeResponse>, i64), StoreError> {
        for range in &mut ranges {
            range.revision = revision.unwrap_or(0);
        }
        let count = ranges.len();
        let (found, header) = match (ranges.pop(), ranges.is_empty()) {
            (None, _) => (Vec::new(), None),
            (Some(range), true) => {
                let answer = twice(async || self.client.range(range.clone()).await).await?;
                let header = answer.header;
                (vec![answer], header)
            }
            (Some(last), false) => {
                ranges.push(last);
                let request = nest::reading(ranges);
                let request = request.ok_or_else(|| StoreError::too_large("transaction"))?;
                let answer = twice(async || self.client.txn(request.clone()).await).await?;
                (nest::read(answer.responses), answer.header)
            }
        };
        let header = header.map(|header| header.revision).filter(|revision| *revision > 0);
        match revision.or(header) {
            Some(revision) if found.len() == count => Ok((found, revision)),
            _ => Err(StoreError::corrupt("an answer of etcd is not whole")),
        }
    }
}

/// Runs a call that changes nothing once more where its answer was lost.
async fn twice<T>(call: impl AsyncFn() -> Result<T, CallError>) -> Result<T, StoreError> {
    let answer = match call().await {
        Err(CallError::Lost(_)) => call().await,
        answer => answer,
    };
    answer.map_err(nothing_written)
}

/// What the failure of a call that wrote nothing means.
pub(super) fn nothing_written(error: CallError) -> StoreError {
    match error {
        CallError::Refused { code: OUT_OF_RANGE } => StoreError::conflict(),
        CallError::Refused { code: INVALID_ARGUMENT } => StoreError::too_large("transaction"),
        error => StoreError::unavailable(error.to_string()),
    }
}

/// What is at `key`.
pub(super) fn one(key: Vec<u8>) -> RangeRequest {
    RangeRequest { key, ..RangeRequest::default() }
}

/// Whether something is at `key`, and since when.
pub(super) fn trace(key: Vec<u8>) -> RangeRequest {
    RangeRequest { key, keys_only: true, ..RangeRequest::default() }
}

/// What is from `start` to before `end`.
pub(super) fn between(start: Vec<u8>, end: Vec<u8>) -> RangeRequest {
    RangeRequest { key: start, range_end: end, ..RangeRequest::default() }
}

/// How many keys are from `start` to before `end`.
pub(super) fn count(start: Vec<u8>, end: Vec<u8>) -> RangeRequest {
    RangeRequest { count_only: true, ..between(start, end) }
}

/// What the answer to [`count`] says.
pub(super) fn count_of(answer: &RangeResponse) -> u64 {
    u64::try_from(answer.count).unwrap_or(0)
}
