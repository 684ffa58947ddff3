//! What the core needs of the host it runs in: a clock, entropy, a log, and a place to wait.
//!
//! Everything else a host can do stays in its adapter. Tests run the same code on a host whose clock
//! and entropy they set themselves.

#[cfg(all(target_os = "wasi", target_env = "p1"))]
pub mod envoy;
mod manual;
#[cfg(all(target_os = "wasi", target_env = "p2"))]
pub mod spin;
#[cfg(target_os = "wasi")]
mod wasi;

pub use manual::ManualHost;

use std::time::Duration;

use datealgo::secs_to_datetime;
use serde_json::Value;

use crate::json::typed::{FromJson, RecordError, ToJson, View};

/// Milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub u64);

/// The last one that RFC 3339 can write, in milliseconds: the end of the year 9999.
const LAST: u64 = 253_402_300_799_999;

impl Timestamp {
    /// The same in RFC 3339, in UTC with milliseconds.
    pub fn to_rfc3339(self) -> String {
        let time = self.0.min(LAST);
        let seconds = i64::try_from(time / 1000).unwrap_or_default();
        let (year, month, day, hour, minute, second) = secs_to_datetime(seconds);
        let ms = time % 1000;
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
    }
}

impl FromJson for Timestamp {
    fn take(value: &mut Value) -> Result<Self, RecordError> {
        u64::take(value).map(Self)
    }
}

impl ToJson for Timestamp {
    fn view(&self) -> View<'_> {
        View::Number(self.0)
    }
}

/// How serious a log line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Of interest to whoever follows single requests.
    Debug,
    /// Normal life.
    Info,
    /// Something to look at that has harmed nobody.
    Warn,
    /// A request could not be answered as it should have been.
    Error,
}

/// Tells the time.
pub trait Clock {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// How long ago some moment was that stays the same for as long as the VM lives. Unlike [`now`](Self::now) it never
    /// jumps.
    fn uptime(&self) -> Duration;
}

/// Random bytes fit for secrets.
pub trait Entropy {
    /// Fills `bytes` from a cryptographically secure source.
    fn fill(&self, bytes: &mut [u8]);
}

/// Where log lines go. A line never holds a token, an e-mail address or a body (RFC 7644 §7.5.2).
pub trait Log {
    /// Writes one line.
    fn log(&self, level: Level, line: &str);
}

/// A host that the service can run in.
pub trait Host: Clock + Entropy + Log {
    /// Waits a moment, so that whoever holds the store can finish, before an operation is run again.
    fn pause(&self) -> impl Future<Output = ()>;
}

impl<E: Entropy + ?Sized> Entropy for &E {
    fn fill(&self, bytes: &mut [u8]) {
        (**self).fill(bytes);
    }
}

#[cfg(test)]
mod tests;
