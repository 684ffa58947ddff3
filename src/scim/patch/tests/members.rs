#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use serde_json::{Map, Value, json};

use super::super::{MAX_COMPARISONS, MAX_MEMBER_COMPARISONS, MemberOperation, Patch};
use crate::scim::resource::{MemberRef, Resource};
use crate::scim::schema::{GROUP_SCHEMA, group};
use crate::scim::{ScimError, ScimErrorKind};

fn split(operations: &Value) -> Result<(Patch, Vec<MemberOperation>), ScimError> {
    let body = Map::from_iter([("Operations".to_owned(), operations.clone())]);
    Patch::parse(body)?.split_members()
}

fn refs(ids: &[&str]) -> Vec<MemberRef> {
    ids.iter().map(|id| MemberRef { id: (*id).to_owned(), ..MemberRef::default() }).collect()
}

/// What is left after the members were taken out, done to a group.
fn done(patch: &Patch) -> Result<Value, ScimError> {
    let before = Map::from_iter([("displayName".to_owned(), Value::from("Engines"))]);
    let mut resource = Resource::kept(before);
    patch.apply(group(), &mut resource)?;
    Ok(Value::Object(resource.into()))
}

#[test]
fn members_are_taken_out_of_any_place_and_the_rest_is_left() {
    let qualified = format!("{GROUP_SCHEMA}:members");
    let operations = json!([
        { "op": "add", "path": "MEMBERS", "value": "a" },
        { "op": "replace", "value": { "externalId": "x", "members": [{ "value": "b" }] } },
        { "op": "Add", "path": qualified, "value": ["c", { "$ref": "../Groups/d" }] },
        { "op": "replace", "path": "displayName", "value": "Machines" },
        { "op": "replace", "value": { GROUP_SCHEMA: { "members": null, "title": "t" } } },
        { "op": "remove", "path": "members", "value": ["e"] },
        { "op": "remove", "path": "members" },
        { "op": "add", "value": { "members[value eq \"f\"]": null } },
    ]);
    let (rest, found) = split(&operations).unwrap();
    let mut third = refs(&["c", "d"]);
    third[1].kind = Some("Group".to_owned());
    let expected = [
        MemberOperation::Add(refs(&["a"])),
        MemberOperation::Set(refs(&["b"])),
        MemberOperation::Add(third),
        MemberOperation::Set(Vec::new()),
        MemberOperation::Remove(vec!["e".to_owned()]),
        MemberOperation::Set(Vec::new()),
        MemberOperation::Remove(vec!["f".to_owned()]),
    ];
    assert_eq!(found, expected);
    let left = json!({ "displayName": "Machines", "externalId": "x", "title": "t" });
    assert_eq!(done(&rest).unwrap(), left);
}

#[test]
fn a_patch_without_members_is_left_as_it_is() {
    let operations = json!([
        { "op": "replace", "value": { "displayName": "Machines", "urn:example:x": { "members": [1] } } },
        { "op": "add", "path": "urn:example:y:1.0:Z:members", "value": ["a"] },
        { "op": "add", "path": "title", "value": "members" },
        { "op": "add", "value": {} },
    ]);
    let body = Map::from_iter([("Operations".to_owned(), operations.clone())]);
    let whole = Patch::parse(body).unwrap();
    let (rest, found) = split(&operations).unwrap();
    assert_eq!((rest, found), (whole, Vec::new()));
}

#[test]
fn what_is_left_says_which_operation_of_the_request_is_wrong() {
    let operations = json!([
        { "op": "add", "path": "members", "value": ["a"] },
        { "op": "replace", "value": { "members": ["b"] } },
        { "op": "remove", "path": "displayName" },
    ]);
    let (rest, _) = split(&operations).unwrap();
    let error = done(&rest).unwrap_err();
    assert_eq!(error.kind(), ScimErrorKind::Mutability);
    assert!(error.detail().starts_with("operation 3: "), "{}", error.detail());
}

#[test]
fn a_filter_that_names_its_members_is_known_by_them() {
    let remove = |filter: &str| {
        split(&json!([{ "op": "remove", "path": format!("members[{filter}]") }]))
            .unwrap()
            .1
            .remove(0)
    };
    let named = MemberOperation::Remove(vec!["a".to_owned(), "b".to_owned()]);
    assert_eq!(remove("value eq \"a\" or value eq \"b\""), named);
    for filter in ["value eq \"a\" and type eq \"User\"", "value ne \"a\"", "display pr"] {
        assert!(matches!(remove(filter), MemberOperation::RemoveWhere(_)), "{filter}");
    }
}

#[test]
fn filters_over_all_members_have_fewer_comparisons_than_those_that_name_them() {
    let repeated = |filter: &str, count: usize| {
        let operation = json!({ "op": "remove", "path": format!("members[{filter}]") });
        split(&json!(vec![operation; count])).map(|(_, found)| found.len()).map_err(|e| e.kind())
    };
    let too_many = Err(ScimErrorKind::PayloadTooLarge);
    let all = "display sw \"a\" and type pr";
    assert_eq!(repeated(all, MAX_MEMBER_COMPARISONS / 2), Ok(MAX_MEMBER_COMPARISONS / 2));
    assert_eq!(repeated(all, MAX_MEMBER_COMPARISONS / 2 + 1), too_many);
    let named = "value eq \"a\" and type pr";
    assert_eq!(repeated(named, MAX_COMPARISONS / 2), Ok(MAX_COMPARISONS / 2));
    assert_eq!(repeated(named, MAX_COMPARISONS / 2 + 1), too_many);
}

#[test]
fn more_members_than_a_group_can_have_are_refused_before_anybody_is_looked_up() {
    let given = vec!["x"; group().max_values + 1];
    let error = split(&json!([{ "op": "add", "path": "members", "value": given }])).unwrap_err();
    assert_eq!(error.kind(), ScimErrorKind::InvalidValue);
    assert!(error.detail().contains("50000"), "{}", error.detail());
}
