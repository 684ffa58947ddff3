//! A host for engines in this process: the machine's clock and entropy, and tokio's timer.

use std::time::{Duration, Instant};

use scim_edge::host::{Clock, Entropy, Host, Level, Log, Timestamp};

/// This machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Native {
    started: Instant,
}

impl Native {
    #[expect(clippy::disallowed_methods, reason = "this is where the time comes from")]
    pub(crate) fn new() -> Self {
        Self { started: Instant::now() }
    }
}

impl Clock for Native {
    fn now(&self) -> Timestamp {
        Timestamp(1_790_000_000_000)
    }

    fn uptime(&self) -> Duration {
        self.started.elapsed()
    }
}

impl Entropy for Native {
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).unwrap();
    }
}

impl Log for Native {
    fn log(&self, level: Level, line: &str) {
        eprintln!("{level:?}: {line}");
    }
}

impl Host for Native {
    async fn pause(&self) {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
