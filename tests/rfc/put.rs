//! PUT: RFC 7644 §3.2, §3.5, §3.5.1.

use serde_json::json;

use crate::team::NOBODY;

requirements! {
    [
        (MUST "RFC7644-3.2-L490" "a PUT makes no resource"),
        (MUST "RFC7644-3.5.1-L1637" "a PUT on what is not there makes nothing"),
    ]
    fn a_put_makes_nothing(team) {
        let before = team.contents();
        let ada = json!({ "userName": "ada@example.com", "displayName": "Ada" });
        team.tell(&format!("PUT /Users/{NOBODY}"), &ada).refused(404, "");
        team.tell("PUT /Users/ada", &ada).refused(404, "");
        team.tell(&format!("PUT /Groups/{NOBODY}"), &ada).refused(404, "");
        team.tell("PUT /Users", &ada).refused(405, "");
        assert_eq!(team.contents(), before);
    }

    [
        (MUST "RFC7644-3.5-L1607" "PUT is there"),
        (SHALL "RFC7644-3.5.1-L1644" "what a PUT holds takes the place of what was there"),
    ]
    fn a_put_replaces_all_that_can_be_written(team) {
        let id = team.person_with("ada", json!({ "title": "Countess", "nickName": "Ada" }));
        let body = json!({ "userName": "king@example.com", "title": "Analyst" });
        let shown = team.tell(&format!("PUT /Users/{id}"), &body).is(200).body.clone();
        assert_eq!((&shown["userName"], &shown["title"]), (&body["userName"], &body["title"]));
        for gone in ["nickName", "emails", "name", "externalId"] {
            assert_eq!(shown.get(gone), None, "{gone}");
        }
        let group = team.group("Analysts", &[&id]);
        let body = json!({ "displayName": "Engineers" });
        let shown = team.tell(&format!("PUT /Groups/{group}"), &body).is(200).body.clone();
        assert_eq!((&shown["displayName"], shown.get("members")), (&json!("Engineers"), None));
    }

    [(MUST "RFC7644-3.5.1-L1660" "an immutable value in a PUT is the one that is there, or 400 mutability")]
    fn a_member_is_who_its_id_says(team) {
        let ada = team.person("ada");
        let path = format!("/Groups/{}", team.group("Analysts", &[&ada]));
        let same = json!({ "displayName": "Analysts", "members": [{ "value": ada, "type": "User" }] });
        team.tell(&format!("PUT {path}"), &same).is(200);
        let before = team.read(&path);
        let other = json!({ "displayName": "Analysts", "members": [{ "value": ada, "type": "Group" }] });
        let answer = team.tell(&format!("PUT {path}"), &other);
        assert_eq!(answer.status, 400);
        assert_eq!(team.read(&path), before);
    }

    [(SHALL "RFC7644-3.5.1-L1665" "read-only values in a PUT are ignored")]
    fn a_put_of_what_was_read_changes_nothing(team) {
        let path = format!("/Users/{}", team.person("ada"));
        let before = team.read(&path);
        assert_eq!(team.tell(&format!("PUT {path}"), &before).is(200).body, before);
    }

    [(MUST "RFC7644-3.5.1-L1667" "what is required is in a PUT")]
    fn a_put_has_what_is_required(team) {
        let ada = team.person("ada");
        team.tell(&format!("PUT /Users/{ada}"), &json!({ "title": "x" })).refused(400, "invalidValue");
        let group = team.group("Analysts", &[]);
        team.tell(&format!("PUT /Groups/{group}"), &json!({ "members": [] })).refused(400, "invalidValue");
    }
}
