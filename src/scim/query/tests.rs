#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::{ListQuery, ListResponse};
use crate::scim::{Projection, ScimErrorKind};

fn parse(query: &str) -> ListQuery {
    ListQuery::parse(query).unwrap_or_else(|error| panic!("{query}: {error}"))
}

#[test]
fn a_query_is_read_in_the_forms_identity_providers_send() {
    let cases = [
        ("Entra", "filter=userName+eq+%22a%40b.example%22"),
        ("Okta", "filter=userName%20eq%20%22a%40b.example%22&startIndex=1&count=100"),
        ("OneLogin's trailing &", "filter=userName+eq+%22a%40b.example%22&"),
        ("Entra's flag", "aadOptscim062020&filter=userName+eq+%22a%40b.example%22&&"),
        ("other case", "?FILTER=userName+eq+%22a%40b.example%22&STARTINDEX=1"),
    ];
    for (name, query) in cases {
        let filter = parse(query).filter.map(|filter| filter.to_string());
        assert_eq!(filter.as_deref(), Some(r#"userName eq "a@b.example""#), "{name}");
    }
    let unquoted = parse("filter=externalId%20eq%20jyoung").filter.map(|f| f.to_string());
    assert_eq!(unquoted.as_deref(), Some(r#"externalId eq "jyoung""#));
    assert_eq!(parse(""), ListQuery::default());
    assert_eq!(parse("?&&filter=&attributes="), ListQuery::default());
}

#[test]
fn paging_is_brought_into_range() {
    let cases = [
        ("", 1, 100),
        ("startIndex=0&count=0", 1, 0),
        ("startIndex=-5&count=-1", 1, 0),
        ("startIndex=7&count=200", 7, 200),
        ("count=201", 1, 200),
        ("startIndex=99999999999999999999&count=99999999999999999999", i64::MAX as u64, 200),
        ("startIndex=-99999999999999999999&count=-99999999999999999999", 1, 0),
    ];
    for (query, start_index, count) in cases {
        let read = parse(query);
        assert_eq!((read.start_index, read.count), (start_index, count), "{query}");
    }
}

#[test]
fn a_query_that_makes_no_sense_is_refused() {
    let cases = [
        ("count=ten", "count must be a whole number"),
        ("startIndex=1.5", "startIndex must be"),
        ("count=-", "count must be"),
        ("count=1&Count=2", "Count is given twice"),
        ("attributes=userName&excludedAttributes=emails", "together"),
    ];
    for (query, expected) in cases {
        let error = ListQuery::parse(query).expect_err(query);
        assert_eq!(error.kind, ScimErrorKind::InvalidValue, "{query}");
        assert!(error.detail.contains(expected), "{query}: {error}");
    }
    let error = ListQuery::parse("filter=userName").expect_err("no operator");
    assert_eq!(error.kind, ScimErrorKind::InvalidFilter);
}

#[test]
fn the_number_of_names_is_limited() {
    let names = vec!["userName"; 101].join(",");
    let error = Projection::from_query(&format!("attributes={names}")).expect_err("too many");
    assert!(error.detail.contains("more than 100 names"), "{error}");
}

#[test]
fn a_list_has_integers_and_resources_even_if_empty() {
    let body = ListResponse { total_results: 0, start_index: 1, resources: vec![] }.into_json();
    assert_eq!(
        body.to_string(),
        r#"{"Resources":[],"itemsPerPage":0,"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"startIndex":1,"totalResults":0}"#
    );
}
