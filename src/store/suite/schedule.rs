//! Runs several writers in an order that a seed decides.

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
