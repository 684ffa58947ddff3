//! The keys with all their past. The host of the filter in `tests/host` has the same etcd.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use prost::Message as _;

use super::message::{
    Compare, CompareResult, CompareTarget, Compared, DeleteRangeRequest, DeleteRangeResponse,
    Event, EventType, KeyValue, PutRequest, PutResponse, RangeRequest, RangeResponse, Request,
    RequestOp, Response, ResponseHeader, ResponseOp, SortOrder, TxnRequest, TxnResponse,
};
use super::{CallError, OUT_OF_RANGE};

const INVALID_ARGUMENT: CallError = CallError::Refused { code: 3 };

/// What one etcd holds.
#[derive(Debug)]
pub(crate) struct State {
    revision: i64,
    compacted: i64,
    /// What each key was set to, and in which revision; `None`: it was deleted.
    keys: BTreeMap<Vec<u8>, Vec<(i64, Option<KeyValue>)>>,
    events: Vec<(i64, Event)>,
    /// How many keys were in the ranges that were read, whatever their limits: etcd looks at all of them.
    walked: Cell<usize>,
    pub(crate) max_operations: usize,
    pub(crate) max_bytes: usize,
}

impl Default for State {
    fn default() -> Self {
        Self {
            revision: 1,
            compacted: 0,
            keys: BTreeMap::new(),
            events: Vec::new(),
            walked: Cell::default(),
            max_operations: 128,
            max_bytes: 3 * 512 * 1024,
        }
    }
}

impl State {
    pub(crate) fn revision(&self) -> i64 {
        self.revision
    }

    pub(crate) fn walked(&self) -> usize {
        self.walked.get()
    }

    /// What happened in `revision` and later, in order; for a revision that is compacted the first one that can be
    /// asked for.
    pub(crate) fn events_since(&self, revision: i64) -> Result<Vec<Event>, i64> {
        if revision <= self.compacted {
            return Err(self.compacted + 1);
        }
        let events = self.events.iter().filter(|(at, _)| *at >= revision);
        Ok(events.map(|(_, event)| event.clone()).collect())
    }

    /// Forgets all that was replaced before `revision`, which can still be read.
    pub(crate) fn compact(&mut self, revision: i64) {
        self.compacted = self.compacted.max(revision.min(self.revision));
        let compacted = self.compacted;
        self.events.retain(|(at, _)| *at > compacted);
        self.keys.retain(|_, past| {
            let last = past.iter().rposition(|(at, _)| *at <= compacted);
            past.drain(..last.unwrap_or(0));
            if past.first().is_some_and(|(at, value)| *at <= compacted && value.is_none()) {
                past.remove(0);
            }
            !past.is_empty()
        });
    }

    pub(crate) fn range(&self, request: &RangeRequest) -> Result<RangeResponse, CallError> {
        if request.key.is_empty() {
            return Err(INVALID_ARGUMENT);
        }
        self.check_revision(request)?;
        let header = Some(ResponseHeader { revision: self.revision });
        Ok(RangeResponse { header, ..self.select(request, self.revision) })
    }

    pub(crate) fn txn(&mut self, request: &TxnRequest) -> Result<TxnResponse, CallError> {
        check(request, self.max_operations)?;
        distinct(&request.success)?;
        distinct(&request.failure)?;
        if request.encoded_len() > self.max_bytes {
            return Err(INVALID_ARGUMENT);
        }
        self.check_path(request)?;
        let next = self.revision + 1;
        let mut wrote = false;
        let mut answer = self.carry_out(request, next, &mut wrote);
        if wrote {
            self.revision = next;
        }
        answer.header = Some(ResponseHeader { revision: self.revision });
        Ok(answer)
    }

    fn check_revision(&self, request: &RangeRequest) -> Result<(), CallError> {
        let at = request.revision;
        if at > self.revision || (at > 0 && at < self.compacted) {
            return Err(CallError::Refused { code: OUT_OF_RANGE });
        }
        Ok(())
    }

