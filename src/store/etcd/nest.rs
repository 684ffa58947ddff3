//! How more operations go into a transaction than etcd takes at once.
//!
//! etcd's limit (`--max-txn-ops`, 128 unless it was told otherwise) is on each list of a transaction, and for a
//! transaction within one on what its parents left of it. So 64 transactions of 64 operations fit, or 42 of 42 of 42.

use super::message::{
    RangeRequest, RangeResponse, Request, RequestOp, Response, ResponseOp, TxnRequest,
};
use crate::gather::Gather as _;

/// etcd's limit.
pub(super) const OPERATIONS_MAX: usize = 128;

/// How many compares leave room for all the operations that fit into a request.
pub(super) const COMPARES_MAX: usize = 40;

/// `operations` in so many levels that etcd takes them beside up to [`COMPARES_MAX`] compares. `None`: there are too
/// many.
pub(super) fn nest(operations: Vec<RequestOp>) -> Option<Vec<RequestOp>> {
    const LEVELS: [&[usize]; 3] = [&[OPERATIONS_MAX], &[64, 64], &[42, 42, 42]];
    let fitting = LEVELS.iter().find(|sizes| operations.len() <= sizes.iter().product());
    fitting.map(|sizes| pack(operations, sizes))
}

fn pack(mut operations: Vec<RequestOp>, sizes: &[usize]) -> Vec<RequestOp> {
    for size in sizes.iter().skip(1) {
        let transactions = operations.chunks(*size).map(|chunk| {
            let inner = TxnRequest { success: chunk.to_vec(), ..TxnRequest::default() };
            RequestOp { request: Some(Request::Txn(inner)) }
        });
        operations = transactions.gather();
    }
    operations
}

/// A transaction that reads `ranges` at one revision.
pub(super) fn reading(ranges: Vec<RangeRequest>) -> Option<TxnRequest> {
    let operations =
        ranges.into_iter().map(|range| RequestOp { request: Some(Request::Range(range)) });
    Some(TxnRequest { success: nest(operations.gather())?, ..TxnRequest::default() })
}

/// What was read, in the order in which it was asked for.
pub(super) fn read(responses: Vec<ResponseOp>) -> Vec<RangeResponse> {
    let mut found = Vec::new();
    // Levels are at most three, but this is not for the answer to decide.
    let mut pending: Vec<ResponseOp> = responses.into_iter().rev().gather();
    while let Some(next) = pending.pop() {
        match next.response {
            Some(Response::Range(range)) => found.push(range),
            Some(Response::Txn(inner)) => pending.extend(inner.responses.into_iter().rev()),
            Some(Response::Put(_) | Response::DeleteRange(_)) | None => {}
        }
    }
    found
}
