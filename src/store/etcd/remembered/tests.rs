//! What VMs remember together, and what that costs. How it bears lost streams, late readers and crashes is in `schedules`, and
//! what it is like beside instances that remember nothing in `beside`.

mod beside;
mod schedules;
pub(in crate::store::etcd) mod shared;
mod world;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use std::rc::Rc;
use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use self::shared::Shared;
use self::world::{REMEMBER, Vm, World};
use super::settling;
use crate::authn::Identity;
use crate::config::Config;
use crate::email::Email;
use crate::host::ManualHost;
use crate::http::{Request, header};
use crate::service::{Outcome, Service};
use crate::store::etcd::Watchless;
use crate::store::etcd::fake::Calls;
use crate::store::suite::schedule::{self, Task};
use crate::store::suite::{Seeded, block_on};
use crate::store::{Receipt, Store, StoreError, Transaction as _};

const TEAM: &str = "teams/acme";
const MEMBER: &str = "teams/acme/members/ann";

/// A VM of a node of its own.
fn alone(world: &Rc<World>) -> Rc<Vm> {
    world.vm(&Shared::new(1), 64)
}

async fn put(vm: &Vm, key: &str, value: &str) -> Receipt {
    let mut transaction = vm.engine.begin().await.unwrap();
    transaction.put(key, value.as_bytes().to_vec()).unwrap();
    transaction.commit().await.unwrap()
}

async fn delete(vm: &Vm, key: &str) -> Receipt {
    delete_by(&vm.engine, key).await
}

async fn delete_by(store: &impl Store, key: &str) -> Receipt {
    let mut transaction = store.begin().await.unwrap();
    transaction.fetched(|t| t.get(key)).await.unwrap();
    transaction.delete(key);
    transaction.commit().await.unwrap()
}

/// What a transaction of its own reads.
async fn get(vm: &Vm, key: &str) -> Option<String> {
    let mut transaction = vm.engine.begin().await.unwrap();
    let value = transaction.fetched(|t| t.get(key)).await.unwrap();
    transaction.commit().await.unwrap();
    value.map(|value| String::from_utf8(value).unwrap())
}

/// The same, and how many calls it took.
async fn counted(world: &World, vm: &Vm, key: &str) -> (Option<String>, usize) {
    let (value, Calls { reads, writes, .. }) = world.cluster.counting(get(vm, key)).await;
    (value, reads + writes)
}

/// Has `vm` watch, and know the records at `keys`.
async fn learn(vm: &Vm, keys: &[&str]) {
    get(vm, TEAM).await;
    vm.catch_up().await;
    for key in keys {
        get(vm, key).await;
    }
}

#[test]
fn what_is_remembered_costs_no_call_until_etcd_is_asked_again() {
    block_on(async {
        let world = World::new(1);
        let vm = alone(&world);
        put(&vm, TEAM, "1").await;
        put(&vm, MEMBER, "2").await;
        learn(&vm, &[TEAM, MEMBER]).await;
        assert_eq!(counted(&world, &vm, TEAM).await, (Some("1".to_owned()), 0));
        assert_eq!(counted(&world, &vm, MEMBER).await, (Some("2".to_owned()), 0));
        world.pass(REMEMBER * 2);
        assert_eq!(counted(&world, &vm, MEMBER).await, (Some("2".to_owned()), 1));
        assert_eq!(counted(&world, &vm, TEAM).await, (Some("1".to_owned()), 0));
    });
}

#[test]
fn what_other_vms_of_the_node_have_read_is_remembered_by_all() {
    block_on(async {
        let (world, node) = (World::new(1), Shared::new(1));
        let (one, other) = (world.vm(&node, 64), world.vm(&node, 64));
        put(&one, MEMBER, "1").await;
        learn(&other, &[]).await;
        learn(&one, &[MEMBER]).await;
        assert_eq!(counted(&world, &other, MEMBER).await, (Some("1".to_owned()), 0));
    });
}

#[test]
fn what_is_not_there_is_looked_for_each_time_and_so_found_at_once() {
    block_on(async {
        let world = World::new(1);
        let (vm, elsewhere) = (alone(&world), alone(&world));
        learn(&vm, &[MEMBER]).await;
        assert_eq!(counted(&world, &vm, MEMBER).await, (None, 1));
        let receipt = put(&elsewhere, MEMBER, "1").await;
        assert_eq!(receipt, Receipt::default(), "there is nothing to wait for");
        assert_eq!(get(&vm, MEMBER).await, Some("1".to_owned()));
    });
}

