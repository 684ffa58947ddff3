//! How a VM hears of changes: when to open the stream, from which revision, and what its messages mean. Pure: what is to
//! be done comes out as a [`Step`], what came of it goes in.
//!
//! Of every change that replaces or takes away a record that may be remembered, the commit tells under one key, whose
//! value is the list of those records. That key is watched. Nothing between the revisions `since` and `seen` was missed:
//! a stream that breaks is opened again behind `seen`, and where etcd has compacted that away, or a message cannot be
//! read, `since` moves on, before which nothing that is remembered counts.

use std::collections::VecDeque;
use std::time::Duration;

use prost::Message as _;

use crate::json::typed::from_slice;
use crate::store::etcd::message::{
    Event, EventType, Watch as WatchUnion, WatchCreateRequest, WatchRequest, WatchResponse,
};

/// How often a host looks whether a watch has something to do.
pub const TICK: Duration = Duration::from_millis(100);

/// How long a stream stays closed after the first failure; twice as long after each that follows.
const BACK_OFF: Duration = Duration::from_millis(100);

/// As often is the time doubled.
const BACK_OFF_DOUBLINGS: u32 = 5;

/// How long a stream may be behind what etcd says it should have brought.
const PATIENCE: Duration = Duration::from_secs(1);

/// Opens streams of `etcdserverpb.Watch/Watch`.
pub trait WatchHost {
    /// Opens the stream `number` and sends `request`, an encoded `WatchRequest`, as its only message. There is one
    /// at a time: the one before is to be closed. May do so later, and tells of nothing within this call, not even that
    /// it could not be opened, which is a stream that was closed.
    fn open(&self, number: u64, request: Vec<u8>);

    /// Closes the stream `number`.
    fn close(&self, number: u64);
}

/// What happened in one revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// The revision.
    pub(super) revision: i64,
    /// The records that were replaced or taken away. `None`: that cannot be told, so it may be any.
    pub(super) keys: Option<Vec<String>>,
}

/// What is to be done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Read etcd's present revision, for [`Watch::placed`] or [`Watch::not_placed`].
    Place,
    /// Open a stream.
    Open {
        /// Its number.
        number: u64,
        /// What it begins with.
        request: Vec<u8>,
    },
    /// Close a stream.
    Close {
        /// Its number.
        number: u64,
    },
    /// Forget what changed, for [`Watch::applied`].
    Apply(Change),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Nobody has asked for anything yet.
    Asleep,
    /// The revision to begin at is to be read, not before `from`.
    Unplaced { from: Duration },
    /// A stream is to be opened, not before `from`.
    Closed { from: Duration },
    /// The present stream. It is live once etcd has said that watching has begun.
    Open { live: bool },
}

/// The watch of one VM.
#[derive(Debug)]
pub(super) struct Watch {
    key: Vec<u8>,
    stage: Stage,
    /// The number of the present stream, or of the one before.
    number: u64,
    /// A stream that is to be closed.
    closing: Option<u64>,
    since: i64,
    seen: i64,
    /// What was heard and not applied yet.
    changes: VecDeque<Change>,
    /// Failures in a row.
    failures: u32,
    /// Since when etcd has known of a change, and which, that did not come by the stream.
    behind: Option<(Duration, i64)>,
}

impl Watch {
    /// A watch of `key`.
    pub(super) fn new(key: Vec<u8>) -> Self {
        Self {
            key,
            stage: Stage::Asleep,
            number: 0,
            closing: None,
            since: i64::MAX,
            seen: 0,
            changes: VecDeque::new(),
            failures: 0,
            behind: None,
        }
    }

    /// Begins, if it has not yet.
    pub(super) fn wake(&mut self) {
        if self.stage == Stage::Asleep {
            self.stage = Stage::Unplaced { from: Duration::ZERO };
        }
    }

    /// Whether changes are being heard of.
    pub(super) fn is_live(&self) -> bool {
        self.stage == Stage::Open { live: true }
    }

    /// The revision behind which nothing was missed.
    pub(super) fn since(&self) -> i64 {
        self.since
    }

    /// The last revision whose change was applied, or behind which the watch began.
    pub(super) fn seen(&self) -> i64 {
        self.seen
    }

    /// What is to be done at the time `now`.
    pub(super) fn step(&mut self, now: Duration) -> Option<Step> {
        if let Some(number) = self.closing.take() {
            return Some(Step::Close { number });
        }
        // What was heard before the stream broke still counts.
        if let Some(change) = self.changes.front() {
            return Some(Step::Apply(change.clone()));
        }
        match self.stage {
            Stage::Unplaced { from } if from <= now => Some(Step::Place),
            Stage::Closed { from } if from <= now => {
                self.number += 1;
                self.stage = Stage::Open { live: false };
                Some(Step::Open { number: self.number, request: self.request() })
            }
            Stage::Open { .. } if self.is_late(now) => {
                self.close(now, Duration::ZERO);
                self.step(now)
            }
            _ => None,
        }
    }

