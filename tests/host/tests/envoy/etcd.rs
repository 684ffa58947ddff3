//! Envoys on one etcd.

use std::sync::Arc;

use pollster::block_on;
use scim_edge_host::envoy::{Calm, Etcd, Journey, News, Vm, Weather, Worker, World};
use serde_json::{Value, json};

use crate::edge::{
    Team, answer, assert_etcd_sound, end, envoy, forwarded, found, in_etcd, json_of,
};

/// Two Envoys with a worker each.
fn two(remember_ms: u64) -> (Arc<World>, Arc<Etcd>, [Worker; 2]) {
    let (world, etcd) = (World::new(3), Etcd::new());
    let workers = [0; 2].map(|_| Worker::new(&envoy(&world, &in_etcd(remember_ms), &etcd)));
    (world, etcd, workers)
}

/// Calls have this fate, and streams that one.
#[derive(Debug)]
struct Network(Journey, News);

impl Weather for Network {
    fn journey(&self) -> Journey {
        self.0
    }

    fn news(&self) -> News {
        self.1
    }
}

#[test]
fn what_one_envoy_writes_the_other_sees_at_once() {
    for remember_ms in [0, 100] {
        let (_, etcd, [mut here, mut there]) = two(remember_ms);
        let team = Team::make(&mut here, "acme");
        for round in 0..4 {
            let name = format!("user{round}");
            let created = json_of(&answer(&mut here, &team.create(&name)));
            forwarded(&mut there, &team.knock(&name));
            forwarded(&mut here, &team.knock(&name));
            let path = format!("/Users/{}", created["id"].as_str().unwrap());
            let gone = answer(&mut there, &team.scim("DELETE", &path, &Value::Null));
            assert_eq!(gone.status, 204);
            for worker in [&mut here, &mut there] {
                assert_eq!(answer(worker, &team.knock(&name)).status, 403, "{remember_ms}");
                assert_eq!(found(worker, &team, &name), 0);
            }
        }
        for worker in [&mut here, &mut there] {
            block_on(worker.leave()).unwrap();
        }
        assert_etcd_sound(&etcd);
    }
}

#[test]
fn while_etcd_cannot_be_asked_nobody_gets_in_and_afterwards_all_goes_on() {
    let (world, etcd, [mut here, mut there]) = two(100);
    let team = Team::make(&mut here, "acme");
    assert_eq!(answer(&mut here, &team.create("ada")).status, 201);
    forwarded(&mut there, &team.knock("ada"));

    world.set_weather(Arc::new(Network(Journey::Lost, News::Breaks)));
    for worker in [&mut here, &mut there] {
        for ask in [team.create("bob"), team.find("ada"), team.knock("ada")] {
            let refused = answer(worker, &ask);
            assert_eq!(refused.status, 503);
            let wait = refused.headers.iter().any(|(name, _)| name == "retry-after");
            assert!(wait, "{refused:?}");
        }
    }
    world.set_weather(Arc::new(Calm));
    for worker in [&mut here, &mut there] {
        assert_eq!(found(worker, &team, "bob"), 0);
        forwarded(worker, &team.knock("ada"));
        // No stream that broke is left behind.
        block_on(worker.leave()).unwrap();
    }
    assert_etcd_sound(&etcd);
}

#[test]
fn an_answer_that_is_lost_is_told_as_it_is() {
    let (world, etcd, [mut here, mut there]) = two(0);
    let team = Team::make(&mut here, "acme");
    for (journey, at_most) in [(Journey::AnswerLost, 1), (Journey::ArrivesTwice, 1)] {
        world.set_weather(Arc::new(Network(journey, News::Arrives)));
        let told = answer(&mut here, &team.create("ada")).status;
        world.set_weather(Arc::new(Calm));
        etcd.arrive();
        assert_eq!(told, 503);
        assert!(found(&mut there, &team, "ada") <= at_most);
        assert_etcd_sound(&etcd);
    }
}

#[test]
fn a_client_that_hangs_up_leaves_whole_operations() {
    let (_, etcd, [mut here, mut there]) = two(0);
    let team = Team::make(&mut here, "acme");
    let mut outcomes = [0, 0];
    for turns in 0.. {
        let name = format!("user{turns}");
        let answered = block_on(async {
            let vm = here.vm().await.unwrap();
            let id = vm.send(&team.create(&name)).await.unwrap();
            for _ in 0..turns {
                if vm.end(id).is_none() {
                    assert!(vm.turn().await.unwrap());
                }
            }
            let answered = vm.end(id).is_some();
            vm.close(id).await.unwrap();
            let_pass(vm).await;
            answered
        });
        let there_are = found(&mut there, &team, &name);
        outcomes[usize::from(there_are == 1)] += 1;
        assert!(there_are == 1 || (!answered && there_are == 0));
        assert_etcd_sound(&etcd);
        if answered {
            break;
        }
    }
    // What arrived whole is done, whoever waits for the answer.
    assert_eq!(outcomes[0], 0);
    assert!(outcomes[1] > 3, "{outcomes:?}");
    let stop = json!({ "schemas": [], "userName": "half@example.com" }).to_string();
    block_on(async {
        let vm = here.vm().await.unwrap();
        let id = vm.begin(&team.scim("POST", "/Users", &Value::Null), false).await.unwrap();
        vm.part(id, stop.as_bytes(), false).await.unwrap();
        vm.close(id).await.unwrap();
        let_pass(vm).await;
    });
    assert_eq!(found(&mut there, &team, "half"), 0, "half a request was carried out");
    end(&mut here, &team.find("half"));
    assert_eq!(here.crashes(), 0);
}

/// Lets the VM do what is left to be done.
async fn let_pass(vm: &mut Vm) {
    for _ in 0..60 {
        vm.turn().await.unwrap();
    }
}
