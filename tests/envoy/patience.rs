//! Time, for tests only.
#![expect(clippy::disallowed_methods, reason = "tests wait for another process")]

use std::time::{Duration, Instant};

/// What `probe` finds, asked again and again until it finds something.
pub(crate) fn eventually<T>(what: &str, mut probe: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(found) = probe() {
            return found;
        }
        assert!(Instant::now() < deadline, "never: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// How often `probe` answers the same, looked at for `period`.
pub(crate) fn stays_the_same<T: PartialEq>(period: Duration, mut probe: impl FnMut() -> T) -> bool {
    let end = Instant::now() + period;
    let first = probe();
    while Instant::now() < end {
        std::thread::sleep(Duration::from_millis(20));
        if probe() != first {
            return false;
        }
    }
    true
}

/// Runs `step` until `period` is over, and says how long it really took.
pub(crate) fn repeat_for(period: Duration, mut step: impl FnMut()) -> Duration {
    let begin = Instant::now();
    while begin.elapsed() < period {
        step();
    }
    begin.elapsed()
}

/// How long `action` takes.
pub(crate) fn time<T>(action: impl FnOnce() -> T) -> (T, Duration) {
    let begin = Instant::now();
    (action(), begin.elapsed())
}

/// Lets so much time pass.
pub(crate) fn wait(period: Duration) {
    std::thread::sleep(period);
}
