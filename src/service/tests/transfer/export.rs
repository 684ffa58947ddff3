//! What an export answers.

use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn an_export_is_the_teams_people_groups_and_events_between_its_record_and_its_end() {
    let place = lively().into_place();
    let file = place.export("acme");
    let lines = lines(&file);
    let mut kinds: Vec<&str> = lines.iter().map(|line| line["kind"].as_str().unwrap()).collect();
    kinds.dedup();
    assert_eq!(kinds, ["team", "person", "group", "members", "event", "end"]);
    assert_eq!(lines[0]["format"], 1);
    assert_eq!(lines[0]["id"], "acme");
    assert_eq!(lines[0]["team"]["connection"]["token_sha256"].as_str().unwrap().len(), 64);
    let emails: Vec<&str> = lines
        .iter()
        .filter(|line| line["kind"] == "person")
        .map(|line| line["account"]["email"].as_str().unwrap())
        .collect();
    let name = |email: &&str| email.split('@').next().unwrap().to_owned();
    let names: Vec<String> = emails.iter().map(name).collect();
    let expected = ["owner", "ada", "grace", "left", "Ünal+list", "hand", "boss", "second", "gone"];
    assert_eq!(names, expected);
}

/// As the documentation tells a reader to check it.
#[test]
fn the_end_line_has_the_number_of_lines_and_the_sha_256_of_all_bytes_before_it() {
    use sha2::{Digest as _, Sha256};
    let file = lively().into_place().export("acme");
    let before =
        file.len() - file.split_inclusive(|byte| *byte == b'\n').next_back().unwrap().len();
    let lines = lines(&file);
    let end = lines.last().unwrap();
    assert_eq!(end["lines"], lines.len() - 1);
    assert_eq!(end["sha256"], hex::encode(Sha256::digest(&file[..before])));
}

#[test]
fn pages_are_of_one_state_or_say_so() {
    let place = large::place(1_200);
    let first = place.send(&platform(Method::GET, "/v1/teams/acme/export"));
    assert!((1_000_000..1_010_000).contains(&first.body.len()), "{}", first.body.len());
    let next = next(&first).expect("a second page");
    let second = place.send(&platform(Method::GET, &next));
    assert_eq!(second.status, StatusCode::OK);
    assert_eq!(place.send(&platform(Method::GET, &next)).body, second.body, "again");
    let target = "/v1/teams/acme/members/new%40example.com";
    assert_eq!(place.send(&platform(Method::PUT, target)).status, StatusCode::CREATED);
    let answer = place.send(&platform(Method::GET, &next));
    assert_eq!(problem(&answer), (409, "team_changed".to_owned()));
}

#[test]
fn a_cursor_of_another_team_or_of_nobody_is_refused() {
    let place = large::place(1_200);
    let mut other = platform(Method::PUT, "/v1/teams/other");
    other.body = br#"{"name":"O","sso":{"type":"oidc"},"owners":["owner@example.com"]}"#.to_vec();
    assert_eq!(place.send(&other).status, StatusCode::CREATED);
    let first = place.send(&platform(Method::GET, "/v1/teams/acme/export"));
    let query = next(&first).unwrap().split_once('?').unwrap().1.to_owned();
    for query in [query.as_str(), "cursor=", "cursor=AAAA", "cursor=%00"] {
        let target = format!("/v1/teams/other/export?{query}");
        let answer = place.send(&platform(Method::GET, &target));
        assert_eq!(problem(&answer), (400, "invalid_query".to_owned()), "{query}");
    }
}

#[test]
fn only_the_platform_exports_and_imports() {
    let edge = Edge::new();
    for (method, path) in
        [(Method::GET, "/v1/teams/acme/export"), (Method::PUT, "/v1/teams/acme/import")]
    {
        let answer = edge.owner(method.clone(), path).send();
        assert_eq!(problem(&answer), (403, "not_platform".to_owned()));
        let answer = edge.ask(method, path).send();
        assert_eq!(problem(&answer), (401, "unauthenticated".to_owned()));
    }
    let answer = edge.platform(Method::GET, "/v1/teams/none/export").send();
    assert_eq!(problem(&answer), (404, "not_found".to_owned()));
    let answer = edge.platform(Method::GET, "/v1/teams/acme/import").send();
    assert_eq!(problem(&answer), (405, "method_not_allowed".to_owned()));
}

#[test]
fn an_export_is_in_the_event_log_of_the_file_itself() {
    let place = Edge::new().into_place();
    let file = lines(&place.export("acme"));
    let last = &file[file.len() - 2];
    assert_eq!(last["event"]["action"], "team.export");
    assert_eq!(last["event"]["actor"]["kind"], "platform");
}
