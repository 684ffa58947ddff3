use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn an_address_that_the_sign_in_calls_unverified_is_nobody() {
    let of = |verified| Identity::of_claims("Ada@example.com", verified).map(|_| ());
    for verified in [
        EmailVerified::Unsaid,
        EmailVerified::Boolean(true),
        EmailVerified::TextTrue,
        EmailVerified::of_text(b"true"),
    ] {
        assert_eq!(of(verified), Ok(()), "{verified:?}");
    }
    for verified in [
        EmailVerified::Boolean(false),
        EmailVerified::Other,
        EmailVerified::of_text(b"false"),
        EmailVerified::of_text(b"True"),
        EmailVerified::of_text(b""),
        EmailVerified::of_text(b"1"),
    ] {
        assert_eq!(of(verified), Err(IdentityError::NotVerified), "{verified:?}");
    }
}

#[test]
fn a_text_that_is_no_address_is_nobody() {
    let error = Identity::of_claims("ada", EmailVerified::Unsaid).unwrap_err();
    assert_eq!(error.to_string(), "the e-mail address is not of the form name@domain");
}
