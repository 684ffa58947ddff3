//! Laws of paging and order, for resources and queries that are made up.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

const ORDERS: [&str; 9] = [
    "userName",
    "displayName",
    "externalId",
    "name.familyName",
    "active",
    "emails",
    "id",
    "meta.created",
    "nickName",
];
const FILTERS: [&str; 5] = [
    "displayName sw \"a\"",
    "active eq true",
    "not (displayName eq \"b\")",
    "userName pr or displayName co \"b\"",
    "meta.resourceType eq \"Group\"",
];

/// A query without its page.
#[derive(Clone, Debug)]
struct Asking {
    filter: Option<&'static str>,
    order: Option<&'static str>,
    descending: bool,
}

impl Asking {
    fn with(&self, page: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(page.to_owned());
        if let Some(filter) = self.filter {
            query.append_pair("filter", filter);
        }
        if let Some(order) = self.order {
            query.append_pair("sortBy", order);
        }
        if self.descending {
            query.append_pair("sortOrder", "descending");
        }
        query.finish()
    }
}

fn asking() -> impl Strategy<Value = Asking> {
    let filter = prop::option::of(prop::sample::select(&FILTERS[..]));
    let order = prop::option::of(prop::sample::select(&ORDERS[..]));
    (filter, order, any::<bool>()).prop_map(|(filter, order, descending)| Asking {
        filter,
        order,
        descending,
    })
}

fn attributes() -> impl Strategy<Value = Value> {
    let name = || prop::option::of("[abAB]{0,2}");
    let emails = prop::collection::vec(("[ab]{1,2}", any::<bool>()), 0..3);
    (name(), name(), name(), name(), any::<Option<bool>>(), emails).prop_map(
        |(user_name, display_name, external_id, family_name, active, emails)| {
            let mut attributes = json!({});
            for (name, value) in [
                ("userName", user_name.map(Value::from)),
                ("displayName", display_name.map(Value::from)),
                ("externalId", external_id.map(Value::from)),
                ("name", family_name.map(|name| json!({ "familyName": name }))),
                ("active", active.map(Value::from)),
            ] {
                if let Some(value) = value {
                    attributes[name] = value;
                }
            }
            let mut primary_left = true;
            let emails: Vec<Value> = emails
                .into_iter()
                .map(|(value, primary)| {
                    let primary = primary && std::mem::take(&mut primary_left);
                    json!({ "value": value, "primary": primary })
                })
                .collect();
            if !emails.is_empty() {
                attributes["emails"] = emails.into();
            }
            attributes
        },
    )
}

/// Users and groups; a group has no more than groups can have.
fn resources() -> impl Strategy<Value = Vec<(bool, Value)>> {
    prop::collection::vec((any::<bool>(), attributes()), 0..25).prop_map(|mut all| {
        for (is_group, attributes) in &mut all {
            if *is_group {
                attributes
                    .as_object_mut()
                    .unwrap()
                    .retain(|name, _| name == "displayName" || name == "externalId");
            }
        }
        all
    })
}

fn edge(resources: &[(bool, Value)]) -> [Fake; 2] {
    let both = [Fake::of(schema::user()), Fake::of(schema::group())];
    for (n, (is_group, attributes)) in resources.iter().enumerate() {
        both[usize::from(*is_group)].add(n + 100, attributes);
    }
    both
}

/// What a plain sort compares: whether there is no value, and the value as text.
fn plain_key(order: &str, resource: &Value) -> (bool, String) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let key = match order {
        "name.familyName" => text(&resource["name"]["familyName"]).to_lowercase(),
        "externalId" => text(&resource["externalId"]),
        "meta.created" => text(&resource["meta"]["created"]),
        "active" => {
            resource["active"].as_bool().map(|active| active.to_string()).unwrap_or_default()
        }
        "emails" => {
            let emails = resource["emails"].as_array().cloned().unwrap_or_default();
            let primary = emails.iter().find(|email| email["primary"] == true);
            primary.or(emails.first()).map(|email| text(&email["value"])).unwrap_or_default()
        }
        simple => text(&resource[simple]).to_lowercase(),
    };
    (key.is_empty(), key)
}

