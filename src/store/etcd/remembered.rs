//! What a node remembers of etcd, so that what has to be known of everybody who asks costs no call, and why nobody ever
//! goes by what was taken away.
//!
//! | module | decides |
//! |---|---|
//! | `slots` | where records are kept, and that no late reader brings back what was taken away |
//! | `watch` | how a VM hears of changes without a gap |
//! | `confirmation` | for how long a VM may believe that it has heard of all |
//! | `news` | what not every node may go by yet |
//!
//! A node is all VMs on one [`KeyValue`]. Each VM has a [`Remembered`] of its own, and watches and asks for itself. A
//! commit that replaces or takes away a record that may be remembered tells so under one key of etcd, the *changes*.
//! A record in a slot was read at some revision, and a VM goes by it only if
//!
//! - it was read at `since` or later, behind which the VM has missed no change;
//! - etcd said within the last `remember_ms`, counted from when it was asked, that the last change was in a revision
//!   that the VM has applied.
//!
//! So the record is as it was when etcd was asked, or newer. Who makes such a commit tells nobody of it for
//! `remember_ms` and some more (its [receipt](crate::store::Receipt)): by then every VM has asked again. Absence is never remembered, so what is new is
//! seen at once.
//!
//! # For whoever writes a host
//!
//! The host does the following for each VM, one thing at a time:
//!
//! - It implements [`WatchHost`]: opens a stream of `etcdserverpb.Watch/Watch`, and closes it.
//! - Each message that arrives on the stream it hands to [`Remembered::on_message`], the end of the stream to
//!   [`Remembered::on_closed`], both with the number that the stream was opened with. Neither waits for anything, and
//!   what is told of a stream that is no longer wanted does nothing.
//! - After either, and every [`TICK`], where [`Remembered::is_due`] says so, it polls the future of
//!   [`Remembered::work`] until it is done, as it does with an operation. More than one of them do no harm.
//!
//! Nothing is opened before the first record was asked for. So a VM that serves nobody watches nothing.

mod confirmation;
pub(super) mod news;
mod slots;
mod watch;

use std::cell::{Cell, RefCell};
use std::time::Duration;

pub use self::watch::{TICK, WatchHost};

use self::confirmation::Confirmation;
use self::news::News;
use self::slots::{Slot, Slots};
use self::watch::{Change, Step, Watch};
use super::client::Client;
use super::memory::{Memory, Question, Recalled, Snapshot};
use super::message::{KeyValue as Record, RangeResponse};
use super::read::trace;
use crate::host::Clock;
use crate::store::tree::KeyValue;

/// What one VM remembers together with the others of its node.
#[derive(Debug)]
pub struct Remembered<K, W> {
    slots: Slots<K>,
    streams: W,
    changes_key: Vec<u8>,
    good_for: Duration,
    watch: RefCell<Watch>,
    confirmation: RefCell<Confirmation>,
    news: RefCell<News>,
    /// The highest revision of etcd that was heard of.
    revision: Cell<i64>,
    /// etcd has gone back to an earlier revision, so that nothing can be told from revisions any more.
    off: Cell<bool>,
    working: Cell<bool>,
}

impl<K: KeyValue, W: WatchHost> Remembered<K, W> {
    /// A memory in slots of `host` whose names begin with `name`, which is another one for each etcd and prefix. It
    /// goes by what it remembers for `good_for` before it asks again, and hears of changes by `changes_key` over
    /// `streams`. With no time at all it remembers nothing.
    pub fn new(
        host: K,
        streams: W,
        name: String,
        changes_key: impl Into<Vec<u8>>,
        good_for: Duration,
    ) -> Self {
        Self::with_slots(Slots::new(host, name), streams, changes_key.into(), good_for)
    }

    fn with_slots(slots: Slots<K>, streams: W, changes_key: Vec<u8>, good_for: Duration) -> Self {
        Self {
            slots,
            streams,
            good_for,
            watch: RefCell::new(Watch::new(changes_key.clone())),
            confirmation: RefCell::new(Confirmation::new(good_for)),
            news: RefCell::new(News::new(settling(good_for))),
            changes_key,
            revision: Cell::new(0),
            // A swap whose answer is no truth protects no slot.
            off: Cell::new(good_for.is_zero() || !K::HONEST_SWAP),
            working: Cell::new(false),
        }
    }

