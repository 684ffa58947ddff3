use http::Method;

use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

const OURS: &str = "https://edge.example";

fn refused(method: Method, fields: &[(&str, &str)], ours: &str) -> bool {
    let mut request = Request::new(method, "/v1/teams/acme/scim");
    for (name, value) in fields {
        request.headers.append(name, value.as_bytes()).unwrap();
    }
    refuse_other_sites(&request, ours).is_err()
}

#[test]
fn what_a_page_of_another_site_sends_changes_nothing() {
    let origin = |value| (header::ORIGIN, value);
    let site = |value| (header::SEC_FETCH_SITE, value);
    let cases = [
        (vec![origin("https://elsewhere.example")], true),
        (vec![origin("https://edge.example.elsewhere.example")], true),
        (vec![origin("https://edge.example:8443")], true),
        (vec![origin("http://edge.example")], true),
        (vec![origin("null")], true),
        (vec![origin("")], true),
        (vec![origin(OURS), origin("https://elsewhere.example")], true),
        (vec![site("cross-site")], true),
        (vec![site("same-site")], true),
        (vec![site("same-origin"), site("cross-site")], true),
        (vec![origin(OURS), site("cross-site")], true),
        (vec![origin("https://elsewhere.example"), site("same-origin")], true),
        (vec![], false),
        (vec![origin(OURS)], false),
        (vec![origin("HTTPS://Edge.example")], false),
        (vec![origin(OURS), site("same-origin")], false),
        (vec![site("none")], false),
    ];
    for (fields, expected) in cases {
        for method in [Method::POST, Method::PUT, Method::DELETE] {
            assert_eq!(refused(method, &fields, OURS), expected, "{fields:?}");
        }
        assert!(!refused(Method::GET, &fields, OURS), "{fields:?}");
    }
}

#[test]
fn a_port_that_is_the_schemes_own_makes_no_difference() {
    for (ours, origin) in [
        ("https://edge.example:443", "https://edge.example"),
        ("http://localhost:80", "http://localhost"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ] {
        assert!(!refused(Method::POST, &[(header::ORIGIN, origin)], ours), "{ours}");
    }
    let other = [(header::ORIGIN, "http://edge.example")];
    assert!(refused(Method::POST, &other, "http://edge.example:443"));
}
