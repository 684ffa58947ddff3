use std::collections::VecDeque;

use scim_edge::fsck::State;
use scim_edge::store::etcd::message::{
    RangeRequest, RangeResponse, Request, RequestOp, Response, TxnRequest,
};
use scim_edge::store::etcd::{CallError, Client as _};
use scim_edge::store::{Entry, StoreError};

use crate::etcd::Grpc;

/// How many records are read at once: etcd looks at all keys of a range, however few are wanted, so not too few.
const AHEAD: i64 = 10_000;

/// How many records are looked up at once: etcd takes 128 operations in one transaction.
const TOGETHER: usize = 120;

/// The records in an etcd, as they are at one revision.
pub(super) struct Records<'c> {
    client: &'c Grpc,
    folder: Vec<u8>,
    revision: i64,
    /// What was read and not yet asked for.
    ahead: VecDeque<Entry>,
    /// Where to go on reading, until the end was reached.
    next: Option<Vec<u8>>,
}

impl<'c> Records<'c> {
    pub(super) fn new(client: &'c Grpc, prefix: &str, revision: i64) -> Self {
        let folder = format!("{prefix}data/").into_bytes();
        Self { client, next: Some(folder.clone()), folder, revision, ahead: VecDeque::new() }
    }

    async fn read_ahead(&mut self) -> Result<(), StoreError> {
        let Some(key) = self.next.take() else { return Ok(()) };
        let request = RangeRequest {
            key,
            range_end: behind_all(&self.folder),
            limit: AHEAD,
            revision: self.revision,
            ..RangeRequest::default()
        };
        let RangeResponse { kvs, more, .. } = range(self.client, request).await?;
        if let Some(last) = kvs.last().filter(|_| more) {
            self.next = Some([&last.key[..], &[0]].concat());
        }
        for kv in kvs {
            let key = kv.key.get(self.folder.len()..).unwrap_or_default();
            self.ahead.push_back((String::from_utf8_lossy(key).into_owned(), kv.value));
        }
        Ok(())
    }
}

impl State for Records<'_> {
    /// Pages come one after the other: where they begin is known.
    async fn page(&mut self, _after: Option<&str>, limit: usize) -> Result<Vec<Entry>, StoreError> {
        if self.ahead.is_empty() {
            self.read_ahead().await?;
        }
        Ok(self.ahead.drain(..limit.min(self.ahead.len())).collect())
    }

    async fn values(&mut self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let mut values = Vec::with_capacity(keys.len());
        for keys in keys.chunks(TOGETHER) {
            let read = |key: &String| {
                let key = [&self.folder[..], key.as_bytes()].concat();
                let one = RangeRequest { key, revision: self.revision, ..RangeRequest::default() };
                RequestOp { request: Some(Request::Range(one)) }
            };
            let success = keys.iter().map(read).collect();
            let request = TxnRequest { success, ..TxnRequest::default() };
            let answer = self.client.txn(request).await.map_err(unavailable)?;
            if answer.responses.len() != keys.len() {
                return Err(StoreError::corrupt("an answer of etcd is not whole"));
            }
            values.extend(answer.responses.into_iter().map(|one| match one.response {
                Some(Response::Range(range)) => range.kvs.into_iter().next().map(|kv| kv.value),
                _ => None,
            }));
        }
        Ok(values)
    }
}

pub(super) async fn range(
    client: &Grpc,
    request: RangeRequest,
) -> Result<RangeResponse, StoreError> {
    client.range(request).await.map_err(unavailable)
}

fn unavailable(error: CallError) -> StoreError {
    match error {
        CallError::Refused { code: scim_edge::store::etcd::client::OUT_OF_RANGE } => {
            StoreError::conflict()
        }
        error => StoreError::unavailable(error.to_string()),
    }
}

/// The first key behind all that begin with `prefix`, a text that is not empty.
pub(super) fn behind_all(prefix: &[u8]) -> Vec<u8> {
    let mut end = prefix.to_vec();
    if let Some(last) = end.last_mut() {
        *last = last.saturating_add(1);
    }
    end
}
