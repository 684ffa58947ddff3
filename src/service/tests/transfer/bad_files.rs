//! A file that is not as it should be changes nothing, and is told where.

use super::large::{file, id, owner_line, person_line, team_line};
use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Imports the file, which has to be refused and to leave nothing. Gives what the refusal says.
#[track_caller]
fn refused(place: &Place<Waiting>, file: &[u8]) -> String {
    let before = place.entries();
    let answer = place.import("acme", file);
    assert_eq!(problem(&answer), (400, "invalid_import".to_owned()), "{}", text(&answer.body));
    assert!(place.entries() == before, "it left something behind");
    body(&answer)["detail"].as_str().unwrap().to_owned()
}

fn small() -> Vec<u8> {
    let source = lively().into_place();
    // No more than needed: each byte of it is cut and changed.
    let mut lines = lines(&source.export("acme"));
    let mut events = 0;
    lines.retain(|line| {
        events += usize::from(line["kind"] == "event");
        events < 3
    });
    file_of(&lines)
}

#[test]
fn a_file_cut_off_at_any_byte_is_refused() {
    let (place, file) = (Place::on(Waiting::default()), small());
    for length in 0..file.len() {
        let why = refused(&place, &file[..length]);
        assert!(why.contains("the file ends before its end line"), "{length}: {why}");
    }
    assert_eq!(place.import("acme", &file).status, StatusCode::CREATED);
}

#[test]
fn a_file_with_any_byte_changed_is_refused() {
    let (place, file) = (Place::on(Waiting::default()), small());
    for at in 0..file.len() {
        let mut changed = file.clone();
        changed[at] ^= 1 << (at % 8);
        refused(&place, &changed);
    }
}

#[test]
fn what_follows_the_end_line_is_refused() {
    let (place, file) = (Place::on(Waiting::default()), file(2));
    for more in ["\n", "{}\n", "x"] {
        let longer = [file.as_slice(), more.as_bytes()].concat();
        let why = refused(&place, &longer);
        assert!(why.starts_with("line 6: ") || why.starts_with("line 5: "), "{why}");
    }
}

fn group_line(n: usize, name: &str) -> Value {
    json!({ "kind": "group", "group": { "id": id(3, n), "names": { "display_name": name },
        "attributes": {}, "version": 1, "created": 1, "last_modified": 1 } })
}

fn members_line(group: usize, members: Value) -> Value {
    json!({ "kind": "members", "group": id(3, group), "members": members })
}

fn event_line(n: u64) -> Value {
    json!({ "kind": "event", "event": { "n": n, "at": 1, "actor": { "kind": "platform" },
        "action": "team.create", "subject": {}, "outcome": "done" } })
}

/// A whole team in a few lines: two users, a stranger to SCIM, two groups, and events.
fn team() -> Vec<Value> {
    vec![
        team_line(),
        person_line(1),
        person_line(2),
        owner_line(),
        group_line(1, "One"),
        group_line(2, "Two"),
        members_line(
            1,
            json!([{ "id": id(2, 1), "type": "user", "display": "User Number 1" },
                               { "id": id(3, 2), "type": "group", "display": "Two" }]),
        ),
        members_line(
            2,
            json!([{ "id": id(2, 2), "type": "user", "display": "Z", "given": true },
                               { "id": "nobody" }]),
        ),
        event_line(4),
        event_line(5),
    ]
}

/// Something done to the lines.
type Change = fn(&mut Vec<Value>);