    /// Looks at the reads that will be carried out, before anything is.
    fn check_path(&self, request: &TxnRequest) -> Result<(), CallError> {
        let holds = request.compare.iter().all(|compare| self.holds(compare, self.revision));
        for operation in if holds { &request.success } else { &request.failure } {
            match &operation.request {
                Some(Request::Range(range)) => self.check_revision(range)?,
                Some(Request::Txn(inner)) => self.check_path(inner)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn carry_out(&mut self, request: &TxnRequest, next: i64, wrote: &mut bool) -> TxnResponse {
        let now = if *wrote { next } else { self.revision };
        let succeeded = request.compare.iter().all(|compare| self.holds(compare, now));
        let operations = if succeeded { &request.success } else { &request.failure };
        let mut responses = Vec::new();
        for operation in operations {
            let now = if *wrote { next } else { self.revision };
            let header = None;
            let response = match operation.request.as_ref().unwrap() {
                Request::Range(range) => Response::Range(self.select(range, now)),
                Request::Put(put) => {
                    self.put(put, next);
                    *wrote = true;
                    Response::Put(PutResponse { header })
                }
                Request::DeleteRange(range) => {
                    let deleted = self.delete(range, next, now);
                    *wrote |= deleted > 0;
                    Response::DeleteRange(DeleteRangeResponse { header, deleted })
                }
                Request::Txn(inner) => Response::Txn(self.carry_out(inner, next, wrote)),
            };
            responses.push(ResponseOp { response: Some(response) });
        }
        TxnResponse { header: None, succeeded, responses }
    }

    /// What is there at a revision, ordered by key.
    fn present<'s>(
        &'s self,
        key: &[u8],
        range_end: &[u8],
        at: i64,
    ) -> impl Iterator<Item = &'s KeyValue> {
        let end = match range_end {
            [] => Bound::Included(key.to_vec()),
            [0] => Bound::Unbounded,
            end => Bound::Excluded(end.to_vec().max(key.to_vec())),
        };
        let keys = self.keys.range((Bound::Included(key.to_vec()), end));
        keys.filter_map(move |(_, past)| {
            past.iter().rev().find(|(revision, _)| *revision <= at)?.1.as_ref()
        })
    }

    fn select(&self, request: &RangeRequest, now: i64) -> RangeResponse {
        let at = if request.revision > 0 { request.revision } else { now };
        let all = self.present(&request.key, &request.range_end, at);
        let mut found: Vec<&KeyValue> = all.collect();
        let count = found.len() as i64;
        self.walked.set(self.walked.get() + found.len());
        if request.count_only {
            return RangeResponse { count, ..RangeResponse::default() };
        }
        if request.sort_order == i32::from(SortOrder::Descend) {
            found.reverse();
        }
        let more = request.limit > 0 && count > request.limit;
        if more {
            found.truncate(request.limit as usize);
        }
        let mut kvs: Vec<KeyValue> = found.into_iter().cloned().collect();
        for kv in kvs.iter_mut().filter(|_| request.keys_only) {
            kv.value.clear();
        }
        RangeResponse { header: None, kvs, more, count }
    }

    fn holds(&self, compare: &Compare, now: i64) -> bool {
        let absent = KeyValue::default();
        let mut found: Vec<&KeyValue> =
            self.present(&compare.key, &compare.range_end, now).collect();
        if found.is_empty() {
            found.push(&absent);
        }
        found.into_iter().all(|kv| {
            let (is, other) = match (compare.target(), compare.compared.unwrap()) {
                (CompareTarget::Version, Compared::Version(other)) => (kv.version, other),
                (CompareTarget::Create, Compared::CreateRevision(other)) => {
                    (kv.create_revision, other)
                }
                (CompareTarget::Mod, Compared::ModRevision(other)) => (kv.mod_revision, other),
                mixed => panic!("compares another number than it names: {mixed:?}"),
            };
            match compare.result() {
                CompareResult::Equal => is == other,
                CompareResult::Greater => is > other,
                CompareResult::Less => is < other,
                CompareResult::NotEqual => is != other,
            }
        })
    }

    fn put(&mut self, put: &PutRequest, revision: i64) {
        let past = self.keys.entry(put.key.clone()).or_default();
        let before = past.last().and_then(|(_, kv)| kv.as_ref());
        let kv = KeyValue {
            key: put.key.clone(),
            create_revision: before.map_or(revision, |kv| kv.create_revision),
            mod_revision: revision,
            version: before.map_or(1, |kv| kv.version + 1),
            value: put.value.clone(),
        };
        past.push((revision, Some(kv.clone())));
        self.events.push((revision, Event { kind: EventType::Put.into(), kv: Some(kv) }));
    }

    fn delete(&mut self, range: &DeleteRangeRequest, revision: i64, now: i64) -> i64 {
        let found = self.present(&range.key, &range.range_end, now).map(|kv| kv.key.clone());
        let found: Vec<Vec<u8>> = found.collect();
        for key in &found {
            self.keys.get_mut(key).unwrap().push((revision, None));
            let kv = KeyValue { key: key.clone(), mod_revision: revision, ..KeyValue::default() };
            self.events.push((revision, Event { kind: EventType::Delete.into(), kv: Some(kv) }));
        }
        found.len() as i64
    }
}

/// The limit on operations: what a transaction's longest list leaves of it is the limit of those within.
fn check(request: &TxnRequest, limit: usize) -> Result<(), CallError> {
    let lists = [request.compare.len(), request.success.len(), request.failure.len()];
    let longest = lists.into_iter().max().unwrap();
    if longest > limit || request.compare.iter().any(|compare| compare.key.is_empty()) {
        return Err(INVALID_ARGUMENT);
    }
    for operation in request.success.iter().chain(&request.failure) {
        let key = match operation.request.as_ref().ok_or(INVALID_ARGUMENT)? {
            Request::Txn(inner) => {
                check(inner, limit - longest)?;
                continue;
            }
            Request::Range(range) => &range.key,
            Request::Put(put) => &put.key,
            Request::DeleteRange(range) => &range.key,
        };
        if key.is_empty() {
            return Err(INVALID_ARGUMENT);
        }
    }
    Ok(())
}

/// No key may be put twice, or be put and deleted.
fn distinct(operations: &[RequestOp]) -> Result<(), CallError> {
    let (mut puts, mut deletes) = (Vec::new(), Vec::new());
    collect(operations, &mut puts, &mut deletes);
    let once: BTreeSet<&Vec<u8>> = puts.iter().collect();
    let deleted = |key: &Vec<u8>| {
        deletes.iter().any(|range: &DeleteRangeRequest| match &*range.range_end {
            [] => *key == range.key,
            end => *key >= range.key && **key < *end,
        })
    };
    if once.len() < puts.len() || puts.iter().any(deleted) {
        return Err(INVALID_ARGUMENT);
    }
    Ok(())
}

fn collect(
    operations: &[RequestOp],
    puts: &mut Vec<Vec<u8>>,
    deletes: &mut Vec<DeleteRangeRequest>,
) {
    for operation in operations {
        match &operation.request {
            Some(Request::Put(put)) => puts.push(put.key.clone()),
            Some(Request::DeleteRange(range)) => deletes.push(range.clone()),
            Some(Request::Txn(inner)) => {
                collect(&inner.success, puts, deletes);
                collect(&inner.failure, puts, deletes);
            }
            _ => {}
        }
    }
}
