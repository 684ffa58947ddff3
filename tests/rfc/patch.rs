//! PATCH: RFC 7644 §3.5, §3.5.2.

use serde_json::{Value, json};

use crate::team::Team;

/// A user with more than most, and its path.
fn ada(team: &Team) -> String {
    let id = team.person_with("ada", json!({
        "title": "Countess",
        "nickName": "Ada",
        "name": { "givenName": "Ada", "familyName": "King" },
        "phoneNumbers": [{ "value": "1", "type": "work" }, { "value": "2", "type": "home" }],
        "addresses": [{ "type": "work", "locality": "London" }, { "type": "home", "locality": "Ockham" }],
    }));
    format!("/Users/{id}")
}

fn one(op: &str, path: &str, value: impl Into<Value>) -> Value {
    json!([{ "op": op, "path": path, "value": value.into() }])
}

requirements! {
    [
        (SHOULD "RFC7644-3.5-L1609" "PATCH is there for partial changes"),
        (MUST "RFC7644-3.5.2-L1939" "a PATCH that was done is answered with 200 and the resource, or 204"),
    ]
    fn a_patch_is_answered_with_the_resource_or_nothing(team) {
        let path = ada(team);
        let user = team.patch(&path, one("replace", "title", "Analyst"));
        assert_eq!(user.is(200).body, team.read(&path));
        let group = format!("/Groups/{}", team.group("Analysts", &[]));
        let answer = team.patch(&group, one("replace", "displayName", "Engineers"));
        assert_eq!(answer.is(200).body, team.read(&group));
        let many: Vec<String> = (0..101).map(|n| format!("member {n}")).collect();
        let answer = team.patch(&group, one("add", "members", many));
        assert_eq!((answer.status, &answer.body), (204, &Value::Null));
        let shown = team.patch(&format!("{group}?attributes=displayName"), one("replace", "displayName", "Staff"));
        assert_eq!(shown.is(200).body["displayName"], "Staff");
    }

    [(MUST "RFC7644-3.5.2-L1805" "a PATCH names the PatchOp schema")]
    deviates "what is sent to a resource by PATCH can be nothing else, and some clients leave schemas out"
    fn a_patch_need_not_name_its_schema(team) {
        let path = ada(team);
        let body = json!({ "Operations": one("replace", "title", "Analyst") });
        assert_eq!(team.tell(&format!("PATCH {path}"), &body).is(200).body["title"], "Analyst");
    }

    [
        (MUST "RFC7644-3.5.2-L1808" "a PATCH has an Operations array with one operation or more"),
        (MUST "RFC7644-3.5.2-L1810" "an operation has one op, and it is add, remove or replace"),
    ]
    fn a_patch_has_operations(team) {
        let path = ada(team);
        for operations in [json!([]), json!({}), json!(null), json!([{}]), json!([{ "op": "move", "path": "title" }])] {
            team.patch(&path, operations).refused(400, "invalidSyntax");
        }
        team.tell(&format!("PATCH {path}"), &json!({})).refused(400, "invalidSyntax");
    }

    [
        (MUST "RFC7644-3.5.2-L1886" "an operation fits the attribute's mutability and schema"),
        (MUST "RFC7644-3.5.2-L1888" "a client changes nothing that is read-only or immutable"),
    ]
    fn operations_fit_the_attribute(team) {
        let path = ada(team);
        let wrong = [
            (one("replace", "id", "x"), "mutability"),
            (one("replace", "meta.location", "x"), "mutability"),
            (one("add", "groups", json!([{ "value": "x" }])), "mutability"),
            (one("replace", "active", "maybe"), "invalidValue"),
            (one("replace", "title", json!({ "a": 1 })), "invalidValue"),
            (one("replace", "title.part", "x"), "invalidPath"),
            (one("replace", "name[a eq 1]", "x"), "invalidPath"),
        ];
        let before = team.contents();
        for (operations, scim_type) in wrong {
            team.patch(&path, operations).refused(400, scim_type);
        }
        assert_eq!(team.contents(), before);
    }

    [(SHALL "RFC7644-3.5.2-L1927" "who becomes primary takes it from the others")]
    fn a_new_primary_takes_it_from_the_old_one(team) {
        let path = ada(team);
        let new = json!([{ "value": "ada@home.example", "type": "home", "primary": true }]);
        let shown = team.patch(&path, one("add", "emails", new)).is(200).body.clone();
        let primary = |email: &Value| email["primary"] == true;
        let of: Vec<&Value> = shown["emails"].as_array().unwrap().iter().filter(|e| primary(e)).collect();
        assert_eq!(of.len(), 1);
        assert_eq!(of[0]["value"], "ada@home.example");
    }

    [
        (SHALL "RFC7644-3.5.2-L1931" "a PATCH is done as a whole or not at all"),
        (MUST "RFC7644-3.5.2-L1933" "after an error the resource is as before"),
    ]
    fn a_patch_is_all_or_nothing(team) {
        let path = ada(team);
        let group = format!("/Groups/{}", team.group("Analysts", &[]));
        let before = team.contents();
        let operations = json!([
            { "op": "replace", "path": "title", "value": "Analyst" },
            { "op": "replace", "path": "active", "value": false },
            { "op": "replace", "path": "id", "value": "x" },
        ]);
        team.patch(&path, operations).refused(400, "mutability");
        let operations = json!([
            { "op": "add", "path": "members", "value": [{ "value": path.trim_start_matches("/Users/") }] },
            { "op": "remove", "path": "displayName" },
        ]);
        team.patch(&group, operations).refused(400, "mutability");
        assert_eq!(team.contents(), before);
    }

    [(MUST "RFC7644-3.5.2.1-L1972" "an add has a value")]
    fn an_add_has_a_value(team) {
        let path = ada(team);
        team.patch(&path, json!([{ "op": "add", "path": "title" }])).refused(400, "invalidValue");
    }

    [(SHALL "RFC7644-3.5.2.1-L1988" "an add to a complex attribute names the parts in its value")]
    fn an_add_to_a_complex_attribute_adds_its_parts(team) {
        let path = ada(team);
        let shown = team.patch(&path, one("add", "name", json!({ "middleName": "Augusta" })));
        let name = json!({ "givenName": "Ada", "familyName": "King", "middleName": "Augusta" });
        assert_eq!(shown.is(200).body["name"], name);
    }

    [(SHALL "RFC7644-3.5.2.1-L2004" "adding what is there changes no time of change")]
    fn an_add_of_what_is_there_changes_nothing(team) {
        let path = ada(team);
        let before = team.read(&path);
        let same = json!([
            { "op": "add", "path": "title", "value": "Countess" },
            { "op": "add", "path": "phoneNumbers", "value": [{ "value": "1", "type": "work" }] },
        ]);
        assert_eq!(team.patch(&path, same).is(200).body, before);
        let id = path.trim_start_matches("/Users/");
        let group = format!("/Groups/{}", team.group("Analysts", &[id]));
        let before = team.read(&group);
        team.patch(&group, one("add", "members", json!([{ "value": id }]))).is(200);
        assert_eq!(team.read(&group), before);
    }

    [
        (SHALL "RFC7644-3.5.2.2-L2146" "removing an attribute of one value leaves it without"),
        (SHALL "RFC7644-3.5.2.2-L2151" "removing all values of an attribute leaves it without"),
    ]
    fn a_removed_attribute_has_no_value(team) {
        let path = ada(team);
        let operations = json!([
            { "op": "remove", "path": "title" },
            { "op": "remove", "path": "phoneNumbers" },
            { "op": "remove", "path": "addresses[locality pr]" },
            { "op": "remove", "path": "name.familyName" },
        ]);
        let shown = team.patch(&path, operations).is(200).body.clone();
        for gone in ["title", "phoneNumbers", "addresses"] {
            assert_eq!(shown.get(gone), None, "{gone}");
        }
        assert_eq!(shown["name"], json!({ "givenName": "Ada" }));
    }

    [(SHALL "RFC7644-3.5.2.2-L2167" "removing what is required or read-only fails with mutability")]
    fn what_is_required_or_read_only_is_not_removed(team) {
        let path = ada(team);
        for name in ["userName", "id", "meta", "groups"] {
            team.patch(&path, json!([{ "op": "remove", "path": name }])).refused(400, "mutability");
        }
        let group = format!("/Groups/{}", team.group("Analysts", &[]));
        team.patch(&group, json!([{ "op": "remove", "path": "displayName" }])).refused(400, "mutability");
        team.patch(&path, json!([{ "op": "remove" }])).refused(400, "noTarget");
    }

    [(SHALL "RFC7644-3.5.2.3-L2376" "replacing what is not there adds it")]
    fn replacing_what_is_not_there_adds_it(team) {
        let path = ada(team);
        assert_eq!(team.patch(&path, one("replace", "locale", "en-GB")).is(200).body["locale"], "en-GB");
    }

    [(SHALL "RFC7644-3.5.2.3-L2387" "replacing by a filter replaces every value that it finds")]
    fn a_replace_by_filter_replaces_all_it_finds(team) {
        let path = ada(team);
        let shown = team.patch(&path, one("replace", "addresses[locality pr].country", "GB"));
        let addresses = shown.is(200).body["addresses"].as_array().unwrap().clone();
        assert!(addresses.iter().all(|address| address["country"] == "GB"));
        assert_eq!(addresses.len(), 2);
    }

    [(SHALL "RFC7644-3.5.2.3-L2396" "a replace whose filter finds nothing fails with 400 noTarget")]
    deviates "Entra ID has emails[type eq \"work\"].value make the value that is not there yet; filters from which no \
              value can be made fail as the RFC has it"
    fn a_replace_that_finds_nothing_makes_the_value_where_it_can(team) {
        let path = ada(team);
        let shown = team.patch(&path, one("replace", "phoneNumbers[type eq \"fax\"].value", "3"));
        assert_eq!(shown.is(200).body["phoneNumbers"][2], json!({ "type": "fax", "value": "3" }));
        team.patch(&path, one("replace", "phoneNumbers[value co \"99\"].type", "fax")).refused(400, "noTarget");
        team.patch(&path, json!([{ "op": "remove", "path": "phoneNumbers[type eq \"pager\"]" }]))
            .refused(400, "noTarget");
    }
}