    /// What is remembered of `key`, where `answer` was what etcd said, and all changes up to that are known.
    async fn find(&self, key: &str, answer: Snapshot) -> Option<Recalled> {
        // As it is before the slot is read: a change that is applied meanwhile may come too late for that.
        let (since, seen) = {
            let watch = self.watch.borrow();
            if !watch.is_live() || answer.changed > watch.seen() {
                return None;
            }
            (watch.since(), watch.seen())
        };
        let slot = self.slots.find(key).await.filter(|slot| slot.read >= since)?;
        let until = slot.read.max(seen).max(answer.revision);
        Some(Recalled { value: slot.value, mod_revision: slot.modified, until })
    }

    /// What etcd said last, if that is still good.
    fn told(&self, clock: &impl Clock) -> Option<Snapshot> {
        self.confirmation.borrow().told(clock.uptime())
    }

    /// Asks which change was the last, unless somebody else has, or waits for the answer to who does.
    async fn confirm(&self, client: &impl Client, clock: &impl Clock) {
        if self.told(clock).is_some() {
            return;
        }
        let begun = self.confirmation.borrow_mut().ask();
        if let Err(number) = begun {
            return std::future::poll_fn(|context| {
                self.confirmation.borrow_mut().poll_end(number, context.waker())
            })
            .await;
        }
        let _asking = Asking(&self.confirmation);
        // An answer that comes later is too old to go by, and who waits for it can read from etcd meanwhile.
        self.ask(client, clock, self.good_for).await;
    }

    /// Asks which change was the last. Gives etcd's revision.
    async fn ask(
        &self,
        client: &impl Client,
        clock: &impl Clock,
        patience: Duration,
    ) -> Option<i64> {
        let question = self.question(clock);
        let request = trace(self.changes_key.clone());
        let answer = client.range_within(request, patience).await.ok()?;
        let RangeResponse { header, kvs, .. } = answer;
        let changed = kvs.first().map_or(0, |kv| kv.mod_revision);
        let answer = Snapshot { revision: header?.revision, changed };
        self.hear(clock, question, answer);
        Some(answer.revision)
    }

    /// A message came by the stream `number`.
    pub fn on_message(&self, clock: &impl Clock, number: u64, message: &[u8]) {
        self.watch.borrow_mut().on_message(clock.uptime(), number, message);
    }

    /// The stream `number` has ended, or could not be opened.
    pub fn on_closed(&self, clock: &impl Clock, number: u64) {
        self.watch.borrow_mut().on_closed(clock.uptime(), number);
    }

    /// Whether [`work`](Self::work) has something to do.
    pub fn is_due(&self, clock: &impl Clock) -> bool {
        !self.off.get() && !self.working.get() && self.watch.borrow().is_due(clock.uptime())
    }

    /// Opens and closes streams, and forgets what changed, until there is nothing more to do.
    pub async fn work(&self, client: &impl Client, clock: &impl Clock) {
        if self.off.get() || self.working.replace(true) {
            return;
        }
        let _working = Working(&self.working);
        loop {
            let step = self.watch.borrow_mut().step(clock.uptime());
            match step {
                None => return,
                Some(Step::Open { number, request }) => self.streams.open(number, request),
                Some(Step::Close { number }) => self.streams.close(number),
                Some(Step::Apply(change)) => {
                    self.news.borrow_mut().hear(clock.uptime(), change.clone());
                    let done = self.slots.apply(&change).await.is_ok();
                    self.watch.borrow_mut().applied(&change, done);
                }
                Some(Step::Place) => self.place(client, clock).await,
            }
        }
    }

    async fn place(&self, client: &impl Client, clock: &impl Clock) {
        // Read before etcd is, so that usually it is lower.
        let applied = self.slots.applied().await;
        let revision = self.ask(client, clock, Duration::MAX).await;
        let (now, mut watch) = (clock.uptime(), self.watch.borrow_mut());
        match (revision, applied) {
            (Some(revision), Ok(applied)) => {
                watch.placed(now, revision, applied);
                // What happened before, perhaps just now, does not come by the stream.
                self.news.borrow_mut().hear(now, Change { revision, keys: None });
            }
            _ => watch.not_placed(now),
        }
    }
}

