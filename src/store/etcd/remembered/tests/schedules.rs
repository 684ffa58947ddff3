//! Many clients of several nodes at once, interleaved at every call: to etcd and to what a node's VMs share. Streams come
//! late and break, VMs are replaced, etcd is compacted, and who works for a client may die anywhere.

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::AddAssign;
use std::rc::Rc;
use std::time::Duration;

use super::shared::Shared;
use super::world::{EngineWith, Fact, REMEMBER, Vm, Weather, World};
use crate::store::etcd::fake::Faults;
use crate::store::etcd::remembered::settling;
use crate::store::etcd::{Forgetful, Memory, Watchless};
use crate::store::suite::schedule::{self, Task};
use crate::store::suite::{self, Seeded, block_on, pause};
use crate::store::{Store as _, StoreError, Transaction as _, key};

/// What happens in a schedule.
#[derive(Clone, Copy, Debug)]
struct Trouble {
    weather: Weather,
    faults: Faults,
    /// Polls in a thousand that are the last of who works for a client.
    crashes: usize,
    /// Requests in a hundred before which their VM is a new one.
    restarts: usize,
    /// Calls in a thousand to what VMs share that fail.
    failures: usize,
}

const CALM: Trouble = Trouble {
    weather: Weather { delays: 700, breaks: 0, silences: 0, compactions: 0 },
    faults: Faults { pauses: true, losses: 0, stalls: 1, compactions: 0 },
    crashes: 0,
    restarts: 0,
    failures: 0,
};

const STORM: Trouble = Trouble {
    weather: Weather { delays: 700, breaks: 15, silences: 3, compactions: 10 },
    faults: Faults { pauses: true, losses: 3, stalls: 2, compactions: 0 },
    crashes: 1,
    restarts: 4,
    failures: 3,
};

/// Schedules for each trouble.
const SHARE: u64 = if cfg!(target_family = "wasm") { 100 } else { 1200 };

/// The same beside instances that remember nothing.
const SHARE_BESIDE: u64 = if cfg!(target_family = "wasm") { 50 } else { 400 };

const NODES: usize = 2;
const VMS: usize = 2;
const INSTANCES: usize = 2;
const CLIENTS: usize = 5;
const REQUESTS: usize = 12;
const RUNS: usize = 30;

/// What clients were told by requests of which they had the answer.
#[derive(Clone, Debug)]
enum Told {
    /// The request with this number has written these keys.
    Wrote(usize, Vec<String>),
    /// The key was not there, by a request that began at this revision.
    Absent(String, i64),
}

/// What a request saw.
#[derive(Debug)]
struct Sight {
    /// How much clients had been told before it began.
    told: usize,
    began: Duration,
    /// etcd's revision when it ended.
    ended_at: i64,
    answers: Vec<(String, Option<String>)>,
    /// Its own number, if it wrote.
    wrote: Option<usize>,
}

/// How often what happened.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    reads: usize,
    /// Reads that made no call to etcd.
    pub(super) remembered: usize,
    writes: usize,
    pub(super) waited: usize,
    failed: usize,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, more: Self) {
        self.reads += more.reads;
        self.remembered += more.remembered;
        self.writes += more.writes;
        self.waited += more.waited;
        self.failed += more.failed;
    }
}

/// What clients did and were told.
#[derive(Debug, Default)]
pub(super) struct Run {
    told: RefCell<Vec<Told>>,
    sights: RefCell<Vec<Sight>>,
    pub(super) tally: Cell<Tally>,
    numbers: Cell<usize>,
    pub(super) busy: Cell<usize>,
}

impl Run {
    fn count(&self, count: impl FnOnce(&mut Tally)) {
        let mut tally = self.tally.get();
        count(&mut tally);
        self.tally.set(tally);
    }

    fn next_number(&self) -> usize {
        self.numbers.set(self.numbers.get() + 1);
        self.numbers.get()
    }

