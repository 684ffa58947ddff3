//! A host for tests and tools: its clock is set by hand, its entropy is a fixed sequence, its log is kept.

use std::cell::{Cell, RefCell};
use std::task::Poll;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::{Clock, Entropy, Host, Level, Log, Timestamp};

/// How much time a pause takes.
const PAUSE: Duration = Duration::from_millis(2);

/// A host that does the same at every run. **Its random bytes can be foretold**: not for real tokens.
#[derive(Debug)]
pub struct ManualHost {
    now: Cell<Timestamp>,
    uptime: Cell<Duration>,
    drawn: Cell<u64>,
    lines: RefCell<Vec<(Level, String)>>,
    holds_pauses: Cell<bool>,
}

impl Default for ManualHost {
    fn default() -> Self {
        Self {
            now: Cell::new(Timestamp(1_790_000_000_000)),
            uptime: Cell::default(),
            drawn: Cell::new(0),
            lines: RefCell::default(),
            holds_pauses: Cell::new(false),
        }
    }
}

impl ManualHost {
    /// Sets the clock forward.
    pub fn advance(&self, milliseconds: u64) {
        self.let_pass(Duration::from_millis(milliseconds));
        self.now.set(Timestamp(self.now.get().0.saturating_add(milliseconds)));
    }

    /// Lets time pass that the clock does not show.
    fn let_pass(&self, time: Duration) {
        self.uptime.set(self.uptime.get().saturating_add(time));
    }

    /// Makes who pauses wait to be polled again, as a real host does.
    pub fn hold_pauses(&self) {
        self.holds_pauses.set(true);
    }

    /// The lines logged so far.
    pub fn lines(&self) -> Vec<(Level, String)> {
        self.lines.borrow().clone()
    }
}

impl Clock for ManualHost {
    fn now(&self) -> Timestamp {
        self.now.get()
    }

    fn uptime(&self) -> Duration {
        self.uptime.get()
    }
}

impl Entropy for ManualHost {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            self.drawn.set(self.drawn.get().wrapping_add(1));
            let block: [u8; 32] = Sha256::digest(self.drawn.get().to_be_bytes()).into();
            for (byte, random) in chunk.iter_mut().zip(block) {
                *byte = random;
            }
        }
    }
}

impl Log for ManualHost {
    fn log(&self, level: Level, line: &str) {
        self.lines.borrow_mut().push((level, line.to_owned()));
    }
}

impl Host for ManualHost {
    async fn pause(&self) {
        self.let_pass(PAUSE);
        let mut waited = !self.holds_pauses.get();
        std::future::poll_fn(|_| {
            if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}
