//! Users and the groups they are in: RFC 7643 §4.1.

use serde_json::json;

use crate::team::{ENTERPRISE, USER, text};

requirements! {
    [(MUST "RFC7643-4.1.1-L1035" "every User has a userName that is not empty")]
    fn a_user_has_a_user_name(team) {
        for body in [json!({ "displayName": "Ada" }), json!({ "userName": "" }), json!({ "userName": " " })] {
            team.tell("POST /Users", &body).refused(400, "invalidValue");
        }
        let path = format!("/Users/{}", team.person("ada"));
        team.tell(&format!("PUT {path}"), &json!({ "displayName": "Ada" })).refused(400, "invalidValue");
    }

    [
        (SHALL "RFC7643-4.1.1-L1186" "a password is not returned, in clear or hashed"),
        (MUST "RFC7643-4.1.1-L1222" "a password is in no answer of any form"),
        (SHALL "RFC7643-7-L1769" "what is write-only is not returned"),
        (MUST "EXTRA-MUT-WRITEONLY" "what is write-only is taken and never returned"),
        (MUST "EXTRA-RET-NEVER" "what is never returned is in no answer, whoever asks for it"),
    ]
    fn a_password_is_taken_and_never_shown(team) {
        let ada = json!({ "schemas": [USER], "userName": "ada@example.com", "password": "t1meMa$heen" });
        let made = team.tell("POST /Users", &ada);
        let path = format!("/Users/{}", made.is(201).id());
        let said = [
            made.body.to_string(),
            team.read(&path).to_string(),
            team.read(&format!("{path}?attributes=password")).to_string(),
            team.read("/Users?attributes=password,userName").to_string(),
            team.tell(&format!("PUT {path}"), &ada).is(200).body.to_string(),
            team.patch(&path, json!([{ "op": "replace", "value": { "password": "t1meMa$heen" } }]))
                .is(200)
                .body
                .to_string(),
            team.search("/Users", "password eq \"t1meMa$heen\"").body["Resources"].to_string(),
        ];
        for body in said {
            assert!(!body.contains("t1meMa$heen") && !body.contains("\"password\""), "{body}");
        }
    }

    [
        (MUST "RFC7643-4.1.2-L1351" "the value in a user's groups is the group's id"),
        (MUST "RFC7643-4.1.2-L1354" "membership is changed through the Group, not the User"),
    ]
    fn a_users_groups_are_read_only_and_name_groups(team) {
        let ada = team.person("ada");
        let path = format!("/Users/{ada}");
        let group = team.group("Analysts", &[&ada]);
        let groups = team.read(&path)["groups"].clone();
        assert_eq!(groups[0]["value"], group);
        assert_eq!(groups[0]["display"], "Analysts");
        assert_eq!(groups[0]["type"], "direct");
        assert_eq!(groups[0]["$ref"], format!("{}/Groups/{group}", team.url()));

        let put = json!({ "userName": "ada@example.com", "groups": [] });
        assert_eq!(team.tell(&format!("PUT {path}"), &put).is(200).body["groups"][0]["value"], group);
        let leave = json!([{ "op": "remove", "path": "groups" }]);
        team.patch(&path, leave).refused(400, "mutability");
        assert_eq!(team.members(&group), [ada.as_str()]);
        team.patch(&format!("/Groups/{group}"), json!([{ "op": "remove", "path": "members" }])).is(200);
        assert_eq!(team.read(&path).get("groups"), None);
    }

    [
        (SHALL "RFC7643-3.3-L981" "attributes of an extension stand in an object under its URN"),
        (MUST "EXTRA-EXT-CONTAINER" "attributes of an extension stand under its URN"),
        (MUST "EXTRA-EXT-ROUNDTRIP" "attributes of an extension are read as they were written"),
        (MUST "EXTRA-EXT-SCHEMAS" "the URN of an extension that is there is in schemas"),
    ]
    fn an_extension_stands_under_its_urn(team) {
        let engineer = json!({ "employeeNumber": "701984", "department": "Tours", "manager": { "value": "26118915" } });
        let badge = json!({ "colour": "blue", "floors": [1, 2] });
        let body = json!({
            "schemas": [USER, ENTERPRISE, "urn:example:badge:1.0:User"],
            "userName": "ada@example.com",
            (ENTERPRISE): engineer,
            "urn:example:badge:1.0:User": badge,
        });
        let made = team.tell("POST /Users", &body);
        let shown = team.read(&format!("/Users/{}", made.is(201).id()));
        assert_eq!(shown[ENTERPRISE], engineer);
        assert_eq!(shown["urn:example:badge:1.0:User"], badge);
        let mut urns = [text(&shown["schemas"][0]), text(&shown["schemas"][1]), text(&shown["schemas"][2])];
        urns[1..].sort_unstable();
        assert_eq!(urns, [USER, "urn:example:badge:1.0:User", ENTERPRISE]);
        assert_eq!(shown.get("department"), None);
    }
}