impl<K: KeyValue, W: WatchHost> Memory for Remembered<K, W> {
    fn is_on(&self) -> bool {
        !self.off.get()
    }

    async fn recall(
        &self,
        client: &impl Client,
        clock: &impl Clock,
        key: &str,
        snapshot: Option<Snapshot>,
    ) -> Option<Recalled> {
        if self.off.get() {
            return None;
        }
        self.watch.borrow_mut().wake();
        if let Some(snapshot) = snapshot {
            let recalled = self.find(key, snapshot).await?;
            let at = snapshot.revision;
            return (recalled.mod_revision <= at && at <= recalled.until).then_some(recalled);
        }
        if let Some(told) = self.told(clock) {
            return self.find(key, told).await;
        }
        // A question is worth its call only where there is something to go by.
        let slot = self.slots.find(key).await?;
        if !self.watch.borrow().is_live() || slot.read < self.watch.borrow().since() {
            return None;
        }
        self.confirm(client, clock).await;
        let told = self.told(clock)?;
        self.find(key, told).await
    }

    async fn learn(&self, key: &str, record: &Record, revision: i64) {
        let since = {
            let watch = self.watch.borrow();
            if self.off.get() || !watch.is_live() || revision < watch.since() {
                return;
            }
            watch.since()
        };
        let slot = Slot {
            key: key.to_owned(),
            value: record.value.clone(),
            modified: record.mod_revision,
            read: revision,
        };
        // What is not remembered is read again.
        let _ = self.slots.fill(&slot, since).await;
    }

    async fn forget(&self, keys: &[String], revision: i64) {
        if !self.off.get() {
            // Where this fails, the change that comes by the watch does it.
            let change = Change { revision, keys: Some(keys.to_vec()) };
            let _ = self.slots.apply(&change).await;
        }
    }

    fn question(&self, clock: &impl Clock) -> Question {
        Question { asked: clock.uptime(), known: self.revision.get() }
    }

    fn hear(&self, clock: &impl Clock, question: Question, answer: Snapshot) {
        if answer.revision < question.known {
            // etcd was restored from a backup: its revisions mean something else now.
            self.off.set(true);
            return;
        }
        let now = clock.uptime();
        self.revision.set(self.revision.get().max(answer.revision));
        self.confirmation.borrow_mut().hear(question.asked, answer);
        self.watch.borrow_mut().told(now, answer.changed);
        self.news.borrow_mut().hear_revision(now, answer.revision);
    }

    fn others_settle_at(
        &self,
        clock: &impl Clock,
        snapshot: Snapshot,
        concerns: impl Fn(&str) -> bool,
    ) -> Duration {
        let (news, seen) = (self.news.borrow(), self.watch.borrow().seen());
        let heard = if snapshot.changed > seen {
            Some(news.first_heard(clock.uptime(), snapshot.changed))
        } else {
            news.last_change(concerns)
        };
        heard.map_or(Duration::ZERO, |heard| heard + settling(self.good_for))
    }
}

/// How long it takes until all VMs have asked again that go by an answer for the time `good_for`, also those whose clocks
/// go slower than this one: by up to a hundredth, twenty times as much as clocks are slewed, and by the 5 ms in which a
/// host may show the time coarsely.
pub(super) fn settling(good_for: Duration) -> Duration {
    if good_for.is_zero() {
        return Duration::ZERO;
    }
    good_for + good_for / 100 + Duration::from_millis(5)
}

/// A question under way, also if who asks it is gone.
struct Asking<'c>(&'c RefCell<Confirmation>);

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        let waiting = self.0.borrow_mut().end();
        waiting.into_iter().for_each(std::task::Waker::wake);
    }
}

/// Work under way, also if who does it is gone.
struct Working<'c>(&'c Cell<bool>);

impl Drop for Working<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

#[cfg(test)]
mod tests;
