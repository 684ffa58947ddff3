use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::StatusCode;
use xtask::spin::{Plan, Runtime, State};

use crate::member::{MEMBER, count, create, gate, id, live, set_active, team};
use crate::site::{product, program};

#[test]
fn the_state_is_there_again_after_a_restart_of_the_host() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = Runtime::host_at(program().to_owned()).unwrap();
    let state = State::Sqlite(folder.path().to_owned());
    let mut site = Plan::new(runtime, state, &product(), 0).unwrap().start().unwrap();
    let connection = team(&site);
    live(&site, &connection, MEMBER);
    let away = create(&site, &connection, "away@example.com");
    assert_eq!(set_active(&site, &connection, &id(&away), false), StatusCode::OK);
    site.process.restart().unwrap();
    assert_eq!(gate(&site, MEMBER), StatusCode::OK);
    assert_eq!(gate(&site, "away@example.com"), StatusCode::FORBIDDEN);
    assert_eq!(create(&site, &connection, MEMBER).status(), StatusCode::CONFLICT);
}

#[test]
fn nothing_acknowledged_is_lost_when_the_host_is_killed_under_load() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = Runtime::host_at(program().to_owned()).unwrap();
    let state = State::Sqlite(folder.path().to_owned());
    let mut site = Plan::new(runtime, state, &product(), 0).unwrap().start().unwrap();
    let connection = team(&site);
    for round in 0..3 {
        let acknowledged = load(&mut site, &connection, round);
        assert!(!acknowledged.is_empty(), "nothing was written before the end");
        site.process.restart().unwrap();
        for name in &acknowledged {
            assert_eq!(count(&site, &connection, name), 1, "{name}");
            assert_eq!(gate(&site, name), StatusCode::OK, "{name}");
        }
    }
}

/// Creates users from four sides until the host is killed; whom it has acknowledged.
fn load(
    site: &mut xtask::spin::Site,
    connection: &xtask::edge::Connection,
    round: u32,
) -> Vec<String> {
    let gone = AtomicBool::new(false);
    let front = xtask::edge::Front::of(&site.product(), site.address());
    let work = &|side: u32| {
        let mut acknowledged = Vec::new();
        for number in 0.. {
            if gone.load(Ordering::Relaxed) {
                break;
            }
            let name = format!("user-{round}-{side}-{number}@example.com");
            let body = format!("{{\"userName\":\"{name}\"}}");
            let bearer = connection.bearer();
            let headers = [("authorization", &*bearer), ("content-type", "application/scim+json")];
            let path = format!("{}/Users", connection.path());
            let sent = front
                .client()
                .and_then(|mut it| it.send(http::Method::POST, &path, &headers, body));
            if sent.is_ok_and(|answer| answer.status() == StatusCode::CREATED) {
                acknowledged.push(name);
            }
        }
        acknowledged
    };
    std::thread::scope(|scope| {
        let sides: Vec<_> = (0..4).map(|side| scope.spawn(move || work(side))).collect();
        std::thread::sleep(Duration::from_secs(2));
        site.process.kill();
        gone.store(true, Ordering::Relaxed);
        sides.into_iter().flat_map(|side| side.join().unwrap()).collect()
    })
}
