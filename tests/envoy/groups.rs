//! A large group: what a change of it costs, and that it lets nobody in.

use std::io::Write as _;
use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use crate::patience::time;
use crate::site::Site;
use crate::team::{PATCH, Team};

const MEMBERS: usize = 10_000;

/// A PATCH that takes somebody into a group or out of it.
fn change(op: &str, id: &str) -> String {
    let operation = json!({ "op": op, "path": "members", "value": [{ "value": id }] });
    json!({ "schemas": [PATCH], "Operations": [operation] }).to_string()
}

#[test]
fn a_member_of_a_large_group_comes_and_goes_as_fast_as_of_a_small_one_and_by_the_gate_alone() {
    let site = Site::shared();
    let team = Team::new(&site, "large-group");
    let (ada, grace) = (team.provision("ada"), team.provision("grace"));
    let group = |name: &str, members: usize| {
        let others = (0..members).map(|n| json!({ "value": format!("other-{n}") }));
        let members: Vec<Value> = others.chain([json!({ "value": ada })]).collect();
        let body = json!({ "displayName": name, "members": members }).to_string();
        let made = team.scim(Method::POST, "/Groups", &body).expect(201).json();
        made["id"].as_str().unwrap().to_owned()
    };
    let (small, large) = (group("Small", 200), group("Large", MEMBERS));

    // Best of several, as the machine may have other things to do.
    let fastest = |group: &str| {
        let path = format!("/Groups/{group}");
        let mut client = site.http1();
        let mut round = |op: &str| {
            let body = change(op, &grace);
            let (answer, took) = time(|| team.scim_on(&mut client, Method::PATCH, &path, &body));
            answer.expect(204);
            took
        };
        (0..20).map(|_| round("add").max(round("remove"))).min().unwrap()
    };
    let (of_small, of_large) = (fastest(&small), fastest(&large));
    let mut report = std::io::stderr().lock();
    writeln!(
        report,
        "a member in or out: {of_small:?} of a group of 201, {of_large:?} of one of {}",
        MEMBERS + 1
    )
    .unwrap();
    assert!(of_large < of_small * 5 + Duration::from_millis(5), "{of_large:?}, {of_small:?}");

    let path = format!("/Groups/{large}");
    let shown = team.scim(Method::GET, &format!("{path}?excludedAttributes=members"), "");
    assert_eq!(shown.expect(200).json().get("members"), None);
    let whole = team.scim(Method::GET, &path, "").expect(200).json();
    assert_eq!(whole["members"].as_array().map(Vec::len), Some(MEMBERS + 1));

    team.visit("ada").expect(200);
    team.set_active(&ada, false);
    team.visit("ada").expect(403);
    let of_ada = team.scim(Method::GET, &format!("/Users/{ada}"), "").expect(200).json();
    assert_eq!(of_ada["groups"].as_array().map(Vec::len), Some(2), "still in both groups");
    site.refuse_crashes();
}
