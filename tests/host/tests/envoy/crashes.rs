//! A VM that traps, at whichever call to its host.

use std::sync::Arc;

use pollster::block_on;
use scim_edge_host::envoy::{Calm, End, Fate, Reply, TrapAt, Worker};
use serde_json::json;

use crate::edge::{Team, answer, assert_sound, configuration, envoy_alone, forwarded, found};

/// More calls than any request makes.
const CALLS_MAX: u64 = 1_000;

#[test]
fn a_trap_at_any_call_leaves_whole_operations_and_other_vms_as_they_are() {
    let process = envoy_alone();
    let [mut steady, mut struck] = [Worker::new(&process), Worker::new(&process)];
    let team = Team::make(&mut steady, "acme");
    let (mut applied, mut lost) = (0, 0);
    for fate in [Fate::TrapsBefore, Fate::TrapsAfter, Fate::Fails, Fate::FailsAfter] {
        for n in 1.. {
            assert!(n < CALLS_MAX, "it never ends");
            let name = format!("{fate:?}-{n}").to_lowercase();
            let weather = Arc::new(TrapAt::new(None, n, fate));
            process.world().set_weather(Arc::<TrapAt>::clone(&weather));
            let reply = block_on(struck.ask(&team.create(&name)));
            process.world().set_weather(Arc::new(Calm));

            let there = found(&mut steady, &team, &name);
            match reply {
                Reply::Decided(End::Answered(created)) if created.status == 201 => {
                    assert_eq!(there, 1, "{fate:?} at {n}: an acknowledged create is lost");
                }
                Reply::Decided(other) => panic!("{fate:?} at {n}: {other:?}"),
                Reply::Crashed(_) if there == 0 => lost += 1,
                Reply::Crashed(_) => applied += 1,
            }
            assert_sound(&process);
            // The next VM goes on with the state.
            let again = answer(&mut struck, &team.create(&name)).status;
            assert_eq!(again, if there == 0 { 201 } else { 409 }, "{fate:?} at {n}");
            if !weather.is_over() {
                break;
            }
        }
    }
    assert!(applied > 4 && lost > 40, "{applied} of {lost} creates were done");
    assert_eq!(steady.crashes(), 0);
    assert_eq!(struck.crashes(), applied + lost);
}

#[test]
fn a_new_configuration_acts_and_keeps_the_state() {
    let process = envoy_alone();
    let mut worker = Worker::new(&process);
    let team = Team::make(&mut worker, "acme");
    assert_eq!(answer(&mut worker, &team.create("ada")).status, 201);
    block_on(worker.leave()).unwrap();

    let mut changed = configuration(&json!("memory"));
    changed["public_url"] = json!("https://new.example");
    process.configure(changed);
    forwarded(&mut worker, &team.knock("ada"));
    let created = answer(&mut worker, &team.create("bob"));
    let text = String::from_utf8(created.body).unwrap();
    assert!(text.contains("https://new.example/scim/v2/"), "{text}");

    process.configure(json!({ "public_url": 7 }));
    block_on(worker.leave()).unwrap();
    let Reply::Crashed(refused) = block_on(worker.ask(&team.knock("ada"))) else {
        panic!("it began all the same");
    };
    assert!(refused.0.contains("public_url"), "{refused}");
}
