//! What is wrong is found: a player that lets everything pass would prove nothing.

use http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

use crate::{answer, expectation};

const URL: &str = "https://edge.example/scim/v2/team.x";

fn user() -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": "7", "userName": "ada", "emails": [{ "value": "ada@people.example" }],
        "meta": { "resourceType": "User", "location": format!("{URL}/Users/7"), "version": "W/\"1\"" },
    })
}

fn respond(status: StatusCode, body: &Value) -> Response<Vec<u8>> {
    let response = Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "application/scim+json")
        .header(header::LOCATION, format!("{URL}/Users/7"))
        .header(header::ETAG, "W/\"1\"");
    response.body(body.to_string().into_bytes()).unwrap()
}

/// What is wrong with an answer, if anything.
fn fault(response: &Response<Vec<u8>>) -> Option<String> {
    answer::check(response, URL, &["swordfish".to_owned()]).err()
}

#[test]
fn a_body_that_breaks_a_rule_of_scim_is_found() {
    assert_eq!(fault(&respond(StatusCode::CREATED, &user())), None);
    let cases = [
        ("/schemas", Value::Null, "schemas"),
        ("/schemas", json!([]), "schemas"),
        ("/id", json!("8"), "meta.location"),
        ("/id", json!(""), "id"),
        ("/id", json!("bulkId:7"), "bulkId"),
        ("/meta/location", json!("/Users/7"), "meta.location"),
        ("/meta/resourceType", json!("Person"), "resourceType"),
        ("/meta/version", json!("W/\"2\""), "ETag"),
        ("/userName", json!("swordfish"), "secret"),
        ("/emails/0", json!({ "Password": null }), "password"),
        ("/emails/0", json!({ "name": "password" }), "password"),
    ];
    for (pointer, value, expected) in cases {
        let mut body = user();
        *body.pointer_mut(pointer).unwrap() = value;
        let found = fault(&respond(StatusCode::CREATED, &body));
        assert!(found.as_ref().is_some_and(|fault| fault.contains(expected)), "{body}: {found:?}");
    }
}

#[test]
fn a_head_that_breaks_a_rule_of_scim_is_found() {
    let cases = [
        (header::CONTENT_TYPE, "application/scim+json; charset=utf-8", "media type"),
        (header::CONTENT_TYPE, "application/json", "media type"),
        (header::LOCATION, "/Users/7", "Location"),
        (header::ETAG, "\"1\"", "ETag"),
    ];
    for (name, value, expected) in cases {
        let mut response = respond(StatusCode::CREATED, &user());
        response.headers_mut().insert(&name, HeaderValue::from_static(value));
        let found = fault(&response).unwrap();
        assert!(found.contains(expected), "{name}: {found}");
    }
    assert!(fault(&respond(StatusCode::NO_CONTENT, &user())).is_some());
    let mut empty = respond(StatusCode::OK, &user());
    empty.body_mut().clear();
    assert!(fault(&empty).is_some());
}

#[test]
fn an_error_or_a_list_that_is_none_is_found() {
    let error = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": "404", "detail": "nobody" });
    let list = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": 1, "startIndex": 1, "itemsPerPage": 1, "Resources": [user()] });
    let cases = [
        (StatusCode::NOT_FOUND, &error, "/schemas/0", json!("urn:example")),
        (StatusCode::NOT_FOUND, &error, "/status", json!(404)),
        (StatusCode::NOT_FOUND, &error, "/detail", json!("")),
        (StatusCode::OK, &list, "/totalResults", json!("1")),
        (StatusCode::OK, &list, "/startIndex", json!(1.5)),
        (StatusCode::OK, &list, "/itemsPerPage", json!(2)),
        (StatusCode::OK, &list, "/Resources", Value::Null),
        (StatusCode::OK, &list, "/Resources/0/meta/location", json!(URL)),
    ];
    for (status, body, pointer, value) in cases {
        assert_eq!(fault(&respond(status, body)), None);
        let mut broken = body.clone();
        *broken.pointer_mut(pointer).unwrap() = value;
        assert!(fault(&respond(status, &broken)).is_some(), "{broken}");
    }
    // The error is none of this status, and a 401 says how to do better.
    assert!(fault(&respond(StatusCode::CONFLICT, &error)).is_some());
    let mut unauthorized = error.clone();
    unauthorized["status"] = json!("401");
    assert!(fault(&respond(StatusCode::UNAUTHORIZED, &unauthorized)).is_some());
}

#[test]
fn an_endpoint_that_somebody_does_not_take_is_found() {
    let token = format!("scim_{}", "a".repeat(49));
    assert_eq!(answer::check_endpoint(URL, &token), Ok(()));
    for url in ["https://edge.example/a_b", "https://edge.example/a?b", "https://edge.example/"] {
        assert!(answer::check_endpoint(url, &token).is_err(), "{url}");
    }
    for token in ["a+b/c=", &"a".repeat(201)] {
        assert!(answer::check_endpoint(URL, token).is_err(), "{token}");
    }
}

#[test]
fn a_body_that_was_not_expected_is_found() {
    let matches = |expected: &Value| expectation::matches(expected, &user(), "").is_ok();
    assert!(matches(&json!({ "id": "{{any}}", "emails": [{ "value": "ada@people.example" }] })));
    for other in [
        json!({ "id": "8" }),
        json!({ "id": 7 }),
        json!({ "title": "{{any}}" }),
        json!({ "emails": [] }),
        json!({ "emails": [{ "value": "ada@people.example" }, {}] }),
        json!({ "emails": [{ "value": "grace@people.example" }] }),
        json!([]),
    ] {
        assert!(!matches(&other), "{other}");
    }
}
