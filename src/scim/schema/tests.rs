#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use serde_json::{Value, json};

use super::packed::unpack;
use super::resource_type::{COMMON, ENTERPRISE_USER, GROUP, USER};
use super::{
    Attribute, AttributeType, ENTERPRISE_SCHEMA, KnownUrn, Mutability, Returned, Schema,
    USER_SCHEMA, Uniqueness, known_urn, user,
};
use crate::json::typed::{ToJson as _, from_slice};

fn check(attribute: &Attribute) {
    let name = &attribute.name;
    assert!(!name.is_empty());
    assert!(attribute.description.len() > 3, "{name} is described");
    assert_eq!(attribute.is_complex(), !attribute.sub_attributes.is_empty(), "{name}");
    assert_eq!(
        attribute.kind == AttributeType::Reference,
        !attribute.reference_types.is_empty(),
        "{name}"
    );
    for sub in &attribute.sub_attributes {
        assert!(!sub.is_complex(), "{name}.{} nests deeper than SCIM allows", sub.name);
        check(sub);
    }
}

#[test]
fn the_embedded_files_are_well_formed() {
    for packed in [COMMON, USER, GROUP, ENTERPRISE_USER] {
        let text = String::from_utf8(unpack(packed)).expect("ASCII");
        assert!(!text.contains("\": ") && !text.contains('\n'), "white space takes room: {text}");
        let schema: Schema = from_slice(text.as_bytes()).expect(&text);
        assert!(!schema.attributes.is_empty());
        schema.attributes.iter().for_each(check);
    }
    assert_eq!(user().schema.id, USER_SCHEMA);
    assert!(user().extension(ENTERPRISE_SCHEMA).is_some());
    assert!(user().attribute("ID").is_some(), "common attributes are there");
}

#[test]
fn user_name_is_required_unique_and_compared_ignoring_case() {
    let name = user().attribute("username").expect("userName");
    assert!(name.required && !name.case_exact);
    assert_eq!(name.uniqueness, Uniqueness::Server);
}

#[test]
fn the_server_alone_writes_id_meta_and_groups() {
    for name in ["id", "meta", "groups", "schemas"] {
        let attribute = user().attribute(name).expect(name);
        assert_eq!(attribute.mutability, Mutability::ReadOnly, "{name}");
    }
    assert_eq!(user().attribute("id").map(|id| id.returned), Some(Returned::Always));
    assert!(user().attribute("externalId").is_some_and(|attribute| attribute.case_exact));
}

#[test]
fn a_password_is_not_advertised() {
    assert_eq!(user().attribute("password"), None);
}

#[test]
fn types_of_addresses_have_canonical_values() {
    for name in ["emails", "phoneNumbers", "addresses"] {
        let kind = user().attribute(name).and_then(|attribute| attribute.sub_attribute("type"));
        assert!(
            kind.is_some_and(|kind| kind.canonical_values.iter().any(|v| v == "work")),
            "{name}"
        );
    }
}

#[test]
fn answers_state_every_characteristic() {
    let rendered = |name| json!(user().attribute(name).expect(name).view());
    let display_name = rendered("displayName");
    let mut expected = json!({
        "name": "displayName", "type": "string", "multiValued": false, "required": false,
        "caseExact": false, "mutability": "readWrite", "returned": "default", "uniqueness": "none",
    });
    expected["description"] = display_name["description"].clone();
    assert_eq!(display_name, expected);
    let emails = rendered("emails");
    assert_eq!(emails["type"], Value::from("complex"));
    assert_eq!(emails["subAttributes"].as_array().map(Vec::len), Some(4));
}

#[test]
fn schema_urns_are_known_in_any_case_and_under_legacy_names() {
    let enterprise = Some(KnownUrn::Schema(ENTERPRISE_SCHEMA));
    let cases = [
        ("URN:ietf:params:scim:schemas:core:2.0:user", Some(KnownUrn::Schema(USER_SCHEMA))),
        ("urn:scim:schemas:core:1.0", Some(KnownUrn::LegacyCore)),
        ("urn:scim:schemas:core:2.0", Some(KnownUrn::LegacyCore)),
        ("urn:scim:schemas:extension:enterprise:1.0", enterprise),
        ("urn:scim:schemas:extension:enterprise:2.0", enterprise),
        ("urn:scim:schemas:extension:enterprise:2.0:User", enterprise),
        ("urn:example:other", None),
        ("", None),
    ];
    for (urn, expected) in cases {
        assert_eq!(known_urn(urn), expected, "{urn}");
    }
}
