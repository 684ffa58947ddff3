#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use serde_json::{Value, json};

use super::Projection;
use crate::scim::resource::tests::{meta, read};
use crate::scim::schema::{ENTERPRISE_SCHEMA, USER_SCHEMA};

fn shown(query: &str) -> Value {
    let resource = read(&json!({
        "userName": "u", "active": true, "shoeSize": 43,
        "name": {"givenName": "G", "familyName": "F"},
        "emails": [{"value": "a@b", "type": "work"}, {"value": "c@d"}],
        (ENTERPRISE_SCHEMA): {"department": "S", "manager": {"value": "m", "displayName": "M"}},
    }))
    .expect("reads");
    let projection = Projection::from_query(query).expect(query);
    let mut shown = resource.clone().into_json(&meta(), &projection);
    assert_eq!(shown["id"], "0190", "{query}: id is always there");
    shown.as_object_mut().and_then(|shown| shown.remove("id"));
    shown
}

#[test]
fn attributes_leaves_those_that_are_named() {
    let core = json!([USER_SCHEMA]);
    let both = json!([USER_SCHEMA, ENTERPRISE_SCHEMA]);
    let cases = [
        ("USERNAME", json!({"schemas": core, "userName": "u"})),
        ("userName,nonsense,,1x", json!({"schemas": core, "userName": "u"})),
        ("nonsense", json!({"schemas": core})),
        ("shoesize", json!({"schemas": core, "shoeSize": 43})),
        ("name.givenName", json!({"schemas": core, "name": {"givenName": "G"}})),
        ("emails.type,emails.display", json!({"schemas": core, "emails": [{"type": "work"}]})),
        (
            "emails.type,emails",
            json!({"schemas": core, "emails": [{"value": "a@b", "type": "work"}, {"value": "c@d"}]}),
        ),
        (
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
            json!({"schemas": both, (ENTERPRISE_SCHEMA): {"manager": {"value": "m"}}}),
        ),
        (
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:USER",
            json!({"schemas": both, (ENTERPRISE_SCHEMA): {
                "department": "S", "manager": {"value": "m", "displayName": "M"},
            }}),
        ),
        ("department", json!({"schemas": core})),
        ("meta.version", json!({"schemas": core, "meta": {"version": "W/\"3\""}})),
    ];
    for (names, expected) in cases {
        assert_eq!(shown(&format!("attributes={names}")), expected, "{names}");
    }
}

#[test]
fn excluded_attributes_takes_away_those_that_are_named() {
    let cases = [
        ("id,schemas,ID", json!({})),
        ("emails", json!({"emails": null})),
        ("name.givenName", json!({"name": {"familyName": "F"}})),
        ("name.givenName,name.familyName", json!({"name": null})),
        (ENTERPRISE_SCHEMA, json!({(ENTERPRISE_SCHEMA): null, "schemas": [USER_SCHEMA]})),
        (
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
            json!({(ENTERPRISE_SCHEMA): {"department": "S"}}),
        ),
        ("nonsense", json!({})),
    ];
    for (names, changed) in cases {
        let mut expected = shown("");
        for (key, value) in changed.as_object().expect("object") {
            expected[key] = value.clone();
        }
        expected.as_object_mut().expect("object").retain(|_, value| !value.is_null());
        assert_eq!(shown(&format!("excludedAttributes={names}")), expected, "{names}");
    }
}

#[cfg(not(target_family = "wasm"))]
mod laws {
    use proptest::prelude::*;

    use super::shown;

    const NAMES: [&str; 7] =
        ["userName", "active", "name", "name.givenName", "emails", "emails.type", "meta"];

    proptest! {
        #[test]
        fn nothing_is_shown_that_was_not_asked_for(
            names in prop::sample::subsequence(NAMES.to_vec(), 1..NAMES.len()),
        ) {
            let only = shown(&format!("attributes={}", names.join(",")));
            for key in only.as_object().expect("object").keys().filter(|key| *key != "schemas") {
                let named = names.iter().any(|name| name.split('.').next() == Some(key));
                prop_assert!(named, "{key}");
            }
            let except = shown(&format!("excludedAttributes={}", names.join(",")));
            for name in names.iter().filter(|name| !name.contains('.')) {
                prop_assert!(except.get(*name).is_none(), "{name}");
            }
        }
    }
}

#[test]
fn it_says_whether_an_attribute_is_shown_at_all() {
    use crate::scim::schema::group;
    let cases = [
        ("", "", true),
        ("displayName", "", false),
        ("members.value", "", true),
        ("urn:ietf:params:scim:schemas:core:2.0:Group:members", "", true),
        ("", "MEMBERS", false),
        ("", "members.display", true),
        ("", "displayName", true),
    ];
    for (attributes, excluded, shown) in cases {
        let projection = Projection::parse(attributes.split(','), excluded.split(',')).unwrap();
        assert_eq!(projection.shows(group(), "members"), shown, "{attributes} {excluded}");
    }
    let only = Projection::parse("userName".split(','), std::iter::empty()).unwrap();
    assert!(only.shows(crate::scim::schema::user(), "id"), "what is always shown");
}
