//! What a node may remember of records that everybody who asks needs, so that they are not read each time.
//!
//! A transaction goes by it as long as it has read nothing of etcd; its first read of etcd also looks whether what came
//! from memory still is so. From then on only that is of use of which is known that it is so at the transaction's
//! snapshot. So a transaction sees one state, whatever of it was remembered.

use std::cell::RefCell;
use std::time::Duration;

use super::Client;
use super::message::KeyValue;
use super::remembered::news::News;
use super::remembered::settling;
use crate::host::Clock;

/// A record as it is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recalled {
    /// The value.
    pub value: Vec<u8>,
    /// The revision in which it was last set.
    pub mod_revision: i64,
    /// The last revision at which it is known to have been so.
    pub until: i64,
}

/// What a transaction reads from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The revision.
    pub revision: i64,
    /// The revision of the last change of remembered records at that revision; 0 where there was none.
    pub changed: i64,
}

/// A question to etcd about its present state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// When it was sent.
    pub asked: Duration,
    /// The highest revision that had been heard of by then.
    pub known: i64,
}

/// Remembers records of those keys for which [`Layout::is_remembered`](super::Layout::is_remembered) holds.
#[expect(async_fn_in_trait, reason = "hosts are single-threaded, no future has to be Send")]
pub trait Memory {
    /// Whether it may remember anything at all. If not, nothing is read for its sake.
    fn is_on(&self) -> bool;

    /// The record at `key`, if it is remembered and may be gone by: with a `snapshot`, as it is there, which takes no
    /// call; without, as it is or was a moment ago, for which etcd may have to be asked once.
    async fn recall(
        &self,
        client: &impl Client,
        clock: &impl Clock,
        key: &str,
        snapshot: Option<Snapshot>,
    ) -> Option<Recalled>;

    /// What was read of `key` at `revision`.
    async fn learn(&self, key: &str, record: &KeyValue, revision: i64);

    /// The records at `keys` are not what they were before `revision`.
    async fn forget(&self, keys: &[String], revision: i64);

    /// A question, to be sent now.
    fn question(&self, clock: &impl Clock) -> Question;

    /// The answer to `question`.
    fn hear(&self, clock: &impl Clock, question: Question, answer: Snapshot);

    /// From which time on nobody goes by what others have replaced or taken away up to `snapshot` of what `concerns`
    /// somebody.
    fn others_settle_at(
        &self,
        clock: &impl Clock,
        snapshot: Snapshot,
        concerns: impl Fn(&str) -> bool,
    ) -> Duration;
}

/// Remembers nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Forgetful;

impl Memory for Forgetful {
    fn is_on(&self) -> bool {
        false
    }

    async fn recall(
        &self,
        _client: &impl Client,
        _clock: &impl Clock,
        _key: &str,
        _snapshot: Option<Snapshot>,
    ) -> Option<Recalled> {
        None
    }

    async fn learn(&self, _key: &str, _record: &KeyValue, _revision: i64) {}

    async fn forget(&self, _keys: &[String], _revision: i64) {}

    fn question(&self, clock: &impl Clock) -> Question {
        Question { asked: clock.uptime(), known: 0 }
    }

    fn hear(&self, _clock: &impl Clock, _question: Question, _answer: Snapshot) {}

    fn others_settle_at(
        &self,
        _clock: &impl Clock,
        _snapshot: Snapshot,
        _concerns: impl Fn(&str) -> bool,
    ) -> Duration {
        Duration::ZERO
    }
}

/// Remembers no record, and watches nothing: for nodes beside others that remember.
///
/// These may still go by what was taken away a short while ago. The node that has done that waits for them, unless it
/// died; so who finds it done waits as well. How long ago the last change was can be told only by one who has heard of
/// it, or of something later, before. Whoever has not goes by when it hears of it: it waits for longer than need be, and
/// never too short.
#[derive(Debug)]
pub struct Watchless {
    /// For how long others go by what was taken away.
    settling: Duration,
    news: RefCell<News>,
}

impl Watchless {
    /// Beside nodes that go by what they remember for `good_for` before they ask again.
    pub fn new(good_for: Duration) -> Self {
        let settling = settling(good_for);
        Self { settling, news: RefCell::new(News::new(settling)) }
    }
}

impl Memory for Watchless {
    fn is_on(&self) -> bool {
        !self.settling.is_zero()
    }

    async fn recall(
        &self,
        _client: &impl Client,
        _clock: &impl Clock,
        _key: &str,
        _snapshot: Option<Snapshot>,
    ) -> Option<Recalled> {
        None
    }

    async fn learn(&self, _key: &str, _record: &KeyValue, _revision: i64) {}

    async fn forget(&self, _keys: &[String], _revision: i64) {}

    fn question(&self, clock: &impl Clock) -> Question {
        Question { asked: clock.uptime(), known: self.news.borrow().last_revision() }
    }

    fn hear(&self, clock: &impl Clock, question: Question, answer: Snapshot) {
        let mut news = self.news.borrow_mut();
        if answer.revision < question.known {
            // etcd was restored from a backup: its revisions mean something else now.
            *news = News::new(self.settling);
        }
        news.hear_revision(clock.uptime(), answer.revision);
    }

    fn others_settle_at(
        &self,
        clock: &impl Clock,
        snapshot: Snapshot,
        _concerns: impl Fn(&str) -> bool,
    ) -> Duration {
        if snapshot.changed == 0 {
            return Duration::ZERO;
        }
        self.news.borrow().first_heard(clock.uptime(), snapshot.changed) + self.settling
    }
}

#[cfg(test)]
mod tests;
