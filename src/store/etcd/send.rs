//! Sending a commit, and finding out what became of it.
//!
//! A commit whose answer is lost is sent again: it can be carried out only once, as it compares a version that it
//! writes itself. If a copy of it finds that version changed, then by whom is in etcd's history.

use std::time::Duration;

use super::commit::version;
use super::message::{KeyValue, PutRequest, RangeRequest, Request, RequestOp, TxnRequest};
use super::nest;
use super::read::{nothing_written, one};
use super::{CallError, Client, EtcdStore};
use crate::host::Host;
use crate::store::StoreError;

/// How many calls one commit makes before its outcome is called unknown.
const CALLS_MAX: u32 = 16;

/// The longest pause between two of them.
const PAUSE_MAX: Duration = Duration::from_millis(250);

/// How many commits are looked at to find one's own.
const HISTORY_MAX: u32 = 256;

/// gRPC's `RESOURCE_EXHAUSTED`: etcd says so also after it carried out what filled its disk.
const RESOURCE_EXHAUSTED: u32 = 8;

/// A commit to be sent.
pub(super) struct Attempt {
    pub(super) request: TxnRequest,
    pub(super) id: String,
    /// A version that the commit compares and writes.
    pub(super) version: Vec<u8>,
    /// How often that was set before, where this is known.
    pub(super) sets: Option<i64>,
    pub(super) snapshot: i64,
}

impl Attempt {
    /// The same for another time. Where it is refused, no copy of it that is still under way may be carried out later,
    /// when what was in its way is gone again: so a refusal also sets the version.
    fn again(&self) -> TxnRequest {
        let put = PutRequest { key: self.version.clone(), value: version("none") };
        let mut request = self.request.clone();
        request.failure.push(RequestOp { request: Some(Request::Put(put)) });
        request
    }
}

impl<C: Client, H: Host, M> EtcdStore<C, H, M> {
    /// Gives back the revision of the commit.
    pub(super) async fn send(&self, attempt: Attempt) -> Result<i64, StoreError> {
        let started = self.host.uptime();
        let mut request = attempt.request.clone();
        let mut lost: Option<String> = None;
        let mut wait = Duration::from_millis(5);
        for _ in 0..CALLS_MAX {
            match self.client.txn(request.clone()).await {
                Ok(answer) if answer.succeeded => {
                    return Ok(answer.header.map_or(0, |header| header.revision));
                }
                Ok(answer) => {
                    let found = nest::read(answer.responses).into_iter().next();
                    let last = found.and_then(|range| range.kvs.into_iter().next());
                    return self.judge(&attempt, last, lost).await;
                }
                Err(error @ CallError::Refused { code })
                    if lost.is_none() && code != RESOURCE_EXHAUSTED =>
                {
                    return Err(nothing_written(error));
                }
                Err(error @ CallError::Refused { .. }) => {
                    return self.look(&attempt, &error, lost).await;
                }
                Err(CallError::Lost(reason)) => lost = Some(reason),
            }
            if self.host.uptime().saturating_sub(started) >= self.options.patience {
                break;
            }
            self.wait(wait).await;
            wait = (wait * 2).min(PAUSE_MAX);
            request = attempt.again();
        }
        Err(StoreError::unknown(lost.unwrap_or_default()))
    }

    async fn wait(&self, time: Duration) {
        let until = self.host.uptime().saturating_add(time);
        while self.host.uptime() < until {
            self.host.pause().await;
        }
    }

    /// What became of a commit that etcd has `refused` although a copy of it may have been carried out.
    async fn look(
        &self,
        attempt: &Attempt,
        refused: &CallError,
        lost: Option<String>,
    ) -> Result<i64, StoreError> {
        let refused = refused.to_string();
        let found = match self.reread(one(attempt.version.clone())).await {
            Ok(found) => found,
            Err(error) => return Err(StoreError::unknown(error.to_string())),
        };
        match (found, lost) {
            (Some(last), lost) if last.mod_revision > attempt.snapshot => {
                self.judge(attempt, Some(last), lost).await
            }
            (_, None) => Err(StoreError::unavailable(refused)),
            // A copy may still be under way.
            (_, Some(_)) => Err(StoreError::unknown(refused)),
        }
    }

    /// What became of a commit of which a copy was not carried out, because something that it compares had changed.
    /// `last` is what its version was then.
    async fn judge(
        &self,
        attempt: &Attempt,
        last: Option<KeyValue>,
        lost: Option<String>,
    ) -> Result<i64, StoreError> {
        let mine = version(&attempt.id);
        let mut next = last;
        for _ in 0..HISTORY_MAX {
            let Some(kv) = next.filter(|kv| kv.mod_revision > attempt.snapshot) else {
                return Err(StoreError::conflict());
            };
            if kv.value == mine {
                return Ok(kv.mod_revision);
            }
            if attempt.sets.is_some_and(|sets| kv.version == sets + 1) {
                return Err(StoreError::conflict());
            }
            let mut before = one(attempt.version.clone());
            before.revision = kv.mod_revision - 1;
            next = match self.reread(before).await {
                Ok(found) => found,
                Err(error) => return Err(StoreError::unknown(lost.unwrap_or(error.to_string()))),
            };
        }
        Err(StoreError::unknown("too many other commits"))
    }

    /// What is at one key, asked once more where the answer was lost.
    async fn reread(&self, request: RangeRequest) -> Result<Option<KeyValue>, CallError> {
        let answer = match self.client.range(request.clone()).await {
            Err(CallError::Lost(_)) => self.client.range(request).await,
            answer => answer,
        };
        answer.map(|answer| answer.kvs.into_iter().next())
    }
}
