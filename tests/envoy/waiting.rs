//! Requests that the store makes wait. The module is `slow_store`: a request says how long.

use std::time::Duration;

use http::{HeaderMap, Method, Request};
use xtask::client::Client;

use crate::answer::Answer;
use crate::patience::{eventually, stays_the_same};
use crate::raw::Raw;
use crate::site::Site;
use crate::team::Team;

/// A turn takes about 2 ms.
const TURNS: &str = "100";

/// Nothing is left of what was begun: every request is over, and the timer is off.
fn expect_quiet(site: &Site) {
    let streams = || (site.log_count("stream begins"), site.log_count("stream ends"));
    eventually("all requests are over", || (streams().0 == streams().1).then_some(()));
    eventually("the timer is off", || {
        stays_the_same(Duration::from_millis(100), || site.log_count("timer")).then_some(())
    });
}

fn post(path: &str, authorization: &str) -> Request<()> {
    let request = Request::post(path).header("authorization", authorization);
    let request = request.header("content-type", "application/scim+json");
    let request = request.header("trailer", "x-checksum");
    request.header("x-test-turns", TURNS).body(()).unwrap()
}

fn send_whole(client: &mut Client, head: Request<()>, body: &str) -> Answer {
    client.request(head.map(|()| body.to_owned().into())).unwrap().into()
}

fn send_chunked(client: &mut Client, head: Request<()>, body: &str, trailers: bool) -> Answer {
    let chunks = body.as_bytes().chunks(20_000).map(|chunk| chunk.to_vec().into()).collect();
    let mut fields = HeaderMap::new();
    fields.insert("x-checksum", "17".parse().unwrap());
    client.send_chunked(head, chunks, trailers.then_some(fields)).unwrap().into()
}

/// Sends the head of a POST whose body is chunked.
fn begin<'r>(raw: &'r mut Raw, path: &str, authorization: &str) -> &'r mut Raw {
    let line = format!("POST {path} HTTP/1.1");
    let authorization = format!("authorization: {authorization}");
    let turns = format!("x-test-turns: {TURNS}");
    raw.head(&[
        line.as_bytes(),
        b"host: x",
        authorization.as_bytes(),
        b"content-type: application/scim+json",
        b"transfer-encoding: chunked",
        turns.as_bytes(),
    ])
}

#[test]
fn a_body_that_arrives_while_the_gate_waits_is_passed_on_whole() {
    let site = Site::start_slow(|_| {});
    let team = Team::new(&site, "waiting-member");
    team.provision("ada");
    let (page, ada) = (team.page("form"), team.signed_in("ada"));
    for size in [0, 1, 5_000, 700_000] {
        let body = "0123456789".repeat(size / 10 + 1);
        let digest = xtask::demo::sha256(&body);
        for connect in [Site::http1, Site::http2] {
            let echo = send_whole(&mut connect(&site), post(&page, &ada), &body).expect(200).json();
            assert_eq!(echo["body"]["sha256"], digest, "{size}");
            assert_eq!(echo["headers"]["x-team-id"], "waiting-member");
            for trailers in [false, true] {
                let answer = send_chunked(&mut connect(&site), post(&page, &ada), &body, trailers);
                let echo = answer.expect(200).json();
                assert_eq!(echo["body"]["sha256"], digest, "{size}");
                assert_eq!(echo["trailers"]["x-checksum"] == "17", trailers);
            }
        }
    }
    let mut raw = site.raw();
    begin(&mut raw, &page, &ada).chunk(b"first").chunk(b"second");
    raw.write(b"0\r\nx-checksum: 17\r\n\r\n");
    assert_eq!(raw.read().expect(200).json()["body"]["sha256"], xtask::demo::sha256("firstsecond"));
    // Without a body, and on a connection that is used again.
    let mut client = site.http1();
    for _ in 0..3 {
        let headers = [("authorization", ada.as_str()), ("x-test-turns", "10")];
        assert_eq!(client.get(&page, &headers).unwrap().status(), 200);
    }
    expect_quiet(&site);
}

