//! A group's members next to a set of ids, and each change of them done twice.

use std::collections::BTreeSet;

use http::Method;
use proptest::prelude::*;
use proptest::sample::subsequence;
use scim_edge::http::header;
use serde_json::{Value, json};

use crate::checks;
use crate::checks::edge::{Edge, field, json_of, user};

const PEOPLE: usize = 5;

/// What becomes of the members; people are counted from 0.
#[derive(Clone, Debug)]
enum Change {
    Add(Vec<usize>),
    /// By the list of those who go, as Entra does.
    Remove(Vec<usize>),
    /// By filters, as Okta does: one for each, or one for all.
    RemoveWhere(Vec<usize>, bool),
    Replace(Vec<usize>),
    Clear,
    Put(Vec<usize>),
}

fn change() -> impl Strategy<Value = Change> {
    let some = || subsequence((0..PEOPLE).collect::<Vec<_>>(), 0..=PEOPLE);
    prop_oneof![
        3 => some().prop_map(Change::Add),
        2 => some().prop_map(Change::Remove),
        2 => (some(), any::<bool>()).prop_map(|(who, at_once)| Change::RemoveWhere(who, at_once)),
        1 => some().prop_map(Change::Replace),
        1 => Just(Change::Clear),
        1 => some().prop_map(Change::Put),
    ]
}

impl Change {
    fn apply(&self, members: &mut BTreeSet<usize>) {
        match self {
            Self::Add(who) => members.extend(who),
            Self::Remove(who) | Self::RemoveWhere(who, _) => {
                members.retain(|one| !who.contains(one))
            }
            Self::Replace(who) | Self::Put(who) => *members = who.iter().copied().collect(),
            Self::Clear => members.clear(),
        }
    }

    fn to_request(&self, ids: &[String]) -> (Method, Value) {
        let named = |who: &[usize]| -> Vec<Value> {
            who.iter().map(|one| json!({ "value": ids[*one], "type": "User" })).collect()
        };
        let is = |one: &usize| format!("value eq \"{}\"", ids[*one]);
        let remove =
            |filter: String| json!({ "op": "remove", "path": format!("members[{filter}]") });
        let operations = match self {
            Self::Put(who) => {
                return (Method::PUT, json!({ "displayName": "Engines", "members": named(who) }));
            }
            Self::Add(who) => json!([{ "op": "add", "path": "members", "value": named(who) }]),
            Self::Remove(who) => {
                json!([{ "op": "Remove", "path": "members", "value": named(who) }])
            }
            Self::Replace(who) => json!([{ "op": "replace", "value": { "members": named(who) } }]),
            Self::RemoveWhere(who, true) if !who.is_empty() => {
                json!([remove(who.iter().map(is).collect::<Vec<_>>().join(" or "))])
            }
            Self::RemoveWhere(who, _) if !who.is_empty() => {
                who.iter().map(is).map(remove).collect()
            }
            Self::RemoveWhere(..) => json!([{ "op": "remove", "path": "members", "value": [] }]),
            Self::Clear => json!([{ "op": "remove", "path": "members" }]),
        };
        (Method::PATCH, json!({ "Operations": operations }))
    }
}

/// The ids of the group's members as it shows them.
fn shown(edge: &Edge, target: &str) -> Vec<String> {
    let group = json_of(&edge.ask(Method::GET, target, None));
    let members = group["members"].as_array().cloned().unwrap_or_default();
    members.iter().map(|member| member["value"].as_str().unwrap().to_owned()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn members_are_a_set_and_a_change_done_twice_is_done_once(
        changes in prop::collection::vec(change(), 1..8)
    ) {
        let edge = Edge::new();
        let ids: Vec<String> = (0..PEOPLE).map(|n| edge.create(&user(&format!("u{n}")))).collect();
        let group = edge.create_group(&json!({ "displayName": "Engines" }));
        let target = format!("/Groups/{group}");
        let mut members = BTreeSet::new();
        for change in changes {
            let before = members.clone();
            change.apply(&mut members);
            let (method, body) = change.to_request(&ids);
            let version = || {
                let answer = edge.ask(Method::GET, &target, None);
                field(&answer, header::ETAG).map(str::to_owned)
            };
            let old = version();
            let once = checks::check(&edge, &edge.scim(method.clone(), &target, Some(&body)));
            prop_assert!(once.status.is_success(), "{:?}: {}", change, once.status);
            prop_assert_eq!(version() != old, members != before, "{:?}", change);
            let kept = edge.contents();
            let twice = edge.ask(method, &target, Some(&body));
            prop_assert_eq!(once.status, twice.status);
            prop_assert_eq!(field(&once, header::ETAG), field(&twice, header::ETAG));
            prop_assert_eq!(edge.contents(), kept, "{:?}", change);
            // Ids are in the order of creation, and so are people here.
            let expected: Vec<String> = members.iter().map(|one| ids[*one].clone()).collect();
            prop_assert_eq!(shown(&edge, &target), expected);
            for (n, id) in ids.iter().enumerate() {
                let user = json_of(&edge.ask(Method::GET, &format!("/Users/{id}?attributes=groups"), None));
                let is_in = user["groups"][0]["value"] == *group;
                prop_assert_eq!(is_in, members.contains(&n), "{}", user);
            }
        }
    }
}
