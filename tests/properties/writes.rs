//! What was written is read back, all of it or what was asked for.

use std::collections::BTreeSet;

use http::Method;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::checks::edge::{Edge, json_of, user};
use crate::made_up::{attributes, known, unknown};

/// `given` with the user's names.
fn whole(given: &serde_json::Map<String, Value>) -> Value {
    let mut whole = user("ada");
    for (name, value) in given {
        whole[name] = value.clone();
    }
    whole
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_posted_put_or_patched_is_read_back(
        posted in attributes(), put in attributes(), patched in attributes()
    ) {
        let edge = Edge::new();
        let id = edge.create(&whole(&posted));
        let path = format!("/Users/{id}");
        let read = |given: &serde_json::Map<String, Value>| {
            let shown = json_of(&edge.ask(Method::GET, &path, None));
            for (name, value) in given {
                assert_eq!(&shown[name], value, "{name}");
            }
            shown
        };
        let shown = read(&posted);
        // Sent back as it was read, it changes nothing.
        let again = edge.ask(Method::PUT, &path, Some(&shown));
        prop_assert_eq!(json_of(&again), shown);

        let answer = edge.ask(Method::PUT, &path, Some(&whole(&put)));
        prop_assert_eq!(answer.status, 200, "{}", json_of(&answer));
        let shown = read(&put);
        let gone = posted.keys().filter(|name| !put.contains_key(*name) && *name != "name");
        for name in gone {
            prop_assert_eq!(&shown[name], &Value::Null, "{}", name);
        }

        let operation = |(name, value): (&String, &Value)| {
            json!({ "op": "replace", "path": name, "value": value })
        };
        let operations: Vec<Value> = patched.iter().map(operation).collect();
        if !operations.is_empty() {
            let patch = json!({ "Operations": operations });
            let answer = edge.ask(Method::PATCH, &path, Some(&patch));
            prop_assert_eq!(answer.status, 200, "{}", json_of(&answer));
            let shown = json_of(&edge.ask(Method::GET, &path, None));
            // Parts of an object that are not mentioned stay.
            for (name, value) in &patched {
                match value {
                    Value::Object(parts) if put.contains_key(name) || name == "name" => {
                        parts.iter().for_each(|(part, value)| assert_eq!(&shown[name][part], value));
                    }
                    value => prop_assert_eq!(&shown[name], value, "{}", name),
                }
            }
        }
    }

    #[test]
    fn a_projection_shows_what_was_asked_for_and_no_more(
        given in attributes(), asked in prop::collection::vec(prop_oneof![known(), unknown()], 1..4)
    ) {
        let edge = Edge::new();
        let id = edge.create(&whole(&given));
        let all = json_of(&edge.ask(Method::GET, &format!("/Users/{id}"), None));
        let asked: BTreeSet<String> =
            asked.into_iter().map(|(name, _)| name).chain(given.keys().take(1).cloned()).collect();
        let list = asked.iter().cloned().collect::<Vec<_>>().join(",");

        let target = format!("/Users/{id}?attributes={list}");
        let only = json_of(&edge.ask(Method::GET, &target, None));
        let target = format!("/Users/{id}?excludedAttributes=id,schemas,{list}");
        let except = json_of(&edge.ask(Method::GET, &target, None));
        for shown in [&only, &except] {
            prop_assert_eq!(&shown["id"], &id);
            prop_assert!(shown["schemas"].as_array().is_some_and(|schemas| !schemas.is_empty()));
            prop_assert!(shown.get("password").is_none());
        }
        for (name, value) in all.as_object().unwrap() {
            if matches!(name.as_str(), "id" | "schemas") {
                continue;
            }
            let wanted = asked.contains(name);
            prop_assert_eq!(only.get(name), Some(value).filter(|_| wanted), "{} of {}", name, list);
            prop_assert_eq!(except.get(name), Some(value).filter(|_| !wanted), "{} of {}", name, list);
        }
    }
}
