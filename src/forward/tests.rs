use super::*;
use crate::http::fields;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn names(fields: &Fields) -> Vec<&str> {
    let mut names: Vec<_> = fields.iter().map(|(name, _)| name).collect();
    names.sort_unstable();
    names
}

#[test]
fn what_is_about_one_connection_stays_there() {
    let sent = fields(&[
        ("connection", "keep-alive, X-Mine"),
        ("connection", "x-other"),
        ("keep-alive", "timeout=5"),
        ("proxy-connection", "close"),
        ("proxy-authorization", "Basic x"),
        ("proxy-authenticate", "Basic"),
        ("te", "trailers"),
        ("transfer-encoding", "chunked"),
        ("upgrade", "h2c"),
        ("x-mine", "1"),
        ("x-other", "1"),
        ("accept", "*/*"),
        ("content-length", "3"),
    ]);
    assert_eq!(names(&end_to_end(sent)), ["accept", "content-length"]);
}

#[test]
fn a_field_that_is_there_twice_goes_on_twice() {
    let sent = fields(&[("set-cookie", "a=1"), ("set-cookie", "b=2")]);
    assert_eq!(end_to_end(sent).values("set-cookie").collect::<Vec<_>>(), [b"a=1", b"b=2"]);
}

#[test]
fn what_only_the_gate_may_say_is_taken_out_in_any_spelling() {
    let sent = fields(&[
        ("x-team-id", "other"),
        ("x-team-id", "another"),
        ("x_team_id", "other"),
        ("x-team_role", "owner"),
        ("x_account-id", "root"),
        ("x-team", "mine"),
        ("authorization", "Bearer t"),
    ]);
    let passed = request_fields(&sent, None, None);
    assert_eq!(names(&passed), ["authorization", "x-team"]);
}

#[test]
fn the_service_behind_is_told_which_host_was_asked_for_by_us() {
    let sent = fields(&[("host", "edge"), ("expect", "100-continue"), ("x-forwarded-host", "no")]);
    let passed = request_fields(&sent, Some("edge.example.com"), None);
    assert_eq!(names(&passed), ["x-forwarded-host"]);
    assert_eq!(passed.text("x-forwarded-host"), Some("edge.example.com"));
}
