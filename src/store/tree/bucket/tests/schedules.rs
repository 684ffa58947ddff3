//! Many writers in several instances on one store, interleaved at every call that can be given up, from the first head on.

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use std::rc::Rc;

use super::super::fake::{Provider, Shelf};
use super::open;
use crate::store::suite::history::{History, Tally};
use crate::store::suite::schedule::{self, Task};
use crate::store::suite::{self, Seeded, block_on, model, pause};
use crate::store::tree::check;

/// Schedules per provider and weather.
const SHARE: u64 = if cfg!(target_family = "wasm") { 30 } else { 300 };

const INSTANCES: u64 = 3;
const WRITERS: usize = 5;
const ATTEMPTS: usize = 3;

/// What happens in a schedule.
#[derive(Clone, Copy, Debug)]
struct Weather {
    /// Polls in a thousand that are a writer's last.
    crashes: usize,
    /// Calls in a hundred that are answered by an error.
    failures: usize,
    /// How often the store is gone for a while.
    outages: usize,
}

const CALM: Weather = Weather { crashes: 0, failures: 0, outages: 0 };
const STORM: Weather = Weather { crashes: 6, failures: 2, outages: 2 };

/// Runs one schedule. Panics where any invariant is broken.
fn run(provider: Provider, seed: u64, weather: Weather) -> Tally {
    let shelf = Shelf::new(provider, seed);
    shelf.pauses.set(true);
    shelf.failures.set(weather.failures);
    let (random, history) = (Seeded::new(seed), History::default());
    let instances: Vec<_> = (0..INSTANCES).map(|_| open(&shelf, random.next())).collect();
    let mut tasks: Vec<Task<'_>> = (0..WRITERS)
        .map(|number| {
            let (tree, history, random) = (&instances[number % instances.len()], &history, &random);
            Box::pin(async move {
                for _ in 0..ATTEMPTS {
                    history.attempt(tree, random).await;
                }
            }) as Task<'_>
        })
        .collect();
    if weather.outages > 0 {
        let (shelf, random) = (Rc::clone(&shelf), &random);
        tasks.push(Box::pin(async move {
            for _ in 0..weather.outages {
                for _ in 0..random.below(200) {
                    pause().await;
                }
                shelf.gone.set(true);
                for _ in 0..random.below(20) {
                    pause().await;
                }
                shelf.gone.set(false);
            }
        }));
    }
    schedule::run(tasks, &random, weather.crashes);
    shelf.settle();
    block_on(async {
        let fresh = open(&shelf, random.next());
        let tally = history.judge(&model::Model::new(), &model::listing(&fresh).await);
        assert_eq!(check(&fresh).await.unwrap().broken, []);
        tally
    })
}

fn run_all(provider: Provider, name: &str, weather: Weather) -> Tally {
    let name = format!("bucket, {provider:?}, {name}");
    schedule::play(&name, SHARE, |seed| run(provider, seed, weather))
}

#[test]
fn writers_who_meet_at_the_first_head_lose_nothing() {
    for provider in [Provider::Sqlite, Provider::Redis, Provider::Cosmos] {
        let tally = run_all(provider, "calm", CALM);
        assert!(suite::are_few() || (tally.committed > 0 && tally.refused > 0), "{tally:?}");
    }
}

#[test]
fn crashes_failures_and_outages_lose_nothing_from_the_first_head_on() {
    for provider in [Provider::Sqlite, Provider::Redis, Provider::Cosmos] {
        let tally = run_all(provider, "storm", STORM);
        assert!(suite::are_few() || tally.unknown_applied > 0, "{tally:?}");
    }
}
