//! When a VM heard of what happened lately: for those who find a change that somebody else made and that not every node
//! goes by yet, such as a client that asks again, after the node that did as it was asked has died without an answer.

use std::collections::VecDeque;
use std::time::Duration;

use super::watch::Change;

/// How many changes and revisions are kept. Where there were more, the older ones count as just heard of.
const KEPT: usize = 1024;

/// What one VM has heard within the time that it keeps.
#[derive(Debug)]
pub(in crate::store::etcd) struct News {
    kept_for: Duration,
    /// Changes that came by the watch.
    changes: VecDeque<(Duration, Change)>,
    /// Revisions of etcd, each higher than the one before. The first may be older than what is kept.
    revisions: VecDeque<(Duration, i64)>,
}

impl News {
    /// Keeps news for the time `kept_for`.
    pub(in crate::store::etcd) fn new(kept_for: Duration) -> Self {
        Self { kept_for, changes: VecDeque::new(), revisions: VecDeque::new() }
    }

    /// etcd has come to `revision`.
    pub(in crate::store::etcd) fn hear_revision(&mut self, now: Duration, revision: i64) {
        if self.revisions.back().is_none_or(|(_, last)| *last < revision) {
            self.revisions.push_back((now, revision));
        }
        let old = |heard: &Duration| now.saturating_sub(*heard) > self.kept_for;
        while self.revisions.get(1).is_some_and(|(heard, _)| old(heard))
            || self.revisions.len() > KEPT
        {
            self.revisions.pop_front();
        }
    }

    /// `change` happened.
    pub(super) fn hear(&mut self, now: Duration, change: Change) {
        self.hear_revision(now, change.revision);
        self.changes.push_back((now, change));
        let old = |heard: &Duration| now.saturating_sub(*heard) > self.kept_for;
        while self.changes.front().is_some_and(|(heard, _)| old(heard)) {
            self.changes.pop_front();
        }
        if self.changes.len() > KEPT {
            self.changes.pop_front();
            // It may have been of anything.
            if let Some((_, oldest)) = self.changes.front_mut() {
                oldest.keys = None;
            }
        }
    }

    /// The highest revision that was heard of; 0: none.
    pub(in crate::store::etcd) fn last_revision(&self) -> i64 {
        self.revisions.back().map_or(0, |(_, revision)| *revision)
    }

    /// When the last of those changes was heard of that `concerns` somebody.
    pub(super) fn last_change(&self, concerns: impl Fn(&str) -> bool) -> Option<Duration> {
        let concerning = |change: &Change| {
            change.keys.as_ref().is_none_or(|keys| keys.iter().any(|key| concerns(key)))
        };
        let last = self.changes.iter().rev().find(|(_, change)| concerning(change));
        last.map(|(heard, _)| *heard)
    }

    /// When it was first heard that etcd has come to `revision` or further: at `now`, if it was not yet.
    pub(in crate::store::etcd) fn first_heard(&self, now: Duration, revision: i64) -> Duration {
        let first = self.revisions.iter().find(|(_, heard)| *heard >= revision);
        first.map_or(now, |(heard, _)| *heard)
    }
}

#[cfg(test)]
mod tests;
