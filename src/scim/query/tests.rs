#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::{ListQuery, ListResponse, Start, refuse_parameters};
use crate::scim::{Projection, ScimErrorKind, SortOrder};

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
        assert_eq!((read.start, read.count), (Start::Index(start_index), count), "{query}");
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
        ("cursor=&startIndex=1", "together"),
        ("cursor=&Cursor=", "Cursor is given twice"),
        ("sortBy=userName&sortOrder=up", "sortOrder must be"),
        ("sortOrder=1", "sortOrder must be"),
        ("sortBy=a+b", "sortBy: "),
        ("sortBy=emails%5Btype+eq+%22work%22%5D.value", "without brackets"),
    ];
    for (query, expected) in cases {
        let error = ListQuery::parse(query).expect_err(query);
        assert_eq!(error.kind(), ScimErrorKind::InvalidValue, "{query}");
        assert!(error.detail().contains(expected), "{query}: {error}");
    }
    let error = ListQuery::parse("filter=userName").expect_err("no operator");
    assert_eq!(error.kind(), ScimErrorKind::InvalidFilter);
}

#[test]
fn the_number_of_names_is_limited() {
    let names = vec!["userName"; 101].join(",");
    let error = Projection::from_query(&format!("attributes={names}")).expect_err("too many");
    assert!(error.detail().contains("more than 100 names"), "{error}");
}

#[test]
fn an_order_is_read_in_any_case() {
    let sort = parse("SORTBY=name.familyName&sortorder=DESCENDING").sort.expect("an order");
    assert_eq!(
        (sort.by.to_string().as_str(), sort.order),
        ("name.familyName", SortOrder::Descending)
    );
    let sort = parse("sortBy=userName&sortOrder=").sort.expect("an order");
    assert_eq!(sort.order, SortOrder::Ascending);
    for none in ["sortBy=&sortOrder=ascending", "sortOrder=Ascending", "sortBy=+"] {
        assert_eq!(parse(none).sort, None, "{none}");
    }
}

#[test]
fn a_cursor_takes_the_place_of_an_index() {
    for (query, cursor, count) in [
        ("cursor", "", 100),
        ("cursor=&count=", "", 100),
        ("CURSOR=x-_y&count=7", "x-_y", 7),
        ("cursor=&startIndex=&count=99999999999999999999", "", 200),
    ] {
        let read = parse(query);
        assert_eq!((read.start, read.count), (Start::Cursor(cursor.to_owned()), count), "{query}");
    }
    for query in ["cursor=&count=0", "cursor=x&count=-1", "count=ten&cursor=", "cursor&count=1.5"] {
        let error = ListQuery::parse(query).expect_err(query);
        assert_eq!(error.kind(), ScimErrorKind::InvalidCount, "{query}");
    }
}

#[test]
fn what_a_cursor_is_good_for_differs_with_all_that_decides_the_list() {
    let queries = [
        "",
        "filter=userName+pr",
        "filter=title+pr",
        "sortBy=userName",
        "sortBy=userName&sortOrder=descending",
        "sortBy=title",
        "filter=userName+pr&sortBy=title",
    ];
    let mut bindings: Vec<String> = queries.iter().map(|query| parse(query).binding("a")).collect();
    bindings.push(parse("").binding("b"));
    let same = [parse("count=3&attributes=title&cursor=x").binding("a")];
    assert_eq!(bindings[..1], same);
    bindings.sort();
    bindings.dedup();
    assert_eq!(bindings.len(), queries.len() + 1);
}

#[test]
fn parameters_of_a_list_in_the_url_of_a_search_are_refused() {
    for query in ["", "aadOptscim062020", "x=1&"] {
        assert_eq!(refuse_parameters(query), Ok(()), "{query}");
    }
    for query in ["filter=userName+pr", "count=1", "cursor", "attributes=", "SortBy=id"] {
        let error = refuse_parameters(query).expect_err(query);
        assert_eq!(error.kind(), ScimErrorKind::InvalidValue, "{query}");
    }
}

#[test]
fn a_list_has_integers_and_resources_even_if_empty() {
    let by_index = ListResponse { start_index: Some(1), ..ListResponse::default() };
    assert_eq!(
        by_index.into_json().to_string(),
        r#"{"Resources":[],"itemsPerPage":0,"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"startIndex":1,"totalResults":0}"#
    );
    let by_cursor = ListResponse {
        total_results: 3,
        next_cursor: Some("x".to_owned()),
        resources: vec![serde_json::json!(1)],
        ..ListResponse::default()
    };
    assert_eq!(
        by_cursor.into_json().to_string(),
        r#"{"Resources":[1],"itemsPerPage":1,"nextCursor":"x","schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":3}"#
    );
}
