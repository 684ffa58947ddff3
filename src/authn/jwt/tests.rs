//! What becomes of tokens; [`testing`] signs them.

mod claimed;
mod forged;
mod hostile;
#[cfg(not(target_family = "wasm"))]
mod laws;
pub(super) mod testing;
mod vectors;

use serde_json::{Value, json};

use super::*;
use testing::{NOW, Signer, claims, verifier, verifier_of};

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// What becomes of a token: the address that it names.
fn identify(token: &str) -> Result<String, JwtError> {
    identify_with(&verifier(), token)
}

fn identify_with(verifier: &Verifier, token: &str) -> Result<String, JwtError> {
    let identity = verifier.identify(token, "email", NOW)?;
    Ok(identity.email.as_str().to_owned())
}

/// Ada's address.
fn ada() -> Result<String, JwtError> {
    Ok("Ada@example.com".to_owned())
}

#[test]
fn a_token_of_each_algorithm_says_who_somebody_is() {
    for signer in Signer::ALL {
        let token = signer.sign(&claims());
        assert_eq!(identify(&token), ada(), "{signer:?}");
    }
}

#[test]
fn without_kid_the_only_key_of_the_algorithm_is_meant() {
    for signer in Signer::ALL {
        let token = signer.sign_with(&json!({ "alg": signer.alg() }), &claims());
        assert_eq!(identify(&token), ada(), "{signer:?}");

        let mut second = signer.jwk();
        second["kid"] = json!("second");
        let two = verifier_of(&json!({ "keys": [signer.jwk(), second] }));
        assert_eq!(identify_with(&two, &token), Err(JwtError::AmbiguousKey), "{signer:?}");

        let others: Vec<Value> =
            Signer::ALL.into_iter().filter(|other| *other != signer).map(Signer::jwk).collect();
        let none = verifier_of(&json!({ "keys": others }));
        assert_eq!(identify_with(&none, &token), Err(JwtError::UnknownKey), "{signer:?}");
    }
}

#[test]
fn a_kid_names_a_key_and_nothing_else_does() {
    let signer = Signer::EdDsa;
    let with = |kid: Value| signer.sign_with(&json!({ "alg": "EdDSA", "kid": kid }), &claims());
    assert_eq!(identify(&with(json!("eddsa"))), Err(JwtError::UnknownKey));
    assert_eq!(identify(&with(json!(""))), Err(JwtError::UnknownKey));
    assert_eq!(identify(&with(json!(null))), Err(JwtError::Header));
    assert_eq!(identify(&with(json!(["EdDSA"]))), Err(JwtError::Header));

    let mut nameless = signer.jwk();
    nameless.as_object_mut().unwrap().remove("kid");
    let nameless = verifier_of(&json!({ "keys": [nameless] }));
    let token = with(json!("EdDSA"));
    assert_eq!(identify_with(&nameless, &token), Err(JwtError::UnknownKey));
}

#[test]
fn parameters_of_the_header_that_need_not_be_understood_are_passed_over() {
    let header = json!({
        "alg": "ES256", "kid": "ES256", "typ": "at+jwt", "cty": "x", "x5t": "x", "more": { "a": [1] },
    });
    assert_eq!(identify(&Signer::Es256.sign_with(&header, &claims())), ada());
}
