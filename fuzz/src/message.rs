//! Whole requests, through the service.

use http::{Method, StatusCode};
use scim_edge::http::{BODY_MAX, Request, Response, header};
use scim_edge::json;
use serde_json::{Value, json};

use super::cast::Known;
use super::edge::{Contents, Edge, field, json_of};
use super::sound::{check_sound, counts};

/// Sends the request that `bytes` are to a service with two users and a group, and checks the answer.
///
/// The first line is `METHOD target`, then come fields, an empty line, and the body. The target is one below
/// the SCIM endpoint, and the token is added; with `RAW ` before the method both are as they are given.
pub fn request(bytes: &[u8]) {
    let (edge, known) = Edge::with_a_group();
    if let Some(request) = read(&edge, &known, bytes) {
        check(&edge, &request);
    }
}

/// Sends `request` and checks what must hold of every answer.
pub fn check(edge: &Edge, request: &Request) -> Response {
    let before = edge.contents();
    let early = pollster::block_on(edge.service.refuse_early(request));
    let answer = edge.answer(request);
    let after = edge.contents();
    check_form(request, &answer);
    if let Some(early) = early {
        check_form(request, &early);
        assert!(early.status.is_client_error(), "refused early with {}", early.status);
        assert!(!answer.status.is_success(), "refused early, then answered {}", answer.status);
    }
    if request.method == Method::GET || !answer.status.is_success() {
        assert_eq!(before, after, "answered {}, and changed something", answer.status);
    }
    assert!(!request.body.len().gt(&BODY_MAX) || !answer.status.is_success());
    if before != after {
        check_sound(&after);
        check_counts(edge, &after);
    }
    if matches!(answer.status, StatusCode::OK | StatusCode::CREATED) {
        check_read_back(edge, request, &answer);
    }
    answer
}

/// A SCIM answer of a kind that a client can get by what it sends.
fn check_form(request: &Request, answer: &Response) {
    // What there is not is said (`/Me`); any other status of that class is a fault.
    let is_served = answer.status != StatusCode::NOT_IMPLEMENTED;
    assert!(answer.status.as_u16() < 500 || !is_served, "answered {}", answer.status);
    if !request.path.starts_with("/scim/") {
        return;
    }
    if matches!(answer.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) {
        assert!(answer.body.is_empty());
        return;
    }
    assert_eq!(field(answer, header::CONTENT_TYPE), Some("application/scim+json"));
    let body = json_of(answer);
    if answer.status.is_client_error() || !is_served {
        assert_eq!(body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
        assert_eq!(body["status"], answer.status.as_str());
        assert!(body["detail"].is_string());
    } else {
        assert!(answer.status.is_success(), "answered {}", answer.status);
        assert!(body["schemas"].as_array().is_some_and(|schemas| !schemas.is_empty()));
        // No key twice, in any case: a client could not send it back.
        let shown = body["Resources"].as_array().map_or(std::slice::from_ref(&body), Vec::as_slice);
        for resource in shown.iter().filter(|resource| endpoint_of(resource).is_some()) {
            assert!(resource["id"].is_string());
            json::parse_object(resource.to_string().as_bytes()).expect("can be sent back");
        }
    }
}

/// What a write is answered with is what is there.
fn check_read_back(edge: &Edge, request: &Request, answer: &Response) {
    let shown = json_of(answer);
    let (Some(endpoint), None, Some(id)) =
        (endpoint_of(&shown), &request.query, shown["id"].as_str())
    else {
        return;
    };
    let read = edge.ask(Method::GET, &format!("{endpoint}/{id}"), None);
    assert_eq!(json_of(&read), shown);
    assert_eq!(field(&read, header::ETAG), field(answer, header::ETAG));
}

/// Lists know of each user and group that the store holds.
fn check_counts(edge: &Edge, contents: &Contents) {
    let [users, groups] = counts(contents);
    for (endpoint, count) in [("/Users", users), ("/Groups", groups), ("", users + groups)] {
        let list = json_of(&edge.ask(Method::GET, &format!("{endpoint}?count=0"), None));
        assert_eq!(list["totalResults"], count, "{endpoint}");
    }
}

/// Where users and groups are found; none for anything else.
fn endpoint_of(resource: &Value) -> Option<&'static str> {
    match resource["meta"]["resourceType"].as_str() {
        Some("User") => Some("/Users"),
        Some("Group") => Some("/Groups"),
        _ => None,
    }
}

fn read(edge: &Edge, known: &Known, bytes: &[u8]) -> Option<Request> {
    let (head, body) = split(bytes, b"\n\n").unwrap_or((bytes, b""));
    let head = std::str::from_utf8(head).ok()?;
    let mut lines = head.lines();
    let first = known.fill_text(lines.next()?);
    let (first, raw) = first.strip_prefix("RAW ").map_or((&*first, false), |rest| (rest, true));
    let (method, target) = first.split_once(' ')?;
    let method = Method::from_bytes(method.as_bytes()).ok()?;
    let mut request =
        if raw { Request::new(method, target) } else { edge.scim(method, target, None) };
    if !request.path.starts_with("/scim/") {
        return None;
    }
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        request.headers.append(name.trim(), value.trim().as_bytes()).ok()?;
    }
    request.body = known.fill(body);
    Some(request)
}

fn split<'b>(bytes: &'b [u8], mark: &[u8]) -> Option<(&'b [u8], &'b [u8])> {
    let at = bytes.windows(mark.len()).position(|window| window == mark)?;
    Some((&bytes[..at], &bytes[at + mark.len()..]))
}
