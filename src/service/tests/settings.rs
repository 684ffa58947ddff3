//! What the settings page asks for, and what is refused to it.

use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

const SCIM: &str = "/v1/teams/acme/scim";
const TRIAL: &str = "/v1/teams/acme/scim/test";

fn status_for(edge: &Edge, email: &str) -> Value {
    let answer = edge.ask(Method::GET, SCIM).signed_in(email).send();
    assert_eq!(answer.status, StatusCode::OK, "{}", body(&answer));
    body(&answer)
}

fn status(edge: &Edge) -> Value {
    status_for(edge, OWNER)
}

/// Does what is left to be done behind an answer, as hosts do.
fn behind(edge: &Edge) {
    block_on(edge.service.go_on());
}

/// All that the store holds.
fn entries(edge: &Edge) -> Vec<crate::store::Entry> {
    use crate::store::Transaction as _;
    block_on(async {
        let mut transaction = edge.service.store().begin().await.unwrap();
        transaction.fetched(|t| t.range("", None, 0, usize::MAX)).await.unwrap()
    })
}

fn set_active(edge: &Edge, id: &str, active: bool) {
    let patch = json!({ "Operations": [{ "op": "replace", "path": "active", "value": active }] });
    let answer = edge.scim(Method::PATCH, &format!("/Users/{id}")).json(&patch).send();
    assert_eq!(answer.status, StatusCode::OK);
}

#[test]
fn the_page_is_given_to_anybody_and_tells_nothing_of_a_team() {
    let edge = Edge::new();
    let known = edge.ask(Method::GET, "/settings/teams/acme").send();
    let unknown = edge.ask(Method::GET, "/settings/teams/none").send();
    assert_eq!((known.status, &known.body), (StatusCode::OK, &unknown.body));
    assert!(field(&known, header::CONTENT_SECURITY_POLICY).is_some());
    let nothing = edge.ask(Method::GET, "/settings/elsewhere").send();
    assert_eq!(problem(&nothing).0, 404);
}

#[test]
fn an_owner_is_told_what_may_be_done_and_what_comes_of_it() {
    let edge = Edge::new();
    let shown = status(&edge);
    assert_eq!(shown["role"], "owner");
    assert_eq!(shown["team"], json!({ "id": "acme", "name": "acme" }));
    assert_eq!(shown["verified_domains"], json!([]));
    assert_eq!((&shown["last_request"], &shown["last_refusal"]), (&Value::Null, &Value::Null));
    let platform = body(&edge.platform(Method::GET, SCIM).send());
    assert_eq!(platform["role"], Value::Null);
    assert_eq!(platform["endpoint_url"], shown["endpoint_url"]);
}

#[test]
fn a_member_is_told_whom_to_ask_and_neither_address_nor_activity() {
    let edge = Edge::new();
    edge.create("ada");
    let shown = status_for(&edge, "ada@example.com");
    let told: Vec<&String> = shown.as_object().unwrap().keys().collect();
    let expected = ["active", "enabled", "members", "owners", "role", "sso", "team", "users"];
    assert_eq!(told, expected);
    assert_eq!((&shown["role"], &shown["owners"]), (&json!("member"), &json!([OWNER])));
    for (method, path) in [
        (Method::POST, SCIM),
        (Method::DELETE, SCIM),
        (Method::POST, "/v1/teams/acme/scim/rotate"),
        (Method::POST, TRIAL),
        (Method::GET, "/v1/teams/acme/events"),
    ] {
        let answer = edge.ask(method, path).signed_in("ada@example.com").send();
        assert_eq!(problem(&answer), (403, "not_owner".to_owned()), "{path}");
    }
}

#[test]
fn who_is_provisioned_and_who_is_active_is_counted_after_every_change() {
    let edge = Edge::new();
    let counts = || {
        let shown = status(&edge);
        let members = shown["members"].as_u64().unwrap();
        (shown["users"].as_u64().unwrap(), shown["active"].as_u64().unwrap(), members)
    };
    assert_eq!(counts(), (0, 0, 1));
    let ada = edge.create("ada")["id"].as_str().unwrap().to_owned();
    let grace = edge.create("grace")["id"].as_str().unwrap().to_owned();
    let mut inactive = user("joan");
    inactive["active"] = json!(false);
    edge.scim(Method::POST, "/Users").json(&inactive).send();
    assert_eq!(counts(), (3, 2, 3));
    set_active(&edge, &ada, false);
    set_active(&edge, &ada, false);
    assert_eq!(counts(), (3, 1, 2));
    edge.scim(Method::POST, "/Users").json(&user("ada")).send();
    edge.scim(Method::POST, "/Users").json(&user("joan")).send();
    assert_eq!(counts(), (3, 3, 4));
    edge.owner(Method::DELETE, "/v1/teams/acme/members/grace@example.com").send();
    assert_eq!(counts(), (3, 2, 3));
    edge.owner(Method::PUT, "/v1/teams/acme/members/grace@example.com").send();
    assert_eq!(counts(), (3, 3, 4));
    set_active(&edge, &grace, false);
    edge.scim(Method::DELETE, &format!("/Users/{grace}")).send();
    edge.scim(Method::DELETE, &format!("/Users/{ada}")).send();
    assert_eq!(counts(), (1, 1, 2));
}

