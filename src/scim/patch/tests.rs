#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use serde_json::{Value, json};

use super::{MAX_OPERATIONS, Patch};
use crate::json::parse_object;
use crate::scim::resource::tests::read;
use crate::scim::schema::{ENTERPRISE_SCHEMA, user};
use crate::scim::{ScimError, ScimErrorKind};

mod growth;
mod immutable;
mod kept;
#[cfg(not(target_family = "wasm"))]
mod laws;
mod members;

fn parse(operations: &Value) -> Result<Patch, ScimError> {
    Patch::parse(parse_object(json!({"Operations": operations}).to_string().as_bytes())?)
}

/// The attributes after the operations; `userName` is there without being mentioned.
fn patched(before: &Value, operations: &Value) -> Result<Value, ScimError> {
    let mut before = before.clone();
    before["userName"] = before.get("userName").cloned().unwrap_or_else(|| "u".into());
    let mut resource = read(&before).expect("a resource");
    let unchanged = resource.clone();
    let result = parse(operations).and_then(|patch| patch.apply(user(), &mut resource));
    if let Err(error) = result {
        assert_eq!(resource, unchanged, "a refused PATCH changes nothing");
        return Err(error);
    }
    let mut after = Value::Object(resource.attributes().clone());
    if after["userName"] == "u" {
        after.as_object_mut().expect("object").remove("userName");
    }
    Ok(after)
}

fn department(name: &str) -> String {
    format!("{ENTERPRISE_SCHEMA}:{name}")
}

/// Runs cases of name, attributes before, one operation, attributes after.
fn check<const N: usize>(cases: [(&str, Value, Value, Value); N]) {
    for (name, before, operation, expected) in cases {
        assert_eq!(patched(&before, &json!([operation])), Ok(expected), "{name}");
    }
}

#[test]
fn entra_updates_are_understood_with_the_flag_off_and_on() {
    let manager = department("manager");
    let managed = |value: Value| json!({(ENTERPRISE_SCHEMA): {"manager": value}});
    check([
        (
            "work address that is not there",
            json!({}),
            json!({"op": "Replace", "path": "emails[type eq \"work\"].value", "value": "a@b.example"}),
            json!({"emails": [{"type": "work", "value": "a@b.example"}]}),
        ),
        (
            "work address that is there",
            json!({"emails": [{"type": "Work", "value": "x@b", "primary": true}, {"value": "y@b"}]}),
            json!({"op": "Replace", "path": "emails[type eq \"work\"].value", "value": "a@b.example"}),
            json!({"emails": [
                {"type": "Work", "value": "a@b.example", "primary": true}, {"value": "y@b"},
            ]}),
        ),
        (
            "validator's primary address",
            json!({}),
            json!({"op": "replace", "path": "emails[primary eq true].value", "value": "j@t.example"}),
            json!({"emails": [{"primary": true, "value": "j@t.example"}]}),
        ),
        (
            "quoted boolean",
            json!({"active": true}),
            json!({"op": "Replace", "path": "active", "value": "False"}),
            json!({"active": false}),
        ),
        (
            "dotted and URN keys",
            json!({"name": {"familyName": "Old", "middleName": "M"}}),
            json!({"op": "replace", "value": {
                "displayName": "Bjfe", "name.givenName": "AtABCK", "name.familyName": "YQDJ",
                (department("department")): "Sales", (department("employeeNumber")): "1111",
                (department("manager.displayName")): "Boss",
            }}),
            json!({
                "displayName": "Bjfe",
                "name": {"givenName": "AtABCK", "familyName": "YQDJ", "middleName": "M"},
                (ENTERPRISE_SCHEMA): {
                    "department": "Sales", "employeeNumber": "1111",
                    "manager": {"displayName": "Boss"},
                },
            }),
        ),
        (
            "manager by bare id",
            json!({}),
            json!({"op": "add", "path": manager, "value": "m1"}),
            managed(json!({"value": "m1"})),
        ),
        (
            "another manager",
            managed(json!({"value": "m1", "$ref": "/Users/m1", "displayName": "One"})),
            json!({"op": "replace", "path": manager, "value": "m2"}),
            managed(json!({"value": "m2"})),
        ),
        (
            "manager in production",
            json!({}),
            json!({"op": "Add", "path": manager, "value": [{"$ref": "http://sa/m2", "value": "m2"}]}),
            managed(json!({"$ref": "http://sa/m2", "value": "m2"})),
        ),
        (
            "no manager",
            managed(json!({"value": "m1", "displayName": "One"})),
            json!({"op": "replace", "path": manager, "value": ""}),
            json!({}),
        ),
        (
            "no manager id",
            managed(json!({"value": "m1", "displayName": "One"})),
            json!({"op": "replace", "path": department("manager.value"), "value": ""}),
            json!({}),
        ),
        (
            "app role",
            json!({}),
            json!({"op": "Add", "path": "roles", "value": [
                {"value": "{\"id\":\"06b07648\",\"value\":\"Admin\",\"displayName\":\"Admin\"}"},
            ]}),
            json!({"roles": [{"id": "06b07648", "value": "Admin", "display": "Admin"}]}),
        ),
        (
            "removal of listed values",
            json!({"roles": [{"value": "A"}, {"value": "B", "type": "t"}, {"value": "C"}]}),
            json!({"op": "Remove", "path": "roles", "value": [{"value": "a"}, {"value": "B"}]}),
            json!({"roles": [{"value": "C"}]}),
        ),
    ]);
    let thrice = json!([
        {"op": "remove", "path": "externalId"},
        {"op": "add", "value": {"externalId": "a"}},
        {"op": "replace", "value": {"externalId": "b"}},
    ]);
    assert_eq!(patched(&json!({"externalId": "x"}), &thrice), Ok(json!({"externalId": "b"})));
}

