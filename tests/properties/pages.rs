//! Pages of real users and groups: whatever a list is asked for, and by whatever method, its pages have each resource once
//! and in one order. Orders and filters by themselves are tested beside the lists, on resources of any kind.

use http::Method;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::checks::edge::{Edge, json_of, user};

const ORDERS: [&str; 6] = ["", "userName", "displayName", "meta.created", "id", "active"];
const FILTERS: [&str; 5] = [
    "",
    "active eq true",
    "displayName co \"1\"",
    "meta.resourceType eq \"Group\" or userName sw \"user1\"",
    "not (externalId pr)",
];

#[derive(Clone, Debug)]
struct Asking {
    place: &'static str,
    filter: &'static str,
    order: &'static str,
    descending: bool,
    by_cursor: bool,
    by_search: bool,
}

fn asking() -> impl Strategy<Value = Asking> {
    let place = select(vec!["", "/Users", "/Groups"]);
    let ways = any::<[bool; 3]>();
    (place, select(&FILTERS[..]), select(&ORDERS[..]), ways).prop_map(
        |(place, filter, order, [descending, by_cursor, by_search])| {
            // Groups have no such attributes, and say so.
            let is_users = |text: &str| text.contains("active") || text.contains("userName");
            let keep = |text| if place == "/Groups" && is_users(text) { "" } else { text };
            let (filter, order) = (keep(filter), keep(order));
            Asking { place, filter, order, descending, by_cursor, by_search }
        },
    )
}

impl Asking {
    fn page(&self, edge: &Edge, count: usize, start: usize, cursor: &str) -> Value {
        let mut search = json!({ "count": count });
        for (name, value) in [("filter", self.filter), ("sortBy", self.order)] {
            if !value.is_empty() {
                search[name] = value.into();
            }
        }
        if self.descending && !self.order.is_empty() {
            search["sortOrder"] = "descending".into();
        }
        match self.by_cursor {
            true => search["cursor"] = cursor.into(),
            false => search["startIndex"] = start.into(),
        }
        let answer = if self.by_search {
            edge.ask(Method::POST, &format!("{}/.search", self.place), Some(&search))
        } else {
            let mut query = form_urlencoded::Serializer::new(String::new());
            for (name, value) in search.as_object().unwrap() {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                query.append_pair(name, &text);
            }
            edge.ask(Method::GET, &format!("{}?{}", self.place, query.finish()), None)
        };
        let page = json_of(&answer);
        assert_eq!(answer.status, 200, "{self:?}: {page}");
        page
    }
}

/// The ids of those that are there, and which of them are asked for. Names repeat, so that orders have ties.
fn populate(edge: &Edge, users: usize, groups: usize, asking: &Asking) -> Vec<String> {
    let mut expected = Vec::new();
    for n in 0..users {
        let mut body = user(&format!("user{n}"));
        body["displayName"] = format!("Name {}", n % 3).into();
        body["active"] = (n % 2 == 0).into();
        let id = edge.create(&body);
        let holds = match asking.filter {
            "" => true,
            "active eq true" => n % 2 == 0,
            "displayName co \"1\"" => n % 3 == 1,
            "not (externalId pr)" => false,
            _ => n.to_string().starts_with('1'),
        };
        expected.extend((holds && asking.place != "/Groups").then_some(id));
    }
    for n in 0..groups {
        let id = edge.create_group(&json!({ "displayName": format!("Group {n}") }));
        let holds = match asking.filter {
            "active eq true" => false,
            "displayName co \"1\"" => n.to_string().contains('1'),
            _ => true,
        };
        expected.extend((holds && asking.place != "/Users").then_some(id));
    }
    expected
}

fn ids(page: &Value) -> Vec<String> {
    let shown = page["Resources"].as_array().unwrap().iter();
    shown.map(|resource| resource["id"].as_str().unwrap().to_owned()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn pages_of_any_size_cover_all_once_in_any_mode(
        users in 0..20_usize, groups in 0..12_usize, asking in asking(),
        counts in prop::collection::vec(1..9_usize, 1..4),
    ) {
        let edge = Edge::new();
        let mut expected = populate(&edge, users, groups, &asking);
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        for count in counts.iter().cycle() {
            let page = asking.page(&edge, *count, seen.len() + 1, &cursor);
            let left = expected.len() - seen.len();
            prop_assert_eq!(&page["totalResults"], expected.len());
            prop_assert_eq!(&page["itemsPerPage"], left.min(*count));
            prop_assert_eq!(ids(&page).len(), left.min(*count));
            seen.extend(ids(&page));
            prop_assert_eq!(page["nextCursor"].is_string(), asking.by_cursor && left > *count);
            if left <= *count {
                break;
            }
            cursor = page["nextCursor"].as_str().unwrap_or_default().to_owned();
        }
        let whole = ids(&asking.page(&edge, 200, 1, ""));
        prop_assert_eq!(&seen, &whole, "the pages have another order than the whole");
        seen.sort();
        expected.sort();
        prop_assert_eq!(seen, expected);
    }
}
