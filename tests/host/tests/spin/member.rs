//! What is done to one person, whatever the component runs in.

use std::time::{Duration, Instant};

use http::{Method, Response, StatusCode};
use hyper::body::Bytes;
use serde_json::{Value, json};
use xtask::edge::{Connection, Front};

pub(crate) const OWNER: &str = "owner@example.com";
pub(crate) const MEMBER: &str = "member@example.com";

/// A team `demo` with its SCIM connection.
pub(crate) fn team(front: &Front) -> Connection {
    front.create_team("demo", "Demo", &["example.com"], &[OWNER]).unwrap();
    front.enable_scim("demo", OWNER).unwrap()
}

/// Sends a SCIM request.
pub(crate) fn scim(
    front: &Front,
    connection: &Connection,
    method: Method,
    path: &str,
    body: &Value,
) -> Response<Bytes> {
    let bearer = connection.bearer();
    let headers = [("authorization", &*bearer), ("content-type", "application/scim+json")];
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let path = format!("{}{path}", connection.path());
    front.client().unwrap().send(method, &path, &headers, body).unwrap()
}

/// Creates a user.
pub(crate) fn create(front: &Front, connection: &Connection, name: &str) -> Response<Bytes> {
    let user = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": name, "active": true,
    });
    scim(front, connection, Method::POST, "/Users", &user)
}

/// The id in an answer.
pub(crate) fn id(answer: &Response<Bytes>) -> String {
    let body: Value = serde_json::from_slice(answer.body()).unwrap();
    body["id"].as_str().unwrap_or_else(|| panic!("{body}")).to_owned()
}

/// Sets `active` as most identity providers do.
pub(crate) fn set_active(
    front: &Front,
    connection: &Connection,
    id: &str,
    active: bool,
) -> StatusCode {
    let patch = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "path": "active", "value": active }],
    });
    scim(front, connection, Method::PATCH, &format!("/Users/{id}"), &patch).status()
}

/// What the gate says to a person.
pub(crate) fn gate(front: &Front, email: &str) -> StatusCode {
    let headers = [("authorization", &*front.signed_in(email))];
    front.client().unwrap().get("/t/demo/hello", &headers).unwrap().status()
}

/// How many users of that name there are.
pub(crate) fn count(front: &Front, connection: &Connection, name: &str) -> u64 {
    let path = format!("/Users?filter=userName%20eq%20%22{name}%22");
    let answer = scim(front, connection, Method::GET, &path, &Value::Null);
    assert_eq!(answer.status(), StatusCode::OK, "{answer:?}");
    let body: Value = serde_json::from_slice(answer.body()).unwrap();
    body["totalResults"].as_u64().unwrap()
}

/// Sees that an answer says in time that the store cannot be asked now.
pub(crate) fn refused_in_time(what: &str, send: impl FnOnce() -> Response<Bytes>) {
    let begun = Instant::now();
    let answer = send();
    let time = begun.elapsed();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE, "{what}: {answer:?}");
    assert!(answer.headers().contains_key("retry-after"), "{what}: {answer:?}");
    assert!(time < Duration::from_secs(2), "{what}: {time:?}");
}

/// A member's whole life, from the first create to the last.
pub(crate) fn live(front: &Front, connection: &Connection, name: &str) {
    assert_eq!(gate(front, name), StatusCode::FORBIDDEN);
    let created = create(front, connection, name);
    assert_eq!(created.status(), StatusCode::CREATED, "{created:?}");
    assert_eq!(gate(front, name), StatusCode::OK);
    assert_eq!(create(front, connection, name).status(), StatusCode::CONFLICT);

    let id = id(&created);
    for (active, passes) in [(false, StatusCode::FORBIDDEN), (true, StatusCode::OK)] {
        assert_eq!(set_active(front, connection, &id, active), StatusCode::OK);
        assert_eq!(gate(front, name), passes);
    }
    let path = format!("/Users/{id}");
    let deleted = scim(front, connection, Method::DELETE, &path, &Value::Null);
    assert_eq!(deleted.status(), StatusCode::NO_CONTENT);
    assert_eq!(gate(front, name), StatusCode::FORBIDDEN);
    assert_eq!(create(front, connection, name).status(), StatusCode::CREATED);
    assert_eq!(gate(front, name), StatusCode::OK);
}
