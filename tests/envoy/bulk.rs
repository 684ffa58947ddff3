//! Bulk requests are long: others on the worker get their turns, and nobody who hangs up leaves half an operation.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::patience::{eventually, stays_the_same, time};
use crate::site::Site;
use crate::team::Team;

const MOST: usize = 1_000;

impl Team<'_> {
    /// A request that creates so many users.
    fn creates(&self, mark: &str, count: usize) -> String {
        let create = |n: usize| json!({ "method": "POST", "path": "/Users", "bulkId": n.to_string(), "data": self.user(&format!("{mark}{n}")) });
        json!({ "Operations": (0..count).map(create).collect::<Vec<Value>>() }).to_string()
    }

    fn bulk(&self, body: &str) -> Answer {
        self.scim(Method::POST, "/Bulk", body)
    }

    fn total(&self) -> u64 {
        self.list().json()["totalResults"].as_u64().unwrap()
    }
}

#[track_caller]
fn expect_all_created(answer: Answer, count: usize) {
    let answer = answer.expect(200).json();
    let results = answer["Operations"].as_array().unwrap();
    assert_eq!(results.len(), count);
    for (n, result) in results.iter().enumerate() {
        assert_eq!((&result["status"], &result["bulkId"]), (&json!("201"), &json!(n.to_string())));
    }
}

#[test]
fn others_are_answered_while_a_bulk_request_is_done() {
    // With one worker, whatever is sent meanwhile waits for the very same thread.
    let site = Site::start(|plan| plan.options.concurrency = 1);
    let team = Team::new(&site, "bulk-turns");
    let id = team.provision("ada");
    let body = team.creates("new", MOST);
    let (mut client, mut other) = (site.http1(), site.http1());
    let path = format!("/Users/{id}");
    team.scim_on(&mut other, Method::GET, &path, "").expect(200);
    let done = AtomicBool::new(false);
    let (bulk, waits) = std::thread::scope(|scope| {
        let waits = scope.spawn(|| {
            let mut waits = Vec::new();
            while !done.load(Ordering::Acquire) {
                let (answer, wait) = time(|| team.scim_on(&mut other, Method::GET, &path, ""));
                answer.expect(200);
                waits.push(wait);
            }
            waits
        });
        let bulk = time(|| team.scim_on(&mut client, Method::POST, "/Bulk", &body));
        done.store(true, Ordering::Release);
        (bulk, waits.join().unwrap())
    });
    let (answer, total) = bulk;
    expect_all_created(answer, MOST);
    assert_eq!(team.total(), 1 + u64::try_from(MOST).unwrap());
    let longest = waits.iter().max().unwrap();
    println!(
        "{MOST} creates in one request: {total:?}; meanwhile {} others, the longest of them {longest:?}",
        waits.len()
    );
    assert!(waits.len() > 20, "only {} others were answered in {total:?}", waits.len());
    assert!(*longest < Duration::from_millis(250), "another waited for {longest:?} of {total:?}");
}

#[test]
fn what_a_client_that_hangs_up_has_begun_is_done_in_whole_operations() {
    let site = Site::shared();
    let team = Team::new(&site, "bulk-gone");
    let body = team.creates("gone", MOST);
    let mut raw = site.raw();
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: x\r\nauthorization: {}\r\ncontent-type: application/scim+json\r\ncontent-length: {}\r\n\r\n",
        team.path("/Bulk"),
        team.connection.bearer(),
        body.len()
    );
    raw.write(head.as_bytes()).write(body.as_bytes());
    eventually("it has begun", || (team.total() > 0).then_some(()));
    assert!(team.total() < u64::try_from(MOST).unwrap(), "it is over before anybody hung up");
    raw.hang_up();
    eventually("nothing more is done", || {
        stays_the_same(Duration::from_millis(300), || team.total()).then_some(())
    });
    let total = team.total();
    assert_eq!(total, u64::try_from(MOST).unwrap(), "what was sent whole is done");
    // Each is whole: a member whom the gate lets pass.
    for n in [0, MOST / 2, MOST - 1] {
        team.visit(&format!("gone{n}")).expect(200);
    }
    site.refuse_crashes();
}

#[test]
fn bulk_requests_on_both_workers_lose_nothing() {
    let site = Site::shared();
    let team = Team::new(&site, "bulk-both");
    let mut clients = site.on_both_workers();
    clients.truncate(6);
    let (team, count) = (&team, 100);
    std::thread::scope(|scope| {
        for (number, mut client) in clients.into_iter().enumerate() {
            scope.spawn(move || {
                let body = team.creates(&format!("client{number}x"), count);
                let answer = team.scim_on(&mut client, Method::POST, "/Bulk", &body);
                expect_all_created(answer, count);
            });
        }
    });
    assert_eq!(team.total(), 600);
}

#[test]
fn the_limits_of_bulk_requests_are_those_advertised() {
    let site = Site::shared();
    let team = Team::new(&site, "bulk-limits");
    let config = team.scim(Method::GET, "/ServiceProviderConfig", "").expect(200).json();
    assert_eq!(config["bulk"]["supported"], true);
    assert_eq!(config["bulk"]["maxOperations"], MOST);
    let most = usize::try_from(config["bulk"]["maxPayloadSize"].as_u64().unwrap()).unwrap();
    let small = team.creates("exact", 1);
    let blanks = |size: usize| " ".repeat(size - small.len()) + &small;
    expect_all_created(team.bulk(&blanks(most)), 1);
    team.bulk(&team.creates("over", MOST + 1)).expect_scim_error(413);
    team.scim_on(&mut site.http2(), Method::POST, "/Bulk", &blanks(most + 1))
        .expect_scim_error(413);
    assert_eq!(team.total(), 1);
}
