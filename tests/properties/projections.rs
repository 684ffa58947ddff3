//! What `attributes` and `excludedAttributes` do to any answer: what is always shown stays, what is never shown does not
//! come, and nothing is shown that was not asked for.

use std::collections::BTreeSet;

use http::Method;
use proptest::prelude::*;
use proptest::sample::select;
use scim_edge::http::Response;
use serde_json::json;

use crate::checks;
use crate::checks::cast::Known;
use crate::checks::edge::{Edge, json_of};
use crate::made_up::{ENTERPRISE, path};

/// What no answer and no record may have in it.
const SECRET: &str = "correct horse battery staple";

/// A name as a client gives it, in any case: of an attribute, of one that is never shown, or of none.
fn name() -> impl Strategy<Value = String> {
    let known = select(vec![
        "id",
        "schemas",
        "meta",
        "meta.version",
        "userName",
        "PASSWORD",
        "password",
        "emails",
        "emails.value",
        "groups",
        "groups.display",
        "members",
        "members.value",
        "displayName",
        "externalId",
        "active",
        "urn:ietf:params:scim:schemas:core:2.0:User:password",
        "urn:ietf:params:scim:schemas:core:2.0:Group:members",
        ENTERPRISE,
    ]);
    prop_oneof![5 => known.prop_map(str::to_owned), 1 => path().prop_filter("one name", |path| !path.contains(','))]
}

#[derive(Clone, Copy, Debug)]
enum Way {
    Create,
    Put,
    Patch,
    Read,
    List,
    Search,
}

fn place() -> impl Strategy<Value = (&'static str, Way)> {
    let one = select(vec![Way::Create, Way::Put, Way::Patch, Way::Read, Way::List, Way::Search]);
    let all = select(vec![Way::List, Way::Search]);
    prop_oneof![
        4 => (select(vec!["/Users", "/Groups"]), one),
        1 => (Just(""), all),
    ]
}

/// Sends a request of that kind with what is to be shown. Secrets are in every body that can have them.
fn send(
    edge: &Edge,
    known: &Known,
    (place, way): (&str, Way),
    parameter: &str,
    names: &[String],
) -> Response {
    let list: String = form_urlencoded::byte_serialize(names.join(",").as_bytes()).collect();
    let query = format!("?{parameter}={list}");
    let id = if place == "/Users" { &known.user } else { &known.group };
    let whole = |name: &str| {
        if place == "/Users" {
            json!({ "userName": format!("{name}@example.com"), "password": SECRET, "displayName": name,
                "externalId": "e", (ENTERPRISE): { "department": "R" } })
        } else {
            json!({ "displayName": name, "externalId": "e", "members": [{ "value": known.other }] })
        }
    };
    let secret = if place == "/Users" {
        json!({ "password": SECRET, "title": "T" })
    } else {
        json!({ "displayName": "T" })
    };
    let (method, target, body) = match way {
        Way::Create => (Method::POST, format!("{place}{query}"), Some(whole("new"))),
        Way::Put => (Method::PUT, format!("{place}/{id}{query}"), Some(whole("ada"))),
        Way::Patch => {
            let patch = json!({ "Operations": [{ "op": "add", "value": secret }] });
            (Method::PATCH, format!("{place}/{id}{query}"), Some(patch))
        }
        Way::Read => (Method::GET, format!("{place}/{id}{query}"), None),
        Way::List => (Method::GET, format!("{place}{query}"), None),
        Way::Search => {
            (Method::POST, format!("{place}/.search"), Some(json!({ (parameter): names })))
        }
    };
    checks::check(edge, &edge.scim(method, &target, body.as_ref()))
}

/// The name of the attribute, or of the extension, that a path begins with, in lower case.
fn head(path: &str) -> String {
    let path = path.to_lowercase();
    for core in ["user", "group"] {
        if let Some(rest) =
            path.strip_prefix(&format!("urn:ietf:params:scim:schemas:core:2.0:{core}:"))
        {
            return head(rest);
        }
    }
    if path.starts_with("urn:") {
        path
    } else {
        path.split(['.', '[']).next().unwrap_or_default().to_owned()
    }
}

/// Whether one of the paths leads to the attribute or extension `key`, or into it.
fn is_named(names: &BTreeSet<String>, key: &str) -> bool {
    let key = key.to_lowercase();
    names
        .iter()
        .any(|name| *name == key || key.starts_with("urn:") && name.starts_with(&format!("{key}:")))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn no_projection_of_any_answer_shows_a_secret_or_hides_what_is_always_shown(
        place in place(), only: bool, names in prop::collection::vec(name(), 1..5)
    ) {
        let (edge, known) = Edge::with_a_group();
        let parameter = if only { "attributes" } else { "excludedAttributes" };
        let answer = send(&edge, &known, place, parameter, &names);
        prop_assert!(answer.status.is_success(), "{}", answer.status);
        let text = String::from_utf8(answer.body.clone()).unwrap();
        prop_assert!(!text.contains(SECRET) && !text.to_lowercase().contains("password"), "{}", text);
        for (key, value) in edge.contents() {
            prop_assert!(!String::from_utf8_lossy(&value).contains(SECRET), "{} keeps it", key);
        }
        let body = json_of(&answer);
        let shown = body["Resources"].as_array().cloned().unwrap_or_else(|| vec![body]);
        prop_assert!(!shown.is_empty());
        let heads: BTreeSet<String> = names.iter().map(|name| head(name)).collect();
        let exactly: BTreeSet<String> = names.iter().map(|name| name.to_lowercase()).collect();
        for resource in &shown {
            prop_assert!(resource["id"].is_string() && resource["schemas"][0].is_string(), "{}", resource);
            for key in resource.as_object().unwrap().keys().filter(|key| !matches!(&***key, "id" | "schemas")) {
                if only {
                    prop_assert!(is_named(&heads, key), "{} of {:?}", key, names);
                } else {
                    prop_assert!(!exactly.contains(&key.to_lowercase()), "{} of {:?}", key, names);
                }
            }
        }
    }

    #[test]
    fn bulk_answers_and_errors_repeat_no_secret(method in select(vec!["POST", "PUT", "PATCH"]), good: bool) {
        let (edge, known) = Edge::with_a_group();
        let data = match method {
            "PATCH" => json!({ "Operations": [{ "op": "replace", "path": if good { "title" } else { "password" }, "value": SECRET }] }),
            _ => json!({ "userName": if good { "new@example.com" } else { "bob@example.com" }, "password": SECRET }),
        };
        let path = if method == "POST" { "/Users".to_owned() } else { format!("/Users/{}", known.user) };
        let operation = json!({ "method": method, "path": path, "bulkId": "b", "data": data });
        let bulk = edge.scim(Method::POST, "/Bulk", Some(&json!({ "Operations": [operation] })));
        let answer = checks::check(&edge, &bulk);
        let result = &json_of(&answer)["Operations"][0];
        prop_assert_eq!(result["status"].as_str() < Some("400"), good, "{}", result);
        prop_assert!(!result.to_string().contains(SECRET), "{}", result);
    }
}
