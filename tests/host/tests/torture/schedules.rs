//! Schedules from seeds, whatever they are played on.

use std::io::Write as _;

use super::clients::Tally;
use super::random::variable;

/// By default as many schedules are played as the shares say; these are all together, as the engines' own tests count.
const BY_DEFAULT: u64 = 10_000;

/// Whether so few schedules are played that what many of them show together need not show.
pub(crate) fn are_few() -> bool {
    variable::<u64>("SCIM_EDGE_SEED").is_some()
}

/// Plays the schedules of one kind, each from its seed: says which one failed, and what became of the others.
pub(crate) fn play(name: &str, share: u64, run: impl Fn(u64) -> Tally) -> Tally {
    let all = variable::<u64>("SCIM_EDGE_SCHEDULES").unwrap_or(BY_DEFAULT);
    let seeds = match variable::<u64>("SCIM_EDGE_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..(share * all / BY_DEFAULT).max(1),
    };
    let (mut sum, count) = (Tally::default(), seeds.end - seeds.start);
    for seed in seeds {
        let guard = Failing { name, seed };
        sum += run(seed);
        std::mem::forget(guard);
    }
    // To the real standard error: what a test prints is shown only where it fails.
    writeln!(std::io::stderr(), "{name}: {count} schedules, {sum:?}").unwrap();
    sum
}

/// Says when a schedule panics how to play it again.
struct Failing<'n> {
    name: &'n str,
    seed: u64,
}

impl Drop for Failing<'_> {
    fn drop(&mut self) {
        let Self { name, seed } = self;
        // Each test plays one kind, in a thread that is called after it.
        let thread = std::thread::current();
        let test = thread.name().unwrap_or_default();
        let again = "cargo test -p scim-edge-host --test torture";
        eprintln!("failing schedule: {name}, again with SCIM_EDGE_SEED={seed} {again} {test}");
    }
}
