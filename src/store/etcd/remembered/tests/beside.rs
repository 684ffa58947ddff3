//! A client that asks again at an instance that remembers nothing, beside a VM that remembers, and whose stream brings
//! nothing for now: once the client is told, that VM does not go by what is gone.

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use std::time::Duration;

use super::schedules::{Busy, Run, judge};
use super::shared::Shared;
use super::world::{REMEMBER, World};
use super::{learn, put};
use crate::store::etcd::fake::Faults;
use crate::store::etcd::{Forgetful, Memory, Watchless};
use crate::store::key;
use crate::store::suite::schedule::{self, Task};
use crate::store::suite::{self, Seeded, block_on, pause};

const SHARE: u64 = if cfg!(target_family = "wasm") { 50 } else { 400 };

/// Who reads from the VM, and how often.
const READERS: usize = 3;
const READS: usize = 40;

/// Runs one schedule with instances that have such a memory. `Err`: the VM went by what was gone. Otherwise how often it
/// went by what it remembers, and how often somebody waited.
fn run<M: Memory>(seed: u64, memory: fn() -> M) -> Result<(usize, usize), String> {
    let (world, random, run) = (World::new(seed), Seeded::new(seed), Run::default());
    let vm = world.vm(&Shared::new(seed), 64);
    let member = [key::member("acme", "ann")];
    block_on(async {
        put(&vm, &member[0], "0").await;
        learn(&vm, &[&member[0]]).await;
    });
    let before = world.revision();
    world.cluster.faults.set(Faults { pauses: true, ..Faults::default() });

    let (run, world, vm, member) = (&run, &world, &vm, &member);
    let read = |_| {
        let busy = Busy::new(&run.busy);
        Box::pin(async move {
            let _busy = busy;
            for _ in 0..READS {
                run.read(world, &vm.engine, member).await.unwrap();
                pause().await;
            }
        }) as Task<'_>
    };
    let busy = Busy::new(&run.busy);
    let delete = Box::pin(async {
        let _busy = busy;
        for _ in 0..random.below(60) {
            pause().await;
        }
        let instance = world.engine(memory(), REMEMBER);
        run.write(world, &instance, &member[0], true).await.unwrap();
    }) as Task<'_>;
    let busy = Busy::new(&run.busy);
    let again = Box::pin(async {
        let _busy = busy;
        while world.revision() == before {
            pause().await;
        }
        let instance = world.engine(memory(), REMEMBER);
        run.write(world, &instance, &member[0], true).await.unwrap();
    }) as Task<'_>;
    let time = Box::pin(async {
        loop {
            world.pass(Duration::from_micros(random.below(1000) as u64));
            pause().await;
            if run.busy.get() == 0 {
                return;
            }
        }
    }) as Task<'_>;
    let readers = (0..READERS).map(read);
    let tasks = readers.chain([delete, again, time]).collect();
    schedule::run(tasks, &Seeded::new(!seed), 0);
    judge(world, run)?;
    let tally = run.tally.get();
    Ok((tally.remembered, tally.waited))
}

#[test]
fn who_asks_again_at_an_instance_that_remembers_nothing_is_told_when_nobody_goes_by_what_is_gone() {
    let (mut schedules, mut telling) = (0, 0);
    for seed in suite::seeds(SHARE) {
        let (remembered, waited) = run(seed, || Watchless::new(REMEMBER)).unwrap();
        schedules += 1;
        // In one of a thousand everybody comes too late to go by what the VM remembers.
        telling += u32::from(remembered > 0 && waited > 0);
    }
    assert!(suite::are_few() || telling > schedules / 2, "{telling} of {schedules}");
}

/// So the schedules can tell.
#[test]
fn who_asks_again_at_an_instance_that_does_not_wait_is_told_too_early() {
    let found = (0..SHARE).filter(|seed| run(*seed, || Forgetful).is_err()).count();
    assert!(found > 0);
}
