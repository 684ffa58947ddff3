//! Walks through the management API and the gate.

use serde_json::{Value, json};

use super::edge::PLATFORM_KEY;
use super::runner::{Answer, PUBLIC_URL, Request};
use super::transcript::Recorder;

const OWNER: &str = "owner@example.com";

/// A request of the product behind.
fn platform(method: &str, path: &str, body: &Value) -> Request {
    let request = Request::new(method, path).bearer(PLATFORM_KEY);
    if body.is_null() { request } else { request.body("application/json", body.to_string()) }
}

/// A request of a person.
fn person(email: &str, method: &str, path: &str) -> Request {
    Request::new(method, path).signed_in(email)
}

pub(crate) fn make_team(recorder: &mut Recorder<'_>, team: &str, owner: &str) {
    let body = json!({ "name": team, "sso": { "type": "oidc" }, "owners": [owner] });
    let request = platform("PUT", &format!("/v1/teams/{team}"), &body);
    let answer = recorder.ask(&format!("{team} is made"), &request);
    assert!(matches!(answer, Answer::Answered { status: 201, .. }), "{answer:?}");
}

/// The URL of the team's new endpoint, and its token.
pub(crate) fn enable(recorder: &mut Recorder<'_>, team: &str, owner: &str) -> (String, String) {
    let request = person(owner, "POST", &format!("/v1/teams/{team}/scim"));
    let answer = recorder.ask(&format!("{team} switches SCIM on"), &request);
    let shown = body(&answer);
    let text = |name: &str| shown[name].as_str().unwrap_or_else(|| panic!("{shown}")).to_owned();
    (text("endpoint_url"), text("token"))
}

/// The JSON that is in an answer.
pub(crate) fn body(answer: &Answer) -> Value {
    match answer {
        Answer::Answered { body, .. } => serde_json::from_slice(body).unwrap(),
        Answer::Forwarded(fields) => panic!("forwarded with {fields:?}"),
    }
}

/// The path of an endpoint.
pub(crate) fn path_of(url: &str) -> String {
    url.strip_prefix(PUBLIC_URL).unwrap().to_owned()
}

fn off() -> Value {
    json!({ "Operations": [{ "op": "replace", "path": "active", "value": false }] })
}

/// A request of an identity provider.
fn scim(token: &str, method: &str, path: &str, body: &Value) -> Request {
    let request = Request::new(method, path).bearer(token);
    if body.is_null() { request } else { request.body("application/scim+json", body.to_string()) }
}

