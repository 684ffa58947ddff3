//! Many writers in two VMs on one etcd, interleaved at every call, with crashes, losses and compactions.

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use std::cell::RefCell;
use std::rc::Rc;

use super::order::Order;
use super::{APART, Engine, MIXED, assert_sound, engine};
use crate::store::etcd::Layout;
use crate::store::etcd::fake::{Cluster, Faults};
use crate::store::suite::history::{History, Tally};
use crate::store::suite::schedule::{self, Task};
use crate::store::suite::{self, Seeded, block_on, model};
use crate::store::{Store, Transaction};

/// What happens in a schedule.
#[derive(Clone, Copy, Debug)]
struct Weather {
    /// Polls in a thousand that are a writer's last.
    crashes: usize,
    /// Calls in a hundred that are not answered.
    losses: usize,
    /// Calls in a thousand before which etcd is compacted.
    compactions: usize,
    /// Attempts in a hundred before which the writer's VM is a new one.
    restarts: usize,
}

const CALM: Weather = Weather { crashes: 0, losses: 0, compactions: 0, restarts: 0 };
const CRASHES: Weather = Weather { crashes: 8, losses: 0, compactions: 0, restarts: 15 };
const LOSSES: Weather = Weather { crashes: 1, losses: 8, compactions: 0, restarts: 5 };
const COMPACTIONS: Weather = Weather { crashes: 1, losses: 8, compactions: 20, restarts: 5 };

/// Schedules per layout and weather.
const SHARE: u64 = if cfg!(target_family = "wasm") { 30 } else { 200 };

const VMS: usize = 2;
const WRITERS: usize = 4;
const ATTEMPTS: usize = 4;

/// Who takes down what writers saw, and judges it.
trait Judge: Default {
    async fn attempt(&self, store: &Engine, random: &Seeded);

    fn judge(&self, preloaded: &model::Model, listing: &model::Model, cluster: &Cluster) -> Tally;
}

impl Judge for History {
    async fn attempt(&self, store: &Engine, random: &Seeded) {
        self.attempt(store, random).await;
    }

    fn judge(&self, preloaded: &model::Model, listing: &model::Model, _cluster: &Cluster) -> Tally {
        self.judge(preloaded, listing)
    }
}

impl Judge for Order {
    async fn attempt(&self, store: &Engine, random: &Seeded) {
        self.attempt(store, random).await;
    }

    fn judge(&self, preloaded: &model::Model, listing: &model::Model, cluster: &Cluster) -> Tally {
        self.judge(preloaded, listing, cluster)
    }
}

/// Runs one schedule. Panics where any invariant is broken.
fn run<J: Judge>(seed: u64, layout: Layout, weather: Weather) -> Tally {
    let cluster = Cluster::new(seed);
    let preloaded = block_on(preload(&cluster, seed, layout));
    let Weather { losses, compactions, .. } = weather;
    cluster.faults.set(Faults { pauses: true, losses, compactions, stalls: 2 });

    let (random, judge) = (Seeded::new(seed), J::default());
    let start = || Rc::new(engine(&cluster, random.next(), layout));
    let vms: Vec<_> = (0..VMS).map(|_| RefCell::new(start())).collect();
    let writer = |number: usize| {
        let (vm, judge, start, random) = (&vms[number % VMS], &judge, &start, &random);
        Box::pin(async move {
            for _ in 0..ATTEMPTS {
                if random.chance(weather.restarts) {
                    vm.replace(start());
                }
                let engine = Rc::clone(&vm.borrow());
                judge.attempt(&engine, random).await;
            }
        }) as Task<'_>
    };
    schedule::run((0..WRITERS).map(writer).collect(), &random, weather.crashes);
    cluster.settle();

    block_on(async {
        let fresh = engine(&cluster, random.next(), layout);
        let listing = model::listing(&fresh).await;
        assert_eq!(assert_sound(&fresh).await.records, listing.len() as u64);
        for vm in &vms {
            let vm = Rc::clone(&vm.borrow());
            assert_eq!(model::listing(&*vm).await, listing, "a VM goes by what it remembers");
        }
        judge.judge(&preloaded, &listing, &cluster)
    })
}

async fn preload(cluster: &Rc<Cluster>, seed: u64, layout: Layout) -> model::Model {
    let random = Seeded::new(!seed);
    let engine = engine(cluster, random.next(), layout);
    let mut transaction = engine.begin().await.unwrap();
    for _ in 0..random.below(60) {
        let value = model::random_value(&random);
        transaction.put(&model::random_key(&random), value).unwrap();
    }
    transaction.commit().await.unwrap();
    model::listing(&engine).await
}

/// Plays all schedules of this kind.
fn run_all<J: Judge>(name: &str, weather: Weather) -> Tally {
    let play = |layout, of| {
        schedule::play(&format!("etcd, {name}, {of}"), SHARE, |seed| {
            run::<J>(seed, layout, weather)
        })
    };
    let mut sum = play(MIXED, "scopes");
    sum += play(APART, "no scopes");
    sum
}

#[test]
fn in_calm_weather_everybody_gets_a_definite_answer() {
    let tally = run_all::<History>("calm", CALM);
    assert!(suite::are_few() || (tally.unknown == 0 && tally.refused > 0), "{tally:?}");
}

#[test]
fn crashes_harm_nobody() {
    let tally = run_all::<History>("crashes", CRASHES);
    assert!(suite::are_few() || (tally.unknown_applied > 0), "{tally:?}");
}

#[test]
fn lost_calls_harm_nobody() {
    let tally = run_all::<History>("losses", LOSSES);
    assert!(suite::are_few() || (tally.unknown_applied > 0), "{tally:?}");
}

#[test]
fn compactions_harm_nobody() {
    let tally = run_all::<History>("compactions", COMPACTIONS);
    assert!(suite::are_few() || (tally.unknown_applied > 0), "{tally:?}");
}

#[test]
fn who_commits_saw_what_was_there_at_its_place() {
    let tally = run_all::<Order>("order, calm", CALM);
    assert!(
        suite::are_few()
            || (tally.unknown == 0 && tally.refused > 0 && tally.committed > tally.refused),
        "{tally:?}"
    );
}

#[test]
fn who_commits_saw_what_was_there_at_its_place_whatever_is_lost() {
    run_all::<Order>("order, crashes", CRASHES);
    let tally = run_all::<Order>("order, losses", LOSSES);
    assert!(suite::are_few() || (tally.unknown_applied > 0), "{tally:?}");
    run_all::<Order>("order, compactions", COMPACTIONS);
}
