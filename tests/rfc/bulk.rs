//! Bulk: RFC 7644 §3.7.

use scim_edge::http::header::IF_MATCH;
use serde_json::{Value, json};

use crate::team::{Answer, ENTERPRISE, Team};

const REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";

fn bulk(team: &Team, operations: Value) -> Answer {
    team.tell("POST /Bulk", &json!({ "schemas": [REQUEST], "Operations": operations }))
}

fn create(bulk_id: &str, name: &str) -> Value {
    let data = json!({ "userName": format!("{name}@example.com") });
    json!({ "method": "POST", "path": "/Users", "bulkId": bulk_id, "data": data })
}

fn statuses(answer: &Answer) -> Vec<String> {
    let operations = answer.body["Operations"].as_array().expect("operations");
    operations.iter().map(|done| done["status"].as_str().expect("a text").to_owned()).collect()
}

requirements! {
    [
        (MUST "RFC7644-3.7-L2775" "a bulk job that was gone through is answered with 200"),
        (MUST "RFC7644-3.7-L2789" "the bulkId comes back with what was made"),
        (MUST "RFC7644-3.7.3-L3201" "the answer tells of every operation that was done"),
        (MUST "RFC7644-3.7.3-L3206" "status is the HTTP status of the operation"),
    ]
    fn a_bulk_answers_for_every_operation(team) {
        let grace = team.person("grace");
        let alan = team.person("alan");
        let answer = bulk(team, json!([
            create("qwerty", "ada"),
            { "method": "PUT", "path": format!("/Users/{grace}"), "data": { "userName": "hopper@example.com" } },
            { "method": "PATCH", "path": format!("/Users/{grace}"), "data": { "Operations": [
                { "op": "add", "path": "title", "value": "Admiral" },
            ] } },
            { "method": "DELETE", "path": format!("/Users/{alan}") },
        ]));
        assert_eq!(answer.is(200).body["schemas"], json!([RESPONSE]));
        assert_eq!(statuses(&answer), ["201", "200", "200", "204"]);
        let made = &answer.body["Operations"][0];
        assert_eq!((&made["bulkId"], &made["method"]), (&json!("qwerty"), &json!("POST")));
        let location = made["location"].as_str().expect("a location");
        let shown = team.read(location.strip_prefix(&team.url()).expect("our URL"));
        assert_eq!((&shown["userName"], &shown["meta"]["version"]), (&json!("ada@example.com"), &made["version"]));
        assert_eq!(team.read(&format!("/Users/{grace}"))["title"], "Admiral");
        team.ask(&format!("GET /Users/{alan}")).refused(404, "");
    }

    [(MUST "RFC7644-3.7-L2779" "a failure stops no other operation, unless failOnErrors says so")]
    fn failures_stop_nothing_else(team) {
        let operations = json!([create("1", "ada"), create("2", "ada"), create("3", "ADA"), create("4", "grace")]);
        let answer = bulk(team, operations);
        assert_eq!(statuses(&answer), ["201", "409", "409", "201"]);
        assert_eq!(answer.body["Operations"][1]["response"]["scimType"], "uniqueness");
        let operations = json!([create("1", "ada"), create("2", "alan"), create("3", "grace"), create("4", "joan")]);
        let job = json!({ "schemas": [REQUEST], "failOnErrors": 2, "Operations": operations });
        let answer = team.tell("POST /Bulk", &job);
        assert_eq!(statuses(answer.is(200)), ["409", "201", "409"]);
        assert!(team.found("/Users", "userName sw \"joan\"").is_empty());
    }

    [(MUST "RFC7644-3.7.1-L2814" "circular references are resolved, or refused with 409")]
    fn circular_references_are_refused_before_anything_is_done(team) {
        let before = team.contents();
        let group = |bulk_id: &str, other: &str| json!({
            "method": "POST", "path": "/Groups", "bulkId": bulk_id,
            "data": { "displayName": bulk_id, "members": [{ "type": "Group", "value": format!("bulkId:{other}") }] },
        });
        let answer = bulk(team, json!([group("a", "b"), group("b", "a")]));
        assert_eq!(answer.status, 409, "{}", answer.body);
        assert_eq!(team.contents(), before);

        let mut boss = create("boss", "boss");
        let mut ada = create("ada", "ada");
        ada["data"][ENTERPRISE] = json!({ "manager": { "value": "bulkId:boss" } });
        boss["data"]["title"] = "Boss".into();
        let answer = bulk(team, json!([ada, boss]));
        assert_eq!(statuses(answer.is(200)), ["201", "201"]);
        assert_eq!(team.found("/Users", "manager pr"), ["ada"]);
    }

    [
        (MUST "RFC7644-3.7.4-L3495" "the most operations and bytes of a bulk are told"),
        (MUST "RFC7644-3.7.4-L3499" "more of them is refused with 413"),
    ]
    fn what_is_over_the_limits_is_refused(team) {
        let told = team.read("/ServiceProviderConfig")["bulk"].clone();
        let most = told["maxOperations"].as_u64().expect("a number");
        let bytes = told["maxPayloadSize"].as_u64().expect("a number");
        let before = team.contents();
        let operations: Vec<Value> = (0..=most).map(|n| create(&n.to_string(), &format!("p{n}"))).collect();
        bulk(team, json!(operations)).refused(413, "");
        let mut large = create("1", "ada");
        large["data"]["title"] = "x".repeat(usize::try_from(bytes).unwrap()).into();
        bulk(team, json!([large])).refused(413, "");
        assert_eq!(team.contents(), before);
        let fields = [(IF_MATCH, "W/\"1\"")];
        team.send("POST /Bulk", &fields, Some(&json!({ "Operations": [create("1", "ada")] }))).is(200);
    }
}
