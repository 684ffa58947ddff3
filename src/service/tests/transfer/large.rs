//! Teams with many users, made up as files.

use super::stores::tree;
use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

const OWNER_ID: &str = "01900000-0000-7000-8000-ffffffffffff";

pub(super) fn id(kind: u8, n: usize) -> String {
    format!("019000{kind:02x}-0000-7000-8000-{n:012x}")
}

/// The first line of a made-up team.
pub(super) fn team_line() -> Value {
    json!({ "kind": "team", "format": 1, "id": "acme", "team": {
        "name": "Acme", "sso": { "type": "oidc" }, "verified_domains": [], "created": 1 } })
}

pub(super) fn owner_line() -> Value {
    json!({ "kind": "person",
        "account": { "id": OWNER_ID, "email": OWNER, "created": 1, "origin": { "kind": "platform" } },
        "membership": { "role": "owner", "since": 1, "via": "platform" } })
}

/// A member who is a SCIM user, of about 1.5 KB.
pub(super) fn person_line(n: usize) -> Value {
    let (account, user, email) = (id(1, n), id(2, n), format!("user-{n:07}@example.com"));
    let names = json!({ "user_name": email, "external_id": format!("ext-{n:07}"), "emails": [email],
        "display_name": format!("User Number {n}") });
    let attributes = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": email,
        "externalId": format!("ext-{n:07}"),
        "displayName": format!("User Number {n}"),
        "emails": [{ "value": email, "type": "work", "primary": true }],
        "title": "Engineer of ".to_owned() + &"x".repeat(600),
    });
    json!({ "kind": "person",
        "account": { "id": account, "email": email, "created": 2,
                     "origin": { "kind": "scim", "team": "acme" } },
        "membership": { "role": "member", "since": 2, "via": "scim" },
        "user": { "id": user, "account": account, "active": true, "names": names,
                  "attributes": attributes, "version": 1, "created": 2, "last_modified": 2 } })
}

/// The whole file of a made-up team.
pub(super) fn file(users: usize) -> Vec<u8> {
    let mut lines = vec![team_line()];
    lines.extend((0..users).map(person_line));
    lines.push(owner_line());
    file_of(&lines)
}

/// A place with a made-up team.
pub(super) fn place(users: usize) -> Place<Waiting> {
    let place = Place::on(Waiting::default());
    let answer = place.import("acme", &file(users));
    assert_eq!(answer.status, StatusCode::CREATED, "{}", text(&answer.body));
    place
}

#[test]
fn batches_are_of_a_size_that_etcd_takes() {
    let source = place(700);
    let mut lines = lines(&source.export("acme"));
    let group = id(3, 1);
    let end = lines.iter().position(|line| line["kind"] == "event").unwrap();
    lines.insert(
        end,
        json!({ "kind": "group", "group": { "id": group,
        "names": { "display_name": "All" }, "attributes": {}, "version": 1, "created": 1,
        "last_modified": 1 } }),
    );
    let member =
        |n: usize| json!({ "id": id(2, n), "type": "user", "display": format!("User Number {n}") });
    for (at, first) in (0..700).step_by(50).enumerate() {
        let members: Vec<Value> = (first..first + 50).map(member).collect();
        let line = json!({ "kind": "members", "group": group, "members": members });
        lines.insert(end + 1 + at, line);
    }
    let file = file_of(&lines);
    let etcd = Place::on(crate::store::etcd::fake::store());
    let moved = etcd.moved(&file);
    assert_eq!(moved, Place::on(Waiting::default()).moved(&file));
    let again = etcd.send(&import("acme", &file, "?replace=true"));
    assert_eq!(again.status, StatusCode::OK, "{}", text(&again.body));
    assert_eq!(etcd.records(), moved);
}

#[test]
fn a_team_of_several_pages_comes_back_as_it_went() {
    let source = place(2_500);
    let file = source.export("acme");
    for stored in [Place::on(tree()).moved(&file), Place::on(Waiting::default()).moved(&file)] {
        assert_eq!(stored, source.records());
    }
}

impl<S: Store> Place<S> {
    fn moved(&self, file: &[u8]) -> Entries {
        assert_eq!(self.import("acme", file).status, StatusCode::CREATED);
        self.assert_sound();
        self.records()
    }
}
