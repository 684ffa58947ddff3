//! What reads text: filters, paths, JSON and PATCH bodies.

use scim_edge::host::Timestamp;
use scim_edge::scim::filter::MAX_LENGTH;
use scim_edge::scim::{
    AttributePath, Filter, Meta, Narrowed, Patch, Resource, ResourceType, schema,
};
use serde_json::{Map, Value, json};

/// A filter is refused, or it means the same once it is written out, and once it is narrowed to a type.
pub fn filter(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(filter) = text.parse::<Filter>() else { return };
    let written = filter.to_string();
    if written.len() <= MAX_LENGTH {
        assert_eq!(written.parse::<Filter>().as_ref(), Ok(&filter), "{written}");
    }
    let negated = Filter::Not(Box::new(filter.clone()));
    for (kind, resource) in resources() {
        let complete = resource.complete(&meta(kind));
        let matches = |filter: &Filter| filter.matches(kind, &complete);
        assert_ne!(matches(&filter), matches(&negated), "{written}");
        let narrowed = filter.narrow(kind);
        if filter.check(kind).is_ok() {
            let holds = match &narrowed {
                Narrowed::Never => false,
                Narrowed::Always => true,
                Narrowed::If(filter) => matches(filter),
            };
            assert_eq!(holds, matches(&filter), "{written}");
        }
    }
    let _ = (filter.check_any(&[schema::user(), schema::group()]), filter.lookup());
}

/// A path is refused, or it names the same once it is written out.
pub fn path(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(path) = text.parse::<AttributePath>() else { return };
    let written = path.to_string();
    if written.len() <= MAX_LENGTH {
        assert_eq!(written.parse::<AttributePath>().as_ref(), Ok(&path), "{written}");
    }
    let _ = (path.resolve(schema::user()), path.resolve(schema::group()));
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
    for (kind, before) in resources() {
        let patch = match patch.clone().split_members() {
            Ok((patch, _)) if kind == schema::group() => patch,
            Err(_) if kind == schema::group() => continue,
            _ => patch.clone(),
        };
        let mut after = before.clone();
        if patch.apply(kind, &mut after).is_err() {
            assert_eq!(before, after, "refused, and changed something");
            continue;
        }
        let _ = after.email();
        assert_can_be_put_back(kind, &after);
    }
}

/// Reading what was kept gives the same again.
fn assert_can_be_put_back(kind: &ResourceType, kept: &Resource) {
    let text = Value::Object(kept.attributes().clone()).to_string();
    let body = scim_edge::json::parse_object(text.as_bytes()).expect("can be read");
    assert_eq!(Resource::from_json(kind, body).as_ref(), Ok(kept), "{text}");
}

fn meta(resource_type: &'static ResourceType) -> Meta {
    Meta {
        id: "01980a00-0000-7000-8000-00000000000a".to_owned(),
        resource_type,
        created: Timestamp(0),
        last_modified: Timestamp(0),
        location: "https://edge.example/x".to_owned(),
        version: "1".to_owned(),
    }
}

/// A user and a group.
fn resources() -> [(&'static ResourceType, Resource); 2] {
    [(schema::user(), user()), (schema::group(), group())]
}

fn group() -> Resource {
    let body = json!({
        "displayName": "Engines",
        "externalId": "ext-engines",
        "members": [{ "value": "7", "type": "User" }],
        "color": "red",
        "urn:example:badge:1.0:Group": { "color": "red", "old": [1] },
    });
    let body: Map<String, Value> = body.as_object().cloned().unwrap_or_default();
    let mut group = Resource::from_json(schema::group(), body).expect("a group");
    group.take_members().expect("members");
    group
}

fn user() -> Resource {
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
