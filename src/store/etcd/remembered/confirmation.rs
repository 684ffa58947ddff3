//! Whether a VM may go by what is remembered: only while etcd itself has said, a short while ago, in which revision the
//! last change was. What counts is when the question was *sent*: the answer tells of everything before that.

use std::task::{Poll, Waker};
use std::time::Duration;

use crate::store::etcd::memory::Snapshot;

/// What one VM was told last, and whether it is asking.
#[derive(Debug)]
pub(super) struct Confirmation {
    /// For how long an answer is good.
    good_for: Duration,
    /// What was answered, and when it was asked.
    told: Option<(Duration, Snapshot)>,
    /// How often was asked, with an answer or without.
    asked: u64,
    /// Who waits for the present question.
    waiting: Option<Vec<Waker>>,
}

impl Confirmation {
    /// Answers are good for the time `good_for`.
    pub(super) fn new(good_for: Duration) -> Self {
        Self { good_for, told: None, asked: 0, waiting: None }
    }

    /// What was told, if that is still good at the time `now`.
    pub(super) fn told(&self, now: Duration) -> Option<Snapshot> {
        let good = self.told.filter(|(asked, _)| now.saturating_sub(*asked) < self.good_for);
        good.map(|(_, answer)| answer)
    }

    /// The answer to what was asked at the time `asked`. One to an earlier question than the last changes nothing.
    pub(super) fn hear(&mut self, asked: Duration, answer: Snapshot) {
        if self.told.is_none_or(|(last, _)| last <= asked) {
            self.told = Some((asked, answer));
        }
    }

    /// Begins a question. `Err`: there is one, with this number.
    pub(super) fn ask(&mut self) -> Result<(), u64> {
        if self.waiting.is_some() {
            return Err(self.asked);
        }
        self.waiting = Some(Vec::new());
        Ok(())
    }

    /// The question has ended, with an answer or without.
    pub(super) fn end(&mut self) -> Vec<Waker> {
        self.asked += 1;
        self.waiting.take().unwrap_or_default()
    }

    /// Waits for the end of the question with the number `question`.
    pub(super) fn poll_end(&mut self, question: u64, waker: &Waker) -> Poll<()> {
        match &mut self.waiting {
            Some(waiting) if self.asked == question => {
                if !waiting.iter().any(|other| other.will_wake(waker)) {
                    waiting.push(waker.clone());
                }
                Poll::Pending
            }
            _ => Poll::Ready(()),
        }
    }
}

#[cfg(test)]
mod tests;
