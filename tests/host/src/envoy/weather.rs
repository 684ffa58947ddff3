//! What goes wrong.

use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};

/// What becomes of one call of a VM to its host.
///
/// There is no lie: what Envoy's shared data says of a swap is true. A status that is not foreseen ends the VM, as the
/// SDK panics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is carried out.
    Done,
    /// It is carried out after some turns of others, and answered after some more.
    Late {
        /// Turns before it is carried out.
        before: u32,
        /// Turns between that and the answer.
        after: u32,
    },
    /// The VM traps, and nothing is carried out.
    TrapsBefore,
    /// It is carried out, and the VM traps.
    TrapsAfter,
    /// It is not carried out; the status is an internal failure.
    Fails,
    /// It is carried out, and the status is an internal failure all the same.
    FailsAfter,
}

/// What becomes of a call by gRPC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Journey {
    /// It is answered, so many turns of others later.
    Answered(u32),
    /// It never arrives.
    Lost,
    /// It is carried out, and the answer is lost.
    AnswerLost,
    /// The caller is told that it is lost, and it arrives later.
    ArrivesLate,
    /// It is carried out now, its answer is lost, and it arrives once more later.
    ArrivesTwice,
}

/// What becomes of a stream of gRPC when it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// All that there is arrives.
    Arrives,
    /// Nothing arrives this time.
    Delayed,
    /// The stream breaks.
    Breaks,
}

/// Says what goes wrong.
pub trait Weather: Debug + Send + Sync {
    /// What becomes of the VM's call to the function `name` of its host.
    fn call(&self, _name: &str) -> Fate {
        Fate::Done
    }

    /// What becomes of a call by gRPC.
    fn journey(&self) -> Journey {
        Journey::Answered(0)
    }

    /// What becomes of a stream of gRPC, this time.
    fn news(&self) -> News {
        News::Arrives
    }

    /// Whether what is under way and late arrives now.
    fn late_arrives(&self) -> bool {
        false
    }
}

/// Nothing goes wrong.
#[derive(Clone, Copy, Debug)]
pub struct Calm;

impl Weather for Calm {}

/// One trap, at the n-th call from now on to a function.
#[derive(Debug)]
pub struct TrapAt {
    name: Option<&'static str>,
    left: AtomicU64,
    fate: Fate,
}

impl TrapAt {
    /// The VM that makes the `n`-th call to `name` (counted from 1; `None`: to any function) has this `fate` there.
    pub fn new(name: Option<&'static str>, n: u64, fate: Fate) -> Self {
        Self { name, left: AtomicU64::new(n), fate }
    }

    /// Whether it has come to it.
    pub fn is_over(&self) -> bool {
        self.left.load(Ordering::Relaxed) == 0
    }
}

impl Weather for TrapAt {
    fn call(&self, name: &str) -> Fate {
        if self.name.is_some_and(|wanted| wanted != name) {
            return Fate::Done;
        }
        let count = |left: u64| left.checked_sub(1);
        match self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, count) {
            Ok(1) => self.fate,
            _ => Fate::Done,
        }
    }
}
