use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn refused(outcome: &Outcome) -> (u16, String) {
    match outcome {
        Outcome::Answer(response) => problem(response),
        Outcome::Forward(_) => panic!("the request was forwarded"),
    }
}

#[test]
fn a_member_gets_through_with_what_the_service_behind_can_trust() {
    let edge = Edge::new();
    let outcome = edge.knock("OWNER@example.com");
    let Outcome::Forward(Some(pass)) = outcome else { panic!("{outcome:?}") };
    let account = body(&edge.platform(Method::GET, "/v1/accounts/owner%40example.com").send());
    assert_eq!(
        pass.trusted_headers(),
        [
            ("x-team-id", "acme"),
            ("x-team-role", "owner"),
            ("x-account-id", account["id"].as_str().unwrap()),
        ]
    );
}

#[test]
fn strangers_members_of_other_teams_and_nobody_stay_outside() {
    let edge = Edge::new();
    edge.put_team("other");
    edge.platform(Method::PUT, "/v1/teams/other/members/ada%40example.com").send();
    let not_member = (403, "not_member".to_owned());
    assert_eq!(refused(&edge.knock("ada@example.com")), not_member);
    assert_eq!(refused(&edge.knock("nobody@example.com")), not_member);
    for (path, email, expected) in [
        ("/t/acme/x", None, (401, "unauthenticated")),
        ("/t/unknown/x", Some(OWNER), (403, "not_member")),
        ("/t/acme/../other/x", Some(OWNER), (400, "bad_path")),
        ("/t/acme%2f..%2fother/x", Some(OWNER), (400, "bad_path")),
        ("/anything/else", Some(OWNER), (404, "not_found")),
        ("/publicity", Some(OWNER), (404, "not_found")),
        ("/t/ACME/x", Some(OWNER), (404, "not_found")),
    ] {
        let mut ask = edge.ask(Method::GET, path);
        if let Some(email) = email {
            ask = ask.signed_in(email);
        }
        let outcome = block_on(edge.service.handle(&ask.request));
        assert_eq!(refused(&outcome), (expected.0, expected.1.to_owned()), "{path}");
    }
}

#[test]
fn an_open_path_needs_nobody() {
    let edge = Edge::new();
    let ask = edge.ask(Method::GET, "/public/logo.png");
    assert!(matches!(block_on(edge.service.handle(&ask.request)), Outcome::Forward(None)));
}

/// A store that nobody can ask.
struct Away;

struct Never;

impl Store for Away {
    type Transaction<'s> = Never;

    async fn begin(&self) -> Result<Never, StoreError> {
        Err(StoreError::unavailable("gone"))
    }
}

impl crate::store::Transaction for Never {
    fn get(&mut self, _: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(None)
    }

    fn range(
        &mut self,
        _: &str,
        _: Option<&str>,
        _: u64,
        _: usize,
    ) -> Result<Vec<crate::store::Entry>, StoreError> {
        Ok(Vec::new())
    }

    fn count(&mut self, _: &str) -> Result<u64, StoreError> {
        Ok(0)
    }

    fn put(&mut self, _: &str, _: Vec<u8>) -> Result<(), StoreError> {
        Ok(())
    }

    fn delete(&mut self, _: &str) {}

    async fn fetch(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    fn undo(&mut self) {}

    async fn commit(self) -> Result<crate::store::Receipt, StoreError> {
        Ok(crate::store::Receipt::default())
    }
}

fn away() -> Service<Away, ManualHost> {
    Service::new(Edge::without_team().service.config, Away, ManualHost::default())
}

#[test]
fn a_store_that_cannot_be_asked_lets_nobody_in() {
    let service = away();
    let mut request = Request::new(Method::GET, "/t/acme/x");
    request.identity = Some(Identity { email: Email::parse(OWNER).unwrap() });
    let outcome = block_on(service.handle(&request));
    assert_eq!(refused(&outcome), (503, "unavailable".to_owned()));

    let edge = Edge::new();
    let mut request = Request::new(Method::GET, &format!("{}/Users", edge.scim_path));
    let bearer = format!("Bearer {}", edge.token);
    request.headers.set(header::AUTHORIZATION, &bearer).unwrap();
    let Outcome::Answer(answer) = block_on(service.handle(&request)) else { panic!() };
    assert_eq!(scim_error(&answer).0, 503);
    assert_eq!(field(&answer, header::RETRY_AFTER), Some("1"));
}

/// What a proxy is told that was asked for `uri`.
fn ask(edge: &Edge, uri: &str, email: Option<&str>) -> Response {
    let mut ask = edge.ask(Method::GET, "/gate/check").header(header::X_FORWARDED_URI, uri);
    if let Some(email) = email {
        ask = ask.signed_in(email);
    }
    ask.send()
}

#[test]
fn a_proxy_is_told_what_the_service_behind_can_trust_of_a_member() {
    let edge = Edge::new();
    let account = body(&edge.platform(Method::GET, "/v1/accounts/owner%40example.com").send());
    for uri in ["/t/acme", "/t/acme/", "/t/acme/a?b=/../c", "/t/%61cme/a"] {
        let answer = ask(&edge, uri, Some(OWNER));
        assert_eq!(answer.status, StatusCode::OK, "{uri}");
        assert!(answer.body.is_empty());
        let fields: Vec<(&str, &str)> = answer
            .headers
            .iter()
            .map(|(name, value)| (name, std::str::from_utf8(value).unwrap()))
            .collect();
        assert_eq!(
            fields,
            [
                ("cache-control", "no-store"),
                ("x-team-id", "acme"),
                ("x-team-role", "owner"),
                ("x-account-id", account["id"].as_str().unwrap()),
            ]
        );
    }
}

#[test]
fn a_proxy_may_ask_by_any_method() {
    let edge = Edge::new();
    for method in [Method::HEAD, Method::POST, Method::DELETE, Method::OPTIONS] {
        let ask =
            edge.ask(method.clone(), "/gate/check").header(header::X_FORWARDED_URI, "/t/acme/");
        assert_eq!(ask.signed_in(OWNER).send().status, StatusCode::OK, "{method}");
    }
}

#[test]
fn a_proxy_is_told_to_let_an_open_path_through_and_nothing_to_trust() {
    let edge = Edge::new();
    for email in [None, Some(OWNER)] {
        let answer = ask(&edge, "/public/logo.png?x", email);
        assert_eq!(answer.status, StatusCode::OK);
        let names: Vec<&str> = answer.headers.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["cache-control"]);
    }
}

