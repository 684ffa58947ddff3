//! Whose accounts people have after an import.

use super::large::{file, id};
use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn account(place: &Place<Waiting>, email: &str) -> Value {
    let target = format!("/v1/accounts/{}", email.replace('@', "%40"));
    body(&place.send(&platform(Method::GET, &target)))
}

#[test]
fn who_has_an_account_here_keeps_it_and_others_get_theirs_with_the_exported_id() {
    let place = Place::on(Waiting::default());
    let mut other = platform(Method::PUT, "/v1/teams/other");
    other.body =
        br#"{"name":"O","sso":{"type":"oidc"},"owners":["User-0000001@Example.com"]}"#.to_vec();
    assert_eq!(place.send(&other).status, StatusCode::CREATED);
    let before = account(&place, "user-0000001@example.com");

    let answer = place.import("acme", &file(3));
    assert_eq!(answer.status, StatusCode::CREATED, "{}", text(&answer.body));
    place.assert_sound();
    let after = account(&place, "user-0000001@example.com");
    assert_eq!(after["id"], before["id"]);
    assert_eq!(after["email"], "User-0000001@Example.com");
    assert_eq!(
        after["memberships"],
        json!([{ "team": "acme", "role": "member" }, { "team": "other", "role": "owner" }])
    );
    let made = account(&place, "user-0000002@example.com");
    assert_eq!(made["id"], id(1, 2));
    assert_eq!(made["created"], "1970-01-01T00:00:00.002Z");
}

#[test]
fn an_account_id_that_is_another_persons_here_is_refused() {
    let place = Place::on(Waiting::default());
    assert_eq!(place.import("acme", &file(3)).status, StatusCode::CREATED);
    let mut lines = lines(&file(3));
    lines[0]["id"] = json!("other");
    lines[2]["account"]["email"] = json!("somebody@example.com");
    let before = place.entries();
    let answer = place.import("other", &file_of(&lines));
    assert_eq!(problem(&answer), (400, "invalid_import".to_owned()));
    let detail = "line 3: account.id is another person's here";
    assert_eq!(body(&answer)["detail"], detail);
    assert_eq!(place.entries(), before);
}
