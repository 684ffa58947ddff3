//! Time and randomness: whoever has the same world and does the same gets the same.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::lock;
use super::weather::{Calm, Weather};

/// When every world begins, in milliseconds since 1970.
const BEGIN: Duration = Duration::from_millis(1_790_000_000_000);

/// The clock, the source of random bytes and the weather of one or several Envoys.
#[derive(Debug)]
pub struct World {
    /// Nanoseconds since 1970. The monotonic clock shows the same.
    now: AtomicU64,
    /// The state of a SplitMix64.
    random: AtomicU64,
    weather: Mutex<Arc<dyn Weather>>,
}

impl World {
    /// A world in calm weather, whose random bytes follow from `seed`.
    pub fn new(seed: u64) -> Arc<Self> {
        Arc::new(Self {
            now: AtomicU64::new(nanoseconds(BEGIN)),
            random: AtomicU64::new(seed),
            weather: Mutex::new(Arc::new(Calm)),
        })
    }

    /// Another weather, from the next call on.
    pub fn set_weather(&self, weather: Arc<dyn Weather>) {
        *lock(&self.weather) = weather;
    }

    pub(super) fn weather(&self) -> Arc<dyn Weather> {
        Arc::clone(&lock(&self.weather))
    }

    /// Lets time pass.
    pub fn pass(&self, time: Duration) {
        self.now.fetch_add(nanoseconds(time), Ordering::Relaxed);
    }

    /// Lets time pass until then, if it is not later already.
    pub(super) fn pass_until(&self, then: u64) {
        self.now.fetch_max(then, Ordering::Relaxed);
    }

    /// Nanoseconds since 1970.
    pub(super) fn now(&self) -> u64 {
        self.now.load(Ordering::Relaxed)
    }

    pub(super) fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            for (byte, random) in chunk.iter_mut().zip(self.next().to_le_bytes()) {
                *byte = random;
            }
        }
    }

    fn next(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let z = self.random.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

pub(super) fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
