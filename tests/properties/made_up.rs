//! Values, users and PATCH operations to send.

use proptest::prelude::*;
use serde_json::{Map, Number, Value, json};

/// The enterprise extension.
pub(crate) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// Text of any script, without the one character that is refused.
pub(crate) fn text() -> impl Strategy<Value = String> {
    "[^\u{0}]{0,12}"
}

/// Any JSON value that says something; objects have no key twice in two cases.
pub(crate) fn value() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        any::<i64>().prop_map(Number::from),
        any::<u64>().prop_map(Number::from),
        any::<f64>().prop_filter_map("finite", Number::from_f64),
    ];
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        number.prop_map(Value::Number),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,6}", inner, 1..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn multi_valued() -> impl Strategy<Value = Value> {
    let kind = prop::option::of(prop_oneof![Just("work"), Just("Home"), Just("other")]);
    let element =
        ("[a-z]{1,3}", kind, prop::option::of("[A-Z ]{1,5}")).prop_map(|(value, kind, display)| {
            let mut element = json!({ "value": value });
            if let Some(kind) = kind {
                element["type"] = kind.into();
            }
            if let Some(display) = display {
                element["display"] = display.into();
            }
            element
        });
    prop::collection::vec(element, 1..4).prop_map(Value::from)
}

/// An attribute that a schema knows, other than those by which users are told apart.
pub(crate) fn known() -> impl Strategy<Value = (String, Value)> {
    let name = prop_oneof![
        Just("title"),
        Just("displayName"),
        Just("nickName"),
        Just("userType"),
        Just("locale"),
    ];
    let part = prop_oneof![Just("givenName"), Just("familyName"), Just("formatted")];
    let list = prop_oneof![Just("roles"), Just("phoneNumbers"), Just("ims"), Just("entitlements")];
    let enterprise = prop_oneof![Just("department"), Just("costCenter"), Just("division")];
    prop_oneof![
        (name, text()).prop_map(|(name, text)| (name.to_owned(), Value::from(text))),
        prop::collection::hash_map(part, text(), 1..3)
            .prop_map(|name| ("name".to_owned(), json!(name))),
        (list, multi_valued()).prop_map(|(name, list)| (name.to_owned(), list)),
        prop::collection::hash_map(enterprise, text(), 1..3)
            .prop_map(|extension| (ENTERPRISE.to_owned(), json!(extension))),
    ]
}

/// An attribute that no schema knows, maybe that of an extension.
pub(crate) fn unknown() -> impl Strategy<Value = (String, Value)> {
    let extension = prop::collection::btree_map("[a-z]{1,6}", value(), 1..4)
        .prop_map(|map| Value::Object(map.into_iter().collect()));
    prop_oneof![
        ("x[a-z-]{1,8}", value()),
        ("urn:example:[a-z]{1,5}:[0-9]\\.0:[A-Z][a-z]{1,4}", extension),
    ]
}

/// Attributes of a user, each name in one spelling.
pub(crate) fn attributes() -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::vec(prop_oneof![known(), unknown()], 0..6)
        .prop_map(|attributes| attributes.into_iter().collect())
}

/// Members of a group, where `$ID`, `$OTHER` and `$GROUP` are two users and a group that are there.
pub(crate) fn members() -> impl Strategy<Value = Value> {
    let id = || prop_oneof![4 => Just("$ID"), 2 => Just("$OTHER"), 2 => Just("$GROUP"), 1 => Just("nobody")];
    let kind = prop::option::weighted(0.2, prop_oneof![Just("User"), Just("group")]);
    let element = prop_oneof![
        4 => (id(), kind).prop_map(|(id, kind)| json!({ "value": id, "type": kind, "$ref": null })),
        1 => id().prop_map(Value::from),
        1 => id().prop_map(|id| json!({ "$ref": format!("https://edge.example/Users/{id}") })),
    ];
    prop::collection::vec(element, 0..3).prop_map(Value::from)
}

/// A path, most of which lead somewhere.
pub(crate) fn path() -> impl Strategy<Value = String> {
    prop_oneof![
        known().prop_map(|(name, _)| name),
        unknown().prop_map(|(name, _)| name),
        "members(\\[(type|value|x) (eq|ne|co) \"(User|\\$ID|7)\"\\])?(\\.(value|display|x))?",
        "(name|emails|roles|pet)\\.(givenName|value|display|x)",
        "(emails|roles|ims|tags)\\[(type|value|x) (eq|ne|co) \"(work|home|a|7)\"\\](\\.(value|x|type))?",
        "urn:example:badge:1\\.0:User(:[a-z]{1,4}){0,1}",
        "(active|userName|id|meta|groups|schemas|password|externalId)",
    ]
}

/// A PATCH operation, sensible or not.
pub(crate) fn operation() -> impl Strategy<Value = Value> {
    let kind = prop_oneof![Just("add"), Just("Replace"), Just("remove")];
    let body = prop_oneof![
        value(),
        multi_valued(),
        members(),
        members().prop_map(|members| json!({ "members": members })),
        Just(Value::Null),
        attributes().prop_map(Value::Object),
        (path(), value()).prop_map(|(path, value)| json!({ (path): value })),
    ];
    (kind, prop::option::weighted(0.8, path()), prop::option::weighted(0.9, body)).prop_map(
        |(kind, path, value)| {
            let mut operation = json!({ "op": kind });
            if let Some(path) = path {
                operation["path"] = path.into();
            }
            if let Some(value) = value {
                operation["value"] = value;
            }
            operation
        },
    )
}