#[test]
fn entra_validator_replaces_attributes_by_filter_and_by_value_at_once() {
    let before = json!({"emails": [{"type": "work", "primary": true, "value": "old@t.example"}]});
    let operations = json!([
        {"op": "replace", "path": "emails[primary eq true].value", "value": "j@t.example"},
        {"op": "replace", "path": "addresses[primary eq true].country", "value": "Bahrain"},
        {"op": "replace", "value": {
            "externalId": "c7145de2", "name.formatted": "Theresa", "name.familyName": "Mateo",
            "displayName": "WPMG", "timezone": "Africa/Lubumbashi", "active": true,
        }},
    ]);
    let expected = json!({
        "emails": [{"type": "work", "primary": true, "value": "j@t.example"}],
        "addresses": [{"primary": true, "country": "Bahrain"}],
        "externalId": "c7145de2", "name": {"formatted": "Theresa", "familyName": "Mateo"},
        "displayName": "WPMG", "timezone": "Africa/Lubumbashi", "active": true,
    });
    assert_eq!(patched(&before, &operations), Ok(expected));
}

#[test]
fn entra_disables_and_restores_in_each_spelling() {
    for (value, active) in [
        (json!("False"), false),
        (json!("false"), false),
        (json!(false), false),
        (json!("True"), true),
        (json!(true), true),
    ] {
        let operation = json!([{"op": "Replace", "path": "active", "value": value}]);
        let after = patched(&json!({"active": !active}), &operation);
        assert_eq!(after, Ok(json!({"active": active})), "{value}");
    }
}

