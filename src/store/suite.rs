//! What every engine must pass, whatever it stands on.
//!
//! Each schedule follows from a seed. `SCIM_EDGE_SCHEDULES=1000000` plays about as many of all kinds together, in place
//! of about 10,000; `SCIM_EDGE_SEED=<seed>` plays again the one that a failure names.
//!
//! [`model`] compares one writer with a `BTreeMap`. [`history`] judges what several writers saw and were
//! told, wherever [`schedule`] interleaved, crashed or lied to them.
//!
//! What runs on any engine is tested on [`waiting`], which has nothing at hand.

pub(crate) mod history;
#[cfg(not(target_family = "wasm"))]
mod linearizable;
pub(crate) mod model;
pub(crate) mod schedule;
pub(crate) mod waiting;

use std::cell::Cell;
use std::ops::Range;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use crate::host::Entropy;

/// Random numbers from a seed: the same on every machine, also on wasm32 (SplitMix64).
#[derive(Debug)]
pub(crate) struct Seeded(Cell<u64>);

impl Seeded {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Cell::new(seed))
    }

    pub(crate) fn next(&self) -> u64 {
        self.0.set(self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
        let mut z = self.0.get();
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`.
    pub(crate) fn below(&self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// True `percent` times in a hundred.
    pub(crate) fn chance(&self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

impl Entropy for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_le_bytes()[..chunk.len()]);
        }
    }
}

/// Polls `future` until it is done.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}

/// Lets others run.
pub(crate) async fn pause() {
    let mut polled = false;
    std::future::poll_fn(|_| {
        if std::mem::replace(&mut polled, true) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await
}

/// The seeds of one kind of schedules, of which `share` are played by default.
pub(crate) fn seeds(share: u64) -> Range<u64> {
    if let Some(seed) = variable("SCIM_EDGE_SEED") {
        return seed..seed.saturating_add(1);
    }
    let all = variable("SCIM_EDGE_SCHEDULES").unwrap_or(BY_DEFAULT);
    0..u64::try_from(u128::from(share) * u128::from(all) / u128::from(BY_DEFAULT)).unwrap().max(1)
}

/// Whether so few schedules are played that what many of them show together need not show: one that is played again, or
/// those in Node.
pub(crate) fn are_few() -> bool {
    cfg!(target_family = "wasm") || variable("SCIM_EDGE_SEED").is_some()
}

/// How many schedules are played by default, as the shares say it.
const BY_DEFAULT: u64 = 10_000;

#[expect(clippy::disallowed_methods, reason = "how long to test is for who runs the tests")]
fn variable(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is no number")))
}