    /// Reads a few records in one transaction, as the gate and the SCIM endpoint do.
    pub(super) async fn read<M: Memory>(
        &self,
        world: &World,
        engine: &EngineWith<M>,
        keys: &[String],
    ) -> Result<(), StoreError> {
        let (told, began) = (self.told.borrow().len(), world.time());
        let mut answers = Vec::new();
        let mut transaction = engine.begin().await?;
        for key in keys {
            let value = transaction.fetched(|t| t.get(key)).await?;
            answers.push((key.clone(), value.map(|value| String::from_utf8(value).unwrap())));
            pause().await;
        }
        let remembered = transaction.snapshot.is_none();
        transaction.commit().await?;
        self.count(|tally| tally.remembered += usize::from(remembered));
        let ended_at = world.revision();
        self.sights.borrow_mut().push(Sight { told, began, ended_at, answers, wrote: None });
        Ok(())
    }

    /// Sets or deletes a record, and tells the client once it may be told.
    pub(super) async fn write<M: Memory>(
        &self,
        world: &World,
        engine: &EngineWith<M>,
        key: &str,
        deletes: bool,
    ) -> Result<(), StoreError> {
        let (told, began, began_at) = (self.told.borrow().len(), world.time(), world.revision());
        let number = self.next_number();
        let mut transaction = engine.begin().await?;
        let value = transaction.fetched(|t| t.get(key)).await?;
        let answers = vec![(key.to_owned(), value.map(|value| String::from_utf8(value).unwrap()))];
        let idle = deletes && answers[0].1.is_none();
        if idle {
            // Whoever asks for it is told that it is so, if the store has said so.
            transaction.fetched(|t| t.get("somewhere/else")).await?;
        } else {
            if deletes {
                transaction.delete(key);
            } else {
                transaction.put(key, number.to_string().into_bytes())?;
            }
            transaction.put(&mark(number), vec![b'x'])?;
        }
        let receipt = transaction.commit().await?;
        let ended_at = world.revision();
        let wrote = (!idle).then_some(number);
        self.sights.borrow_mut().push(Sight { told, began, ended_at, answers, wrote });
        let before = world.time();
        engine.settle(receipt).await;
        let waited = world.time() > before;
        self.count(|tally| {
            tally.writes += 1;
            tally.waited += usize::from(waited);
        });
        let key = key.to_owned();
        self.told.borrow_mut().push(match wrote {
            Some(number) => Told::Wrote(number, vec![key]),
            None => Told::Absent(key, began_at),
        });
        Ok(())
    }
}

/// What a client asks for.
struct Wanted {
    keys: Vec<String>,
    writes: bool,
    deletes: bool,
}

impl Wanted {
    fn random(random: &Seeded) -> Self {
        let writes = random.chance(12);
        let keys = (0..1 + random.below(2)).map(|_| random_key(random)).collect();
        Self { keys, writes, deletes: random.chance(25) }
    }

    /// Has `engine` do it, again where another commit came first.
    async fn get<M: Memory>(&self, run: &Run, world: &World, engine: &EngineWith<M>) {
        for _ in 0..RUNS {
            let outcome = if self.writes {
                run.write(world, engine, &self.keys[0], self.deletes).await
            } else {
                run.read(world, engine, &self.keys).await
            };
            if outcome != Err(StoreError::conflict()) {
                return run.count(|tally| {
                    tally.reads += usize::from(!self.writes && outcome.is_ok());
                    tally.failed += usize::from(outcome.is_err());
                });
            }
        }
    }
}

/// Under which key a request that writes leaves its number, so that the revision of its commit can be told.
fn mark(number: usize) -> String {
    format!("marks/{number}")
}

/// Writes all records, and has all VMs know some.
async fn preload(world: &World, vms: &[RefCell<Rc<Vm>>]) {
    let random = Seeded::new(1);
    let first = Rc::clone(&vms[0].borrow());
    let mut transaction = first.engine.begin().await.unwrap();
    for _ in 0..50 {
        transaction.put(&random_key(&random), b"0".to_vec()).unwrap();
    }
    transaction.commit().await.unwrap();
    for vm in vms {
        for _ in 0..10 {
            let vm = Rc::clone(&vm.borrow());
            drop(vm.engine.begin().await.unwrap().fetched(|t| t.get(&random_key(&random))).await);
            vm.catch_up().await;
        }
    }
    world.look();
}