#[test]
fn nobody_goes_by_what_was_taken_away_once_that_has_settled_although_the_watch_is_late() {
    block_on(async {
        let world = World::new(1);
        let (vm, elsewhere) = (alone(&world), alone(&world));
        put(&vm, MEMBER, "1").await;
        learn(&vm, &[MEMBER]).await;
        assert_eq!(get(&vm, MEMBER).await, Some("1".to_owned()));
        let before = world.time();
        let receipt = delete(&elsewhere, MEMBER).await;
        elsewhere.engine.settle(receipt).await;
        assert!(world.time() - before >= REMEMBER);
        assert_eq!(get(&vm, MEMBER).await, None);
    });
}

#[test]
fn a_node_forgets_at_once_what_it_has_taken_away_itself() {
    block_on(async {
        let (world, node) = (World::new(1), Shared::new(1));
        let (one, other) = (world.vm(&node, 64), world.vm(&node, 64));
        put(&one, MEMBER, "1").await;
        learn(&one, &[]).await;
        learn(&other, &[MEMBER]).await;
        delete(&one, MEMBER).await;
        assert_eq!(get(&other, MEMBER).await, None, "neither stream has brought anything");
    });
}

#[test]
fn who_finds_done_what_it_was_asked_for_waits_as_long_as_who_has_done_it() {
    block_on(async {
        let world = World::new(1);
        let (vm, elsewhere) = (alone(&world), alone(&world));
        put(&vm, MEMBER, "1").await;
        put(&vm, "teams/other", "1").await;
        put(&vm, "teams/other", "2").await;
        learn(&vm, &[]).await;
        world.pass(settling(REMEMBER) * 2);
        // The node that has done this died before it could answer.
        delete(&elsewhere, MEMBER).await;
        for catches_up in [false, true] {
            if catches_up {
                vm.catch_up().await;
            }
            let (before, receipt) = (world.time(), delete(&vm, MEMBER).await);
            vm.engine.settle(receipt).await;
            assert!(world.time() - before >= REMEMBER, "caught up: {catches_up}");
        }
        // What was taken away long ago, or is of others, is waited for by nobody.
        world.pass(settling(REMEMBER) * 2);
        put(&vm, "teams/other", "3").await;
        vm.catch_up().await;
        let (before, receipt) = (world.time(), delete(&vm, MEMBER).await);
        vm.engine.settle(receipt).await;
        assert_eq!(world.time(), before);
    });
}

#[test]
fn who_remembers_nothing_waits_as_well_for_those_who_do() {
    block_on(async {
        let world = World::new(1);
        let (vm, elsewhere) = (alone(&world), alone(&world));
        let instance = || world.engine(Watchless::new(REMEMBER), REMEMBER);
        put(&vm, MEMBER, "1").await;
        put(&vm, TEAM, "1").await;
        learn(&vm, &[MEMBER, TEAM]).await;

        // What it takes away itself, and what it finds taken away by a node that died before it could answer.
        let taking = instance();
        let (before, receipt) = (world.time(), delete_by(&taking, MEMBER).await);
        taking.settle(receipt).await;
        assert!(world.time() - before >= REMEMBER);
        assert_eq!(get(&vm, MEMBER).await, None);
        assert_eq!(get(&vm, TEAM).await, Some("1".to_owned()));
        delete(&elsewhere, TEAM).await;
        let finding = instance();
        let (before, receipt) = (world.time(), delete_by(&finding, TEAM).await);
        finding.settle(receipt).await;
        assert!(world.time() - before >= REMEMBER);
        assert_eq!(get(&vm, TEAM).await, None);

        // One that has heard of it long ago knows that it need not wait, one that has not does.
        let (before, receipt) = (world.time(), delete_by(&finding, TEAM).await);
        finding.settle(receipt).await;
        assert_eq!(world.time(), before);
        let fresh = instance();
        let (before, receipt) = (world.time(), delete_by(&fresh, TEAM).await);
        fresh.settle(receipt).await;
        assert!(world.time() - before >= REMEMBER);
    });
}