#[test]
fn the_last_request_is_shown_with_what_the_client_calls_itself() {
    let edge = Edge::new();
    let agent = format!("Okta SCIM Client 1.0.0 {}", "x".repeat(300));
    edge.scim(Method::GET, "/Users?filter=userName%20eq%20%22ada%40example.com%22")
        .header(header::USER_AGENT, &agent)
        .send();
    assert_eq!(status(&edge)["last_request"], Value::Null, "written behind the answer");
    behind(&edge);
    let last = &status(&edge)["last_request"];
    assert_eq!((&last["request"], &last["status"]), (&json!("GET /Users"), &json!(200)));
    assert_eq!(last["user_agent"], agent.get(..200).unwrap());
    edge.owner(Method::DELETE, SCIM).send();
    assert!(status(&edge).get("last_request").is_none());
    edge.service.host().advance(1);
    edge.enable("acme");
    assert_eq!(status(&edge)["last_request"], Value::Null, "that was another endpoint");
}

#[test]
fn requests_that_differ_in_nothing_are_noted_every_ten_seconds() {
    let edge = Edge::new();
    let list = || {
        edge.scim(Method::GET, "/Users").send();
        behind(&edge);
        status(&edge)["last_request"]["at"].clone()
    };
    let first = list();
    let before = entries(&edge);
    assert_eq!(list(), first);
    edge.service.host().advance(9_000);
    assert_eq!(list(), first);
    assert_eq!(entries(&edge), before);
    edge.service.host().advance(1_000);
    assert_ne!(list(), first);
}

#[test]
fn a_request_that_ends_otherwise_or_comes_from_another_client_is_noted_sooner() {
    let edge = Edge::new();
    edge.scim(Method::GET, "/Users").send();
    behind(&edge);
    edge.service.host().advance(1_000);
    edge.scim(Method::GET, "/Users/none").send();
    behind(&edge);
    let last = status(&edge)["last_request"].clone();
    assert_eq!((&last["request"], &last["status"]), (&json!("GET /Users/…"), &json!(404)));
    edge.service.host().advance(1_000);
    edge.scim(Method::GET, "/Users/none").header(header::USER_AGENT, "other").send();
    behind(&edge);
    assert_eq!(status(&edge)["last_request"]["user_agent"], "other");
}

#[test]
fn a_request_that_is_turned_away_is_shown_with_the_reason_and_hides_no_good_one() {
    let edge = Edge::new();
    edge.scim(Method::GET, "/Users").send();
    let users = format!("{}/Users", edge.scim_path);
    let cut = edge.token.get(..20).unwrap().to_owned();
    let other = Edge::new().token;
    let mut changed = edge.token.clone();
    changed.replace_range(5..6, if changed.as_bytes()[5] == b'a' { "b" } else { "a" });
    for (token, reason) in
        [(Some(&cut), "malformed"), (None, "missing"), (Some(&changed), "malformed")]
    {
        edge.service.host().advance(10_000);
        let ask = edge.ask(Method::GET, &users);
        match token {
            Some(token) => ask.bearer(token).send(),
            None => ask.send(),
        };
        behind(&edge);
        let refusal = &status(&edge)["last_refusal"];
        assert_eq!((&refusal["reason"], &refusal["status"]), (&json!(reason), &json!(401)));
    }
    edge.service.host().advance(10_000);
    edge.owner(Method::POST, "/v1/teams/acme/scim/rotate").send();
    let mut head = Request::new(Method::POST, &users);
    let old = format!("Bearer {}", edge.token);
    head.headers.set(header::AUTHORIZATION, &old).unwrap();
    assert!(block_on(edge.service.refuse_early(&head)).is_some());
    behind(&edge);
    let shown = status(&edge);
    assert_eq!(shown["last_refusal"]["reason"], "wrong");
    assert_eq!(shown["last_refusal"]["request"], "POST /Users");
    assert_eq!(shown["last_request"]["status"], 200);
    assert!(!shown.to_string().contains(&edge.token) && !shown.to_string().contains(&other));
}

#[test]
fn who_guesses_at_teams_leaves_nothing_in_the_store() {
    let edge = Edge::new();
    edge.put_team("off");
    let before = entries(&edge);
    for endpoint in ["none.abc", "off.abc", "acme", "x/../y"] {
        edge.ask(Method::GET, &format!("/scim/v2/{endpoint}/Users")).bearer(&edge.token).send();
        behind(&edge);
    }
    assert_eq!(entries(&edge), before);
}

