#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::{AttributePath, Resolution};
use crate::scim::ScimErrorKind;
use crate::scim::schema::{ENTERPRISE_SCHEMA, user};

fn parse(text: &str) -> AttributePath {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The names of extension, attribute and sub-attribute that a path resolves to.
fn resolved(text: &str) -> Option<(&'static str, &'static str, &'static str)> {
    match parse(text).resolve(user()) {
        Resolution::Unknown => None,
        Resolution::Extension(schema) => Some((&schema.name, "", "")),
        Resolution::Attribute { extension, attribute, sub_attribute } => Some((
            extension.map_or("", |schema| &schema.name),
            &attribute.name,
            sub_attribute.map_or("", |sub| &sub.name),
        )),
    }
}

#[test]
fn paths_find_definitions_in_any_case_and_under_any_urn() {
    let enterprise = "EnterpriseUser";
    let cases = [
        ("username", Some(("", "userName", ""))),
        ("ID", Some(("", "id", ""))),
        ("meta.lastmodified", Some(("", "meta", "lastModified"))),
        ("name.givenName", Some(("", "name", "givenName"))),
        ("emails[type eq \"work\"]", Some(("", "emails", ""))),
        ("emails[type eq \"work\"].VALUE", Some(("", "emails", "value"))),
        ("URN:ietf:params:scim:schemas:core:2.0:User:userName", Some(("", "userName", ""))),
        (
            "urn:ietf:params:scim:schemas:core:2.0:User:name.givenName",
            Some(("", "name", "givenName")),
        ),
        ("urn:scim:schemas:core:1.0:userName", Some(("", "userName", ""))),
        ("urn:scim:schemas:core:2.0:User:userName", Some(("", "userName", ""))),
        (ENTERPRISE_SCHEMA, Some((enterprise, "", ""))),
        (
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName",
            Some((enterprise, "manager", "displayName")),
        ),
        (
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.$ref",
            Some((enterprise, "manager", "$ref")),
        ),
        ("urn:scim:schemas:extension:enterprise:1.0", Some((enterprise, "", ""))),
        (
            "urn:scim:schemas:extension:enterprise:1.0:department",
            Some((enterprise, "department", "")),
        ),
        (
            "urn:scim:schemas:extension:enterprise:2.0:User:manager.value",
            Some((enterprise, "manager", "value")),
        ),
        ("department", None),
        ("shoeSize", None),
        ("name.pet", None),
        ("urn:ietf:params:scim:schemas:core:2.0:Group:displayName", None),
        ("urn:example:ext:2.0:Device:serial", None),
    ];
    for (text, expected) in cases {
        assert_eq!(resolved(text), expected, "{text}");
    }
}

#[test]
fn unknown_urns_are_taken_apart_behind_their_version() {
    let cases = [
        ("urn:example:ext:2.0:Device", "urn:example:ext:2.0:Device", None, None),
        ("urn:example:ext:2.0:Device:serial", "urn:example:ext:2.0:Device", Some("serial"), None),
        ("urn:example:ext:2.0:Device:a.b", "urn:example:ext:2.0:Device", Some("a"), Some("b")),
        ("urn:example:ext:1.0", "urn:example:ext:1.0", None, None),
        ("urn:example:ext:color", "urn:example:ext", Some("color"), None),
    ];
    for (text, urn, name, sub_attribute) in cases {
        let path = parse(text);
        assert_eq!(path.extension_urn(), Some(urn), "{text}");
        assert_eq!((path.name(), path.sub_attribute()), (name, sub_attribute), "{text}");
        assert_eq!(path.to_string(), text);
    }
}

#[test]
fn an_attribute_under_a_legacy_urn_stays_one_once_written() {
    for text in ["urn:scim:schemas:core:2.0:User:User", "urn:scim:schemas:core:1.0:User:userName"] {
        let path = parse(text);
        assert_eq!(parse(&path.to_string()), path, "{text}");
    }
}

#[test]
fn what_is_no_path_is_refused_with_its_place() {
    let cases = [
        ("", "character 1"),
        ("  ", "character 3"),
        ("1st", "character 1"),
        ("a b", "character 3"),
        ("na me.x", "character 4"),
        ("name.", "character 1"),
        ("name..x", "character 1"),
        ("name.a.b", "character 1"),
        ("emails[", "character 8"),
        ("emails[]", "character 8"),
        ("emails[type eq \"work\"", "character 22"),
        ("emails[type eq \"work\"]value", "character 23"),
        ("emails[type eq \"work\"].", "character 24"),
        ("name.x[type eq 1]", "bracket"),
        ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User[a eq 1]", "bracket"),
        ("urn:", "character 1"),
        ("urn:a:b\u{e9}:c", "character 1"),
        ("sch\u{f6}n", "character 1"),
        ("userName eq \"x\"", "character 10"),
    ];
    for (text, expected) in cases {
        let error = text.parse::<AttributePath>().expect_err(text);
        assert_eq!(error.kind(), ScimErrorKind::InvalidPath, "{text}");
        assert!(error.detail().contains(expected), "{text}: {error}");
    }
}

#[test]
fn the_length_and_depth_of_a_path_are_limited() {
    let long = "a".repeat(8 * 1024 + 1);
    let error = long.parse::<AttributePath>().expect_err("too long");
    assert!(error.detail().contains("at most 8192"), "{error}");
    let deep = "a[".repeat(2_000);
    let error = deep.parse::<AttributePath>().expect_err("too deep");
    assert!(error.detail().contains("more than 32 levels"), "{error}");
}

#[cfg(not(target_family = "wasm"))]
mod laws {
    use proptest::prelude::*;

    use crate::scim::AttributePath;

    fn path() -> impl Strategy<Value = String> {
        let urn = prop_oneof![
            Just(String::new()),
            Just("urn:ietf:params:scim:schemas:core:2.0:User:".to_owned()),
            Just("urn:scim:schemas:core:1.0:".to_owned()),
            Just("urn:scim:schemas:extension:enterprise:1.0:".to_owned()),
            "urn:[a-z]{1,8}:[0-9]\\.[0-9]:[A-Z][a-z]{0,8}:",
        ];
        (urn, "[a-z][a-zA-Z0-9_-]{0,9}", "(\\[type eq \"[a-z]{0,5}\"\\])?", "(\\.\\$?[a-z]{1,9})?")
            .prop_map(|(urn, name, filter, sub)| format!("{urn}{name}{filter}{sub}"))
    }

    proptest! {
        #[test]
        fn a_path_survives_being_written_and_read(text in path()) {
            let path: AttributePath = text.parse().expect("a path");
            prop_assert_eq!(path.to_string().parse::<AttributePath>(), Ok(path));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,60}|(urn:|[a-z:.\\[\\]\" ()]){0,40}") {
            let _ = text.parse::<AttributePath>();
        }
    }
}