#[test]
fn a_password_that_a_path_names_is_refused() {
    let urn = format!("{}:Password", crate::scim::schema::USER_SCHEMA);
    for path in ["password", "PASSWORD", "password[value eq 1]", "password.value", &urn] {
        for op in ["add", "replace", "remove"] {
            let operation = json!({"op": op, "path": path, "value": "secret"});
            let error = patched(&json!({}), &json!([operation])).expect_err(path);
            assert_eq!(error.kind(), ScimErrorKind::Mutability, "{op} {path}");
            assert!(error.detail().contains("password") && !error.detail().contains("secret"));
        }
    }
    let both = json!([
        {"op": "add", "path": "title", "value": "T"},
        {"op": "replace", "path": "password", "value": "secret"},
    ]);
    let error = patched(&json!({}), &both).expect_err("the second");
    assert!(error.detail().starts_with("operation 2: "), "{}", error.detail());
}

#[test]
fn okta_updates_are_understood() {
    check([
        (
            "deactivation",
            json!({"active": true}),
            json!({"op": "replace", "value": {"active": false}}),
            json!({"active": false}),
        ),
        (
            "password sync",
            json!({}),
            json!({"op": "replace", "value": {"password": "secret"}}),
            json!({}),
        ),
        (
            "read-only attributes in the value",
            json!({}),
            json!({"op": "replace", "value": {
                "id": "7", "meta": {"version": "1"}, "groups": [], "schemas": ["x"], "title": "T",
            }}),
            json!({"title": "T"}),
        ),
    ]);
    let patch = parse(&json!([{"op": "replace", "value": {"ID": "7"}}])).expect("a patch");
    assert_eq!(patch.check_id("7"), Ok(()));
    assert_eq!(patch.check_id("8").map_err(|error| error.kind()), Err(ScimErrorKind::Mutability));
}

#[test]
fn add_replace_and_remove_change_single_values() {
    let name = json!({"name": {"givenName": "G", "familyName": "F"}});
    check([
        (
            "add",
            json!({}),
            json!({"op": "ADD", "path": "title", "value": "T"}),
            json!({"title": "T"}),
        ),
        (
            "add where there is a value",
            json!({"title": "A"}),
            json!({"op": "add", "path": "TITLE", "value": "T"}),
            json!({"title": "T"}),
        ),
        (
            "replace where there is none",
            json!({}),
            json!({"op": "replace", "path": "title", "value": "T"}),
            json!({"title": "T"}),
        ),
        ("remove", json!({"title": "T"}), json!({"op": "remove", "path": "title"}), json!({})),
        (
            "remove what is not there",
            json!({}),
            json!({"op": "remove", "path": "title"}),
            json!({}),
        ),
        (
            "null",
            json!({"title": "T"}),
            json!({"op": "replace", "path": "title", "value": null}),
            json!({}),
        ),
        (
            "null in the value",
            json!({"title": "T"}),
            json!({"op": "replace", "value": {"title": null}}),
            json!({}),
        ),
        (
            "complex keeps what is not mentioned",
            name.clone(),
            json!({"op": "replace", "path": "name", "value": {"GIVENNAME": "H"}}),
            json!({"name": {"givenName": "H", "familyName": "F"}}),
        ),
        (
            "complex with null",
            name.clone(),
            json!({"op": "replace", "path": "name", "value": {"givenName": null}}),
            json!({"name": {"familyName": "F"}}),
        ),
        (
            "sub-attribute",
            name.clone(),
            json!({"op": "remove", "path": "name.givenName"}),
            json!({"name": {"familyName": "F"}}),
        ),
        (
            "last sub-attribute",
            json!({"name": {"givenName": "G"}}),
            json!({"op": "remove", "path": "name.givenName"}),
            json!({}),
        ),
        ("complex as a whole", name, json!({"op": "remove", "path": "name"}), json!({})),
        (
            "core URN",
            json!({}),
            json!({"op": "add", "path": "urn:ietf:params:scim:schemas:core:2.0:User:title", "value": "T"}),
            json!({"title": "T"}),
        ),
        (
            "extension as a whole",
            json!({(ENTERPRISE_SCHEMA): {"division": "D"}}),
            json!({"op": "add", "path": ENTERPRISE_SCHEMA, "value": {"department": "S", "division": null}}),
            json!({(ENTERPRISE_SCHEMA): {"department": "S"}}),
        ),
        (
            "extension under a legacy URN in the value",
            json!({}),
            json!({"op": "add", "value": {"urn:scim:schemas:extension:enterprise:1.0": {"department": "S"}}}),
            json!({(ENTERPRISE_SCHEMA): {"department": "S"}}),
        ),
        (
            "removal of an extension",
            json!({(ENTERPRISE_SCHEMA): {"division": "D"}}),
            json!({"op": "remove", "path": ENTERPRISE_SCHEMA}),
            json!({}),
        ),
    ]);
}

