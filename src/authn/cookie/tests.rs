use http::Method;

use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn found(fields: &[&'static str]) -> Option<String> {
    let mut request = Request::new(Method::GET, "/t/acme/");
    for field in fields {
        request.headers.append(header::COOKIE, field.as_bytes()).unwrap();
    }
    cookie_credential(&request, "session").map(str::to_owned)
}

#[test]
fn a_cookie_is_found_among_others_and_in_any_field() {
    assert_eq!(found(&["session=a.b.c"]).as_deref(), Some("a.b.c"));
    assert_eq!(found(&["x=1; session=a=b; y=2"]).as_deref(), Some("a=b"));
    assert_eq!(found(&["x=1", "y=2;session=\"q\""]).as_deref(), Some("q"));
}

#[test]
fn another_cookie_is_not_taken_for_it() {
    assert_eq!(found(&["xsession=1; session2=2; Session=3; session"]), None);
    assert_eq!(found(&["session="]), None);
    assert_eq!(found(&[]), None);
}

#[test]
fn a_cookie_that_is_there_twice_counts_only_if_it_says_the_same() {
    assert_eq!(found(&["session=a; session=a"]).as_deref(), Some("a"));
    assert_eq!(found(&["session=a; session=b"]), None);
    assert_eq!(found(&["session=a", "session="]), None);
}
