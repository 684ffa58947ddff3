//! What both hosts give by WASI.

use std::time::{Duration, Instant};

/// See [`Clock::uptime`](super::Clock::uptime).
#[expect(clippy::disallowed_methods, reason = "this is where the time comes from")]
pub(super) fn uptime() -> Duration {
    thread_local! {
        static STARTED: Instant = Instant::now();
    }
    STARTED.with(Instant::elapsed)
}

/// See [`Entropy::fill`](super::Entropy::fill).
#[expect(clippy::panic, reason = "a token that can be foretold is worse than a lost VM")]
pub(super) fn fill(bytes: &mut [u8]) {
    if let Err(error) = getrandom::fill(bytes) {
        panic!("no entropy: {error}");
    }
}