pub(crate) fn manage(recorder: &mut Recorder<'_>) {
    make_team(recorder, "acme", OWNER);
    let (url, token) = enable(recorder, "acme", OWNER);
    let path = path_of(&url);
    let member = "/v1/teams/acme/members/bob%40example.com";
    let ada = json!({ "userName": "ada@example.com", "title": "Countess" });
    let created = body(&recorder.ask("ada", &scim(&token, "POST", &format!("{path}/Users"), &ada)));
    let ada_path = format!("{path}/Users/{}", created["id"].as_str().unwrap());
    let none = Value::Null;
    let saml = json!({
        "name": "Acme", "sso": { "type": "saml", "issuer": "Okta" },
        "verified_domains": ["Example.com"], "owners": [OWNER, "second@example.com"],
    });
    let bare = json!({ "name": "Bare", "sso": { "type": "none" }, "owners": [OWNER] });
    let for_owner = json!({ "on_behalf_of": OWNER });
    let steps: Vec<(&str, Request)> = vec![
        ("a team is shown", platform("GET", "/v1/teams/acme", &none)),
        ("to its owner too", person(OWNER, "GET", "/v1/teams/acme")),
        ("not to others", person("eve@example.com", "GET", "/v1/teams/acme")),
        ("one that is not there", platform("GET", "/v1/teams/none", &none)),
        ("it is changed", platform("PUT", "/v1/teams/acme", &saml)),
        (
            "an outsider",
            scim(
                &token,
                "POST",
                &format!("{path}/Users"),
                &json!({ "userName": "x@other.example" }),
            ),
        ),
        ("a member", platform("PUT", member, &none)),
        ("an admin", platform("PUT", member, &json!({ "role": "admin" }))),
        ("is shown", platform("GET", member, &none)),
        ("all members", platform("GET", "/v1/teams/acme/members", &none)),
        ("a page of them", platform("GET", "/v1/teams/acme/members?limit=1", &none)),
        ("the identity provider takes ada out", scim(&token, "PATCH", &ada_path, &off())),
        ("she signs in", platform("PUT", "/v1/teams/acme/members/ada%40example.com", &none)),
        (
            "an owner wants her back",
            platform("PUT", "/v1/teams/acme/members/ada%40example.com", &for_owner),
        ),
        ("and she is", scim(&token, "GET", &ada_path, &none)),
        ("an account", platform("GET", "/v1/accounts/ADA%40example.com", &none)),
        ("of nobody", platform("GET", "/v1/accounts/nobody%40example.com", &none)),
        (
            "the last owner cannot go",
            platform("DELETE", "/v1/teams/acme/members/owner%40example.com", &none),
        ),
        ("a member can", platform("DELETE", member, &none)),
        ("once", platform("DELETE", member, &none)),
        ("the connection", person(OWNER, "GET", "/v1/teams/acme/scim")),
        ("on again", person(OWNER, "POST", "/v1/teams/acme/scim")),
        ("another token", person(OWNER, "POST", "/v1/teams/acme/scim/rotate")),
        ("the old one", scim(&token, "GET", &ada_path, &none)),
        ("off", person(OWNER, "DELETE", "/v1/teams/acme/scim")),
        ("off again", person(OWNER, "DELETE", "/v1/teams/acme/scim")),
        ("nothing to rotate", person(OWNER, "POST", "/v1/teams/acme/scim/rotate")),
        ("a team without sign-in", platform("PUT", "/v1/teams/bare", &bare)),
        ("cannot switch it on", person(OWNER, "POST", "/v1/teams/bare/scim")),
        ("the product cannot either", platform("POST", "/v1/teams/acme/scim", &none)),
        ("but for an owner", platform("POST", "/v1/teams/acme/scim", &for_owner)),
        ("events", person(OWNER, "GET", "/v1/teams/acme/events")),
        ("a page of them", platform("GET", "/v1/teams/acme/events?limit=2", &none)),
        ("an older page", platform("GET", "/v1/teams/acme/events?limit=2&before=4", &none)),
        ("a page of none", platform("GET", "/v1/teams/acme/events?limit=0", &none)),
        ("a file of the team", platform("GET", "/v1/teams/acme/export", &none)),
        ("a method", platform("PATCH", "/v1/teams/acme", &none)),
        ("a path", platform("GET", "/v1/nothing", &none)),
        ("no key", Request::new("GET", "/v1/teams/acme")),
        ("another key", Request::new("GET", "/v1/teams/acme").bearer("wrong")),
        ("a key and a person", platform("GET", "/v1/teams/acme", &none).signed_in(OWNER)),
    ];
    for (case, request) in &steps {
        recorder.ask(case, request);
    }
}

pub(crate) fn pass(recorder: &mut Recorder<'_>) {
    make_team(recorder, "acme", OWNER);
    make_team(recorder, "other", "owner@other.example");
    let (url, token) = enable(recorder, "acme", OWNER);
    let users = format!("{}/Users", path_of(&url));
    let ada = "ada@example.com";
    let page = "/t/acme/page?x=1";
    let create = scim(&token, "POST", &users, &json!({ "userName": ada }));
    recorder.ask("before ada is there", &person(ada, "GET", page));
    let created = body(&recorder.ask("ada is created", &create));
    recorder.ask("ada", &person(ada, "GET", page));
    recorder.ask("in capitals", &person("ADA@Example.com", "GET", page));
    recorder.ask(
        "who lies",
        &person(ada, "POST", page).header("x-team-role", "owner").header("X_Team_Id", "other"),
    );
    recorder.ask("the owner", &person(OWNER, "DELETE", page));
    recorder.ask("in another team", &person(ada, "GET", "/t/other/page"));
    recorder.ask("in none", &person(ada, "GET", "/t/none/page"));
    recorder.ask("nobody", &Request::new("GET", page));
    recorder.ask("a token of SCIM", &Request::new("GET", page).bearer(&token));
    let path = format!("{users}/{}", created["id"].as_str().unwrap());
    recorder.ask("ada is taken out", &scim(&token, "PATCH", &path, &off()));
    recorder.ask("ada, taken out", &person(ada, "GET", page));
    recorder.ask("ada comes back", &create);
    recorder.ask("ada, back", &person(ada, "GET", page));
    recorder.ask("ada is deleted", &scim(&token, "DELETE", &path, &Value::Null));
    recorder.ask("ada, deleted", &person(ada, "GET", page));
    for target in [
        "/",
        "/public/page",
        "/public",
        "/t/acme",
        "/t/",
        "/t/acme/../other/x",
        "/t/acme/%2e%2e/x",
        "/t/acme/a%2Fb",
        "/t/acme/a%5Cb",
        "/t/acme/%00",
        "/T/acme/page",
        "//t/acme/page",
        "/t//page",
        "/t/acme/%zz",
        "/public/../t/acme/page",
        "/health",
    ] {
        recorder.ask(&format!("the owner asks for {target}"), &person(OWNER, "GET", target));
    }
}