#[test]
fn a_trial_does_what_a_providers_test_does_and_leaves_nothing() {
    let edge = Edge::new();
    edge.create("ada");
    behind(&edge);
    let before = entries(&edge);
    let answer = edge.owner(Method::POST, TRIAL).send();
    assert_eq!(answer.status, StatusCode::OK);
    let steps = body(&answer)["steps"].as_array().unwrap().clone();
    let named: Vec<(&str, u64)> = steps
        .iter()
        .map(|step| (step["step"].as_str().unwrap(), step["status"].as_u64().unwrap()))
        .collect();
    let expected = [
        ("wrong_token", 401),
        ("configuration", 200),
        ("unknown", 200),
        ("create", 201),
        ("read", 200),
        ("find", 200),
        ("deactivate", 200),
        ("delete", 204),
        ("gone", 404),
    ];
    assert_eq!(named, expected);
    let texts = include_str!("../../settings/texts.js");
    for (step, _) in named {
        assert!(texts.contains(&format!("      {step}: '")), "{step} has no words");
    }
    assert!(steps.iter().all(|step| step["ok"] == true && step["detail"].is_null()), "{steps:?}");
    behind(&edge);
    assert_eq!(entries(&edge), before);
}

#[test]
fn a_trial_keeps_to_the_verified_domains_and_needs_scim() {
    let edge = Edge::new();
    let team = json!({
        "name": "acme", "sso": { "type": "oidc" }, "verified_domains": ["example.com"],
    });
    edge.platform(Method::PUT, "/v1/teams/acme").json(&team).send();
    let steps = body(&edge.owner(Method::POST, TRIAL).send())["steps"].clone();
    assert!(steps.as_array().unwrap().iter().all(|step| step["ok"] == true), "{steps}");
    assert_eq!(edge.platform(Method::POST, TRIAL).send().status, StatusCode::OK);
    assert_eq!(problem(&edge.owner(Method::GET, TRIAL).send()).0, 405);
    edge.owner(Method::DELETE, SCIM).send();
    let off = edge.owner(Method::POST, TRIAL).send();
    assert_eq!(problem(&off), (404, "scim_disabled".to_owned()));
}

#[test]
fn only_pages_of_this_site_change_something_in_a_persons_name() {
    let edge = Edge::new();
    for (name, value) in
        [(header::ORIGIN, "https://elsewhere.example"), (header::SEC_FETCH_SITE, "same-site")]
    {
        let before = entries(&edge);
        for (method, path) in [
            (Method::POST, "/v1/teams/acme/scim/rotate"),
            (Method::DELETE, SCIM),
            (Method::POST, TRIAL),
            (Method::PUT, "/v1/teams/acme/members/eve@example.com"),
            (Method::PUT, "/v1/teams/acme/import"),
        ] {
            let answer = edge.owner(method.clone(), path).header(name, value).send();
            assert_eq!(problem(&answer), (403, "cross_origin".to_owned()), "{path}");
            let ask = edge.owner(method, path).header(name, value);
            let early = block_on(edge.service.refuse_early(&ask.request)).unwrap();
            assert_eq!(problem(&early), (403, "cross_origin".to_owned()), "{path}");
        }
        assert_eq!(entries(&edge), before);
        let read = edge.owner(Method::GET, SCIM).header(name, value).send();
        assert_eq!(read.status, StatusCode::OK);
        let rotate = "/v1/teams/acme/scim/rotate";
        let on_behalf = json!({ "on_behalf_of": OWNER });
        let keyed = edge.platform(Method::POST, rotate).header(name, value).json(&on_behalf).send();
        assert_eq!(keyed.status, StatusCode::OK);
    }
    let rotate = edge.owner(Method::POST, "/v1/teams/acme/scim/rotate");
    let own = rotate
        .header(header::ORIGIN, "https://edge.example")
        .header(header::SEC_FETCH_SITE, "same-origin");
    assert_eq!(own.send().status, StatusCode::OK);
}

#[test]
fn who_follows_the_log_is_told_what_is_new_once() {
    let edge = Edge::new();
    let newest = status(&edge)["newest_event"].as_u64().unwrap();
    let after = |n: u64, rest: &str| {
        let path = format!("/v1/teams/acme/events?after={n}{rest}");
        body(&edge.owner(Method::GET, &path).send())
    };
    assert_eq!(after(newest, ""), json!({ "events": [], "next": null }));
    for name in ["ada", "grace", "joan"] {
        edge.create(name);
    }
    assert_eq!(status(&edge)["newest_event"], newest + 3);
    let numbers = |page: &Value| -> Vec<u64> {
        page["events"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event["n"].as_u64().unwrap())
            .collect()
    };
    assert_eq!(numbers(&after(newest, "")), [newest + 3, newest + 2, newest + 1]);
    let page = after(newest, "&limit=2");
    assert_eq!(numbers(&page), [newest + 3, newest + 2]);
    assert_eq!(page["next"], newest + 2);
    let rest = after(newest, &format!("&limit=2&before={}", newest + 2));
    assert_eq!((numbers(&rest), &rest["next"]), (vec![newest + 1], &Value::Null));
    let exact = after(newest, "&limit=3");
    assert_eq!((numbers(&exact).len(), &exact["next"]), (3, &Value::Null));
    let bad = edge.owner(Method::GET, "/v1/teams/acme/events?after=x").send();
    assert_eq!(problem(&bad), (400, "invalid_query".to_owned()));
}
