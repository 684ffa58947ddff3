use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

const MEMBER: &str = "/v1/teams/acme/members/ada%40example.com";

fn kind(code: &str, status: u16) -> (u16, String) {
    (status, code.to_owned())
}

#[test]
fn without_key_or_identity_nothing_is_told() {
    let edge = Edge::new();
    let paths = ["/v1/teams/acme", "/v1/teams/none", "/v1/teams/acme/scim", "/v1/nothing", MEMBER];
    for path in paths {
        let answer = edge.ask(Method::GET, path).send();
        assert_eq!(problem(&answer), kind("unauthenticated", 401), "{path}");
        assert!(field(&answer, header::WWW_AUTHENTICATE).is_some());
        let answer = edge.ask(Method::GET, path).bearer("wrong").send();
        assert_eq!(problem(&answer), kind("unauthenticated", 401), "{path}");
    }
}

#[test]
fn a_person_who_owns_nothing_here_cannot_tell_which_teams_there_are() {
    let edge = Edge::new();
    edge.platform(Method::PUT, MEMBER).send();
    let answers =
        [("acme", "eve@example.com"), ("none", "eve@example.com"), ("none", "ada@example.com")]
            .map(|(team, email)| {
                let path = format!("/v1/teams/{team}/scim");
                let answer = edge.ask(Method::GET, &path).signed_in(email).send();
                assert_eq!(problem(&answer), kind("not_owner", 403));
                answer.body
            });
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn a_team_is_shown_as_the_platform_said_it() {
    let edge = Edge::without_team();
    let team = json!({
        "name": "Acme", "sso": { "type": "saml", "issuer": "Okta" },
        "verified_domains": ["Example.com"], "owners": ["Owner@example.com"],
    });
    let answer = edge.platform(Method::PUT, "/v1/teams/acme").json(&team).send();
    assert_eq!(answer.status, StatusCode::CREATED);
    let again = edge.platform(Method::PUT, "/v1/teams/acme").json(&team).send();
    assert_eq!(again.status, StatusCode::OK);
    let shown = body(&edge.platform(Method::GET, "/v1/teams/acme").send());
    assert_eq!(shown, body(&again));
    assert_eq!(shown["sso"], team["sso"]);
    assert_eq!(shown["verified_domains"], json!(["example.com"]));
    assert_eq!(shown["owners"], team["owners"]);
    assert_eq!((&shown["members"], &shown["scim_enabled"]), (&json!(1), &json!(false)));
    assert_eq!(problem(&edge.platform(Method::GET, "/v1/teams/none").send()).0, 404);
    assert_eq!(edge.owner(Method::GET, "/v1/teams/acme").send().status, StatusCode::OK);
    let answer = edge.owner(Method::PUT, "/v1/teams/acme").json(&team).send();
    assert_eq!(problem(&answer), kind("not_platform", 403));
}

#[test]
fn a_body_that_cannot_be_used_names_the_field() {
    let edge = Edge::new();
    let cases = [
        (json!({ "sso": { "type": "oidc" } }), "name"),
        (json!({ "name": "A", "sso": { "type": "ldap" } }), "ldap"),
        (json!({ "name": "A", "sso": { "type": "oidc" }, "colour": 1 }), "colour"),
        (json!({ "name": "A", "sso": { "type": "oidc" }, "owners": ["x"] }), "name@domain"),
        (json!({ "name": "A", "sso": { "type": "oidc" }, "verified_domains": ["a b"] }), "domain"),
        (json!({ "name": " ", "sso": { "type": "oidc" } }), "name"),
        (json!({ "name": "A", "sso": { "type": "oidc" }, "owners": vec![OWNER; 101] }), "100"),
    ];
    for (text, word) in cases {
        let answer = edge.platform(Method::PUT, "/v1/teams/acme").json(&text).send();
        assert_eq!(problem(&answer), kind("invalid_body", 400), "{text}");
        let detail = body(&answer)["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(word), "{detail}");
    }
    let answer = edge.platform(Method::PUT, "/v1/teams/acme").body("text/plain", b"{}").send();
    assert_eq!(problem(&answer), kind("unsupported_media_type", 415));
    let no_owner = json!({ "name": "A", "sso": { "type": "oidc" }, "owners": [] });
    let answer = edge.platform(Method::PUT, "/v1/teams/acme").json(&no_owner).send();
    assert_eq!(problem(&answer), kind("owner_required", 400));
}

#[test]
fn members_are_added_changed_read_and_removed() {
    let edge = Edge::new();
    let answer = edge.platform(Method::PUT, MEMBER).send();
    assert_eq!(answer.status, StatusCode::CREATED);
    assert_eq!(body(&answer)["role"], "member");
    let admin = json!({ "role": "admin" });
    let answer = edge.owner(Method::PUT, MEMBER).json(&admin).send();
    assert_eq!((answer.status, body(&answer)["role"].clone()), (StatusCode::OK, json!("admin")));
    assert_eq!(body(&edge.platform(Method::GET, MEMBER).send()), body(&answer));
    let list = body(&edge.platform(Method::GET, "/v1/teams/acme/members").send());
    assert_eq!(list["members"].as_array().unwrap().len(), 2);
    assert_eq!(list["next"], Value::Null);
    assert_eq!(edge.platform(Method::DELETE, MEMBER).send().status, StatusCode::NO_CONTENT);
    assert_eq!(problem(&edge.platform(Method::GET, MEMBER).send()), kind("not_found", 404));
    assert_eq!(problem(&edge.platform(Method::DELETE, MEMBER).send()), kind("not_found", 404));
    let bad = edge.platform(Method::PUT, "/v1/teams/acme/members/nobody").send();
    assert_eq!(problem(&bad), kind("bad_path", 400));
}

#[test]
fn the_platform_adds_whom_the_identity_provider_took_out_only_for_an_owner() {
    let edge = Edge::new();
    let id = edge.create("ada")["id"].as_str().unwrap().to_owned();
    let off = json!({ "Operations": [{ "op": "replace", "path": "active", "value": false }] });
    edge.scim(Method::PATCH, &format!("/Users/{id}")).json(&off).send();
    assert_eq!(problem(&edge.platform(Method::PUT, MEMBER).send()), kind("deprovisioned", 409));
    let for_nobody = json!({ "on_behalf_of": "ada@example.com" });
    let answer = edge.platform(Method::PUT, MEMBER).json(&for_nobody).send();
    assert_eq!(problem(&answer), kind("not_owner", 403));
    let for_owner = json!({ "on_behalf_of": OWNER });
    let answer = edge.owner(Method::PUT, MEMBER).json(&for_owner).send();
    assert_eq!(problem(&answer), kind("invalid_body", 400));
    let answer = edge.platform(Method::PUT, MEMBER).json(&for_owner).send();
    assert_eq!(answer.status, StatusCode::CREATED);
    let events = body(&edge.owner(Method::GET, "/v1/teams/acme/events?limit=1").send());
    let actor = json!({ "kind": "platform", "on_behalf_of": OWNER });
    assert_eq!(events["events"][0]["actor"], actor);
    assert_eq!(body(&edge.scim(Method::GET, &format!("/Users/{id}")).send())["active"], true);
}

#[test]
fn the_connection_is_shown_without_the_token() {
    let edge = Edge::new();
    let answer = edge.owner(Method::GET, "/v1/teams/acme/scim").send();
    let shown = body(&answer);
    assert_eq!(shown["enabled"], true);
    assert_eq!(shown["endpoint_url"], format!("https://edge.example{}", edge.scim_path));
    assert!(!String::from_utf8_lossy(&answer.body).contains(&edge.token));
    assert_eq!(field(&answer, header::CACHE_CONTROL), Some("no-store"));
    let again = edge.owner(Method::POST, "/v1/teams/acme/scim").send();
    assert_eq!(problem(&again), kind("scim_enabled", 409));
    edge.owner(Method::DELETE, "/v1/teams/acme/scim").send();
    let off = edge.owner(Method::DELETE, "/v1/teams/acme/scim").send();
    assert_eq!(problem(&off), kind("scim_disabled", 404));
    let off = edge.owner(Method::POST, "/v1/teams/acme/scim/rotate").send();
    assert_eq!(problem(&off), kind("scim_disabled", 404));
    let shown = body(&edge.owner(Method::GET, "/v1/teams/acme/scim").send());
    assert_eq!((&shown["enabled"], &shown["endpoint_url"]), (&json!(false), &Value::Null));
}

#[test]
fn scim_is_enabled_by_an_owner_only_and_with_sso_only() {
    let edge = Edge::new();
    edge.put_team("other");
    let path = "/v1/teams/other/scim";
    assert_eq!(problem(&edge.platform(Method::POST, path).send()), kind("not_owner", 403));
    let answer = edge.ask(Method::POST, path).signed_in("eve@example.com").send();
    assert_eq!(problem(&answer), kind("not_owner", 403));
    let for_owner = json!({ "on_behalf_of": OWNER });
    let answer = edge.platform(Method::POST, path).json(&for_owner).send();
    assert_eq!(answer.status, StatusCode::CREATED);

    let without_sso = json!({ "name": "Bare", "sso": { "type": "none" }, "owners": [OWNER] });
    edge.platform(Method::PUT, "/v1/teams/bare").json(&without_sso).send();
    let answer = edge.owner(Method::POST, "/v1/teams/bare/scim").send();
    assert_eq!(problem(&answer), kind("sso_required", 409));
    assert!(body(&answer)["detail"].as_str().unwrap().contains("single sign-on"));
}

#[test]
fn wrong_methods_and_paths_are_told_apart() {
    let edge = Edge::new();
    let answer = edge.platform(Method::PATCH, "/v1/teams/acme").send();
    assert_eq!(problem(&answer), kind("method_not_allowed", 405));
    assert_eq!(field(&answer, header::ALLOW), Some("GET, PUT"));
    assert_eq!(problem(&edge.platform(Method::GET, "/v1/nothing").send()).0, 404);
}

#[test]
fn events_are_paged_newest_first() {
    let edge = Edge::new();
    for name in ["a", "b", "c"] {
        edge.create(name);
    }
    let page = body(&edge.platform(Method::GET, "/v1/teams/acme/events?limit=2").send());
    assert_eq!(page["events"][0]["subject"]["email"], "c@example.com");
    assert_eq!(page["events"][0]["actor"]["kind"], "identity_provider");
    let next = page["next"].as_u64().unwrap();
    let path = format!("/v1/teams/acme/events?limit=2&before={next}");
    let page = body(&edge.owner(Method::GET, &path).send());
    assert_eq!(page["events"][0]["subject"]["email"], "a@example.com");
    assert_eq!(page["events"][1]["action"], "scim.enable");
    assert_eq!(page["events"][1]["actor"], json!({ "kind": "person", "email": OWNER }));
    let bad = edge.platform(Method::GET, "/v1/teams/acme/events?limit=0").send();
    assert_eq!(problem(&bad), kind("invalid_query", 400));
}

#[test]
fn an_account_is_shown_with_its_teams() {
    let edge = Edge::new();
    edge.put_team("other");
    let account = body(&edge.platform(Method::GET, "/v1/accounts/OWNER%40example.com").send());
    let teams = json!([{ "team": "acme", "role": "owner" }, { "team": "other", "role": "owner" }]);
    assert_eq!(account["memberships"], teams);
    let answer = edge.owner(Method::GET, "/v1/accounts/owner%40example.com").send();
    assert_eq!(problem(&answer), kind("not_platform", 403));
    let answer = edge.platform(Method::GET, "/v1/accounts/nobody%40example.com").send();
    assert_eq!(problem(&answer), kind("not_found", 404));
}
