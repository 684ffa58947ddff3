//! What reads text: filters, paths, JSON and PATCH bodies.

use scim_edge::scim::filter::MAX_LENGTH;
use scim_edge::scim::{AttributePath, Filter, Patch, Resource, schema};
use serde_json::{Map, Value, json};

/// A filter is refused, or it means the same once it is written out.
pub fn filter(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(filter) = text.parse::<Filter>() else { return };
    let written = filter.to_string();
    if written.len() <= MAX_LENGTH {
        assert_eq!(written.parse::<Filter>().as_ref(), Ok(&filter), "{written}");
    }
    let resource = resource();
    let negated = Filter::Not(Box::new(filter.clone()));
    let matches = |filter: &Filter| filter.matches(schema::user(), resource.attributes());
    assert_ne!(matches(&filter), matches(&negated), "{written}");
    let _ = (filter.check(schema::user()), filter.lookup());
}

/// A path is refused, or it names the same once it is written out.
pub fn path(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(path) = text.parse::<AttributePath>() else { return };
    let written = path.to_string();
    if written.len() <= MAX_LENGTH {
        assert_eq!(written.parse::<AttributePath>().as_ref(), Ok(&path), "{written}");
    }
    let _ = path.resolve(schema::user());
}

/// What the strict reader takes is what any reader makes of it, and can be written and read again.
pub fn json(bytes: &[u8]) {
    let Ok(object) = scim_edge::json::parse_object(bytes) else { return };
    let lenient: Value = serde_json::from_slice(bytes).expect("it is JSON");
    let object = Value::Object(object);
    assert_eq!(object, lenient);
    let again = scim_edge::json::parse_object(object.to_string().as_bytes());
    assert_eq!(again.map(Value::Object), Ok(object));
}

/// A PATCH is refused, or makes a resource that a client can put back and so change nothing.
pub fn patch_body(bytes: &[u8]) {
    let Ok(body) = scim_edge::json::parse_object(bytes) else { return };
    let Ok(patch) = Patch::parse(body) else { return };
    let before = resource();
    let mut after = before.clone();
    if patch.apply(schema::user(), &mut after).is_err() {
        assert_eq!(before, after, "refused, and changed something");
        return;
    }
    let _ = after.email();
    assert_can_be_put_back(&after);
}

/// Reading what was kept gives the same again.
pub fn assert_can_be_put_back(kept: &Resource) {
    let text = Value::Object(kept.attributes().clone()).to_string();
    let body = scim_edge::json::parse_object(text.as_bytes()).expect("can be read");
    assert_eq!(Resource::from_json(schema::user(), body).as_ref(), Ok(kept), "{text}");
}

fn resource() -> Resource {
    let body = json!({
        "userName": "ada@example.com",
        "externalId": "ext-ada",
        "active": true,
        "title": "Countess",
        "name": { "givenName": "Ada", "Nick": 1 },
        "emails": [
            { "value": "ada@example.com", "type": "work", "primary": true },
            { "value": "ada@home.example", "type": "home" },
        ],
        "roles": [{ "value": "Admin", "display": "Administrator" }],
        "tags": ["a", { "b": 1 }],
        "pet": { "name": "P" },
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
            "department": "R&D", "manager": { "value": "7" }, "floor": 3,
        },
        "urn:example:badge:1.0:User": { "color": "red", "old": [1] },
    });
    let body: Map<String, Value> = body.as_object().cloned().unwrap_or_default();
    Resource::from_json(schema::user(), body).expect("a user")
}