#[test]
fn each_rule_names_the_line_that_breaks_it() {
    let place = Place::on(Waiting::default());
    let cases: &[(Change, &str)] = &[
        (|l| l[0]["format"] = json!(2), "line 1: only format 1 is understood"),
        (|l| l[0]["id"] = json!("other"), "line 1: it is of another team than the path"),
        (|l| l[0]["team"]["name"] = json!(" "), "line 1: the name must have 1 to 200 characters"),
        (
            |l| l[0]["team"]["plan"] = json!("gold"),
            "line 1: team: the field \"plan\" has no place here",
        ),
        (
            |l| l[0]["team"]["importing"] = json!({ "import": "x", "phase": "events", "at": 1 }),
            "line 1: the team was being imported itself",
        ),
        (
            |l| l[0]["team"]["connection"] = json!({ "endpoint": "", "token_sha256": "00".repeat(32), "enabled": 1, "token_created": 1 }),
            "line 1: connection.endpoint is no endpoint",
        ),
        (
            |l| {
                l.remove(0);
            },
            "line 1: the file must begin with the team",
        ),
        (|l| l.insert(1, team_line()), "line 2: it stands in the wrong place"),
        (|l| l.swap(1, 2), "line 3: users must stand in the order of their ids, each once"),
        (|l| l.swap(2, 3), "line 4: SCIM users must come before who is none"),
        (|l| l.swap(4, 5), "line 6: groups must stand in the order of their ids, each once"),
        (|l| l.swap(3, 4), "line 5: it stands in the wrong place"),
        (|l| l.swap(6, 7), "line 8: groups must stand in the order of their ids, each once"),
        (|l| l.swap(7, 8), "line 9: it stands in the wrong place"),
        (|l| l[1]["kind"] = json!("people"), "line 2: its \"kind\" is not known"),
        (|l| l[1]["shoe_size"] = json!(44), "line 2: the field \"shoe_size\" has no place here"),
        (|l| l[1]["account"]["id"] = json!("7"), "line 2: account.id is no id"),
        (
            |l| l[1]["account"]["email"] = json!("ada"),
            "line 2: account.email: is not of the form name@domain",
        ),
        (|l| l[1]["user"]["account"] = json!(id(1, 9)), "line 2: the user is another account's"),
        (|l| l[1]["user"]["active"] = json!(false), "line 2: a user is active exactly while"),
        (
            |l| l[1]["user"]["names"]["user_name"] = json!("x".repeat(257)),
            "line 2: user_name can have",
        ),
        (|l| l[1]["deprovisioned"] = json!(4), "line 2: who was deprovisioned is no member"),
        (
            |l| {
                l[3].as_object_mut().unwrap().remove("membership");
            },
            "line 4: the team has nothing to do with this person",
        ),
        (|l| l[3]["membership"]["role"] = json!("admin"), "line 11: the team has no owner"),
        (
            |l| l[2]["account"]["email"] = json!("USER-0000001@example.com"),
            "line 3: the account.email is that of line 2 too",
        ),
        (
            |l| l[2]["user"]["names"]["user_name"] = json!("USER-0000001@example.com"),
            "line 3: the userName is that of line 2 too",
        ),
        (
            |l| l[2]["user"]["names"]["external_id"] = json!("ext-0000001"),
            "line 3: the externalId is that of line 2 too",
        ),
        (
            |l| {
                l[2]["account"]["id"] = json!(id(1, 1));
                l[2]["user"]["account"] = json!(id(1, 1));
            },
            "line 3: the account.id is that of line 2 too",
        ),
        (|l| l[5] = group_line(2, "oNE"), "line 6: the displayName is that of line 5 too"),
        (
            |l| {
                for at in [4, 5] {
                    l[at]["group"]["names"]["external_id"] = json!("g");
                }
            },
            "line 6: the externalId of a group is that of line 5 too",
        ),
        (|l| l[6]["group"] = json!(id(3, 0)), "line 7: there is no such group"),
        (|l| l[6]["members"][0]["type"] = json!("group"), "line 7: a member's type is not that"),
        (|l| l[6]["members"][0]["display"] = json!("Else"), "line 7: a member's display is not"),
        (|l| l[6]["members"][0]["id"] = json!(id(2, 7)), "line 7: a member's type is not that"),
        (|l| l[6]["members"][1]["id"] = json!(id(3, 1)), "line 7: a group cannot be in itself"),
        (
            |l| {
                l[7] =
                    members_line(2, json!([{ "id": id(3, 1), "type": "group", "display": "One" }]));
            },
            "line 8: groups would contain each other",
        ),
        (|l| l[7]["members"] = json!([]), "line 8: a line can have 1 to 50 members"),
        (|l| l[9]["event"]["n"] = json!(6), "line 10: events must be numbered without gaps"),
        (
            |l| l[1]["user"]["attributes"]["title"] = json!("x".repeat(66_000)),
            "line 2: a record can have 64 KiB at the most",
        ),
        (
            |l| l[1]["user"]["attributes"]["title"] = json!("x".repeat(300_000)),
            "line 2: a line can have 256 KiB at the most",
        ),
    ];
    assert_eq!(place.import("acme", &file_of(&team())).status, StatusCode::CREATED);
    let place = Place::on(Waiting::default());
    for (change, expected) in cases {
        let mut lines = team();
        change(&mut lines);
        let why = refused(&place, &file_of(&lines));
        assert!(why.contains(expected), "{why:?} instead of {expected:?}");
    }
}

#[test]
fn lines_that_are_no_json_or_say_a_field_twice_are_refused() {
    let place = Place::on(Waiting::default());
    for line in ["", "[]", "{", "{\"kind\":\"team\",\"kind\":\"team\"}", "\u{feff}{}", "null"] {
        let why = refused(&place, format!("{line}\n").as_bytes());
        assert!(why.starts_with("line 1: "), "{why}");
    }
    refused(&place, b"\xff\xfe\n");
}