fn random_key(random: &Seeded) -> String {
    let team = format!("t{}", random.below(2));
    match random.below(4) {
        0 => key::team(&team),
        1 => key::account(&format!("a{}", random.below(2))),
        _ => key::member(&team, &format!("m{}", random.below(2))),
    }
}

/// Which of the requests, in a hundred, go to instances that share nothing and do not live for long, and with what memory.
struct Beside<M> {
    share: usize,
    memory: fn() -> M,
}

/// Runs one schedule. `Err`: somebody went by what had been taken away.
fn run<M: Memory>(seed: u64, trouble: Trouble, beside: &Beside<M>) -> Result<Tally, String> {
    let (world, random, run) = (World::new(seed), Seeded::new(seed), Run::default());
    let slots = [2, 8, 64][random.below(3)];
    let nodes: Vec<Rc<Shared>> = (0..NODES).map(|_| Shared::new(random.next())).collect();
    let start = |place: usize| world.vm(&nodes[place / VMS], slots);
    let vms: Vec<RefCell<Rc<Vm>>> =
        (0..NODES * VMS).map(|place| RefCell::new(start(place))).collect();
    let instance = || Rc::new(world.engine((beside.memory)(), REMEMBER));
    let instances: Vec<_> = (0..INSTANCES).map(|_| RefCell::new(instance())).collect();

    block_on(preload(&world, &vms));
    world.weather.set(trouble.weather);
    world.cluster.faults.set(trouble.faults);
    for node in &nodes {
        node.pauses.set(true);
        node.failures.set(trouble.failures);
    }

    let client = |_| {
        let (world, run, random, vms, start) = (&world, &run, &random, &vms, &start);
        let (instances, instance) = (&instances, &instance);
        Box::pin(async move {
            let _busy = Busy::new(&run.busy);
            for _ in 0..REQUESTS {
                let place = random.below(vms.len());
                if random.chance(trouble.restarts) {
                    vms[place].replace(start(place));
                }
                let vm = Rc::clone(&vms[place].borrow());
                let wanted = Wanted::random(random);
                if !random.chance(beside.share) {
                    wanted.get(run, world, &vm.engine).await;
                } else {
                    let place = random.below(instances.len());
                    if random.chance(20) {
                        instances[place].replace(instance());
                    }
                    let instance = Rc::clone(&instances[place].borrow());
                    wanted.get(run, world, &instance).await;
                }
                pause().await;
            }
        }) as Task<'_>
    };
    let pump = |place: usize| {
        let (world, run, vms) = (&world, &run, &vms);
        Box::pin(async move {
            loop {
                world.pass(Duration::from_micros(world.random.below(300) as u64));
                let vm = Rc::clone(&vms[place].borrow());
                vm.go_on().await;
                pause().await;
                if run.busy.get() == 0 {
                    return;
                }
            }
        }) as Task<'_>
    };
    let clients = (0..CLIENTS).map(client);
    // Those that move things along first, so that they are never the only ones left to be started.
    schedule::run(clients.chain((0..vms.len()).map(pump)).collect(), &random, trouble.crashes);
    world.cluster.settle();
    judge(&world, &run)?;
    Ok(run.tally.get())
}

/// Somebody who is not done yet.
pub(super) struct Busy<'b>(&'b Cell<usize>);