#[test]
fn who_has_just_begun_to_watch_waits_for_what_may_have_happened_right_before() {
    block_on(async {
        let world = World::new(1);
        let (vm, elsewhere) = (alone(&world), alone(&world));
        put(&elsewhere, MEMBER, "1").await;
        delete(&elsewhere, MEMBER).await;
        learn(&vm, &[]).await;
        let (before, receipt) = (world.time(), delete(&vm, MEMBER).await);
        vm.engine.settle(receipt).await;
        assert!(world.time() - before >= REMEMBER);
    });
}

#[test]
fn a_transaction_that_reads_on_sees_no_record_as_it_was_before() {
    block_on(async {
        let world = World::new(1);
        let (vm, elsewhere) = (alone(&world), alone(&world));
        put(&vm, MEMBER, "1").await;
        learn(&vm, &[MEMBER]).await;
        let mut transaction = vm.engine.begin().await.unwrap();
        assert_eq!(transaction.fetched(|t| t.get(MEMBER)).await, Ok(Some(b"1".to_vec())));
        put(&elsewhere, MEMBER, "2").await;
        assert_eq!(transaction.fetched(|t| t.get("else")).await, Err(StoreError::conflict()));
        // What is wrong is forgotten, so the next run does not meet it again.
        assert_eq!(get(&vm, MEMBER).await, Some("2".to_owned()));
    });
}

#[test]
fn a_commit_that_goes_by_a_remembered_record_is_refused_once_that_was_taken_away() {
    block_on(async {
        let world = World::new(1);
        let (vm, elsewhere) = (alone(&world), alone(&world));
        put(&vm, MEMBER, "1").await;
        learn(&vm, &[MEMBER]).await;
        let mut transaction = vm.engine.begin().await.unwrap();
        assert_eq!(transaction.fetched(|t| t.get(MEMBER)).await, Ok(Some(b"1".to_vec())));
        assert_eq!(transaction.fetched(|t| t.get("else")).await, Ok(None));
        delete(&elsewhere, MEMBER).await;
        transaction.put("else", b"2".to_vec()).unwrap();
        assert_eq!(transaction.commit().await, Err(StoreError::conflict()));
    });
}

#[test]
fn what_is_remembered_and_what_was_read_are_of_one_state() {
    block_on(async {
        let world = World::new(1);
        let (vm, elsewhere) = (alone(&world), alone(&world));
        put(&vm, TEAM, "1").await;
        put(&vm, MEMBER, "1").await;
        learn(&vm, &[TEAM, MEMBER]).await;
        let mut transaction = vm.engine.begin().await.unwrap();
        assert_eq!(transaction.fetched(|t| t.get("else")).await, Ok(None));
        put(&elsewhere, MEMBER, "2").await;
        vm.catch_up().await;
        get(&vm, MEMBER).await;
        assert_eq!(transaction.fetched(|t| t.get(MEMBER)).await, Ok(Some(b"1".to_vec())));
        let (team, calls) = world.cluster.counting(transaction.fetched(|t| t.get(TEAM))).await;
        assert_eq!((team, calls.reads), (Ok(Some(b"1".to_vec())), 0));
    });
}

#[test]
fn remembered_records_that_were_never_so_at_once_are_not_seen_together() {
    block_on(async {
        let (world, node) = (World::new(1), Shared::new(1));
        let (one, other) = (world.vm(&node, 64), world.vm(&node, 64));
        let elsewhere = alone(&world);
        put(&one, TEAM, "1").await;
        put(&one, MEMBER, "1").await;
        learn(&other, &[]).await;
        learn(&one, &[TEAM, MEMBER]).await;
        put(&elsewhere, MEMBER, "2").await;
        put(&elsewhere, TEAM, "2").await;
        // The other VM hears on its way that something changed, and reads what this one then finds.
        get(&other, "else").await;
        assert_eq!(get(&other, TEAM).await, Some("2".to_owned()));
        let mut transaction = one.engine.begin().await.unwrap();
        assert_eq!(transaction.fetched(|t| t.get(TEAM)).await, Ok(Some(b"2".to_vec())));
        assert!(transaction.snapshot.is_none(), "it was remembered");
        assert_eq!(transaction.fetched(|t| t.get(MEMBER)).await, Ok(Some(b"2".to_vec())));
    });
}