    /// Whether there is something to do at the time `now`.
    pub(super) fn is_due(&self, now: Duration) -> bool {
        let by_stage = match self.stage {
            Stage::Asleep => false,
            Stage::Unplaced { from } | Stage::Closed { from } => from <= now,
            Stage::Open { .. } => self.is_late(now),
        };
        by_stage || self.closing.is_some() || !self.changes.is_empty()
    }

    /// etcd's revision is `revision`, and everything that is remembered was read at `oldest` or later.
    pub(super) fn placed(&mut self, now: Duration, revision: i64, oldest: i64) {
        if matches!(self.stage, Stage::Unplaced { .. }) {
            self.since = revision.max(oldest);
            self.seen = revision;
            self.behind = None;
            self.stage = Stage::Closed { from: now };
        }
    }

    /// etcd's revision could not be read.
    pub(super) fn not_placed(&mut self, now: Duration) {
        if matches!(self.stage, Stage::Unplaced { .. }) {
            let from = now + self.back_off();
            self.stage = Stage::Unplaced { from };
        }
    }

    /// A message came by the stream `number`.
    pub(super) fn on_message(&mut self, now: Duration, number: u64, message: &[u8]) {
        if !self.is_present(number) {
            return;
        }
        let Ok(response) = WatchResponse::decode(message) else {
            // Opened behind `seen`, the next one brings it again.
            let pause = self.back_off();
            return self.close(now, pause);
        };
        if response.compact_revision > 0 {
            self.close(now, Duration::ZERO);
            self.stage = Stage::Unplaced { from: now };
            return;
        }
        if response.canceled {
            let pause = self.back_off();
            return self.close(now, pause);
        }
        self.failures = 0;
        self.stage = Stage::Open { live: true };
        for change in response.events.into_iter().filter_map(Change::of) {
            let heard = self.changes.back().map_or(self.seen, |last| last.revision);
            if change.revision > heard {
                self.changes.push_back(change);
            }
        }
    }

    /// The stream `number` has ended.
    pub(super) fn on_closed(&mut self, now: Duration, number: u64) {
        if self.is_present(number) {
            let pause = self.back_off();
            self.stage = Stage::Closed { from: now + pause };
        }
    }

    /// The next change was applied, or could not be.
    pub(super) fn applied(&mut self, change: &Change, done: bool) {
        if self.changes.pop_front_if(|next| next == change).is_some() {
            self.seen = self.seen.max(change.revision);
            if !done || change.keys.is_none() {
                self.since = self.since.max(change.revision);
            }
        }
    }

    /// etcd says that the last change was in the revision `changed`.
    pub(super) fn told(&mut self, now: Duration, changed: i64) {
        self.behind = match self.behind {
            _ if changed <= self.seen => None,
            Some((from, first)) if first > self.seen => Some((from, first)),
            _ => Some((now, changed)),
        };
    }

    fn is_present(&self, number: u64) -> bool {
        number == self.number && matches!(self.stage, Stage::Open { .. })
    }

    fn is_late(&self, now: Duration) -> bool {
        let late = |(from, revision): (Duration, i64)| {
            revision > self.seen && now.saturating_sub(from) > PATIENCE
        };
        self.behind.is_some_and(late)
    }

    fn close(&mut self, now: Duration, pause: Duration) {
        self.closing = Some(self.number);
        self.behind = None;
        self.stage = Stage::Closed { from: now + pause };
    }

    fn back_off(&mut self) -> Duration {
        let pause = BACK_OFF * (1 << self.failures.min(BACK_OFF_DOUBLINGS));
        self.failures += 1;
        pause
    }

    fn request(&self) -> Vec<u8> {
        let create = WatchCreateRequest {
            key: self.key.clone(),
            start_revision: self.seen + 1,
            ..WatchCreateRequest::default()
        };
        WatchRequest { request: Some(WatchUnion::Create(create)) }.encode_to_vec()
    }
}

impl Change {
    fn of(event: Event) -> Option<Self> {
        let is_put = event.kind == EventType::Put as i32;
        let kv = event.kv?;
        let keys = if is_put { from_slice(&kv.value).ok() } else { None };
        Some(Self { revision: kv.mod_revision, keys })
    }
}

#[cfg(test)]
mod tests;
