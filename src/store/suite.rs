//! What every engine must pass, whatever it stands on.
//!
//! [`model`] compares one writer with a `BTreeMap`. [`history`] judges what several writers saw and were
//! told, wherever [`schedule`] interleaved, crashed or lied to them.

pub(crate) mod history;
pub(crate) mod model;
pub(crate) mod schedule;

use std::cell::Cell;
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
