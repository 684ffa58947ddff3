use std::time::Duration;

use http::{Method, StatusCode};
use scim_edge_host::spin::store::{Failure, Fault, Faults, Kind, Memory};
use serde_json::Value;

use crate::member::{MEMBER, count, create, gate, refused_in_time, scim, team};
use crate::site::{Site, product};

fn ask_for_a_team(site: &Site) -> http::Response<hyper::body::Bytes> {
    let platform = site.platform();
    let headers = [("authorization", &*platform)];
    site.client().unwrap().get("/v1/teams/demo", &headers).unwrap()
}

#[test]
fn a_label_that_nothing_is_configured_for_is_503_and_named_in_the_log() {
    let site = Site::of(&product(), |app| app);
    refused_in_time("no such store", || ask_for_a_team(&site));
    assert!(site.log_with("default").contains("store"));
    assert_eq!(gate(&site, MEMBER), StatusCode::SERVICE_UNAVAILABLE);
}

#[test]
fn a_label_that_the_manifest_does_not_grant_is_503_and_named_in_the_log() {
    let site = Site::of(&product(), |app| app.grant_nothing().store("default", Memory::new()));
    refused_in_time("access denied", || ask_for_a_team(&site));
    site.log_with("default");
    assert_eq!(gate(&site, MEMBER), StatusCode::SERVICE_UNAVAILABLE);
}

#[test]
fn a_full_store_refuses_writes_still_reads_and_has_no_half_of_them() {
    let store = Faults::on(Memory::new());
    let site = Site::on(store.clone());
    let connection = team(&site);
    assert_eq!(create(&site, &connection, "first@example.com").status(), StatusCode::CREATED);
    store.plan(|call| call.kind.writes().then(Fault::full));
    refused_in_time("full", || create(&site, &connection, MEMBER));
    site.log_with("full");
    assert_eq!(gate(&site, "first@example.com"), StatusCode::OK);
    assert_eq!(gate(&site, MEMBER), StatusCode::FORBIDDEN);
    assert_eq!(count(&site, &connection, MEMBER), 0);
    store.clear();
    assert_eq!(create(&site, &connection, MEMBER).status(), StatusCode::CREATED);
    assert_eq!(count(&site, &connection, MEMBER), 1);
}

#[test]
fn a_store_that_does_not_answer_is_503_in_time() {
    let store = Faults::on(Memory::new());
    let site = Site::on(store.clone());
    let connection = team(&site);
    store.plan(|_| Some(Fault::Hang));
    refused_in_time("a read hangs", || {
        scim(&site, &connection, Method::GET, "/Users", &Value::Null)
    });
    site.log_with("default");
    store.clear();
    assert_eq!(create(&site, &connection, MEMBER).status(), StatusCode::CREATED);
}

#[test]
fn an_answer_that_is_lost_after_a_swap_is_found_out() {
    let store = Faults::on(Memory::new());
    let site = Site::on(store.clone());
    let connection = team(&site);
    let lost = || Fault::LoseAnswer(Failure::Other("connection reset".to_owned()));
    store.plan(move |call| (call.kind == Kind::Swap).then(lost));
    let answer = create(&site, &connection, MEMBER);
    assert_eq!(answer.status(), StatusCode::CREATED, "{answer:?}");
    assert_eq!(count(&site, &connection, MEMBER), 1);
}

#[test]
fn a_swap_that_times_out_after_it_was_done_is_found_out() {
    let store = Faults::on(Memory::new());
    let site = Site::on(store.clone());
    let connection = team(&site);
    store.plan(|call| {
        (call.kind == Kind::Swap).then_some(Fault::TimeOut(Duration::from_millis(300)))
    });
    let answer = create(&site, &connection, MEMBER);
    assert_eq!(answer.status(), StatusCode::CREATED, "{answer:?}");
    assert_eq!(gate(&site, MEMBER), StatusCode::OK);
}

#[test]
fn a_slow_store_is_waited_for() {
    let store = Faults::on(Memory::new());
    let site = Site::on(store.clone());
    let connection = team(&site);
    store.plan(|_| Some(Fault::Delay(Duration::from_millis(30))));
    assert_eq!(create(&site, &connection, MEMBER).status(), StatusCode::CREATED);
}