impl<'b> Busy<'b> {
    pub(super) fn new(busy: &'b Cell<usize>) -> Self {
        busy.set(busy.get() + 1);
        Self(busy)
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

/// The past of all keys: the revisions from which on each had which value.
struct Past(BTreeMap<String, Vec<(i64, Option<String>)>>);

impl Past {
    fn new(facts: &[Fact]) -> Self {
        let mut past: BTreeMap<String, Vec<(i64, Option<String>)>> = BTreeMap::new();
        for (revision, key, value) in facts {
            let changes = past.entry(key.clone()).or_insert_with(|| vec![(0, None)]);
            changes.push((*revision, value.clone()));
        }
        Self(past)
    }

    fn of(&self, key: &str, revision: i64) -> Option<&str> {
        let changes = self.0.get(key)?;
        let before = changes.partition_point(|(from, _)| *from <= revision);
        changes[before.checked_sub(1)?].1.as_deref()
    }

    /// When the request with this number was committed.
    fn committed(&self, number: usize) -> Option<i64> {
        self.0.get(&mark(number)).map(|changes| changes[1].0)
    }
}

/// `Err`: somebody went by what had been taken away.
pub(super) fn judge(world: &World, run: &Run) -> Result<(), String> {
    let (past, told) = (Past::new(&world.facts()), run.told.borrow());
    // Up to where clients know of `key` after they were told so much.
    let floor = |key: &str, count: usize| {
        let revisions = told[..count].iter().map(|told| match told {
            Told::Wrote(number, keys) if keys.iter().any(|wrote| wrote == key) => {
                past.committed(*number).unwrap_or_else(|| panic!("{number} was lost"))
            }
            Told::Absent(absent, from) if absent == key => {
                (*from..).find(|revision| past.of(key, *revision).is_none()).unwrap()
            }
            _ => 0,
        });
        revisions.max().unwrap_or(0)
    };
    for sight in run.sights.borrow().iter() {
        let all = |revision: i64| {
            let mut answers = sight.answers.iter();
            answers.all(|(key, value)| past.of(key, revision) == value.as_deref())
        };
        let known = sight.answers.iter().map(|(key, _)| floor(key, sight.told)).max().unwrap();
        let last = match sight.wrote {
            Some(number) => {
                let committed = past.committed(number).unwrap();
                assert!(all(committed - 1), "{sight:?} overwrote what it had not seen");
                committed - 1
            }
            None => sight.ended_at,
        };
        let recent = world.revision_at(sight.began.saturating_sub(settling(REMEMBER)));
        let from = known.max(recent).min(last);
        if !(from..=last).any(all) {
            return Err(format!(
                "{sight:?} is no state from {from} (told: {known}, {recent} was long ago) to {last}: {:?}",
                world.facts()
            ));
        }
    }
    Ok(())
}

/// Plays all schedules of this kind.
fn run_all<M: Memory>(name: &str, share: u64, trouble: Trouble, beside: &Beside<M>) -> Tally {
    schedule::play(&format!("etcd, remembering, {name}"), share, |seed| {
        run(seed, trouble, beside).unwrap_or_else(|broken| panic!("{broken}"))
    })
}

const NONE_BESIDE: Beside<Forgetful> = Beside { share: 0, memory: || Forgetful };
const WATCHLESS_BESIDE: Beside<Watchless> =
    Beside { share: 40, memory: || Watchless::new(REMEMBER) };

#[test]
fn nobody_goes_by_what_was_taken_away_while_streams_are_late() {
    let tally = run_all("calm", SHARE, CALM, &NONE_BESIDE);
    assert!(suite::are_few() || (tally.failed == 0 && tally.waited > 0), "{tally:?}");
}

#[test]
fn nobody_goes_by_what_was_taken_away_while_streams_break_and_vms_die() {
    let tally = run_all("storm", SHARE, STORM, &NONE_BESIDE);
    assert!(suite::are_few() || (tally.failed > 0 && tally.waited > 0), "{tally:?}");
}

#[test]
fn nobody_goes_by_what_was_taken_away_beside_instances_that_remember_nothing() {
    let tally = run_all("beside others, calm", SHARE_BESIDE, CALM, &WATCHLESS_BESIDE);
    assert!(suite::are_few() || (tally.failed == 0 && tally.waited > 0), "{tally:?}");
    let tally = run_all("beside others, storm", SHARE_BESIDE, STORM, &WATCHLESS_BESIDE);
    assert!(suite::are_few() || (tally.failed > 0 && tally.waited > 0), "{tally:?}");
}