#[test]
fn add_replace_and_remove_change_lists() {
    let two =
        json!({"emails": [{"value": "a@b", "type": "work", "primary": true}, {"value": "c@d"}]});
    check([
        (
            "add",
            two.clone(),
            json!({"op": "add", "path": "emails", "value": {"value": "e@f", "primary": "true"}}),
            json!({"emails": [
                {"value": "a@b", "type": "work", "primary": false}, {"value": "c@d"},
                {"value": "e@f", "primary": true},
            ]}),
        ),
        (
            "add what is there",
            two.clone(),
            json!({"op": "add", "path": "emails", "value": [{"value": "A@b", "type": "WORK"}, {"value": "c@d"}]}),
            json!({"emails": [{"value": "A@b", "type": "WORK", "primary": true}, {"value": "c@d"}]}),
        ),
        (
            "replace",
            two.clone(),
            json!({"op": "replace", "path": "emails", "value": [
                {"value": "x@y", "primary": true}, {"value": "z@y", "primary": true},
            ]}),
            json!({"emails": [{"value": "x@y", "primary": false}, {"value": "z@y", "primary": true}]}),
        ),
        (
            "replace by nothing",
            two.clone(),
            json!({"op": "replace", "path": "emails", "value": []}),
            json!({}),
        ),
        ("remove", two.clone(), json!({"op": "remove", "path": "emails"}), json!({})),
        (
            "remove by filter",
            two.clone(),
            json!({"op": "remove", "path": "emails[type eq \"work\"]"}),
            json!({"emails": [{"value": "c@d"}]}),
        ),
        (
            "remove the address by filter",
            two.clone(),
            json!({"op": "remove", "path": "emails[type eq \"work\"].value"}),
            json!({"emails": [{"value": "c@d"}]}),
        ),
        (
            "unset by blank",
            two.clone(),
            json!({"op": "replace", "path": "emails[type eq \"work\"].value", "value": ""}),
            json!({"emails": [{"value": "c@d"}]}),
        ),
        (
            "replace by filter keeps what picked it",
            two.clone(),
            json!({"op": "replace", "path": "emails[type eq \"work\"]", "value": {"value": "x@y"}}),
            json!({"emails": [{"value": "x@y", "type": "work"}, {"value": "c@d"}]}),
        ),
        (
            "add by filter makes an element",
            json!({}),
            json!({"op": "add", "path": "addresses[type eq \"work\" and primary eq true]", "value": {"country": "DE"}}),
            json!({"addresses": [{"type": "work", "primary": true, "country": "DE"}]}),
        ),
        (
            "sub-attribute of all",
            two.clone(),
            json!({"op": "replace", "path": "emails.display", "value": "D"}),
            json!({"emails": [
                {"value": "a@b", "type": "work", "primary": true, "display": "D"},
                {"value": "c@d", "display": "D"},
            ]}),
        ),
        (
            "the primary one moves",
            two,
            json!({"op": "add", "path": "emails[value eq \"c@d\"].primary", "value": true}),
            json!({"emails": [
                {"value": "a@b", "type": "work", "primary": false}, {"value": "c@d", "primary": true},
            ]}),
        ),
    ]);
}

