#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use serde_json::{Value, json};

use super::SEARCH_REQUEST_SCHEMA;
use crate::scim::{ListQuery, ScimError, ScimErrorKind};

fn read(body: &Value) -> Result<ListQuery, ScimError> {
    ListQuery::from_search(body.as_object().expect("an object"))
}

#[test]
fn a_search_asks_for_the_same_as_a_list() {
    let cases = [
        (json!({}), ""),
        (json!({ "schemas": [SEARCH_REQUEST_SCHEMA], "unknown": { "x": 1 } }), ""),
        (json!({ "schemas": SEARCH_REQUEST_SCHEMA.to_uppercase(), "filter": null }), ""),
        (json!({ "schemas": [], "filter": " ", "sortBy": "" }), ""),
        (json!({ "Filter": "userName eq \"a\"" }), "filter=userName+eq+%22a%22"),
        (
            json!({ "SORTBY": "title", "sortorder": "Descending", "StartIndex": 3, "COUNT": 2 }),
            "sortBy=title&sortOrder=descending&startIndex=3&count=2",
        ),
        (
            json!({ "startIndex": 1e300, "count": -1e300 }),
            "startIndex=99999999999999999999&count=0",
        ),
        (
            json!({ "startIndex": u64::MAX, "count": 3.0 }),
            "startIndex=99999999999999999999&count=3",
        ),
        (json!({ "cursor": "", "count": 5 }), "cursor=&count=5"),
        (json!({ "cursor": "abc" }), "cursor=abc"),
        (
            json!({ "attributes": ["userName", "name.givenName"] }),
            "attributes=userName,name.givenName",
        ),
        (json!({ "attributes": "userName,title" }), "attributes=userName,title"),
        (
            json!({ "excludedAttributes": ["emails"], "attributes": [] }),
            "excludedAttributes=emails",
        ),
    ];
    for (body, query) in cases {
        assert_eq!(read(&body), ListQuery::parse(query), "{body}");
        assert!(read(&body).is_ok(), "{body}");
    }
}

#[test]
fn a_member_of_the_wrong_type_is_named() {
    let value = ScimErrorKind::InvalidValue;
    let cases = [
        (json!({ "filter": 1 }), value, "filter"),
        (json!({ "sortBy": ["title"] }), value, "sortBy"),
        (json!({ "sortOrder": true }), value, "sortOrder"),
        (json!({ "sortOrder": "up" }), value, "sortOrder"),
        (json!({ "startIndex": "1" }), value, "startIndex"),
        (json!({ "count": 1.5 }), value, "count"),
        (json!({ "count": {} }), value, "count"),
        (json!({ "cursor": 7 }), value, "cursor"),
        (json!({ "cursor": "", "startIndex": 1 }), value, "together"),
        (json!({ "cursor": "", "count": 0 }), ScimErrorKind::InvalidCount, "count"),
        (json!({ "cursor": "", "count": "5" }), ScimErrorKind::InvalidCount, "count"),
        (json!({ "attributes": 1 }), value, "attributes"),
        (json!({ "excludedAttributes": [1] }), value, "excludedAttributes"),
        (json!({ "attributes": ["a"], "excludedAttributes": ["b"] }), value, "together"),
        (json!({ "attributes": vec!["a"; 101] }), value, "attributes"),
        (json!({ "schemas": { "a": 1 } }), value, "schemas"),
        (json!({ "schemas": ["urn:x"] }), ScimErrorKind::InvalidSyntax, "schemas"),
        (json!({ "filter": "title" }), ScimErrorKind::InvalidFilter, ""),
    ];
    for (body, kind, word) in cases {
        let error = read(&body).expect_err(&body.to_string());
        assert_eq!(error.kind(), kind, "{body}: {error}");
        assert!(error.detail().contains(word), "{body}: {error}");
    }
}
