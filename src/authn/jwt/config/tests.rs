use serde_json::json;

use super::*;
use crate::authn::jwt::tests::testing::{Signer, jwks};

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

const ISSUER: &str = "https://login.example.com";

/// What is said of a set of keys: how many can be used, or what is wrong.
fn read(jwks: &Value) -> Result<usize, String> {
    let config = JwtConfig::parse(&jwks.to_string(), ISSUER, "scim-edge");
    config.map(|config| config.keys().len()).map_err(|error| error.to_string())
}

#[test]
fn audiences_are_separated_by_spaces_or_commas() {
    for (text, expected) in [
        ("a", vec!["a"]),
        ("a b", vec!["a", "b"]),
        ("a,b", vec!["a", "b"]),
        (" a ,\n\tb,, ", vec!["a", "b"]),
        ("https://a.example/x api://b", vec!["https://a.example/x", "api://b"]),
    ] {
        let config = JwtConfig::parse(&jwks().to_string(), ISSUER, text).unwrap();
        assert_eq!(config.audiences(), expected, "{text}");
    }
    for text in ["", " ", ",", " , "] {
        let refused = JwtConfig::parse(&jwks().to_string(), ISSUER, text).map(|_| ());
        assert_eq!(refused, Err(JwtConfigError::NoAudience), "{text:?}");
    }
}

#[test]
fn an_issuer_is_needed() {
    for issuer in ["", " ", "\n"] {
        let refused = JwtConfig::parse(&jwks().to_string(), issuer, "a").map(|_| ());
        assert_eq!(refused, Err(JwtConfigError::NoIssuer));
    }
    let config = JwtConfig::parse(&jwks().to_string(), " https://a.example/\n", "a").unwrap();
    assert_eq!(config.issuer(), "https://a.example/");
}

#[test]
fn a_text_that_is_no_set_of_keys_is_an_error() {
    for text in ["", "{", "[]", "{}", "null", "{\"keys\":{}}", "{\"keys\":null}", "-----BEGIN"] {
        let refused = JwtConfig::parse(text, ISSUER, "a").map(|_| ());
        assert_eq!(refused, Err(JwtConfigError::NotASet), "{text}");
    }
}

#[test]
fn keys_that_are_not_for_us_are_left_out_if_one_is_left() {
    let mut encryption = Signer::Rs256.jwk();
    encryption["use"] = json!("enc");
    // A sign-in may have two keys of one name that differ in their use.
    let both = json!({ "keys": [encryption, Signer::Rs256.jwk()] });
    assert_eq!(read(&both), Ok(1));
    let no_key = "the JWKS has no key for EdDSA (Ed25519), ES256 or RS256";
    assert_eq!(read(&json!({ "keys": [encryption] })), Err(no_key.to_owned()));
    assert_eq!(read(&json!({ "keys": [] })), Err(no_key.to_owned()));
}

#[test]
fn an_error_names_the_key_and_what_is_wrong_with_it() {
    let good = Signer::EdDsa.jwk();
    let mut broken = Signer::Es256.jwk();
    broken["x"] = json!("AA");
    assert_eq!(
        read(&json!({ "keys": [good, broken] })),
        Err("key \"ES256\" of the JWKS is not a point of its curve that can be used".to_owned())
    );
    broken.as_object_mut().unwrap().remove("kid");
    assert_eq!(
        read(&json!({ "keys": [good, broken] })),
        Err("key number 2 of the JWKS is not a point of its curve that can be used".to_owned())
    );
    assert_eq!(
        read(&json!({ "keys": [good, { "kty": "oct", "k": "AA", "kid": "s" }] })),
        Err("key \"s\" of the JWKS is a shared secret (kty oct), which does not belong here"
            .to_owned())
    );
    assert_eq!(
        read(&json!({ "keys": [7] })),
        Err("key number 1 of the JWKS is not a JSON object".to_owned())
    );
    let mut same = Signer::Rs256.jwk();
    same["kid"] = good["kid"].clone();
    assert_eq!(
        read(&json!({ "keys": [good, same] })),
        Err("key \"EdDSA\" of the JWKS has a kid that another key has".to_owned())
    );
}

#[test]
fn several_keys_need_no_kid() {
    let mut nameless = Signer::EdDsa.jwk();
    nameless.as_object_mut().unwrap().remove("kid");
    assert_eq!(read(&json!({ "keys": [nameless, nameless, Signer::Es256.jwk()] })), Ok(3));
}
