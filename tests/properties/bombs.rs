//! Small requests that ask for much: each is refused, or answered in a moment.
//!
//! The bound is generous, as other tests run at the same time; what these requests took before there were limits
//! is seconds and gigabytes.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use crate::checks::edge::{Edge, user};

const MOMENT: Duration = Duration::from_secs(5);

#[expect(clippy::disallowed_methods, reason = "time is what is measured here")]
fn answered(edge: &Edge, method: Method, target: &str, body: Option<&Value>) -> (u16, Duration) {
    let start = std::time::Instant::now();
    let answer = edge.ask(method, target, body);
    (answer.status.as_u16(), start.elapsed())
}

fn roles(count: usize) -> Vec<Value> {
    (0..count).map(|n| json!({ "value": format!("r{n}") })).collect()
}

#[test]
fn a_patch_that_asks_for_much_is_refused_in_a_moment() {
    let edge = Edge::new();
    let id = edge.create(&user("ada"));
    let target = format!("/Users/{id}");
    let all = json!({ "op": "add", "path": "roles", "value": roles(1_000) });
    let copied = "x".repeat(900_000);
    let packed: serde_json::Map<String, Value> = (0..60_000)
        .map(|n| (format!("a{n}"), 1.into()))
        .chain([("value".into(), "R".into())])
        .collect();
    let packed = Value::Object(packed).to_string();
    let long = "y".repeat(400);
    let grown: Vec<Value> =
        (0..1_000).map(|n| json!({ "value": format!("s{n}"), "display": long })).collect();
    let cases = [
        ("a copy", json!([all, { "op": "add", "path": "roles.display", "value": copied }])),
        (
            "copies",
            json!([all, { "op": "add", "path": "roles[value pr]", "value": { "x": copied } }]),
        ),
        (
            "a packed role",
            json!([{ "op": "add", "path": "roles", "value": [{ "value": packed }] }]),
        ),
        ("a long list", json!([{ "op": "add", "path": "roles", "value": grown }, all])),
    ];
    for (name, operations) in cases {
        let before = edge.contents();
        let patch = json!({ "Operations": operations });
        let (status, took) = answered(&edge, Method::PATCH, &target, Some(&patch));
        assert!(matches!(status, 400 | 413), "{name}: {status}");
        assert!(took < MOMENT, "{name} took {took:?}");
        assert_eq!(edge.contents(), before, "{name}");
    }
}

#[test]
fn a_body_that_nests_is_refused_in_a_moment() {
    let edge = Edge::new();
    let id = edge.create(&user("ada"));
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let depth = 1_000_000 / (open.len() + close.len());
        let text = format!("{{\"x\":{}1{}}}", open.repeat(depth), close.repeat(depth));
        for method in [Method::PUT, Method::PATCH] {
            let mut request = edge.scim(method, &format!("/Users/{id}"), None);
            request.body = text.clone().into_bytes();
            assert_eq!(edge.answer(&request).status, 400);
        }
    }
}

#[test]
fn a_query_that_asks_for_much_is_refused_in_a_moment() {
    let edge = Edge::new();
    edge.create(&user("ada"));
    let queries = [
        format!("filter={}", "(".repeat(1_000_000)),
        format!("filter={}title+pr", "not+(".repeat(1_000)),
        format!("filter={}", "a[".repeat(4_000)),
        format!("filter={}", vec!["title+pr"; 101].join("+or+")),
        format!("attributes={}", "a,".repeat(100_000)),
        format!("attributes=urn:{},", ":".repeat(8_000)),
        "&count=1".repeat(100_000),
    ];
    for query in queries {
        let (status, took) = answered(&edge, Method::GET, &format!("/Users?{query}"), None);
        let name: String = query.chars().take(30).collect();
        assert!(matches!(status, 200 | 400), "{name}: {status}");
        assert!(took < MOMENT, "{name} took {took:?}");
    }
}

#[test]
fn a_search_that_asks_for_much_is_refused_in_a_moment() {
    let edge = Edge::new();
    edge.create(&user("ada"));
    let long = "x".repeat(900_000);
    let searches = [
        json!({ "cursor": long }),
        json!({ "cursor": "", "sortBy": long }),
        json!({ "sortBy": "urn:a:".repeat(150_000) }),
        json!({ "sortOrder": long }),
        json!({ "filter": long }),
        json!({ "attributes": vec!["a"; 200_000] }),
        json!({ "excludedAttributes": long }),
        json!({ "schemas": vec!["urn:x"; 100_000] }),
    ];
    for search in searches {
        let (status, took) = answered(&edge, Method::POST, "/.search", Some(&search));
        assert_eq!(status, if search["excludedAttributes"].is_null() { 400 } else { 200 });
        assert!(took < MOMENT, "took {took:?}");
    }
}