#[test]
fn unknown_attributes_are_kept_and_can_be_changed() {
    check([
        ("add", json!({}), json!({"op": "add", "path": "shoe", "value": 4}), json!({"shoe": 4})),
        (
            "any case",
            json!({"Shoe": 3}),
            json!({"op": "add", "path": "shoe", "value": 4}),
            json!({"Shoe": 4}),
        ),
        ("remove", json!({"shoe": 4}), json!({"op": "remove", "path": "shoe"}), json!({})),
        (
            "list",
            json!({"tags": ["a"]}),
            json!({"op": "add", "path": "tags", "value": ["a", "b"]}),
            json!({"tags": ["a", "b"]}),
        ),
        (
            "replace a list by one",
            json!({"tags": ["a"]}),
            json!({"op": "replace", "path": "tags", "value": "b"}),
            json!({"tags": "b"}),
        ),
        (
            "sub-attribute",
            json!({}),
            json!({"op": "add", "path": "pet.name", "value": "P"}),
            json!({"pet": {"name": "P"}}),
        ),
        (
            "attribute of an unknown extension",
            json!({}),
            json!({"op": "add", "path": "urn:example:x:1.0:User:color", "value": "red"}),
            json!({"urn:example:x:1.0:User": {"color": "red"}}),
        ),
        (
            "unknown extension without version",
            json!({"urn:example:badge": {"a": 1, "b": 2}}),
            json!({"op": "replace", "value": {"urn:example:badge": {"a": 3, "b": null}}}),
            json!({"urn:example:badge": {"a": 3}}),
        ),
    ]);
}

#[test]
fn what_can_not_be_done_is_refused_by_its_own_type() {
    use ScimErrorKind::{
        InvalidFilter, InvalidPath, InvalidSyntax, InvalidValue, Mutability, NoTarget,
    };
    let add = |path: &str, value: Value| json!([{"op": "add", "path": path, "value": value}]);
    let remove = |path: &str| json!([{"op": "remove", "path": path}]);
    let cases = [
        (json!([{"op": "remove"}]), NoTarget),
        (json!([{"op": "remove", "value": {"title": "x"}}]), NoTarget),
        (remove("emails[type eq \"work\"]"), NoTarget),
        (remove("emails[type eq \"work\"].value"), NoTarget),
        (add("emails[type ne \"work\"].value", "a@b".into()), NoTarget),
        (add("emails[type eq \"x\" or type eq \"y\"]", json!({"value": "a@b"})), NoTarget),
        (remove("userName"), Mutability),
        (json!([{"op": "replace", "path": "userName", "value": null}]), Mutability),
        (add("id", "7".into()), Mutability),
        (add("meta.version", "7".into()), Mutability),
        (add("groups", json!([])), Mutability),
        (remove("groups[value eq \"g\"]"), Mutability),
        (add("userName", "".into()), InvalidValue),
        (add("active", "maybe".into()), InvalidValue),
        (add("name", "Jane".into()), InvalidValue),
        (add("emails", json!([{"value": "nonsense"}])), InvalidValue),
        (add("emails[type eq \"work\"].value", json!({"a": 1})), InvalidValue),
        (add(ENTERPRISE_SCHEMA, "x".into()), InvalidValue),
        (json!([{"op": "add", "path": "title"}]), InvalidValue),
        (json!([{"op": "add"}]), InvalidValue),
        (json!([{"op": "add", "value": "x"}]), InvalidValue),
        (add("title.x", "y".into()), InvalidPath),
        (add("name[givenName eq \"x\"]", json!({})), InvalidPath),
        (add("not a path", "y".into()), InvalidPath),
        (add("urn:ietf:params:scim:schemas:core:2.0:Group:displayName", "y".into()), InvalidPath),
        (add("emails[type eq \"work\"", "y".into()), InvalidPath),
        (json!([{"op": "add", "path": 7, "value": 1}]), InvalidPath),
        (json!([{"op": "add", "value": {"a b": 1}}]), InvalidPath),
        (add("emails[primary gt true].value", "a@b".into()), InvalidFilter),
        (json!([{"op": "move", "path": "title"}]), InvalidSyntax),
        (json!([{"path": "title"}]), InvalidSyntax),
        (json!(["add"]), InvalidSyntax),
        (json!([]), InvalidSyntax),
        (json!({}), InvalidSyntax),
    ];
    for (operations, expected) in cases {
        let error =
            patched(&json!({"title": "T"}), &operations).expect_err(&operations.to_string());
        assert_eq!(error.kind(), expected, "{operations}: {error}");
    }
}