#[test]
fn etcd_is_asked_once_for_all_who_wait() {
    let (world, node) = (World::new(1), Shared::new(1));
    let vm = world.vm(&node, 64);
    block_on(async {
        put(&vm, MEMBER, "1").await;
        learn(&vm, &[MEMBER]).await;
        world.pass(REMEMBER * 2);
    });
    let faults = crate::store::etcd::fake::Faults { pauses: true, ..Default::default() };
    world.cluster.faults.set(faults);
    node.pauses.set(true);
    let readers = || {
        let reader = |_| {
            Box::pin(async {
                assert_eq!(get(&vm, MEMBER).await, Some("1".to_owned()));
            }) as Task<'_>
        };
        (0..20).map(reader).collect()
    };
    let (_, calls) = block_on(world.cluster.counting(async {
        schedule::run(readers(), &Seeded::new(1), 0);
    }));
    assert_eq!((calls.reads, calls.writes), (1, 0));
}

#[test]
fn an_etcd_that_went_back_to_a_backup_is_not_remembered() {
    block_on(async {
        let world = World::new(1);
        let vm = alone(&world);
        put(&vm, MEMBER, "1").await;
        put(&vm, MEMBER, "2").await;
        learn(&vm, &[MEMBER]).await;
        world.pass(REMEMBER * 2);
        *world.cluster.state() = Default::default();
        assert_eq!(counted(&world, &vm, MEMBER).await.0, None);
        assert_eq!(get(&vm, MEMBER).await, None);
        put(&vm, MEMBER, "3").await;
        get(&vm, MEMBER).await;
        assert_eq!(counted(&world, &vm, MEMBER).await, (Some("3".to_owned()), 1));
    });
}

#[test]
fn with_no_time_to_remember_for_nothing_is_remembered_watched_or_waited_for() {
    block_on(async {
        let (world, node) = (World::new(1), Shared::new(1));
        let vm = world.vm_that_remembers(&node, 64, Duration::ZERO);
        put(&vm, MEMBER, "1").await;
        learn(&vm, &[MEMBER]).await;
        assert_eq!(counted(&world, &vm, MEMBER).await, (Some("1".to_owned()), 1));
        assert_eq!(delete(&vm, MEMBER).await, Receipt::default());
        assert_eq!(node.calls.get(), 0);
        assert!(!vm.watches());
    });
}

#[test]
fn a_vm_that_nobody_asks_opens_no_stream() {
    let world = World::new(1);
    let vm = alone(&world);
    block_on(vm.catch_up());
    assert!(!vm.watches());
    block_on(learn(&vm, &[]));
    assert!(vm.watches());
}

#[test]
fn the_gate_lets_a_member_in_without_a_call() {
    block_on(async {
        let world = World::new(1);
        let vm = alone(&world);
        let key = "platform-key";
        let config = json!({
            "public_url": "https://edge.example",
            "platform_keys_sha256": [hex::encode(Sha256::digest(key))],
        });
        let config = Config::from_json(config.to_string().as_bytes()).unwrap();
        let service = Service::new(config, Rc::clone(&vm), ManualHost::default());
        let call = async |method: Method, path: &str, body: Value, email: Option<&str>| {
            let mut request = Request::new(method, path);
            request.body = body.to_string().into_bytes();
            request.identity = email.map(|email| Identity { email: Email::parse(email).unwrap() });
            if email.is_none() {
                request.headers.set(header::AUTHORIZATION, &format!("Bearer {key}")).unwrap();
            }
            world.cluster.counting(service.handle(&request)).await
        };
        let owner = "ann@example.com";
        let team = json!({ "name": "acme", "sso": { "type": "oidc" }, "owners": [owner] });
        let (made, _) = call(Method::PUT, "/v1/teams/acme", team, None).await;
        assert!(matches!(made, Outcome::Answer(answer) if answer.status == 201));
        let knock = async || call(Method::GET, "/t/acme/page", json!({}), Some(owner)).await;
        knock().await;
        vm.catch_up().await;
        knock().await;
        let (outcome, calls) = knock().await;
        assert!(matches!(outcome, Outcome::Forward(Some(_))));
        assert_eq!((calls.reads, calls.writes), (0, 0));
        world.pass(REMEMBER * 2);
        let (outcome, calls) = knock().await;
        assert!(matches!(outcome, Outcome::Forward(Some(_))));
        assert_eq!((calls.reads, calls.writes), (1, 0));
    });
}
