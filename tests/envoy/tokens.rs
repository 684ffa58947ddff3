//! Whose token opens what, from the moment the answer came, on every worker.

use http::Method;
use serde_json::{Value, json};
use xtask::client::Client;

use crate::answer::Answer;
use crate::site::Site;
use crate::team::Team;

fn list(client: &mut Client, path: &str, bearer: &str) -> Answer {
    client.get(&format!("{path}/Users"), &[("authorization", bearer)]).unwrap().into()
}

#[test]
fn a_token_is_nothing_at_another_team_s_endpoint() {
    let site = Site::shared();
    let (one, other) = (Team::new(&site, "tokens-one"), Team::new(&site, "tokens-other"));
    let id = other.provision("ada");
    let bearer = one.connection.bearer();
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/scim+json")];
    let user = format!("/Users/{id}");
    for (method, rest, body) in [
        (Method::GET, "/Users", Value::Null),
        (Method::GET, user.as_str(), Value::Null),
        (Method::POST, "/Users", one.user("eve")),
        (Method::DELETE, user.as_str(), Value::Null),
        (Method::GET, "/ServiceProviderConfig", Value::Null),
    ] {
        for mut client in [site.http1(), site.http2()] {
            let body = if body.is_null() { String::new() } else { body.to_string() };
            let answer = client.send(method.clone(), &other.path(rest), &headers, body).unwrap();
            let answer = Answer::from(answer);
            let detail = answer.expect_scim_error(401);
            assert!(answer.header("www-authenticate").starts_with("Bearer"), "{answer:?}");
            // The same for an endpoint that nobody ever had.
            let nobodys = format!("/scim/v2/tokens-other.aaaaaaaaaaaaaaaa{rest}");
            assert_eq!(site.get(&nobodys, &bearer).expect_scim_error(401), detail);
        }
    }
    assert_eq!(other.list().json()["totalResults"], 1);
}

#[test]
fn an_old_token_is_refused_on_every_worker_once_the_new_one_was_answered() {
    let site = Site::shared();
    let team = Team::new(&site, "tokens-rotated");
    let mut clients = site.on_both_workers();
    let (path, mut present) = (team.connection.path().to_owned(), team.connection.bearer());
    for _ in 0..5 {
        for client in &mut clients {
            list(client, &path, &present).expect(200);
        }
        let rotate = "/v1/teams/tokens-rotated/scim/rotate";
        let answer =
            site.manage(Method::POST, rotate, &team.signed_in("owner"), &Value::Null).unwrap();
        let token = answer["token"].as_str().unwrap();
        site.keep_secret(token);
        assert_eq!(answer["endpoint_url"], team.connection.endpoint_url);
        for client in &mut clients {
            list(client, &path, &present).expect_scim_error(401);
            list(client, &path, &format!("Bearer {token}")).expect(200);
        }
        present = format!("Bearer {token}");
    }
}

#[test]
fn an_old_endpoint_is_closed_on_every_worker_once_scim_is_off_and_stays_so() {
    let site = Site::shared();
    let mut team = Team::new(&site, "tokens-disabled");
    let id = team.provision("ada");
    let mut clients = site.on_both_workers();
    let (path, bearer) = (team.connection.path().to_owned(), team.connection.bearer());
    let owner = team.signed_in("owner");
    site.manage(Method::DELETE, "/v1/teams/tokens-disabled/scim", &owner, &Value::Null).unwrap();
    for client in &mut clients {
        list(client, &path, &bearer).expect_scim_error(401);
    }
    team.visit("ada").expect(200);

    team.connection = site.enable_scim("tokens-disabled", &team.address("owner")).unwrap();
    site.keep_secret(&team.connection.token);
    assert_ne!(team.connection.path(), path);
    for client in &mut clients {
        list(client, &path, &bearer).expect_scim_error(401);
        list(client, &path, &team.connection.bearer()).expect_scim_error(401);
        list(client, team.connection.path(), &bearer).expect_scim_error(401);
        let found = list(client, team.connection.path(), &team.connection.bearer()).expect(200);
        assert_eq!(found.json()["Resources"][0]["id"], id);
    }
}

#[test]
fn scim_ends_with_single_sign_on() {
    let site = Site::shared();
    let team = Team::new(&site, "tokens-no-sso");
    let body = json!({ "name": "Test", "sso": { "type": "none" } });
    site.manage(Method::PUT, "/v1/teams/tokens-no-sso", &site.platform(), &body).unwrap();
    for client in &mut site.on_both_workers() {
        list(client, team.connection.path(), &team.connection.bearer()).expect_scim_error(401);
    }
    let path = "/v1/teams/tokens-no-sso/scim";
    let headers = [("authorization", team.signed_in("owner"))];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    let answer = site.http1().send(Method::POST, path, &headers, "").unwrap();
    assert!(Answer::from(answer).expect_problem(409).contains("single sign-on"));
}