#[test]
fn a_proxy_is_told_to_refuse_whom_the_gate_refuses() {
    let edge = Edge::new();
    edge.put_team("other");
    edge.platform(Method::PUT, "/v1/teams/other/members/ada%40example.com").send();
    let ada = Some("ada@example.com");
    for (uri, email, expected) in [
        ("/t/acme/x", None, (401, "unauthenticated")),
        ("/t/acme/x", ada, (403, "not_member")),
        ("/t/acme/x?/t/other/", ada, (403, "not_member")),
        ("/t/unknown/x", ada, (403, "not_member")),
        ("/t/acme/../other/x", ada, (403, "closed_path")),
        ("/t/other/..%2facme/x", ada, (403, "closed_path")),
        ("/public/../t/acme/x", ada, (403, "closed_path")),
        ("/public/%2e%2e/t/acme/x", None, (403, "closed_path")),
        ("//t/other/x", ada, (403, "closed_path")),
        ("https://edge.example/t/other/x", ada, (403, "closed_path")),
        ("/T/other/x", ada, (403, "closed_path")),
        ("/publicity", ada, (403, "closed_path")),
        ("/?/public/", ada, (403, "closed_path")),
        ("/", ada, (403, "closed_path")),
        ("", ada, (403, "closed_path")),
        ("/scim/v2/acme.x/Users", ada, (403, "closed_path")),
        ("/v1/teams/acme", ada, (403, "closed_path")),
        ("/settings/teams/acme", ada, (403, "closed_path")),
        ("/gate/check", ada, (403, "closed_path")),
    ] {
        let answer = ask(&edge, uri, email);
        assert_eq!(problem(&answer), (expected.0, expected.1.to_owned()), "{uri}");
        assert_eq!(field(&answer, header::CACHE_CONTROL), Some("no-store"));
        let challenge = field(&answer, header::WWW_AUTHENTICATE);
        assert_eq!(challenge, (expected.0 == 401).then_some("Bearer"), "{uri}");
        for name in crate::gate::TRUSTED_HEADERS {
            assert!(!answer.headers.contains(name), "{uri}");
        }
    }
}

#[test]
fn a_proxy_has_to_say_once_what_it_was_asked_for() {
    let edge = Edge::new();
    let asked = |uris: &[&[u8]]| {
        let mut ask = edge.owner(Method::GET, "/gate/check");
        for uri in uris {
            ask.request.headers.append(header::X_FORWARDED_URI, uri).unwrap();
        }
        problem(&ask.send())
    };
    let unclear = (400, "no_forwarded_uri".to_owned());
    assert_eq!(asked(&[]), unclear);
    assert_eq!(asked(&[b"/t/acme/", b"/t/acme/"]), unclear);
    assert_eq!(asked(&[b"/t/acme/", b"/t/other/"]), unclear);
    assert_eq!(asked(&[b"/t/acme/\xff"]), (403, "closed_path".to_owned()));
}

#[test]
fn a_proxy_is_told_to_shut_where_the_store_cannot_be_asked() {
    let service = away();
    let mut request = Request::new(Method::GET, "/gate/check");
    request.headers.set(header::X_FORWARDED_URI, "/t/acme/x").unwrap();
    request.identity = Some(Identity { email: Email::parse(OWNER).unwrap() });
    let outcome = block_on(service.handle(&request));
    assert_eq!(refused(&outcome), (503, "unavailable".to_owned()));
}

#[test]
fn what_a_client_says_of_itself_is_nothing_to_the_check() {
    let edge = Edge::new();
    let mut ask = edge.ask(Method::GET, "/gate/check").header(header::X_FORWARDED_URI, "/t/acme/");
    for name in crate::gate::TRUSTED_HEADERS {
        ask = ask.header(name, "acme");
    }
    assert_eq!(problem(&ask.bearer("x").send()), (401, "unauthenticated".to_owned()));
}

#[test]
fn the_check_needs_to_know_who_asks() {
    let needs = Edge::new().service.needs("/gate/check");
    assert_eq!(needs, Needs { identity: true, body: false, upload: false });
}
