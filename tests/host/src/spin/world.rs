//! Time and randomness that a test makes: whoever has the same world and does the same gets the same.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::time::Instant;
use wasmtime_wasi::{HostMonotonicClock, HostWallClock, WasiCtxBuilder};

/// When every world begins, in milliseconds since 1970.
const BEGIN: Duration = Duration::from_millis(1_790_000_000_000);

/// The clock of the runtime, which can be one that stands still while anything is to be done, and random bytes that
/// follow from a seed.
#[derive(Debug)]
pub struct World {
    begun: Instant,
    random: Mutex<StdRng>,
}

impl World {
    /// A world that begins now.
    pub fn new(seed: u64) -> Arc<Self> {
        Arc::new(Self { begun: Instant::now(), random: Mutex::new(StdRng::seed_from_u64(seed)) })
    }

    /// The time since 1970.
    pub fn now(&self) -> Duration {
        BEGIN.saturating_add(self.passed())
    }

    /// How long it has been there.
    pub fn passed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Gives a new instance its clocks, and randomness that no other one has.
    pub(super) fn equip(self: &Arc<Self>, wasi: &mut WasiCtxBuilder) {
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        let mut own = || StdRng::seed_from_u64(random.next_u64());
        wasi.secure_random(own()).insecure_random(own());
        wasi.insecure_random_seed(u128::from(random.next_u64()));
        wasi.wall_clock(WallClock(Arc::clone(self)));
        wasi.monotonic_clock(MonotonicClock(Arc::clone(self)));
    }
}

struct WallClock(Arc<World>);

impl HostWallClock for WallClock {
    fn resolution(&self) -> Duration {
        Duration::from_millis(1)
    }

    fn now(&self) -> Duration {
        self.0.now()
    }
}

struct MonotonicClock(Arc<World>);

impl HostMonotonicClock for MonotonicClock {
    fn resolution(&self) -> u64 {
        1_000_000
    }

    fn now(&self) -> u64 {
        u64::try_from(self.0.passed().as_nanos()).unwrap_or(u64::MAX)
    }
}
