use super::*;
use crate::authn::BearerToken;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// What the store holds, to see that a refusal changed nothing.
pub(super) fn state(edge: &Edge) -> Vec<(String, Vec<u8>)> {
    use crate::store::Transaction as _;
    block_on(async {
        let mut transaction = edge.service.store.begin().await.unwrap();
        transaction.fetched(|t| t.range("", None, 0, usize::MAX)).await.unwrap()
    })
}

#[test]
fn without_the_endpoints_own_token_the_answer_is_always_401() {
    let edge = Edge::new();
    edge.put_team("other");
    let (other_path, other_token) = edge.enable("other");
    let own_path = format!("{}/Users", edge.scim_path);
    let users = |path: &str| format!("{path}/Users");
    let malformed = format!("{}x", edge.token);
    let mut mistyped = edge.token.clone();
    let tenth = edge.token.as_bytes()[10];
    mistyped.replace_range(10..11, if tenth == b'a' { "b" } else { "a" });
    let cases: [(&str, String, Option<&str>); 12] = [
        ("no token", own_path.clone(), None),
        ("malformed", own_path.clone(), Some(&malformed)),
        ("mistyped", own_path.clone(), Some(&mistyped)),
        ("platform key", own_path.clone(), Some(PLATFORM_KEY)),
        ("another team's token", own_path.clone(), Some(&other_token)),
        ("another team's endpoint", users(&other_path), Some(&edge.token)),
        ("unknown endpoint", "/scim/v2/acme.x/Users".to_owned(), Some(&edge.token)),
        ("unknown team", "/scim/v2/none.x/Users".to_owned(), Some(&edge.token)),
        ("no endpoint id", "/scim/v2/%20/Users".to_owned(), Some(&edge.token)),
        ("no endpoint", "/scim/v2".to_owned(), Some(&edge.token)),
        ("unknown path", format!("{}/Nothing", edge.scim_path), Some(&other_token)),
        ("two tokens", own_path.clone(), Some("a,Bearer b")),
    ];
    let before = state(&edge);
    let mut wrong = Vec::new();
    for (case, path, token) in cases {
        let ask = edge.ask(Method::POST, &path).json(&user("ada"));
        let ask = match token {
            Some(token) => ask.bearer(token),
            None => ask,
        };
        let answer = ask.send();
        assert_eq!(scim_error(&answer).0, 401, "{case}");
        let challenge = field(&answer, header::WWW_AUTHENTICATE).unwrap();
        assert!(challenge.starts_with("Bearer"), "{case}");
        assert_eq!(challenge.contains("invalid_token"), token.is_some(), "{case}");
        if token.is_some_and(|token| BearerToken::parse(token).is_ok()) {
            wrong.push((answer.headers.clone(), answer.body.clone()));
        }
    }
    assert!(wrong.len() >= 6);
    assert!(wrong.windows(2).all(|pair| pair[0] == pair[1]), "an answer tells what was wrong");
    assert_eq!(state(&edge), before);
}

#[test]
fn a_rotated_token_and_a_disabled_endpoint_are_refused_at_once() {
    let edge = Edge::new();
    let answer = edge.owner(Method::POST, "/v1/teams/acme/scim/rotate").send();
    assert_eq!(answer.status, StatusCode::OK);
    let new_token = body(&answer)["token"].as_str().unwrap().to_owned();
    assert_eq!(scim_error(&edge.scim(Method::GET, "/Users").send()).0, 401);
    let path = format!("{}/Users", edge.scim_path);
    let ask = |token: &str| edge.ask(Method::GET, &path).bearer(token).send().status;
    assert_eq!(ask(&new_token), StatusCode::OK);
    let answer = edge.owner(Method::DELETE, "/v1/teams/acme/scim").send();
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(ask(&new_token), StatusCode::UNAUTHORIZED);
}

