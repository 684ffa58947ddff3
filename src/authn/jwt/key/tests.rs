use data_encoding::BASE64URL_NOPAD;
use serde_json::json;

use super::*;
use crate::authn::jwt::tests::testing::{RSA_N, Signer};

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// The key of `signer` with some fields replaced; a null takes one away.
fn but(signer: Signer, changes: &Value) -> Value {
    let mut jwk = signer.jwk();
    let fields = jwk.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => fields.remove(name),
            value => fields.insert(name.clone(), value.clone()),
        };
    }
    jwk
}

fn algorithm(jwk: &Value) -> Result<Option<Algorithm>, KeyProblem> {
    Key::parse(jwk).map(|key| key.map(|key| key.algorithm()))
}

#[test]
fn a_key_without_alg_has_the_only_one_of_its_type() {
    let expected = [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256];
    for (signer, expected) in Signer::ALL.into_iter().zip(expected) {
        assert_eq!(algorithm(&signer.jwk()), Ok(Some(expected)));
        let jwk = but(signer, &json!({ "alg": null, "use": null, "kid": null }));
        assert_eq!(algorithm(&jwk), Ok(Some(expected)));
    }
}

#[test]
fn a_key_that_is_not_for_us_is_left_out() {
    for jwk in [
        but(Signer::Rs256, &json!({ "use": "enc" })),
        but(Signer::Rs256, &json!({ "use": "enc", "alg": "RSA-OAEP", "n": "broken!" })),
        but(Signer::Rs256, &json!({ "use": null, "key_ops": ["encrypt", "wrapKey"] })),
        but(Signer::Rs256, &json!({ "alg": "RS512" })),
        but(Signer::Rs256, &json!({ "alg": "PS256" })),
        but(Signer::Es256, &json!({ "crv": "P-384", "alg": "ES384" })),
        but(Signer::Es256, &json!({ "crv": "P-521", "alg": null })),
        but(Signer::Es256, &json!({ "crv": "secp256k1", "alg": "ES256K" })),
        but(Signer::EdDsa, &json!({ "crv": "X25519", "alg": null })),
        but(Signer::EdDsa, &json!({ "crv": "Ed448", "alg": null })),
        json!({ "kty": "AKP", "alg": "ML-DSA-65", "pub": "AA" }),
    ] {
        assert_eq!(algorithm(&jwk), Ok(None), "{jwk}");
    }
    let signing = but(Signer::Rs256, &json!({ "use": null, "key_ops": ["verify", "encrypt"] }));
    assert_eq!(algorithm(&signing), Ok(Some(Algorithm::Rs256)));
}

#[test]
fn a_secret_is_refused_even_where_it_is_not_for_us() {
    let secret = json!({ "kty": "oct", "k": "AAAA", "alg": "HS256", "use": "enc" });
    assert_eq!(algorithm(&secret), Err(KeyProblem::Symmetric));
    for signer in Signer::ALL {
        let private = but(signer, &json!({ "d": "AAAA", "use": "enc" }));
        assert_eq!(algorithm(&private), Err(KeyProblem::Private));
    }
}

#[test]
fn a_key_of_ours_that_cannot_be_used_is_an_error() {
    let bits = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
    let of_size = |bytes: usize, first: u8| bits(&[&[first][..], &vec![0xff; bytes - 1]].concat());
    let mut even = BASE64URL_NOPAD.decode(RSA_N.as_bytes()).unwrap();
    *even.last_mut().unwrap() &= 0xfe;
    let no_text = KeyProblem::NoText;
    for (signer, changes, problem) in [
        (Signer::EdDsa, json!({ "kty": null }), no_text("kty")),
        (Signer::EdDsa, json!({ "kty": 7 }), no_text("kty")),
        (Signer::EdDsa, json!({ "crv": null }), no_text("crv")),
        (Signer::EdDsa, json!({ "x": null }), no_text("x")),
        (Signer::EdDsa, json!({ "kid": 7 }), no_text("kid")),
        (Signer::EdDsa, json!({ "alg": 7 }), no_text("alg")),
        (Signer::EdDsa, json!({ "use": ["sig"] }), no_text("use")),
        (Signer::EdDsa, json!({ "x": "11qY=" }), KeyProblem::NotBase64("x")),
        (Signer::EdDsa, json!({ "x": "11qY" }), KeyProblem::Point),
        (Signer::EdDsa, json!({ "x": bits(&[0; 32]) }), KeyProblem::Point),
        (Signer::EdDsa, json!({ "x": bits(&[&[1][..], &[0; 31]].concat()) }), KeyProblem::Point),
        (Signer::EdDsa, json!({ "x": bits(&[&[2][..], &[0; 31]].concat()) }), KeyProblem::Point),
        (Signer::EdDsa, json!({ "alg": "ES256" }), KeyProblem::OtherType),
        (Signer::Es256, json!({ "alg": "EdDSA" }), KeyProblem::OtherType),
        (Signer::Es256, json!({ "alg": "RS256" }), KeyProblem::OtherType),
        (Signer::Es256, json!({ "crv": "P-384" }), KeyProblem::OtherType),
        (Signer::Es256, json!({ "y": null }), no_text("y")),
        (Signer::Es256, json!({ "y": bits(&[1; 32]) }), KeyProblem::Point),
        (Signer::Es256, json!({ "x": bits(&[1; 31]) }), KeyProblem::Point),
        (Signer::Es256, json!({ "x": bits(&[0xff; 32]) }), KeyProblem::Point),
        (Signer::Rs256, json!({ "alg": "ES256" }), KeyProblem::OtherType),
        (Signer::Rs256, json!({ "n": null }), no_text("n")),
        (Signer::Rs256, json!({ "n": "a+b/" }), KeyProblem::NotBase64("n")),
        (Signer::Rs256, json!({ "n": of_size(128, 0xff) }), KeyProblem::TooShort),
        (Signer::Rs256, json!({ "n": of_size(256, 0x7f) }), KeyProblem::TooShort),
        (Signer::Rs256, json!({ "n": of_size(1025, 0x01) }), KeyProblem::TooLong),
        (Signer::Rs256, json!({ "n": "" }), KeyProblem::TooShort),
        (Signer::Rs256, json!({ "n": bits(&even) }), KeyProblem::Rsa),
        (Signer::Rs256, json!({ "e": "" }), KeyProblem::Rsa),
        (Signer::Rs256, json!({ "e": bits(&[1]) }), KeyProblem::Rsa),
        (Signer::Rs256, json!({ "e": bits(&[2]) }), KeyProblem::Rsa),
        (Signer::Rs256, json!({ "e": RSA_N }), KeyProblem::Rsa),
    ] {
        let jwk = but(signer, &changes);
        assert_eq!(algorithm(&jwk), Err(problem), "{changes}");
    }
    assert_eq!(algorithm(&json!("key")), Err(KeyProblem::NotAnObject));
}

#[test]
fn rsa_keys_from_2048_to_8192_bits_are_taken() {
    for bytes in [256, 384, 512, 1024] {
        let n = BASE64URL_NOPAD.encode(&vec![0xff; bytes]);
        let jwk = but(Signer::Rs256, &json!({ "n": n }));
        assert_eq!(algorithm(&jwk), Ok(Some(Algorithm::Rs256)), "{bytes}");
    }
}
