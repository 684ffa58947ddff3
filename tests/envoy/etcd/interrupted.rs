//! Clients that hang up, filters that crash and configurations that change while etcd is being asked.

use std::time::Duration;

use http::Method;
use xtask::envoy::Place;
use xtask::etcd::{Flow, Relay};

use super::{start, start_etcd, start_product};
use crate::answer::Answer;
use crate::patience::{eventually, stays_the_same, wait};
use crate::raw::Raw;
use crate::site::{Site, slow_store};
use crate::team::Team;

/// Sends a whole request that creates this user.
fn begin_to_create(team: &Team<'_>, name: &str) -> Raw {
    let body = team.user(name).to_string();
    let mut raw = team.site.raw();
    raw.head(&[
        format!("POST {} HTTP/1.1", team.path("/Users")).as_bytes(),
        b"host: x",
        format!("authorization: {}", team.connection.bearer()).as_bytes(),
        b"content-type: application/scim+json",
        format!("content-length: {}", body.len()).as_bytes(),
    ]);
    raw.write(body.as_bytes());
    raw
}

/// How many calls Envoy has made to etcd.
fn calls(site: &Site) -> u64 {
    site.stat(|name| name == "cluster.etcd.upstream_rq_total")
}

#[test]
fn what_a_client_that_hangs_up_has_sent_whole_is_done_by_the_root() {
    let etcd = start_etcd();
    let site = start(&etcd);
    let team = Team::new(&site, "etcd-gone");
    team.list().expect(200);
    etcd.pause();
    let before = calls(&site);
    let raw = begin_to_create(&team, "ada");
    eventually("etcd is asked", || (calls(&site) > before).then_some(()));
    raw.hang_up();
    eventually("Envoy knows that the client is gone", || {
        (site.stat(|name| name == "http.edge.downstream_rq_active") == 0).then_some(())
    });
    etcd.resume();
    eventually("it is done", || (team.list().json()["totalResults"] == 1).then_some(()));
    team.visit("ada").expect(200);
}

/// Each step of a create takes some milliseconds here, and each client hangs up in another one.
#[test]
fn a_create_whose_client_hangs_up_anywhere_is_done_whole_or_not_at_all() {
    let etcd = start_etcd();
    let relay = Relay::start(etcd.address()).unwrap();
    let site = Site::start_on(&start_product(), relay.address(), |_| {});
    let team = Team::new(&site, "etcd-cut");
    relay.set_both(Flow::Late(Duration::from_millis(4)));
    let names: Vec<String> = (0..24).map(|number| format!("cut{number}")).collect();
    for (number, name) in (0..).zip(&names) {
        let raw = begin_to_create(&team, name);
        wait(Duration::from_millis(2 * number));
        raw.hang_up();
    }
    relay.set_both(Flow::Free);
    let known = || team.list().json()["totalResults"].clone();
    eventually("all are over", || stays_the_same(Duration::from_millis(300), known).then_some(()));
    let mut done = 0;
    for name in &names {
        let visit = team.visit(name);
        let create = team.create(name);
        match visit.status {
            200 => drop(create.expect_scim_error(409)),
            _ => drop(create.expect(201)),
        }
        done += u32::from(visit.status == 200);
    }
    assert!(done > 0, "every client was too early");
    assert_eq!(team.list().json()["totalResults"], names.len());
}

/// An answer of etcd that breaks off, at any of its first bytes.
#[test]
fn an_answer_that_breaks_off_is_asked_for_again() {
    let etcd = start_etcd();
    let relay = Relay::start(etcd.address()).unwrap();
    let site = Site::start_on(&start_product(), relay.address(), |_| {});
    let team = Team::new(&site, "etcd-broken");
    for bytes in 0..24 {
        let name = format!("broken{bytes}");
        relay.cut_in_answer(8 * bytes);
        let created = team.create(&name);
        match created.status {
            201 => {}
            409 => panic!("it was done, and the client was told that somebody else did it"),
            _ => drop(created.expect_scim_error(503)),
        }
        eventually("etcd is found again", || (team.list().status == 200).then_some(()));
        // What was answered with 503 may have been done.
        let again = team.create(&name);
        assert!(matches!((created.status, again.status), (201 | 503, 409) | (503, 201)));
        team.visit(&name).expect(200);
    }
    assert_eq!(team.list().json()["totalResults"], 24);
}

#[test]
fn after_a_crash_the_filter_finds_etcd_and_hears_of_changes_again() {
    let etcd = start_etcd();
    let product = start_product();
    let site = Site::start_on(&product, etcd.address(), |plan| {
        plan.config.set(Place::Module, slow_store().to_string_lossy()).unwrap();
    });
    let site = site.that_may_crash();
    let team = Team::new(&site, "etcd-crash");
    let id = team.provision("ada");
    let ada = team.signed_in("ada");
    let mut clients = site.on_both_workers();
    for client in &mut clients {
        let crash = client.get(&team.path("/Users"), &[("x-test-crash", "1")]).unwrap();
        Answer::from(crash).expect_scim_error(503);
    }
    assert!(site.log_count("Uncaught") > 0, "it did not crash");
    for client in &mut clients {
        eventually("the filter is back", || {
            let page = client.get(&team.page("page"), &[("authorization", &ada)]).unwrap();
            (page.status() == 200).then_some(())
        });
    }
    team.set_active(&id, false);
    for client in &mut clients {
        let page = client.get(&team.page("page"), &[("authorization", &ada)]).unwrap();
        assert_eq!(page.status(), 403);
    }
    team.scim(Method::DELETE, &format!("/Users/{id}"), "").expect(204);
}
