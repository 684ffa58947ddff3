//! PATCH: RFC 7644 §3.5.2.1 to §3.5.2.3.

use serde_json::{Value, json};

use super::examples;
use crate::team::Team;

/// Two people in a group, and one who is not.
fn group(team: &Team) -> (String, [String; 3]) {
    let people = [team.person("ada"), team.person("grace"), team.person("alan")];
    let id = team.group("Tour Guides", &[&people[0], &people[1]]);
    (id, people)
}

fn sorted(ids: &[&String]) -> Vec<String> {
    let mut ids: Vec<String> = ids.iter().map(|id| (*id).clone()).collect();
    ids.sort();
    ids
}

fn ada(team: &Team) -> String {
    let id = team.person_with("ada", json!({
        "emails": [
            { "value": "ada@example.com", "type": "work", "primary": true },
            { "value": "ada@example.org", "type": "work" },
            { "value": "ada@home.example", "type": "home" },
        ],
        "addresses": [
            { "type": "work", "streetAddress": "1 Old Street", "locality": "London", "country": "GB" },
            { "type": "home", "streetAddress": "2 Side Street", "locality": "Ockham" },
        ],
    }));
    format!("/Users/{id}")
}

fn values(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().map(|email| email["value"].as_str().unwrap()).collect()
}

examples! {
    "RFC 7644 §3.5.2.1: members"
    fn a_member_is_added(team) {
        let (id, [ada, grace, alan]) = group(team);
        let value = json!([{ "display": "Alan", "$ref": format!("{}/Users/{alan}", team.url()), "value": alan }]);
        let operations = json!([{ "op": "add", "path": "members", "value": value }]);
        team.patch(&format!("/Groups/{id}"), operations.clone()).is(200);
        team.patch(&format!("/Groups/{id}"), operations).is(200);
        assert_eq!(team.members(&id), sorted(&[&ada, &grace, &alan]));
    }

    "RFC 7644 §3.5.2.1: without path"
    fn attributes_are_added_without_a_path(team) {
        let path = ada(team);
        let value = json!({ "emails": [{ "value": "countess@example.com", "type": "home" }], "nickName": "Ada" });
        let shown = team.patch(&path, json!([{ "op": "add", "value": value }])).is(200).body.clone();
        assert_eq!(shown["nickName"], "Ada");
        let all = ["ada@example.com", "ada@example.org", "ada@home.example", "countess@example.com"];
        assert_eq!(values(&shown["emails"]), all);
    }

    "RFC 7644 §3.5.2.2: one member"
    fn a_member_is_removed(team) {
        let (id, [ada, grace, _]) = group(team);
        let path = format!("members[value eq \"{ada}\"]");
        team.patch(&format!("/Groups/{id}"), json!([{ "op": "remove", "path": path }])).is(200);
        assert_eq!(team.members(&id), [grace]);
    }

    "RFC 7644 §3.5.2.2: all members"
    fn all_members_are_removed(team) {
        let (id, _) = group(team);
        team.patch(&format!("/Groups/{id}"), json!([{ "op": "remove", "path": "members" }])).is(200);
        assert!(team.members(&id).is_empty());
    }

    "RFC 7644 §3.5.2.2: e-mail addresses by filter"
    fn values_are_removed_by_a_filter(team) {
        let path = ada(team);
        let target = "emails[type eq \"work\" and value ew \"example.org\"]";
        let shown = team.patch(&path, json!([{ "op": "remove", "path": target }]));
        assert_eq!(values(&shown.is(200).body["emails"]), ["ada@example.com", "ada@home.example"]);
    }

    "RFC 7644 §3.5.2.2: one member out, one in"
    fn a_member_is_exchanged(team) {
        let (id, [ada, grace, alan]) = group(team);
        let operations = json!([
            { "op": "remove", "path": format!("members[value eq \"{ada}\"]") },
            { "op": "add", "path": "members", "value": [{ "value": alan }] },
        ]);
        team.patch(&format!("/Groups/{id}"), operations).is(200);
        assert_eq!(team.members(&id), sorted(&[&grace, &alan]));
    }

    "RFC 7644 §3.5.2.2: all members out, others in"
    fn all_members_are_exchanged(team) {
        let (id, [_, _, alan]) = group(team);
        let operations = json!([
            { "op": "remove", "path": "members" },
            { "op": "add", "path": "members", "value": [{ "value": alan }] },
        ]);
        team.patch(&format!("/Groups/{id}"), operations).is(200);
        assert_eq!(team.members(&id), [alan]);
    }

    "RFC 7644 §3.5.2.3: members"
    fn all_members_are_replaced(team) {
        let (id, [ada, _, alan]) = group(team);
        let value = json!([{ "value": ada }, { "value": alan }]);
        let operations = json!([{ "op": "replace", "path": "members", "value": value }]);
        team.patch(&format!("/Groups/{id}"), operations).is(200);
        assert_eq!(team.members(&id), sorted(&[&ada, &alan]));
    }

    "RFC 7644 §3.5.2.3: an address"
    fn an_address_is_replaced(team) {
        let path = ada(team);
        let value = json!({ "type": "work", "streetAddress": "3 New Road", "locality": "London" });
        let operations = json!([{ "op": "replace", "path": "addresses[type eq \"work\"]", "value": value }]);
        let shown = team.patch(&path, operations).is(200).body.clone();
        assert_eq!(shown["addresses"][0], value);
        assert_eq!(shown["addresses"][1]["locality"], "Ockham");
    }

    "RFC 7644 §3.5.2.3: part of an address"
    fn part_of_an_address_is_replaced(team) {
        let path = ada(team);
        let target = "addresses[type eq \"work\"].streetAddress";
        let operations = json!([{ "op": "replace", "path": target, "value": "3 New Road" }]);
        let work = team.patch(&path, operations).is(200).body["addresses"][0].clone();
        assert_eq!((&work["streetAddress"], &work["country"]), (&json!("3 New Road"), &json!("GB")));
    }

    "RFC 7644 §3.5.2.3: without path"
    fn attributes_are_replaced_without_a_path(team) {
        let path = ada(team);
        let value = json!({
            "emails": [{ "value": "ada@example.com", "type": "work", "primary": true }, { "value": "a@home.example", "type": "home" }],
            "nickName": "Ada",
        });
        let shown = team.patch(&path, json!([{ "op": "replace", "value": value }])).is(200).body.clone();
        assert_eq!((&shown["emails"], &shown["nickName"]), (&value["emails"], &value["nickName"]));
    }
}