#[test]
fn a_body_that_arrives_after_the_gate_has_waited_is_passed_on_whole() {
    let site = Site::start_slow(|_| {});
    let team = Team::new(&site, "waiting-late");
    team.provision("ada");
    let mut raw = site.raw();
    begin(&mut raw, &team.page("form"), &team.signed_in("ada"));
    eventually("the head is passed on", || (site.seen("waiting-late").len() == 1).then_some(()));
    raw.chunk(b"first").chunk(b"second").write(b"0\r\nx-checksum: 17\r\n\r\n");
    let echo = raw.read().expect(200).json();
    assert_eq!(echo["body"]["sha256"], xtask::demo::sha256("firstsecond"));
    assert_eq!(echo["trailers"]["x-checksum"], "17");
    expect_quiet(&site);
}

/// A route that may retry keeps the body too, in the buffer that Envoy holds it in while the filter waits.
#[test]
fn half_a_body_that_the_gate_made_wait_reaches_the_service_once() {
    let site = Site::start_slow(|_| {});
    let team = Team::new(&site, "waiting-half");
    team.provision("ada");
    for last in [&b"0\r\nx-checksum: 17\r\n\r\n"[..], b"0\r\n\r\n", b"5\r\nthird\r\n0\r\n\r\n"] {
        let mut raw = site.raw();
        begin(&mut raw, &team.page("form"), &team.signed_in("ada")).chunk(b"first");
        eventually("the timer runs", || (site.log_count("timer") > 0).then_some(()));
        eventually("the timer is off", || {
            stays_the_same(Duration::from_millis(100), || site.log_count("timer")).then_some(())
        });
        raw.chunk(b"second").write(last);
        let echo = raw.read().expect(200).json();
        let body = if last.starts_with(b"5") { "firstsecondthird" } else { "firstsecond" };
        assert_eq!(echo["body"]["sha256"], xtask::demo::sha256(body));
    }
    expect_quiet(&site);
}

#[test]
fn nothing_is_passed_on_while_the_gate_waits_nor_when_it_refuses() {
    let site = Site::start_slow(|_| {});
    let team = Team::new(&site, "waiting-refused");
    team.provision("ada");
    let (page, eve) = (team.page("form"), team.signed_in("eve"));
    let body = "0123456789".repeat(30_000);
    for connect in [Site::http1, Site::http2] {
        send_whole(&mut connect(&site), post(&page, &eve), &body).expect_problem(403);
        for trailers in [false, true] {
            let mut client = connect(&site);
            send_chunked(&mut client, post(&page, &eve), &body, trailers).expect_problem(403);
        }
    }
    let mut raw = site.raw();
    begin(&mut raw, &page, &eve).chunk(b"first").chunk(b"").read().expect_problem(403);
    assert!(site.seen("waiting-refused").is_empty());
    expect_quiet(&site);
}

/// Envoy can hold no more of it, and has no way to let the client wait.
#[test]
fn an_upload_that_is_too_large_to_be_held_while_the_gate_waits_is_413() {
    let site = Site::start_slow(|_| {});
    let team = Team::new(&site, "waiting-large");
    team.provision("ada");
    let (page, ada) = (team.page("form"), team.signed_in("ada"));
    let mut raw = site.raw();
    let body = "0123456789".repeat(500_000);
    let chunk = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    begin(&mut raw, &page, &ada).write_on(chunk.into_bytes());
    raw.read().expect_problem(413);
    assert!(site.seen("waiting-large").is_empty());
    expect_quiet(&site);
}

