#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use serde_json::{Map, Value, json};

use crate::json::parse_object;
use crate::json::typed::from_value;
use crate::scim::schema::ENTERPRISE_SCHEMA;
use crate::scim::schema::resource_type::made_up;
use crate::scim::{Patch, Resource, ResourceType, ScimError, ScimErrorKind};

/// Under a URN that is known, as only those are read as extensions.
const EXTENSION: &str = ENTERPRISE_SCHEMA;

fn badge() -> ResourceType {
    let schema = json!({
        "id": "urn:example:params:scim:schemas:made:2.0:Badge", "name": "Badge", "description": "A badge",
        "attributes": [
            { "name": "number", "mutability": "immutable" },
            { "name": "colour" },
            { "name": "doors", "multiValued": true, "mutability": "immutable" },
            { "name": "chip", "type": "complex", "subAttributes": [
                { "name": "serial", "mutability": "immutable" }, { "name": "note" },
            ] },
            { "name": "holders", "type": "complex", "multiValued": true, "subAttributes": [
                { "name": "value", "mutability": "immutable" }, { "name": "note" },
            ] },
        ],
    });
    let extension = json!({
        "id": EXTENSION, "name": "Up", "description": "More of a badge",
        "attributes": [{ "name": "origin", "mutability": "immutable" }],
    });
    made_up(from_value(schema).expect("a schema"), from_value(extension).expect("a schema"))
}

fn full() -> Value {
    json!({
        "number": "17", "colour": "red", "doors": ["a", "b"], "chip": { "serial": "s", "note": "n" },
        "holders": [{ "value": "ada", "note": "n" }, { "value": "eve" }], EXTENSION: { "origin": "o" },
    })
}

fn read(value: &Value) -> Resource {
    let body = parse_object(value.to_string().as_bytes()).expect("an object");
    Resource::from_json(&badge(), body).expect("a badge")
}

fn shown(resource: Resource) -> Value {
    Value::Object(Map::from(resource))
}

fn put(before: &Value, new: &Value) -> Result<Value, ScimError> {
    read(before).replaced_by(&badge(), read(new)).map(shown)
}

fn patch(before: &Value, operations: Value) -> Result<Value, ScimError> {
    let mut badge_ = read(before);
    let body = Map::from_iter([("Operations".to_owned(), operations)]);
    Patch::parse(body)?.apply(&badge(), &mut badge_)?;
    Ok(shown(badge_))
}

#[track_caller]
fn refused(outcome: Result<Value, ScimError>, place: &str) {
    let error = outcome.expect_err(place);
    assert_eq!(error.kind(), ScimErrorKind::Mutability, "{place}: {}", error.detail());
    assert!(error.detail().contains(place), "{place}: {}", error.detail());
}

#[test]
fn a_put_may_repeat_an_immutable_value_or_set_one_that_is_not_there() {
    assert_eq!(put(&full(), &full()), Ok(full()));
    assert_eq!(put(&json!({}), &full()), Ok(full()));
}

#[test]
fn a_put_with_another_immutable_value_is_refused() {
    for (name, other, place) in [
        ("number", json!("18"), "number"),
        ("doors", json!(["a"]), "doors"),
        ("doors", json!(["b", "a"]), "doors"),
        ("chip", json!({ "serial": "t" }), "chip.serial"),
        (EXTENSION, json!({ "origin": "p" }), "User:origin"),
    ] {
        let mut new = full();
        new[name] = other;
        refused(put(&full(), &new), place);
    }
}

#[test]
fn a_put_without_an_immutable_value_leaves_it() {
    let left = json!({
        "number": "17", "doors": ["a", "b"], "chip": { "serial": "s" }, EXTENSION: { "origin": "o" },
    });
    assert_eq!(put(&full(), &json!({})), Ok(left));
    let holders = put(&full(), &json!({ "holders": [{ "value": "eve" }] }));
    assert_eq!(holders.expect("a badge")["holders"], json!([{ "value": "eve" }]));
}

#[test]
fn a_patch_sets_an_immutable_value_once() {
    let origin = format!("{EXTENSION}:origin");
    for op in ["add", "replace"] {
        let set = |path: &str, value: Value| json!([{ "op": op, "path": path, "value": value }]);
        assert_eq!(patch(&json!({}), set("number", "17".into())), Ok(json!({ "number": "17" })));
        assert_eq!(patch(&full(), set("number", "17".into())), Ok(full()));
        assert_eq!(patch(&full(), set(&origin, "o".into())), Ok(full()));
        assert_eq!(patch(&full(), json!([{ "op": op, "value": { "number": "17" } }])), Ok(full()));
        refused(patch(&full(), set("number", "18".into())), "number");
        refused(patch(&full(), set("chip.serial", "t".into())), "chip.serial");
        refused(patch(&full(), set("chip", json!({ "serial": "t" }))), "chip.serial");
        refused(patch(&full(), set(&origin, "p".into())), "User:origin");
        refused(patch(&full(), set("doors", json!(["c"]))), "doors");
        refused(patch(&full(), json!([{ "op": op, "value": { "number": "18" } }])), "number");
        refused(patch(&full(), set("number", Value::Null)), "number");
    }
}

#[test]
fn a_patch_does_not_remove_an_immutable_value() {
    let remove = |path: &str| json!([{ "op": "remove", "path": path }]);
    for path in ["number", "doors", "chip.serial", &format!("{EXTENSION}:origin")] {
        refused(patch(&full(), remove(path)), path.rsplit(':').next().unwrap_or(path));
        assert_eq!(patch(&json!({}), remove(path)), Ok(json!({})), "{path}");
    }
    refused(patch(&full(), remove("chip")), "chip.serial");
    refused(patch(&full(), remove(EXTENSION)), "User:origin");
}

#[test]
fn values_of_a_list_are_exchanged_as_wholes_only() {
    let one =
        |path: &str, op: &str, value: &str| json!([{ "op": op, "path": path, "value": value }]);
    let path = "holders[value eq \"ada\"].value";
    refused(patch(&full(), one(path, "replace", "linus")), "holders.value");
    refused(patch(&full(), one(path, "remove", "")), "holders.value");
    refused(patch(&full(), one("holders.value", "replace", "linus")), "holders.value");
    assert_eq!(patch(&full(), one(path, "replace", "ada")), Ok(full()));
    let noted = patch(&full(), one("holders[value eq \"eve\"].note", "add", "m"));
    assert_eq!(noted.expect("a badge")["holders"][1], json!({ "value": "eve", "note": "m" }));
    let gone = patch(&full(), json!([{ "op": "remove", "path": "holders[value eq \"ada\"]" }]));
    assert_eq!(gone.expect("a badge")["holders"], json!([{ "value": "eve" }]));
}