#[test]
fn what_cannot_be_understood_gets_a_precise_error_and_changes_nothing() {
    let edge = Edge::new();
    edge.create("grace");
    let nested = format!("{{\"x\":{}{}}}", "[".repeat(5_000), "]".repeat(5_000));
    let nested_objects = "{\"x\":".repeat(200) + "1" + &"}".repeat(200);
    let with = |rest: &str| format!("{{\"userName\":\"ada@example.com\",{rest}}}");
    let syntax = Some("invalidSyntax");
    let value = Some("invalidValue");
    let cases: Vec<(&str, Vec<u8>, Option<&str>, &str)> = vec![
        ("empty", Vec::new(), syntax, "empty"),
        ("no JSON", b"userName=ada".to_vec(), syntax, "JSON"),
        ("half JSON", b"{\"userName\":\"ada".to_vec(), syntax, "JSON"),
        ("two objects", b"{}{}".to_vec(), syntax, "JSON"),
        ("an array", b"[]".to_vec(), syntax, "object"),
        ("no UTF-8", b"{\"userName\":\"\xff\xfe\"}".to_vec(), syntax, "JSON"),
        ("a lone surrogate", with(r#""title":"\ud800""#).into_bytes(), syntax, "JSON"),
        ("NUL", with(r#""title":"a\u0000b""#).into_bytes(), syntax, ""),
        ("nested arrays", nested.into_bytes(), syntax, ""),
        ("nested objects", nested_objects.into_bytes(), syntax, ""),
        ("a key twice", with(r#""title":"a","title":"b""#).into_bytes(), syntax, "title"),
        (
            "a key in two cases",
            with(r#""active":true,"Active":false"#).into_bytes(),
            syntax,
            "ctive",
        ),
        ("no userName", b"{\"title\":\"x\"}".to_vec(), value, "userName"),
        ("a blank userName", b"{\"userName\":\"  \"}".to_vec(), value, "userName"),
        ("a number as userName", b"{\"userName\":7}".to_vec(), value, "userName"),
        ("active as a number", with("\"active\":0").into_bytes(), value, "active"),
        ("active as a word", with("\"active\":\"nope\"").into_bytes(), value, "active"),
        ("emails as a number", with("\"emails\":1").into_bytes(), value, "emails"),
        (
            "a control character in an address",
            with(r#""emails":[{"value":"ada@example.com\r\nbcc: x"}]"#).into_bytes(),
            value,
            "emails",
        ),
        ("no address at all", b"{\"userName\":\"ada\"}".to_vec(), value, "emails"),
        (
            "a userName of 300 characters",
            format!("{{\"userName\":\"{}@example.com\"}}", "a".repeat(300)).into_bytes(),
            value,
            "userName",
        ),
    ];
    let before = state(&edge);
    for (case, bytes, scim_type, word) in cases {
        let ask = edge.scim(Method::POST, "/Users").body("application/scim+json", &bytes);
        let (status, actual, detail) = scim_error(&ask.send());
        assert_eq!((status, actual.as_deref()), (400, scim_type), "{case}: {detail}");
        assert!(detail.contains(word), "{case}: {detail}");
        assert_eq!(state(&edge), before, "{case}");
    }
}

#[test]
fn a_patch_of_ten_thousand_operations_is_refused() {
    let edge = Edge::new();
    let id = edge.create("ada")["id"].as_str().unwrap().to_owned();
    let operation = json!({ "op": "replace", "path": "title", "value": "x" });
    let patch = json!({ "Operations": vec![operation; 10_000] });
    let before = state(&edge);
    let answer = edge.scim(Method::PATCH, &format!("/Users/{id}")).json(&patch).send();
    let (status, _, detail) = scim_error(&answer);
    assert!((400..=413).contains(&status), "{status}");
    assert!(detail.contains("1000") || detail.contains("1,000"), "{detail}");
    assert_eq!(state(&edge), before);
}

#[test]
fn other_media_types_are_refused_and_both_json_types_are_welcome() {
    let edge = Edge::new();
    let text = user("ada").to_string();
    for bad in ["text/plain", "application/x-www-form-urlencoded", "application/xml", "json"] {
        let answer = edge.scim(Method::POST, "/Users").body(bad, text.as_bytes()).send();
        assert_eq!(scim_error(&answer).0, 415, "{bad}");
    }
    let good = ["application/json", "application/scim+json; charset=utf-8", "Application/JSON"];
    for (good, name) in good.into_iter().zip(["a", "b", "c"]) {
        let text = user(name).to_string();
        let answer = edge.scim(Method::POST, "/Users").body(good, text.as_bytes()).send();
        assert_eq!(answer.status, StatusCode::CREATED, "{good}");
    }
}

#[test]
fn fields_that_change_the_meaning_are_refused_if_sent_twice() {
    let edge = Edge::new();
    let ask = edge.scim(Method::POST, "/Users").json(&user("ada"));
    let ask = ask.header(header::CONTENT_TYPE, "text/plain");
    let (status, scim_type, detail) = scim_error(&ask.send());
    assert_eq!((status, scim_type.as_deref()), (400, Some("invalidSyntax")));
    assert!(detail.contains("content-type"), "{detail}");
}

#[test]
fn a_body_over_the_limit_is_refused_as_such() {
    let edge = Edge::new();
    let large = vec![b' '; BODY_MAX + 1];
    let answer = edge.scim(Method::POST, "/Users").body("application/json", &large).send();
    assert_eq!(scim_error(&answer).0, 413);
    // Before the body is there, if its length was announced; but not to strangers.
    let announced = |ask: Ask<'_>| {
        let ask = ask.header(header::CONTENT_LENGTH, "1048577");
        block_on(edge.service.refuse_early(&ask.request)).map(|answer| answer.status.as_u16())
    };
    let path = format!("{}/Users", edge.scim_path);
    assert_eq!(announced(edge.scim(Method::POST, "/Users")), Some(413));
    assert_eq!(announced(edge.ask(Method::POST, &path)), Some(401));
    assert_eq!(announced(edge.platform(Method::PUT, "/v1/teams/acme")), Some(413));
    assert_eq!(announced(edge.ask(Method::PUT, "/v1/teams/acme")), Some(401));
    let short = edge.scim(Method::POST, "/Users").header(header::CONTENT_LENGTH, "7");
    assert!(block_on(edge.service.refuse_early(&short.request)).is_none());
}

#[test]
fn a_user_too_large_to_be_kept_is_refused() {
    let edge = Edge::new();
    let mut new = user("ada");
    new["note"] = json!("x".repeat(crate::store::VALUE_MAX));
    let before = state(&edge);
    let answer = edge.scim(Method::POST, "/Users").json(&new).send();
    assert_eq!(scim_error(&answer).0, 413);
    assert_eq!(state(&edge), before);
}

#[test]
fn unknown_paths_and_methods_are_told_apart() {
    let edge = Edge::new();
    for path in ["/Nothing", "/Users/x/y", "/users"] {
        assert_eq!(scim_error(&edge.scim(Method::GET, path).send()).0, 404, "{path}");
    }
    let cases = [
        ("", "GET"),
        ("/Users", "GET, POST"),
        ("/Bulk", "POST"),
        ("/Users/x", "GET, PUT, PATCH, DELETE"),
    ];
    for (path, allowed) in cases {
        let answer = edge.scim(Method::OPTIONS, path).send();
        assert_eq!(scim_error(&answer).0, 405);
        assert_eq!(field(&answer, header::ALLOW), Some(allowed));
    }
    let dots = edge.scim(Method::GET, "/Users/../Schemas").send();
    assert_eq!(scim_error(&dots).0, 404);
    for method in [Method::GET, Method::DELETE] {
        let missing = "/Users/01970000-0000-7000-8000-000000000000";
        assert_eq!(scim_error(&edge.scim(method, missing).send()).0, 404);
    }
}

#[test]
fn user_name_and_address_that_differ_only_in_case_are_one_person() {
    let edge = Edge::new();
    let mut new = user("ada");
    new["userName"] = json!("ADA@EXAMPLE.COM");
    let answer = edge.scim(Method::POST, "/Users").json(&new).send();
    assert_eq!(answer.status, StatusCode::CREATED);
    assert_eq!(body(&answer)["userName"], "ADA@EXAMPLE.COM");
    assert_eq!(scim_error(&edge.scim(Method::POST, "/Users").json(&user("ada")).send()).0, 409);
    assert!(matches!(edge.knock("Ada@Example.com"), Outcome::Forward(Some(_))));
}

#[test]
fn queries_that_make_no_sense_are_refused() {
    let edge = Edge::new();
    let cases = [
        ("filter=userName+eq", Some("invalidFilter")),
        ("filter=nonsense+eq+1", Some("invalidFilter")),
        ("count=ten", Some("invalidValue")),
        ("startIndex=1&startIndex=2", Some("invalidValue")),
        ("attributes=userName&excludedAttributes=emails", Some("invalidValue")),
    ];
    for (query, scim_type) in cases {
        let answer = edge.scim(Method::GET, &format!("/Users?{query}")).send();
        let (status, actual, _) = scim_error(&answer);
        assert_eq!((status, actual.as_deref()), (400, scim_type), "{query}");
    }
}

#[test]
fn no_log_line_holds_a_token_or_an_address() {
    let edge = Edge::new();
    edge.create("ada");
    let _ = edge.scim(Method::POST, "/Users").body("application/json", b"{\"x").send();
    for (_, line) in edge.service.host().lines() {
        assert!(!line.contains("@example") && !line.contains("scim_"), "{line}");
    }
}
