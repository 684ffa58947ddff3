#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use serde_json::{Value, json};

use super::{MAX_KEY, Sort, SortKey, SortOrder};
use crate::scim::ScimErrorKind;
use crate::scim::schema::{self, Attribute, AttributeType, ResourceType, Returned};

const ENTERPRISE: &str = schema::ENTERPRISE_SCHEMA;

fn sort(by: &str) -> Sort {
    Sort::parse(by, SortOrder::Ascending).unwrap_or_else(|error| panic!("{by}: {error}"))
}

fn key_in(resource_type: &ResourceType, by: &str, resource: &Value) -> SortKey {
    sort(by).key(resource_type, resource.as_object().expect("an object"))
}

fn key(by: &str, resource: &Value) -> SortKey {
    key_in(schema::user(), by, resource)
}

/// Users of whom each stands behind the one before.
fn assert_ascending(by: &str, resources: &[Value]) {
    let keys: Vec<SortKey> = resources.iter().map(|resource| key(by, resource)).collect();
    for (at, pair) in keys.windows(2).enumerate() {
        assert!(pair[0] < pair[1], "{by}: {:?} and {:?}", resources[at], resources[at + 1]);
    }
}

/// The User type with attributes of kinds that it does not have.
fn with_attributes(attributes: Vec<Attribute>) -> ResourceType {
    let mut resource_type = schema::user().clone();
    resource_type.schema.attributes.extend(attributes);
    resource_type
}

#[test]
fn case_counts_only_where_the_schema_says_so() {
    let names =
        ["ada", "Bob", "CAROL", "dave", "Élise", "zoé"].map(|name| json!({ "userName": name }));
    assert_ascending("userName", &names[..4]);
    assert_eq!(key("userName", &json!({"userName": "ÉLISE"})), key("userName", &names[4]));
    let ids = ["Z", "a"].map(|id| json!({ "externalId": id }));
    assert_ascending("externalId", &ids);
}

#[test]
fn dates_numbers_and_booleans_are_compared_as_what_they_are() {
    let times = ["2026-01-01T02:00:00+02:00", "2026-01-01T00:00:00.5Z", "2026-01-01T00:00:01Z"];
    assert_ascending("meta.created", &times.map(|time| json!({ "meta": { "created": time } })));
    assert_ascending("active", &[json!({ "active": false }), json!({ "active": true }), json!({})]);
    let number = Attribute {
        name: "number".to_owned(),
        kind: AttributeType::Decimal,
        ..Attribute::default()
    };
    let resource_type = with_attributes(vec![number]);
    let numbers = [
        json!(-1e300),
        json!(-3),
        json!(-0.5),
        json!(0),
        json!(2),
        json!(9.5),
        json!(10),
        json!(9_007_199_254_740_992_u64),
        json!(9_007_199_254_740_993_u64),
        json!(u64::MAX),
        json!(1e300),
    ];
    let keys = numbers.map(|number| key_in(&resource_type, "number", &json!({ "number": number })));
    assert!(keys.is_sorted_by(|one, other| one < other), "{keys:?}");
    let zero = |number: Value| key_in(&resource_type, "number", &json!({ "number": number }));
    assert_eq!(zero(json!(-0.0)), zero(json!(0)));
}

#[test]
fn of_several_values_the_primary_one_counts_else_the_first() {
    let emails = |emails: Value| json!({ "emails": emails });
    assert_ascending(
        "emails",
        &[
            emails(json!([{ "value": "a" }, { "value": "z" }])),
            emails(json!([{ "value": "z" }, { "value": "b", "primary": true }])),
            emails(json!([{ "value": "c", "primary": false }, { "value": "a" }])),
            emails(json!([{ "value": "a" }, { "primary": true, "type": "work" }])),
        ],
    );
    let typed = emails(json!([{ "value": "z" }, { "type": "work", "primary": true }]));
    assert_ascending("emails.type", &[typed, emails(json!([{ "value": "a" }]))]);
    assert_ascending("schemas", &[json!({ "schemas": ["a", "z"] }), json!({ "schemas": ["b"] })]);
}

