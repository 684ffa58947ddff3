#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use serde_json::{Value, json};

use super::{check, patched};
use crate::scim::ScimErrorKind;

#[test]
fn a_name_in_another_case_is_the_same_name() {
    let emails = json!({"emails": [{"value": "a@b", "Note": 1}]});
    let noted = |note: Value| json!({"emails": [{"value": "a@b", "Note": note}]});
    check([
        (
            "a value that is there",
            emails.clone(),
            json!({"op": "add", "path": "emails", "value": {"value": "a@b", "note": 2}}),
            noted(2.into()),
        ),
        (
            "values that a filter picks",
            emails,
            json!({"op": "add", "path": "emails[value eq \"a@b\"]", "value": {"NOTE": 3}}),
            noted(3.into()),
        ),
        (
            "a value that a filter makes",
            json!({}),
            json!({"op": "add", "path": "tags[x eq 1 and X eq 2]", "value": {"X": 3}}),
            json!({"tags": [{"x": 3}]}),
        ),
        (
            "a complex attribute",
            json!({"name": {"Nick": 1}}),
            json!({"op": "add", "path": "name", "value": {"nick": 2}}),
            json!({"name": {"Nick": 2}}),
        ),
    ]);
}

#[test]
fn a_value_that_a_filter_makes_is_made_once() {
    let add = json!({"op": "add", "path": "roles[value eq \"x\"]", "value": {"value": "y"}});
    let part = json!({"op": "add", "path": "roles[value eq \"x\"].value", "value": "y"});
    for operation in [add, part] {
        let twice = patched(&json!({}), &json!([operation, operation]));
        assert_eq!(twice, Ok(json!({"roles": [{"value": "y"}]})), "{operation}");
    }
}

#[test]
fn an_object_in_an_unknown_extension_stays_in_it() {
    let urn = "urn:example:x:1.0:User";
    let after = json!({(urn): {"pet": {"name": "P"}}});
    check([
        (
            "by its urn",
            json!({}),
            json!({"op": "add", "path": urn, "value": {"pet": {"name": "P"}}}),
            after.clone(),
        ),
        (
            "without path",
            json!({}),
            json!({"op": "add", "value": {(urn): {"pet": {"name": "P"}}}}),
            after.clone(),
        ),
        (
            "by its path",
            json!({}),
            json!({"op": "add", "path": format!("{urn}:pet"), "value": {"name": "P"}}),
            after,
        ),
        (
            "without version, beside another",
            json!({"urn:example:badge": {"a": 1}}),
            json!({"op": "add", "path": "urn:example:badge:b", "value": {"c": 1}}),
            json!({"urn:example:badge": {"a": 1, "b": {"c": 1}}}),
        ),
    ]);
}

#[test]
fn a_resource_grows_to_128_kib_at_most() {
    let roles: Vec<Value> = (0..1_000).map(|n| json!({"value": format!("r{n}")})).collect();
    let all = json!({"op": "add", "path": "roles", "value": roles});
    let long = "x".repeat(500);
    let cases = [
        ("part", json!({"op": "replace", "path": "roles.display", "value": long})),
        ("whole", json!({"op": "add", "path": "roles[value pr]", "value": {"display": long}})),
        ("alone", json!({"op": "add", "path": "title", "value": "x".repeat(128 * 1024)})),
    ];
    for (name, operation) in cases {
        let error = patched(&json!({}), &json!([all, operation])).expect_err(name);
        assert_eq!(error.kind(), ScimErrorKind::PayloadTooLarge, "{name}: {error}");
        assert!(error.detail().contains("larger than 128 KiB"), "{name}: {error}");
    }
    let short = json!({"op": "replace", "path": "roles.display", "value": "x"});
    assert!(patched(&json!({}), &json!([all, short])).is_ok());
}

#[test]
fn the_paths_of_a_request_have_a_thousand_comparisons_at_the_most() {
    let filter = vec!["value eq \"x\""; 100].join(" or ");
    let with_path =
        json!({"op": "add", "path": format!("phoneNumbers[{filter}]"), "value": {"display": "d"}});
    let path_less = json!({"op": "add", "value": {format!("phoneNumbers[{filter}].display"): "d"}});
    let before = json!({"phoneNumbers": [{"value": "x"}]});
    for operation in [with_path, path_less] {
        let operations = |count| json!(vec![&operation; count]);
        assert!(patched(&before, &operations(10)).is_ok(), "{operation}");
        let error = patched(&before, &operations(11)).expect_err("too many comparisons");
        assert_eq!(error.kind(), ScimErrorKind::PayloadTooLarge);
    }
}
