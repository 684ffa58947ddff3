//! Schedules of the filter, and what must hold after each.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use pollster::block_on;
use scim_edge_host::envoy::{Calm, Etcd, Process, Worker, World};
use serde_json::json;

use super::clients::{Book, Client, Tally};
use super::edge::{Team, assert_etcd_sound, assert_sound, envoy, in_etcd};
use super::random::Random;
use super::slot::Slot;
use super::storm::Storm;

const CLIENTS: usize = 4;

/// Two VMs of one Envoy.
pub(crate) fn on_shared_data(seed: u64, storm: Storm) -> Tally {
    let world = World::new(seed);
    let process = envoy(&world, &json!("memory"), &Etcd::new());
    let tally = run(seed, storm, &world, &[&process, &process], true, || {});
    assert_sound(&process);
    tally
}

/// A VM each of two Envoys on one etcd.
pub(crate) fn on_etcd(seed: u64, storm: Storm) -> Tally {
    let (world, etcd) = (World::new(seed), Etcd::new());
    let remembers = !seed.is_multiple_of(2);
    let store = in_etcd(if remembers { 100 } else { 0 });
    let [here, there] = [0; 2].map(|_| envoy(&world, &store, &etcd));
    let tally = run(seed, storm, &world, &[&here, &there], !remembers, || etcd.arrive());
    assert_etcd_sound(&etcd);
    tally
}

fn run(
    seed: u64,
    storm: Storm,
    world: &Arc<World>,
    processes: &[&Arc<Process>],
    knocks: bool,
    settle: impl FnOnce(),
) -> Tally {
    let mut quiet = Worker::new(processes[0]);
    let team = Team::make(&mut quiet, "acme");
    let slots: Vec<Slot> = processes.iter().map(|process| Slot::new(process)).collect();
    let book = Book::new(&team);
    let mut random = Random::new(seed);

    world.set_weather(Arc::new(storm.weather(random.next())));
    let client = |number: usize| {
        let random = Random::new(seed.wrapping_mul(31).wrapping_add(number as u64));
        let (edge, team) = (&slots[number % slots.len()], team.clone());
        Box::pin(Client { edge, team, book: &book, knocks, known: !storm.traps(), random }.work())
            as Task<'_>
    };
    interleave((0..CLIENTS).map(client).collect(), &mut random);
    world.set_weather(Arc::new(Calm));
    settle();
    // What is remembered of before is over then.
    world.pass(Duration::from_secs(1));

    let mut tally = block_on(book.judge(&team, &Slot::new(processes[0])));
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