#[test]
fn every_spelling_of_a_path_finds_the_attribute() {
    let user = json!({
        "userName": "ada", "name": { "familyName": "L" },
        ENTERPRISE: { "department": "R", "manager": { "value": "7" } },
    });
    let core = schema::USER_SCHEMA;
    for by in [
        "userName",
        "USERNAME",
        "name.FamilyName",
        &format!("{core}:userName"),
        &format!("{core}:name.familyName"),
        &format!("{ENTERPRISE}:department"),
        &format!("{}:Manager", ENTERPRISE.to_uppercase()),
        "manager.value",
        "department",
    ] {
        assert_eq!(sort(by).check(schema::user()), Ok(()), "{by}");
        assert!(key(by, &user) < SortKey::Missing, "{by}");
    }
}

#[test]
fn what_has_no_value_comes_last_and_first_when_descending() {
    let some = key("title", &json!({ "title": "x" }));
    for none in [json!({}), json!({ "title": "" }), json!({ "title": null })] {
        let none = key("title", &none);
        assert_eq!(none, SortKey::Missing);
        assert!(sort("title").compare(&some, &none).is_lt());
        let descending = Sort { order: SortOrder::Descending, ..sort("title") };
        assert!(descending.compare(&none, &some).is_lt());
    }
    assert_eq!(key_in(schema::group(), "userName", &json!({ "userName": "x" })), SortKey::Missing);
}

#[test]
fn what_cannot_be_sorted_by_is_refused() {
    let mut secret = Attribute { name: "secret".to_owned(), ..Attribute::default() };
    secret.returned = Returned::Never;
    let mut box_ = Attribute { name: "box".to_owned(), ..Attribute::default() };
    box_.kind = AttributeType::Complex;
    box_.sub_attributes = vec![secret.clone()];
    let resource_type = with_attributes(vec![secret, box_]);
    for by in [
        "shoeSize",
        "name.shoe",
        "name",
        "meta",
        "addresses",
        ENTERPRISE,
        "secret",
        "box.secret",
        "urn:example:2.0:Shoe:size",
        "urn:ietf:params:scim:schemas:core:2.0:Group:displayName",
    ] {
        let error = sort(by).check(&resource_type).expect_err(by);
        assert_eq!(error.kind(), ScimErrorKind::InvalidValue, "{by}");
        assert!(error.detail().starts_with("sortBy: "), "{by}: {error}");
    }
    assert_eq!(sort("userName").check_any(&[schema::group(), schema::user()]), Ok(()));
    assert!(sort("shoe").check_any(&[schema::group(), schema::user()]).is_err());
}

#[test]
fn only_ids_and_times_of_creation_ascend_by_themselves() {
    for by in ["id", "ID", "meta.created", "Meta.Created"] {
        assert!(sort(by).is_by_creation(), "{by}");
        assert!(!Sort { order: SortOrder::Descending, ..sort(by) }.is_by_creation(), "{by}");
    }
    for by in ["meta", "meta.lastModified", "userName", "urn:example:1.0:X:id"] {
        assert!(!sort(by).is_by_creation(), "{by}");
    }
}

#[test]
fn what_is_kept_of_a_text_is_limited() {
    let long = |end: &str| json!({ "title": "é".repeat(MAX_KEY) + end });
    assert_eq!(key("title", &long("a")), key("title", &long("b")));
    assert!(key("title", &long("a")).to_bytes().len() <= MAX_KEY + 1);
}

#[test]
fn other_places_have_other_bytes() {
    let keys = [
        json!({ "title": "a" }),
        json!({ "title": "b" }),
        json!({}),
        json!({ "title": true }),
        json!({ "title": 1 }),
        json!({ "title": 2 }),
    ];
    let mut bytes: Vec<Vec<u8>> = keys.iter().map(|user| key("title", user).to_bytes()).collect();
    bytes.sort();
    bytes.dedup();
    assert_eq!(bytes.len(), keys.len());
}
