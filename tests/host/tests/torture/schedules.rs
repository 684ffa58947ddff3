//! Schedules, and what must hold after each.

use std::io::Write as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use scim_edge_host::envoy::{Calm, Etcd, Process, Worker, World};
use serde_json::json;

use super::clients::{Book, Client, Tally};
use super::edge::{Team, answer, assert_etcd_sound, assert_sound, envoy, in_etcd};
use super::random::{Random, variable};
use super::slot::Slot;
use super::storm::Storm;

const CLIENTS: usize = 4;

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

/// Two VMs of one Envoy.
pub(crate) fn on_shared_data(seed: u64, storm: Storm) -> Tally {
    let world = World::new(seed);
    let process = envoy(&world, &json!("memory"), &Etcd::new());
    let tally = run(seed, storm, &world, &[&process, &process], || {});
    assert_sound(&process);
    tally
}

/// A VM each of two Envoys on one etcd.
pub(crate) fn on_etcd(seed: u64, storm: Storm) -> Tally {
    let (world, etcd) = (World::new(seed), Etcd::new());
    let store = in_etcd(if seed.is_multiple_of(2) { 0 } else { 100 });
    let [here, there] = [0; 2].map(|_| envoy(&world, &store, &etcd));
    let tally = run(seed, storm, &world, &[&here, &there], || etcd.arrive());
    assert_etcd_sound(&etcd);
    tally
}

fn run(
    seed: u64,
    storm: Storm,
    world: &Arc<World>,
    processes: &[&Arc<Process>],
    settle: impl FnOnce(),
) -> Tally {
    let mut quiet = Worker::new(processes[0]);
    let team = Team::make(&mut quiet, "acme");
    let slots: Vec<Slot> = processes.iter().map(|process| Slot::new(process)).collect();
    let book = Book::default();
    let mut random = Random::new(seed);

    world.set_weather(Arc::new(storm.weather(random.next())));
    let client = |number: usize| {
        let random = Random::new(seed.wrapping_mul(31).wrapping_add(number as u64));
        let slot = &slots[number % slots.len()];
        Box::pin(Client { slot, team: &team, book: &book, random }.work()) as Task<'_>
    };
    interleave((0..CLIENTS).map(client).collect(), &mut random);
    world.set_weather(Arc::new(Calm));
    settle();

    let mut tally = book.judge(&team, |ask| answer(&mut quiet, ask));
    tally.crashes = slots.iter().map(Slot::crashes).sum();
    tally
}

type Task<'t> = Pin<Box<dyn Future<Output = ()> + 't>>;

/// Polls a task picked by `random` until none is left.
fn interleave(mut tasks: Vec<Task<'_>>, random: &mut Random) {
    while !tasks.is_empty() {
        let picked = random.below(tasks.len());
        // Now and then one runs alone for a while, as threads do.
        for _ in 0..if random.below(10) == 0 { 40 } else { 1 } {
            let mut context = Context::from_waker(Waker::noop());
            if tasks[picked].as_mut().poll(&mut context).is_ready() {
                drop(tasks.swap_remove(picked));
                break;
            }
        }
    }
}