fn plain_order(asking: &Asking, one: &Value, other: &Value) -> Ordering {
    let Some(order) = asking.order else {
        let key = |resource: &Value| {
            (resource["meta"]["resourceType"] == "Group", resource["id"].to_string())
        };
        return key(one).cmp(&key(other));
    };
    let by_key = plain_key(order, one).cmp(&plain_key(order, other));
    let by_key = if asking.descending { by_key.reverse() } else { by_key };
    by_key.then_with(|| one["id"].to_string().cmp(&other["id"].to_string()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_list_is_in_the_order_of_a_plain_sort(resources in resources(), asking in asking(), one_type: bool) {
        let both = edge(&resources);
        let asked = if one_type { &both[..1] } else { &both[..] };
        let Ok(whole) = ask(asked, &asking.with("count=200")) else {
            prop_assert!(one_type, "{asking:?}");
            return Ok(());
        };
        let shown = whole["Resources"].as_array().unwrap();
        let mut sorted = shown.clone();
        sorted.sort_by(|one, other| plain_order(&asking, one, other));
        prop_assert_eq!(shown, &sorted);
        if asking.filter.is_none() {
            let all: usize = asked.iter().map(|fake| fake.ids().len()).sum();
            prop_assert_eq!(shown.len(), all);
        }
    }

    #[test]
    fn pages_of_any_size_are_the_list_in_pieces(
        resources in resources(), asking in asking(), counts in prop::collection::vec(1..9_usize, 1..4),
        by_cursor: bool, one_type: bool,
    ) {
        let both = edge(&resources);
        let asked = if one_type { &both[..1] } else { &both[..] };
        let Ok(whole) = ask(asked, &asking.with("count=200")) else { return Ok(()) };
        let expected = ids(&whole);
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        for count in counts.iter().cycle() {
            let page = if by_cursor {
                asking.with(&format!("count={count}&cursor={cursor}"))
            } else {
                asking.with(&format!("count={count}&startIndex={}", seen.len() + 1))
            };
            let page = ask(asked, &page).unwrap();
            prop_assert_eq!(&page["totalResults"], &whole["totalResults"]);
            prop_assert_eq!(ids(&page).len(), (*count).min(expected.len() - seen.len()));
            seen.extend(ids(&page));
            prop_assert!(seen.len() < 100, "the pages have no end");
            prop_assert_eq!(page.get("nextCursor").is_some(), by_cursor && seen.len() < expected.len());
            match page["nextCursor"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None if seen.len() >= expected.len() => break,
                None => {}
            }
        }
        prop_assert_eq!(&seen, &expected);
        prop_assert_eq!(&whole["totalResults"], expected.len());
    }

    #[test]
    fn who_is_there_all_the_time_is_seen_exactly_once_by_cursor(
        resources in resources(), asking in asking(), count in 1..5_usize,
        changes in prop::collection::vec((attributes(), 0..3, any::<prop::sample::Index>()), 0..12),
    ) {
        let both = edge(&resources);
        let matching = |both: &[Fake]| ids(&ask(both, &asking.with("count=200")).unwrap());
        let mut stays: BTreeSet<String> = matching(&both).into_iter().collect();
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        let mut changes = changes.into_iter();
        let (mut next_id, mut moved) = (0, BTreeSet::new());
        loop {
            let page = match ask(&both, &asking.with(&format!("count={count}&cursor={cursor}"))) {
                Ok(page) => page,
                Err(error) => return Err(TestCaseError::fail(error)),
            };
            seen.extend(ids(&page));
            prop_assert!(seen.len() < 100, "the pages have no end");
            let Some(next) = page["nextCursor"].as_str() else { break };
            cursor = next.to_owned();
            if let Some((attributes, change, which)) = changes.next() {
                let there = [both[0].ids(), both[1].ids()].concat();
                if change > 0 && !there.is_empty() {
                    let gone = which.get(&there);
                    let is_user = both[0].ids().contains(gone);
                    both.iter().for_each(|fake| fake.remove(gone));
                    stays.remove(gone);
                    if change == 2 && is_user {
                        moved.insert(gone.clone());
                        both[0].add((0..2_000).find(|n| id(*n) == *gone).unwrap(), &attributes);
                    }
                } else {
                    // Its id may be in front of all others, or behind them.
                    let n = if which.index(2) == 0 { next_id } else { 1_000 + next_id };
                    both[0].add(n, &attributes);
                    next_id += 1;
                }
            }
        }
        for id in &stays {
            prop_assert_eq!(seen.iter().filter(|seen| *seen == id).count(), 1, "{}", id);
        }
        seen.retain(|id| !moved.contains(id));
        let once: BTreeSet<&String> = seen.iter().collect();
        prop_assert_eq!(once.len(), seen.len(), "somebody was seen twice");
    }
}
