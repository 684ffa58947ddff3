use http::Method;

use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn with_authorization(values: &[&[u8]]) -> Request {
    let mut request = Request::new(Method::GET, "/");
    for value in values {
        request.headers.append(header::AUTHORIZATION, value).unwrap();
    }
    request
}

#[test]
fn the_scheme_is_read_in_any_case_and_may_be_missing() {
    for value in ["Bearer abc", "bearer abc", "BEARER   abc ", "abc"] {
        let request = with_authorization(&[value.as_bytes()]);
        assert_eq!(bearer_credential(&request), Some("abc"), "{value}");
    }
}

#[test]
fn what_is_no_bearer_credential_is_none() {
    let cases: [&[&[u8]]; 7] = [
        &[],
        &[b""],
        &[b"Bearer"],
        &[b"Bearer "],
        &[b"Basic YTpi"],
        &[b"Bearer abc", b"Bearer abc"],
        &[b"Bearer \xff\xfe"],
    ];
    for values in cases {
        assert_eq!(bearer_credential(&with_authorization(values)), None, "{values:?}");
    }
}

#[test]
fn only_a_configured_platform_key_is_accepted() {
    use sha2::{Digest as _, Sha256};
    let digest = |text: &str| Sha256::digest(text.as_bytes()).into();
    let keys = PlatformKeys::new(vec![digest("old"), digest("new")]);
    assert!(keys.accept("old"));
    assert!(keys.accept("new"));
    assert!(!keys.accept("other"));
    assert!(!keys.accept(""));
    assert!(!PlatformKeys::new(Vec::new()).accept(""));
}
