//! Lists and searches of any bytes, and walks by cursor while users come and go.

use std::collections::BTreeSet;
use std::time::Duration;

use http::Method;
use proptest::prelude::*;
use proptest::sample::Index;
use scim_edge::http::{Request, Response};
use serde_json::{Map, Value, json};

use crate::checks;
use crate::checks::edge::{Edge, json_of, user};
use crate::made_up::{path, value};

/// What a request on a handful of users may take, the fastest of a few tries: others run at the same time.
const MOMENT: Duration = Duration::from_millis(10);
const TRIES: usize = 10;

#[expect(clippy::disallowed_methods, reason = "time is what is measured here")]
fn answered_in_a_moment(edge: &Edge, request: &Request) -> Response {
    let answer = checks::check(edge, request);
    let fast = (0..TRIES).any(|_| {
        let start = std::time::Instant::now();
        edge.answer(request);
        start.elapsed() < MOMENT
    });
    assert!(fast, "{} took too long", request.path);
    answer
}

fn place() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just(""), Just("/Users"), Just("/Groups")]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        path(),
        "\\PC{0,12}",
        "[A-Za-z0-9_-]{0,80}",
        "-?[0-9]{0,25}",
        Just("descending".to_owned())
    ]
}

/// A query string whose names are right and whose values are any bytes.
fn query() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        Just("sortBy"),
        Just("sortOrder"),
        Just("cursor"),
        Just("count"),
        Just("startIndex"),
        Just("filter"),
    ];
    let bytes = prop::collection::vec(any::<u8>(), 0..12);
    let bytes = bytes.prop_map(|bytes| bytes.iter().map(|byte| format!("%{byte:02x}")).collect());
    let text = text().prop_map(|text| form_urlencoded::byte_serialize(text.as_bytes()).collect());
    let pair = (name, prop_oneof![bytes, text])
        .prop_map(|(name, value): (_, String)| format!("{name}={value}"));
    prop::collection::vec(pair, 0..4).prop_map(|pairs| pairs.join("&"))
}

fn search() -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        Just("schemas"),
        Just("filter"),
        Just("SortBy"),
        Just("sortOrder"),
        Just("startIndex"),
        Just("count"),
        Just("cursor"),
        Just("attributes"),
        Just("excludedAttributes"),
    ];
    let value =
        prop_oneof![value(), text().prop_map(Value::from), any::<i64>().prop_map(Value::from)];
    prop::collection::vec((name, value), 0..4).prop_map(|members| {
        Value::Object(
            members
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect::<Map<_, _>>(),
        )
    })
}

fn names(page: &Value) -> Vec<String> {
    let users = page["Resources"].as_array().unwrap().iter();
    users.map(|user| user["userName"].as_str().unwrap().to_owned()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn any_list_request_is_answered_in_a_moment(
        place in place(), query in query()
    ) {
        let edge = Edge::new();
        edge.create(&user("ada"));
        edge.create(&user("bob"));
        answered_in_a_moment(&edge, &edge.scim(Method::GET, &format!("{place}?{query}"), None));
    }

    #[test]
    fn any_search_request_is_answered_in_a_moment(place in place(), search in search(), cut in any::<Option<Index>>()) {
        let edge = Edge::new();
        edge.create(&user("ada"));
        edge.create(&user("bob"));
        let mut request = edge.scim(Method::POST, &format!("{place}/.search"), Some(&search));
        if let Some(cut) = cut {
            request.body.truncate(cut.index(request.body.len()));
        }
        answered_in_a_moment(&edge, &request);
    }

    #[test]
    fn a_cursor_of_other_bytes_is_no_cursor(at in any::<Index>(), byte in any::<u8>(), sorted: bool) {
        let edge = Edge::new();
        edge.create(&user("ada"));
        edge.create(&user("bob"));
        let order = if sorted { "&sortBy=userName" } else { "" };
        let page = json_of(&edge.ask(Method::GET, &format!("/Users?count=1&cursor={order}"), None));
        let next = page["nextCursor"].as_str().unwrap();
        let mut bytes = next.as_bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let text: String = form_urlencoded::byte_serialize(&bytes).collect();
        let answer = edge.ask(Method::GET, &format!("/Users?count=1&cursor={text}{order}"), None);
        let same = bytes == next.as_bytes();
        prop_assert_eq!(answer.status.as_u16(), if same { 200 } else { 400 });
        prop_assert!(same || json_of(&answer)["scimType"] == "invalidCursor");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn users_who_stay_are_seen_once_by_cursor_while_others_come_and_go(
        there in 0..16_usize, count in 1..5_usize, changes in prop::collection::vec((any::<bool>(), any::<Index>()), 0..16),
        order in prop_oneof![Just(""), Just("&sortBy=userName"), Just("&sortBy=userName&sortOrder=descending")],
        filtered: bool, by_search: bool,
    ) {
        let edge = Edge::new();
        let name = |n: usize| format!("{:03}", n * 7919 % 1_000);
        let mut known: Vec<(String, String)> = Vec::new();
        let add = |known: &mut Vec<_>, n| {
            known.push((edge.create(&user(&name(n))), format!("{}@example.com", name(n))));
        };
        (0..there).for_each(|n| add(&mut known, n));
        let mut stays: BTreeSet<String> = known.iter().map(|(_, name)| name.clone()).collect();
        let filter = if filtered { "&filter=active+eq+true" } else { "" };
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        let mut changes = changes.into_iter();
        loop {
            let query = format!("count={count}&cursor={cursor}{order}{filter}");
            let answer = if by_search {
                let mut search = json!({});
                for (name, value) in form_urlencoded::parse(query.as_bytes()) {
                    search[&*name] = value.parse::<u64>().ok().filter(|_| name == "count").map_or_else(|| json!(value), Value::from);
                }
                edge.ask(Method::POST, "/Users/.search", Some(&search))
            } else {
                edge.ask(Method::GET, &format!("/Users?{query}"), None)
            };
            let page = json_of(&answer);
            prop_assert_eq!(answer.status.as_u16(), 200, "{}", page);
            prop_assert_eq!(&page["totalResults"], known.len());
            seen.extend(names(&page));
            prop_assert!(seen.len() < 100, "the pages have no end");
            let Some(next) = page["nextCursor"].as_str() else { break };
            cursor = next.to_owned();
            match changes.next() {
                Some((true, which)) if !known.is_empty() => {
                    let (id, name) = known.remove(which.index(known.len()));
                    prop_assert_eq!(edge.ask(Method::DELETE, &format!("/Users/{id}"), None).status.as_u16(), 204);
                    stays.remove(&name);
                }
                Some(_) => add(&mut known, there + seen.len() + 100),
                None => {}
            }
        }
        let once: BTreeSet<&String> = seen.iter().collect();
        prop_assert_eq!(once.len(), seen.len(), "somebody was seen twice");
        prop_assert!(stays.iter().all(|name| once.contains(name)), "somebody was left out");
    }
}