#[test]
fn all_operations_are_applied_or_none() {
    let operations = json!([
        {"op": "replace", "path": "title", "value": "New"},
        {"op": "remove", "path": "emails[type eq \"fax\"]"},
    ]);
    let error = patched(&json!({"title": "Old"}), &operations).expect_err("the second fails");
    assert!(error.detail().starts_with("operation 2: no value of emails"), "{error}");
}

#[test]
fn the_body_is_read_in_any_spelling() {
    let body = json!({"OPERATIONS": [{"OP": "rEPLACE", "Path": "title", "VALUE": "T"}], "more": 1});
    let patch = Patch::parse(body.as_object().cloned().unwrap_or_default()).expect("a patch");
    let mut resource = read(&json!({"userName": "u"})).expect("reads");
    assert_eq!(patch.apply(user(), &mut resource), Ok(()));
    assert_eq!(resource.attributes().get("title"), Some(&"T".into()));
}

#[test]
fn a_request_has_a_thousand_operations_at_most() {
    let operations = |count: usize| {
        Value::from(vec![json!({"op": "add", "path": "title", "value": "T"}); count])
    };
    assert!(patched(&json!({}), &operations(MAX_OPERATIONS)).is_ok());
    let error = parse(&operations(10_000)).expect_err("too many");
    assert_eq!(error.kind(), ScimErrorKind::PayloadTooLarge);
    assert!(error.detail().contains("10000 operations, at most 1000"), "{error}");
}

#[test]
fn a_list_grows_to_a_thousand_values_at_most() {
    let values: Vec<Value> = (0..600).map(|n| json!({"value": format!("r{n}")})).collect();
    let more: Vec<Value> = (600..1001).map(|n| json!({"value": format!("r{n}")})).collect();
    let add = |values: &[Value]| json!({"op": "add", "path": "roles", "value": values});
    let error = patched(&json!({}), &json!([add(&values), add(&more)])).expect_err("too many");
    assert_eq!(error.kind(), ScimErrorKind::InvalidValue);
    let again = patched(&json!({}), &Value::from(vec![add(&values); 20])).expect("fits");
    assert_eq!(again["roles"].as_array().map(Vec::len), Some(600));
}

#[test]
fn attributes_grow_to_a_thousand_at_most() {
    let object = |from: usize, to: usize| -> Value {
        (from..to).map(|n| (format!("a{n}"), n.into())).collect::<serde_json::Map<_, _>>().into()
    };
    let urn = "urn:example:x:1.0:User";
    let cases = [
        ("one value", json!([{"op": "add", "value": object(0, 50_000)}])),
        (
            "many values",
            json!([{"op": "add", "value": object(0, 900)}, {"op": "add", "value": object(900, 1800)}]),
        ),
        ("extension", json!([{"op": "add", "path": urn, "value": object(0, 50_000)}])),
        (
            "extension bit by bit",
            json!([
                {"op": "add", "path": urn, "value": object(0, 900)},
                {"op": "add", "path": urn, "value": object(900, 1800)},
            ]),
        ),
        ("complex", json!([{"op": "add", "path": "name", "value": object(0, 50_000)}])),
    ];
    for (name, operations) in cases {
        let error = patched(&json!({}), &operations).expect_err(name);
        assert_eq!(error.kind(), ScimErrorKind::InvalidValue, "{name}");
        assert!(error.detail().contains("more than 1000 attributes"), "{name}: {error}");
    }
}
