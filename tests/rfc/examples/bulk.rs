//! Bulk: RFC 7644 §3.7.2 to §3.7.4.

use serde_json::{Value, json};

use super::examples;
use crate::team::{Answer, ENTERPRISE, GROUP, Team, USER};

fn bulk(team: &Team, fail_on_errors: u64, operations: Value) -> Answer {
    let schema = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
    let body =
        json!({ "schemas": [schema], "failOnErrors": fail_on_errors, "Operations": operations });
    team.tell("POST /Bulk", &body)
}

fn create(bulk_id: &str, name: &str) -> Value {
    let data = json!({ "schemas": [USER], "userName": format!("{name}@example.com") });
    json!({ "method": "POST", "path": "/Users", "bulkId": bulk_id, "data": data })
}

examples! {
    "RFC 7644 §3.7.2: a group with a new user"
    fn a_user_is_made_and_put_into_a_new_group(team) {
        let group = json!({
            "schemas": [GROUP], "displayName": "Tour Guides",
            "members": [{ "type": "User", "value": "bulkId:qwerty" }],
        });
        let answer = bulk(team, 1, json!([
            create("qwerty", "ada"),
            { "method": "POST", "path": "/Groups", "bulkId": "ytrewq", "data": group },
        ]));
        let done = &answer.is(200).body["Operations"];
        for (at, bulk_id) in ["qwerty", "ytrewq"].iter().enumerate() {
            assert_eq!((&done[at]["bulkId"], &done[at]["status"]), (&json!(bulk_id), &json!("201")));
        }
        let made = |at: usize| done[at]["location"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        assert_eq!(team.members(&made(1)), [made(0)]);
    }

    "RFC 7644 §3.7.2: a manager who is new, too"
    fn a_user_is_made_with_a_new_manager(team) {
        let mut ada = create("ytrewq", "ada");
        ada["data"][ENTERPRISE] = json!({ "employeeNumber": "11250", "manager": { "value": "bulkId:qwerty" } });
        let answer = bulk(team, 1, json!([create("qwerty", "grace"), ada]));
        let done = &answer.is(200).body["Operations"];
        let path = |at: usize| done[at]["location"].as_str().unwrap().strip_prefix(&team.url()).unwrap().to_owned();
        let grace = team.read(&path(0))["id"].clone();
        assert_eq!(team.read(&path(1))[ENTERPRISE]["manager"]["value"], grace);
    }

    "RFC 7644 §3.7.3: four methods"
    fn four_methods_in_one_bulk(team) {
        let (ada, grace, alan) = (team.person("ada"), team.person("grace"), team.person("alan"));
        let version = team.read(&format!("/Users/{grace}"))["meta"]["version"].clone();
        let answer = bulk(team, 1, json!([
            create("qwerty", "joan"),
            { "method": "PUT", "path": format!("/Users/{ada}"), "data": { "schemas": [USER], "userName": "king@example.com" } },
            { "method": "PATCH", "path": format!("/Users/{grace}"), "version": version, "data": { "Operations": [
                { "op": "remove", "path": "nickName" },
                { "op": "add", "path": "nickName", "value": "Amazing Grace" },
            ] } },
            { "method": "DELETE", "path": format!("/Users/{alan}") },
        ]));
        let done = answer.is(200).body["Operations"].as_array().unwrap().clone();
        let told: Vec<(&str, &str)> = done
            .iter()
            .map(|done| (done["method"].as_str().unwrap(), done["status"].as_str().unwrap()))
            .collect();
        assert_eq!(told, [("POST", "201"), ("PUT", "200"), ("PATCH", "200"), ("DELETE", "204")]);
        for (done, id) in done.iter().skip(1).zip([ada, grace, alan]) {
            assert_eq!(done["location"], format!("{}/Users/{id}", team.url()));
        }
        assert_ne!(done[2]["version"], version);
    }

    "RFC 7644 §3.7.3: each with its error"
    fn every_error_stands_beside_its_operation(team) {
        let grace = team.person("grace");
        let missing = "/Users/01970000-0000-7000-8000-000000000000";
        let mut nameless = create("1", "ada");
        nameless["data"] = json!({ "schemas": [USER] });
        let answer = bulk(team, 9, json!([
            nameless,
            { "method": "PUT", "path": missing, "data": { "userName": "x@example.com" } },
            { "method": "PATCH", "path": format!("/Users/{grace}"), "version": "W/\"99\"", "data": { "Operations": [
                { "op": "add", "path": "title", "value": "Admiral" },
            ] } },
            { "method": "DELETE", "path": missing },
        ]));
        let done = answer.is(200).body["Operations"].as_array().unwrap().clone();
        let statuses: Vec<&str> = done.iter().map(|done| done["status"].as_str().unwrap()).collect();
        assert_eq!(statuses, ["400", "404", "412", "404"]);
        for done in &done {
            assert_eq!(done["response"]["status"], done["status"]);
            assert!(done["response"]["detail"].is_string());
        }
        assert_eq!(done[0].get("location"), None);
    }

    "RFC 7644 §3.7.3: as many errors as are allowed"
    fn a_bulk_stops_at_its_last_error(team) {
        team.person("ada");
        let answer = bulk(team, 1, json!([create("1", "ada"), create("2", "grace")]));
        assert_eq!(answer.is(200).body["Operations"].as_array().map(Vec::len), Some(1));
        assert!(team.found("/Users", "userName sw \"grace\"").is_empty());
    }

    "RFC 7644 §3.7.4"
    fn a_bulk_that_is_too_large(team) {
        let operations: Vec<Value> = (0..1_001).map(|n| create(&n.to_string(), &format!("p{n}"))).collect();
        let answer = bulk(team, 1, json!(operations));
        answer.refused(413, "");
        assert!(answer.body["detail"].as_str().unwrap().contains("1000"));
    }
}
