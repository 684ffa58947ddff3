//! The instance dies, or something goes wrong, at each call to the store.

use http::StatusCode;
use scim_edge_host::spin::store::{Failure, Fault, Faults, Memory, Random};

use crate::member::{count, create, gate, team};
use crate::site::Site;

/// Creates a user while one call goes wrong, then again; how many calls the first create made.
fn create_in_spite_of(fault: &Fault, call: u64, site: &Site, store: &Faults, name: &str) -> bool {
    let connection = team_of(site);
    let planned = fault.clone();
    store.plan(move |seen| (seen.number == call).then(|| planned.clone()));
    let status = create(site, &connection, name).status();
    let reached = store.calls() > call;
    store.clear();
    if status == StatusCode::CREATED {
        assert_eq!(create(site, &connection, name).status(), StatusCode::CONFLICT);
    } else {
        let failures = [StatusCode::INTERNAL_SERVER_ERROR, StatusCode::SERVICE_UNAVAILABLE];
        assert!(failures.contains(&status), "{fault:?} at call {call}: {status}");
        let again = create(site, &connection, name).status();
        let done = [StatusCode::CREATED, StatusCode::CONFLICT];
        assert!(done.contains(&again), "{fault:?} at call {call}: {status}, then {again}");
    }
    assert_eq!(count(site, &connection, name), 1, "{fault:?} at call {call}");
    assert_eq!(gate(site, name), StatusCode::OK, "{fault:?} at call {call}");
    reached
}

/// A new token for the team: the connection of a test that has many.
fn team_of(site: &Site) -> xtask::edge::Connection {
    site.rotate("demo", crate::member::OWNER).unwrap()
}

#[test]
fn whatever_call_goes_wrong_a_create_is_done_or_not_and_can_be_sent_again() {
    let lost = Fault::LoseAnswer(Failure::Other("connection reset".to_owned()));
    for (name, fault) in [
        ("crash", Fault::Crash),
        ("crash-after", Fault::CrashAfter),
        ("full", Fault::full()),
        ("lost", lost),
    ] {
        let store = Faults::on(Memory::new());
        let site = Site::on(store.clone());
        team(&site);
        let mut calls = 0;
        while create_in_spite_of(
            &fault,
            calls,
            &site,
            &store,
            &format!("{name}-{calls}@example.com"),
        ) {
            calls += 1;
            assert!(calls < 200, "a create makes too many calls");
        }
        assert!(calls > 2, "{name}: {calls} calls");
    }
}

#[test]
fn a_trap_ends_its_instance_and_the_next_request_gets_another() {
    let store = Faults::on(Memory::new());
    let site = Site::on(store.clone());
    team(&site);
    let before = site.server.instances();
    store.plan(|_| Some(Fault::Crash));
    assert_eq!(gate(&site, "anybody@example.com"), StatusCode::INTERNAL_SERVER_ERROR);
    store.clear();
    assert_eq!(gate(&site, "anybody@example.com"), StatusCode::FORBIDDEN);
    assert!(site.server.instances() > before);
    site.log_with("an instance has died");
}

#[test]
fn under_random_faults_who_was_acknowledged_is_there_and_nobody_twice() {
    let faults = [
        Fault::Crash,
        Fault::CrashAfter,
        Fault::full(),
        Fault::LoseAnswer(Failure::Other("connection reset".to_owned())),
    ];
    for seed in 0..4 {
        let store = Faults::on(Memory::new());
        let site = Site::on(store.clone());
        let connection = team(&site);
        let mut random = Random::new(seed, 9, &faults);
        store.plan(move |_| random.fault());
        let name = |number: u32| format!("user-{number}@example.com");
        let acknowledged = |number: &u32| {
            create(&site, &connection, &name(*number)).status() == StatusCode::CREATED
        };
        let acknowledged: Vec<u32> = (0..30).filter(acknowledged).collect();
        store.clear();
        assert!(!acknowledged.is_empty() && acknowledged.len() < 30, "{acknowledged:?}");
        for number in 0..30 {
            let users = count(&site, &connection, &name(number));
            assert!(users <= 1, "seed {seed}, user {number}: {users}");
            let passes = gate(&site, &name(number)) == StatusCode::OK;
            assert_eq!(passes, users == 1, "seed {seed}, user {number}");
            assert!(users == 1 || !acknowledged.contains(&number), "seed {seed}, user {number}");
        }
    }
}
