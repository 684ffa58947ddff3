//! The tables of the documentation say what the code says, no less and no more.

use std::collections::BTreeMap;

use http::Method;
use scim_edge::config::Config;
use scim_edge::json;
use scim_edge::manage;
use scim_edge::provisioning::{event, group, team};
use scim_edge::router::{Endpoint, ManageEndpoint, ScimEndpoint, route};
use scim_edge::scim::{bulk, cursor, filter, patch, projection, query, resource, sort};

use crate::markdown::{Page, spans};
use crate::source;

/// The text in backticks that a cell consists of.
fn code(cell: &str) -> String {
    match spans(cell).as_slice() {
        [span] if cell.starts_with('`') && cell.ends_with('`') => span.clone(),
        _ => panic!("{cell:?} is not one text in backticks"),
    }
}

fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort();
    texts
}

#[test]
fn the_problem_codes_are_those_of_the_code() {
    let rows = Page::read("docs/management-api.md").rows("Codes");
    let told: BTreeMap<String, u16> =
        rows.iter().map(|row| (code(&row[0]), row[1].parse().unwrap())).collect();
    assert_eq!(told.len(), rows.len(), "a code is listed twice");
    assert_eq!(told, source::problem_codes());
}

#[test]
fn the_codes_that_an_endpoint_answers_with_exist() {
    let page = Page::read("docs/management-api.md");
    let known = source::problem_codes();
    let statuses: Vec<String> =
        known.iter().map(|(code, status)| format!("{status} `{code}`")).collect();
    let text = page.prose().collect::<Vec<_>>().join(" ");
    let words: Vec<&str> = text.split(' ').collect();
    for pair in words.windows(2) {
        let [status, code] = pair else { continue };
        let named = code.split(['`']).nth(1).filter(|_| code.starts_with('`'));
        if let (Ok(400..=599), Some(name)) = (status.parse::<u16>(), named) {
            let told = format!("{status} `{name}`");
            assert!(statuses.contains(&told), "there is no answer {told}");
        }
    }
}

#[test]
fn the_actions_of_events_are_those_of_the_code() {
    let rows = Page::read("docs/management-api.md").rows("Actions");
    let told = rows.iter().map(|row| code(&row[0])).collect();
    assert_eq!(sorted(told), sorted(source::actions()));
}

#[test]
fn the_endpoints_of_the_management_api_are_those_of_the_router() {
    let page = Page::read("docs/management-api.md");
    let mut told: BTreeMap<String, (Vec<Method>, ManageEndpoint)> = BTreeMap::new();
    for heading in page.prose().filter_map(|line| line.strip_prefix("### `")) {
        let (method, path) = heading.trim_end_matches('`').split_once(' ').unwrap();
        let example = path.replace("<team>", "acme").replace("<e-mail>", "ada@example.com");
        let Endpoint::Manage(Some(endpoint)) = route(&example) else {
            panic!("the router knows no {path}");
        };
        let entry = told.entry(path.to_owned()).or_insert((Vec::new(), endpoint));
        entry.0.push(method.parse().unwrap());
    }
    let by_name = |method: &Method| method.as_str().to_owned();
    for (path, (methods, endpoint)) in &told {
        let methods = methods.iter().map(by_name).collect();
        let known = endpoint.methods().iter().map(by_name).collect();
        assert_eq!(sorted(methods), sorted(known), "{path}");
    }
    assert_eq!(told.len(), 10, "{:?}", told.keys());
}

#[test]
fn the_endpoints_of_scim_are_those_of_the_router() {
    for row in Page::read("docs/scim.md").rows("Endpoints") {
        for path in row[0].split(", ") {
            let path = code(path).replace("<id>", "x").replace("<urn>", "urn:x");
            let Endpoint::Scim { resource: Some(endpoint), .. } =
                route(&format!("/scim/v2/a.b{path}"))
            else {
                panic!("the router knows no {path}");
            };
            let told: Vec<String> = row[1].split(", ").map(code).collect();
            let known: Vec<&str> =
                ScimEndpoint::methods(&endpoint).iter().map(Method::as_str).collect();
            assert_eq!(
                sorted(told),
                sorted(known.iter().map(|m| (*m).to_owned()).collect()),
                "{path}"
            );
        }
    }
}

#[test]
fn the_scim_types_are_those_of_the_code() {
    let rows = Page::read("docs/scim.md").rows("Errors");
    let mut told: Vec<String> =
        rows.iter().filter(|row| row[1] != "none").map(|row| code(&row[1])).collect();
    told.sort();
    told.dedup();
    assert_eq!(told, sorted(source::scim_types()));
}

