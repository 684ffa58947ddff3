//! Many writers in two VMs on one host, interleaved at every host call, with crashes and lies.

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use std::cell::RefCell;
use std::rc::Rc;

use super::{TINY, assert_sound, engine};
use crate::store::suite::history::{History, Tally};
use crate::store::suite::schedule::{self, Task};
use crate::store::suite::{self, Seeded, block_on, model};
use crate::store::tree::Tree;
use crate::store::tree::fake::{Disk, Fake, Faults};
use crate::store::{Store, Transaction};

/// What happens in a schedule.
#[derive(Clone, Copy, Debug)]
struct Weather {
    /// Polls in a thousand that are a writer's last.
    crashes: usize,
    /// Calls in a hundred that fail, come late or are lied about.
    lies: usize,
    /// Attempts in a hundred before which the writer's VM is a new one.
    restarts: usize,
}

const CALM: Weather = Weather { crashes: 0, lies: 0, restarts: 0 };
const CRASHES: Weather = Weather { crashes: 8, lies: 0, restarts: 15 };
const LIES: Weather = Weather { crashes: 1, lies: 4, restarts: 5 };

/// Schedules per host and weather.
const SHARE: u64 = if cfg!(target_family = "wasm") { 60 } else { 500 };

const VMS: usize = 2;
const WRITERS: usize = 4;
const ATTEMPTS: usize = 4;

/// Runs one schedule. Panics where any invariant is broken.
fn run<const HONEST: bool, const DELETES: bool>(seed: u64, weather: Weather) -> Tally {
    let disk = Disk::new(seed);
    let preloaded = block_on(preload::<HONEST, DELETES>(&disk, seed));
    disk.faults.set(Faults { pauses: true, lies: weather.lies, stalls: 2 });

    let (random, history) = (Seeded::new(seed), History::default());
    let start = || Rc::new(engine::<HONEST, DELETES>(&disk, random.next(), TINY));
    let vms: Vec<_> = (0..VMS).map(|_| RefCell::new(start())).collect();
    let writer = |number: usize| {
        let (vm, history, start, random) = (&vms[number % VMS], &history, &start, &random);
        Box::pin(async move {
            for _ in 0..ATTEMPTS {
                if random.chance(weather.restarts) {
                    vm.replace(start());
                }
                let tree = Rc::clone(&vm.borrow());
                history.attempt(&*tree, random).await;
            }
        }) as Task<'_>
    };
    schedule::run((0..WRITERS).map(writer).collect(), &random, weather.crashes);
    disk.settle();

    block_on(async {
        let fresh = engine::<HONEST, DELETES>(&disk, random.next(), TINY);
        let tally = history.judge(&preloaded, &model::listing(&fresh).await);
        let mut free = 0;
        for vm in &vms {
            let vm = Rc::clone(&vm.borrow());
            assert_sound(&vm).await;
            free += vm.names.borrow().free_count();
        }
        if weather.crashes == 0 && weather.lies == 0 {
            let nodes = assert_sound(&fresh).await.nodes as usize;
            assert_eq!(disk.values.borrow().len(), 1 + nodes + free, "garbage in calm weather");
        }
        tally
    })
}

async fn preload<const HONEST: bool, const DELETES: bool>(
    disk: &Rc<Disk>,
    seed: u64,
) -> model::Model {
    let random = Seeded::new(!seed);
    let tree: Tree<Fake<HONEST, DELETES>, _> = engine(disk, random.next(), TINY);
    let mut transaction = tree.begin().await.unwrap();
    for _ in 0..random.below(60) {
        let value = model::random_value(&random);
        transaction.put(&model::random_key(&random), value).unwrap();
    }
    transaction.commit().await.unwrap();
    model::listing(&tree).await
}

/// Plays all schedules of this kind.
fn run_all<const HONEST: bool, const DELETES: bool>(name: &str, weather: Weather) -> Tally {
    schedule::play(&format!("tree, {name}"), SHARE, |seed| run::<HONEST, DELETES>(seed, weather))
}

#[test]
fn an_honest_host_without_delete_gets_a_definite_answer_always() {
    let tally = run_all::<true, false>("honest, no delete", CALM);
    assert!(suite::are_few() || (tally.unknown == 0 && tally.refused > 0), "{tally:?}");
}

#[test]
fn crashes_on_an_honest_host_without_delete_harm_nobody() {
    let tally = run_all::<true, false>("honest, no delete, crashes", CRASHES);
    assert!(suite::are_few() || (tally.unknown_applied > 0), "{tally:?}");
}

#[test]
fn failures_on_an_honest_host_without_delete_harm_nobody() {
    let tally = run_all::<true, false>("honest, no delete, failures", LIES);
    assert!(suite::are_few() || (tally.unknown_applied > 0), "{tally:?}");
}

#[test]
fn an_honest_host_with_delete_keeps_no_garbage() {
    run_all::<true, true>("honest, delete", CALM);
}

#[test]
fn a_host_not_known_to_be_honest_is_asked_again() {
    let tally = run_all::<false, true>("doubted, delete", CALM);
    assert!(suite::are_few() || (tally.unknown == 0 && tally.refused > 0), "{tally:?}");
}

#[test]
fn crashes_on_a_host_with_delete_harm_nobody() {
    let tally = run_all::<false, true>("doubted, delete, crashes", CRASHES);
    assert!(suite::are_few() || (tally.unknown_applied > 0), "{tally:?}");
}

#[test]
fn lies_of_a_host_with_delete_harm_nobody() {
    let tally = run_all::<false, true>("lying, delete", LIES);
    assert!(suite::are_few() || (tally.unknown_applied > 0), "{tally:?}");
}

#[test]
fn lies_of_a_host_without_delete_harm_nobody() {
    let tally = run_all::<false, false>("lying, no delete", LIES);
    assert!(suite::are_few() || (tally.unknown_applied > 0), "{tally:?}");
}
