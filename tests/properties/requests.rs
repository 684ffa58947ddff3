//! Requests of any bytes.

use proptest::prelude::*;
use serde_json::Value;

use crate::checks;
use crate::made_up::{attributes, members, operation, path};

fn method() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just("GET"),
        Just("POST"),
        Just("PUT"),
        Just("PATCH"),
        Just("DELETE"),
        Just("HEAD"),
        Just("ODD"),
    ]
}

fn target() -> impl Strategy<Value = String> {
    let filter = "(filter|FILTER)=([a-zA-Z.]{0,9}|members|groups)\\+(eq|pr|co|lt)\\+(%22[a-z%@]{0,6}%22|[0-9a-z]{0,4}|\\$ID)";
    let place = prop_oneof![
        Just("/Users".to_owned()),
        Just("/Users/$ID".to_owned()),
        Just("/Groups".to_owned()),
        Just("/Groups/$GROUP".to_owned()),
        Just("/ResourceTypes/User".to_owned()),
        "(/Users|/Groups)?/\\.search",
        "/(Users|Groups|Schemas|ServiceProviderConfig)?(/[ -~]{0,8}){0,2}",
        "\\PC{0,10}",
    ];
    let names = || prop::collection::vec(path(), 0..3).prop_map(|names| names.join(","));
    let query = prop_oneof![
        Just(String::new()),
        filter.prop_map(|filter| format!("?{filter}")),
        "\\?(count|startIndex)=-?[0-9]{0,22}",
        names().prop_map(|names| format!("?attributes={names}")),
        names().prop_map(|names| format!("?excludedAttributes={names}")),
        "\\?\\PC{0,20}",
    ];
    (place, query).prop_map(|(place, query)| format!("{place}{query}"))
}

fn field() -> impl Strategy<Value = String> {
    let name = "(content-type|if-match|if-none-match|content-length|authorization|x)";
    let value = prop_oneof![
        Just("application/scim+json".to_owned()),
        Just("W/\"1\"".to_owned()),
        "[ -~]{0,10}",
        "\\PC{0,5}",
    ];
    (name, value).prop_map(|(name, value)| format!("\n{name}: {value}"))
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let patch = prop::collection::vec(operation(), 1..4)
        .prop_map(|operations| serde_json::json!({ "Operations": operations }));
    let whole = attributes().prop_map(|mut attributes| {
        attributes.insert("userName".to_owned(), "ada@example.com".into());
        Value::Object(attributes)
    });
    let group = ("[A-Z][a-z]{0,3}", members())
        .prop_map(|(name, members)| serde_json::json!({ "displayName": name, "members": members }));
    let written = prop_oneof![patch, whole, group].prop_map(|body| body.to_string().into_bytes());
    // A byte of it is another, or all behind it is gone.
    let broken = (written, any::<prop::sample::Index>(), any::<Option<u8>>(), 0..3).prop_map(
        |(mut bytes, at, byte, how)| {
            let at = at.index(bytes.len());
            match byte {
                Some(byte) if how == 0 => bytes[at] = byte,
                None if how == 0 => bytes.truncate(at),
                _ => {}
            }
            bytes
        },
    );
    prop_oneof![4 => broken, 1 => prop::collection::vec(any::<u8>(), 0..40)]
}

fn message() -> impl Strategy<Value = Vec<u8>> {
    let fields = prop::collection::vec(field(), 0..2).prop_map(|fields| fields.concat());
    let raw = prop_oneof![9 => Just(""), 1 => Just("RAW ")];
    (raw, method(), target(), fields, body()).prop_map(|(raw, method, target, fields, body)| {
        let target = if raw.is_empty() { target } else { format!("/scim/v2{target}") };
        [format!("{raw}{method} {target}{fields}\n\n").as_bytes(), &body].concat()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn no_request_gets_anything_but_a_scim_answer_and_a_refused_one_changes_nothing(
        message in message()
    ) {
        checks::request(&message);
    }

    #[test]
    fn no_path_below_scim_is_passed_on_or_answered_in_other_terms(path in "(/|%[0-9a-f]{2}|[ -~]){0,20}") {
        checks::request(format!("RAW GET /scim/{path}\n\n").as_bytes());
    }
}