#[test]
fn the_limits_of_scim_are_those_of_the_code() {
    let rows = Page::read("docs/scim.md").rows("Limits");
    let told: BTreeMap<&str, &str> =
        rows.iter().map(|row| (row[0].as_str(), row[1].as_str())).collect();
    let known = [
        ("body", format!("{} MiB", scim_edge::http::BODY_MAX / 1024 / 1024)),
        ("depth of JSON", json::MAX_DEPTH.to_string()),
        (
            "attributes of a resource, of an extension, sub-attributes of a value",
            thousands(resource::MAX_ATTRIBUTES),
        ),
        ("operations of a PATCH", thousands(patch::MAX_OPERATIONS)),
        ("operations of a bulk request", thousands(bulk::MAX_OPERATIONS)),
        ("operations of a bulk request that refer to each other", bulk::MAX_CIRCLE.to_string()),
        ("comparisons in the paths of a PATCH", thousands(patch::MAX_COMPARISONS)),
        (
            "a user, or a group without its members, while a PATCH is applied",
            format!("{} KiB", patch::MAX_SIZE / 1024),
        ),
        (
            "comparisons in those paths of a PATCH that look at every member",
            patch::MAX_MEMBER_COMPARISONS.to_string(),
        ),
        ("members of a group", thousands(usize::try_from(group::MEMBERS_MAX).unwrap())),
        ("members of a group that a PATCH is answered with", patch::MAX_MEMBERS_SHOWN.to_string()),
        ("the id of a member, its `display`", format!("{} characters", group::MEMBER_ID_MAX)),
        ("the id of a member, its `display`", format!("{} characters", group::DISPLAY_MAX)),
        (
            "groups that a member is in directly",
            thousands(usize::try_from(group::GROUPS_OF_MEMBER_MAX).unwrap()),
        ),
        (
            "groups that a group is in, directly or through others, where another group is added to it",
            thousands(group::NESTING_MAX),
        ),
        ("length of a filter or path", format!("{} KiB", filter::MAX_LENGTH / 1024)),
        ("comparisons in a filter or path", filter::MAX_TERMS.to_string()),
        ("depth of brackets in a filter or path", filter::MAX_DEPTH.to_string()),
        ("names in `attributes` or `excludedAttributes`", projection::MAX_NAMES.to_string()),
        (
            "resources in a page",
            format!("{}; {} unless asked for", query::MAX_COUNT, query::DEFAULT_COUNT),
        ),
        (
            "a user, or a group without its members, as it is kept, in JSON",
            format!("{} KiB", scim_edge::store::VALUE_MAX / 1024),
        ),
        (
            "resources that a filter without index, or an order, looks at",
            thousands(usize::try_from(query::MAX_SCANNED).unwrap()),
        ),
        ("bytes of a text that count for its place in an order", thousands(sort::MAX_KEY)),
        ("resources that a cursor knows", cursor::MAX_MARKS.to_string()),
    ];
    for (what, most) in known {
        assert_eq!(told.get(what), Some(&most.as_str()), "{what}");
    }
}

#[test]
fn the_limits_of_the_management_api_are_those_of_the_code() {
    let page = Page::read("docs/management-api.md");
    let said = |text: String| assert!(page.text.contains(&text), "{text:?} is not said");
    said(format!("1 to {} characters", team::NAME_MAX));
    said(format!("1 to {} e-mail addresses", team::OWNERS_MAX));
    said(format!("up to {} domains", team::DOMAINS_MAX));
    said(format!("newest {} events", thousands(usize::try_from(event::KEPT).unwrap())));
}

#[test]
fn the_configuration_tables_have_every_field() {
    let tables =
        [("README.md", "Configuration"), ("envoy/README.md", "The plugin's configuration")];
    for (page, heading) in tables {
        let rows = Page::read(page).rows(heading);
        let told: Vec<String> = rows.iter().map(|row| code(&row[0])).collect();
        let names = told.iter().map(|path| path.rsplit('.').next().unwrap().to_owned()).collect();
        assert_eq!(sorted(names), sorted(source::config_fields()), "{page}");
    }
}

#[test]
fn the_configuration_shown_is_accepted() {
    let page = Page::read("README.md");
    let fences = page.fences();
    let shown = fences.iter().find(|fence| fence.language == "json").unwrap();
    let text: String = shown.lines.iter().map(|(_, line)| *line).collect();
    Config::from_json(text.as_bytes()).unwrap();
}

#[test]
fn every_promise_names_tests_that_exist() {
    let rows = Page::read("README.md").rows("What is promised");
    for row in rows {
        let tests = spans(&row[1]);
        assert!(!tests.is_empty(), "no test for: {}", row[0]);
        for test in tests {
            assert!(source::has_test(&test), "there is no test {test}");
        }
    }
}

#[test]
fn a_problem_is_shown_as_it_is_answered() {
    let page = Page::read("docs/management-api.md");
    let shown = page.fences().into_iter().rfind(|fence| fence.language == "json").unwrap();
    let text: String = shown.lines.iter().map(|(_, line)| *line).collect();
    let shown: serde_json::Value = serde_json::from_str(&text).unwrap();
    let kind = manage::ProblemKind::ScimEnabled;
    let answer = manage::Problem::new(kind, shown["detail"].as_str().unwrap()).to_response();
    let answered: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(shown, answered);
}

/// A number with commas between its thousands.
fn thousands(number: usize) -> String {
    match (number / 1000, number % 1000) {
        (0, rest) => rest.to_string(),
        (front, rest) => format!("{},{rest:03}", thousands(front)),
    }
}
