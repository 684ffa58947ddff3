//! Runs several writers in an order that a seed decides.

use std::fmt::Debug;
use std::io::Write as _;
use std::ops::AddAssign;
use std::pin::Pin;
use std::task::{Context, Waker};

use super::Seeded;

/// A writer that the schedule polls when it likes, or drops where it stands.
pub(crate) type Task<'t> = Pin<Box<dyn Future<Output = ()> + 't>>;

/// Polls a task picked by `random` until none is left. Before each poll the picked task crashes
/// `crashes` times in a thousand.
pub(crate) fn run(mut tasks: Vec<Task<'_>>, random: &Seeded, crashes: usize) {
    while !tasks.is_empty() {
        let picked = random.below(tasks.len());
        // Now and then one runs alone for a while, as threads do.
        for _ in 0..if random.chance(10) { 40 } else { 1 } {
            let crashed = random.below(1000) < crashes;
            let mut context = Context::from_waker(Waker::noop());
            if crashed || tasks[picked].as_mut().poll(&mut context).is_ready() {
                drop(tasks.swap_remove(picked));
                break;
            }
        }
    }
}

/// Plays the schedules of one kind, each from its seed: says which one failed, and what became of the others.
pub(crate) fn play<T: AddAssign + Debug + Default>(
    name: &str,
    share: u64,
    run: impl Fn(u64) -> T,
) -> T {
    let (mut sum, seeds) = (T::default(), super::seeds(share));
    let count = seeds.end - seeds.start;
    for seed in seeds {
        let guard = Failing { name, seed };
        sum += run(seed);
        std::mem::forget(guard);
    }
    // Not by `println!`, which is kept back where a test passes.
    let _nowhere_on_wasm = writeln!(std::io::stderr(), "{name}: {count} schedules, {sum:?}");
    sum
}

/// Names the seed when a schedule panics.
struct Failing<'n> {
    name: &'n str,
    seed: u64,
}

impl Drop for Failing<'_> {
    fn drop(&mut self) {
        eprintln!("failing schedule: {}, SCIM_EDGE_SEED={}", self.name, self.seed);
    }
}
