//! What goes wrong in a schedule, as its seed says.

use std::sync::{Mutex, MutexGuard, PoisonError};

use scim_edge_host::envoy::{Fate, Journey, News, Weather};

use super::random::Random;

/// How often something happens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Storm {
    /// In ten thousand calls to the host, how many end the VM.
    traps: usize,
    /// In a hundred calls to shared data, how many let others go first.
    delays: usize,
    /// In a hundred calls to etcd, how many get no answer.
    losses: usize,
    /// In a thousand looks at a stream, how often it breaks.
    breaks: usize,
}

impl Storm {
    pub(crate) const DELAYS: Self = Self { traps: 0, delays: 70, losses: 0, breaks: 0 };
    pub(crate) const TRAPS: Self = Self { traps: 40, ..Self::DELAYS };
    pub(crate) const LOSSES: Self = Self { traps: 0, delays: 30, losses: 6, breaks: 20 };
    pub(crate) const LOSSES_AND_TRAPS: Self = Self { traps: 20, ..Self::LOSSES };

    /// Whether calls to the host fail.
    pub(crate) fn traps(self) -> bool {
        self.traps > 0
    }

    pub(crate) fn weather(self, seed: u64) -> SeededStorm {
        SeededStorm { storm: self, random: Mutex::new(Random::new(seed)) }
    }
}

/// A storm that follows from a seed.
#[derive(Debug)]
pub(crate) struct SeededStorm {
    storm: Storm,
    random: Mutex<Random>,
}

impl SeededStorm {
    fn random(&self) -> MutexGuard<'_, Random> {
        self.random.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Weather for SeededStorm {
    fn call(&self, name: &str) -> Fate {
        let mut random = self.random();
        if random.below(10_000) < self.storm.traps {
            return [Fate::TrapsBefore, Fate::TrapsAfter, Fate::Fails, Fate::FailsAfter]
                [random.below(4)];
        }
        if !name.ends_with("_shared_data") || random.below(100) >= self.storm.delays {
            return Fate::Done;
        }
        // Now and then a VM stands still for so long that the others do a lot.
        let mut turns = || if random.below(40) == 0 { 100 } else { random.below(4) as u32 };
        Fate::Late { before: turns(), after: turns() }
    }

    fn journey(&self) -> Journey {
        let mut random = self.random();
        if random.below(100) >= self.storm.losses {
            return Journey::Answered(random.below(4) as u32);
        }
        [Journey::Lost, Journey::AnswerLost, Journey::ArrivesLate, Journey::ArrivesTwice]
            [random.below(4)]
    }

    fn news(&self) -> News {
        let mut random = self.random();
        match random.below(1000) {
            chance if chance < self.storm.breaks => News::Breaks,
            chance if chance < 200 => News::Delayed,
            _ => News::Arrives,
        }
    }

    fn late_arrives(&self) -> bool {
        self.random().below(10) == 0
    }
}