#[test]
fn a_scim_write_that_waits_is_answered() {
    let site = Site::start_slow(|_| {});
    let team = Team::new(&site, "waiting-scim");
    let (users, bearer) = (team.path("/Users"), team.connection.bearer());
    for (number, connect) in [Site::http1, Site::http2].into_iter().enumerate() {
        let body = team.user(&format!("whole{number}")).to_string();
        send_whole(&mut connect(&site), post(&users, &bearer), &body).expect(201);
        send_whole(&mut connect(&site), post(&users, &bearer), &body).expect_scim_error(409);
        for trailers in [false, true] {
            let body = team.user(&format!("chunked{number}{trailers}")).to_string();
            send_chunked(&mut connect(&site), post(&users, &bearer), &body, trailers).expect(201);
        }
        send_whole(&mut connect(&site), post(&users, "Bearer wrong"), &body).expect_scim_error(401);
        let body = " ".repeat(1024 * 1024 + 1);
        let mut client = connect(&site);
        assert_eq!(send_chunked_to_end(&mut client, post(&users, &bearer), &body), 413);
    }
    assert_eq!(team.list().json()["totalResults"], 6);
    assert!(site.seen("waiting-scim").is_empty());
    expect_quiet(&site);
}

/// The status of the answer, or 413 where the other side hung up on a body that is too long for it.
fn send_chunked_to_end(client: &mut Client, head: Request<()>, body: &str) -> u16 {
    let chunks = vec![body.to_owned().into()];
    client.send_chunked(head, chunks, None).map_or(413, |answer| answer.status().as_u16())
}

#[test]
fn what_a_client_that_hangs_up_has_sent_whole_is_done_all_the_same() {
    let site = Site::start_slow(|_| {});
    let team = Team::new(&site, "waiting-gone");
    let (users, bearer) = (team.path("/Users"), team.connection.bearer());
    for number in 0..20 {
        let mut raw = site.raw();
        let body = team.user(&format!("gone{number}")).to_string();
        begin(&mut raw, &users, &bearer).chunk(body.as_bytes()).chunk(b"");
        eventually("it arrived", || {
            (site.log_count("stream begins") > site.log_count("stream ends")).then_some(())
        });
        raw.hang_up();
    }
    eventually("all are written", || (team.list().json()["totalResults"] == 20).then_some(()));
    expect_quiet(&site);
    site.refuse_crashes();
}

#[test]
fn clients_that_hang_up_at_any_point_leave_nothing_behind() {
    let site = Site::start_slow(|_| {});
    let team = Team::new(&site, "waiting-cut");
    team.provision("ada");
    let ada = team.signed_in("ada");
    let (users, bearer) = (team.path("/Users"), team.connection.bearer());
    for (path, authorization) in [(team.page("form"), ada.as_str()), (users, &bearer)] {
        for parts in 0..4 {
            let mut raw = site.raw();
            begin(&mut raw, &path, authorization);
            for _ in 0..parts {
                raw.chunk(b"part");
            }
            raw.hang_up();
        }
    }
    let mut client = site.http2();
    team.scim_on(&mut client, Method::GET, "/Users", "").expect(200);
    expect_quiet(&site);
    site.refuse_crashes();
}

#[test]
fn many_may_wait_at_once_on_both_workers() {
    let site = Site::start_slow(|_| {});
    let team = Team::new(&site, "waiting-many");
    team.provision("ada");
    let (page, users) = (team.page("form"), team.path("/Users"));
    let (ada, eve, bearer) =
        (team.signed_in("ada"), team.signed_in("eve"), team.connection.bearer());
    let mut clients = site.on_both_workers();
    while clients.len() < 32 {
        clients.push(site.http1());
    }
    std::thread::scope(|scope| {
        for (number, client) in clients.iter_mut().enumerate() {
            let (team, page, users, ada, eve, bearer) = (&team, &page, &users, &ada, &eve, &bearer);
            scope.spawn(move || {
                let body = team.user(&format!("many{number}")).to_string();
                send_whole(client, post(users, bearer), &body).expect(201);
                let echo = send_whole(client, post(page, ada), &body).expect(200).json();
                assert_eq!(echo["body"]["sha256"], xtask::demo::sha256(&body));
                send_whole(client, post(page, eve), &body).expect_problem(403);
            });
        }
    });
    assert_eq!(team.list().json()["totalResults"], 1 + clients.len());
    drop(clients);
    expect_quiet(&site);
    site.refuse_crashes();
}
