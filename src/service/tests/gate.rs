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

#[test]
fn a_store_that_cannot_be_asked_lets_nobody_in() {
    struct Away;
    struct Never;
    impl Store for Away {
        type Transaction<'s> = Never;
        async fn begin(&self) -> Result<Never, StoreError> {
            Err(StoreError::Unavailable("gone".to_owned()))
        }
    }
    impl crate::store::Transaction for Never {
        async fn get(&mut self, _: &str) -> Result<Option<Vec<u8>>, StoreError> {
            Ok(None)
        }
        async fn range(
            &mut self,
            _: &str,
            _: Option<&str>,
            _: u64,
            _: usize,
        ) -> Result<Vec<crate::store::Entry>, StoreError> {
            Ok(Vec::new())
        }
        async fn count(&mut self, _: &str) -> Result<u64, StoreError> {
            Ok(0)
        }
        async fn put(&mut self, _: &str, _: Vec<u8>) -> Result<(), StoreError> {
            Ok(())
        }
        async fn delete(&mut self, _: &str) -> Result<(), StoreError> {
            Ok(())
        }
        async fn commit(self) -> Result<crate::store::Receipt, StoreError> {
            Ok(crate::store::Receipt::default())
        }
    }
    let config = Edge::without_team().service.config;
    let service = Service::new(config, Away, ManualHost::default());
    let mut request = Request::new(Method::GET, "/t/acme/x");
    request.identity = Some(Identity { email: Email::parse(OWNER).unwrap() });
    let outcome = block_on(service.handle(&request));
    assert_eq!(refused(&outcome), (503, "unavailable".to_owned()));

    let edge = Edge::new();
    let mut request = Request::new(Method::GET, &format!("{}/Users", edge.scim_path));
    let bearer = HeaderValue::from_str(&format!("Bearer {}", edge.token)).unwrap();
    request.headers.insert(header::AUTHORIZATION, bearer);
    let Outcome::Answer(answer) = block_on(service.handle(&request)) else { panic!() };
    assert_eq!(scim_error(&answer).0, 503);
    assert_eq!(field(&answer, &header::RETRY_AFTER), Some("1"));
}
