//! Tokens that nobody signed who may (RFC 8725 §2).

use data_encoding::BASE64URL_NOPAD;
use rsa::sha2::{Digest as _, Sha256};

use super::testing::{RSA_N, decode};
use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn part(value: &Value) -> String {
    BASE64URL_NOPAD.encode(value.to_string().as_bytes())
}

/// HMAC with SHA-256 (RFC 2104), as `HS256` signs.
fn hmac(secret: &[u8], message: &[u8]) -> Vec<u8> {
    let mut key = [0; 64];
    if secret.len() > 64 {
        key[..32].copy_from_slice(&Sha256::digest(secret));
    } else {
        key[..secret.len()].copy_from_slice(secret);
    }
    let inner = Sha256::new().chain_update(key.map(|byte| byte ^ 0x36)).chain_update(message);
    let outer = Sha256::new().chain_update(key.map(|byte| byte ^ 0x5c));
    outer.chain_update(inner.finalize()).finalize().to_vec()
}

#[test]
fn a_public_key_is_no_shared_secret() {
    let secrets = [
        decode(RSA_N),
        RSA_N.as_bytes().to_vec(),
        Signer::Rs256.jwk().to_string().into_bytes(),
        Vec::new(),
    ];
    for algorithm in ["HS256", "HS384", "HS512"] {
        for secret in &secrets {
            let header = json!({ "alg": algorithm, "kid": "RS256" });
            let signed = format!("{}.{}", part(&header), part(&claims()));
            let signature = BASE64URL_NOPAD.encode(&hmac(secret, signed.as_bytes()));
            assert_eq!(identify(&format!("{signed}.{signature}")), Err(JwtError::Algorithm));
        }
        // The same under the name of the key's algorithm.
        let signed = format!("{}.{}", part(&json!({ "alg": "RS256" })), part(&claims()));
        let signature = BASE64URL_NOPAD.encode(&hmac(&secrets[0], signed.as_bytes()));
        assert_eq!(identify(&format!("{signed}.{signature}")), Err(JwtError::Signature));
    }
}

#[test]
fn none_is_no_algorithm_in_any_spelling() {
    for algorithm in ["none", "None", "NONE", "nOnE", ""] {
        for kid in [json!("EdDSA"), json!("")] {
            let header = json!({ "alg": algorithm, "kid": kid });
            let token = format!("{}.{}.", part(&header), part(&claims()));
            assert_eq!(identify(&token), Err(JwtError::Algorithm), "{algorithm}");
        }
    }
}

#[test]
fn a_token_cannot_choose_another_algorithm_than_its_keys() {
    for signer in Signer::ALL {
        for other in Signer::ALL.into_iter().filter(|other| *other != signer) {
            let header = json!({ "alg": signer.alg(), "kid": other.alg() });
            let token = signer.sign_with(&header, &claims());
            assert_eq!(identify(&token), Err(JwtError::OtherAlgorithm), "{signer:?} {other:?}");

            let header = json!({ "alg": other.alg(), "kid": other.alg() });
            let token = signer.sign_with(&header, &claims());
            assert_eq!(identify(&token), Err(JwtError::Signature), "{signer:?} {other:?}");
        }
    }
}

#[test]
fn names_of_algorithms_are_told_apart_by_case_and_others_are_none_of_ours() {
    let signer = Signer::EdDsa;
    for algorithm in ["eddsa", "EDDSA", "Ed25519", "ES384", "RS512", "PS256", "RSA-OAEP", "dir"] {
        let token = signer.sign_with(&json!({ "alg": algorithm, "kid": "EdDSA" }), &claims());
        assert_eq!(identify(&token), Err(JwtError::Algorithm), "{algorithm}");
    }
    for header in [json!({}), json!({ "alg": null }), json!({ "alg": ["EdDSA"] })] {
        let token = signer.sign_with(&header, &claims());
        assert_eq!(identify(&token), Err(JwtError::Header), "{header}");
    }
}

#[test]
fn a_key_that_a_token_brings_along_is_not_used() {
    let only_rsa = verifier_of(&json!({ "keys": [Signer::Rs256.jwk()] }));
    let jwk = Signer::EdDsa.jwk();
    for (name, value) in
        [("jwk", jwk.clone()), ("jku", json!("https://evil.example/jwks")), ("x5c", json!(["AA"]))]
    {
        let mut header = json!({ "alg": "EdDSA", "kid": "EdDSA" });
        header[name] = value;
        let token = Signer::EdDsa.sign_with(&header, &claims());
        assert_eq!(identify_with(&only_rsa, &token), Err(JwtError::UnknownKey), "{name}");
    }
}

#[test]
fn extensions_that_have_to_be_understood_are_refused() {
    for crit in [json!(["b64"]), json!(["exp"]), json!([]), json!(null)] {
        let header = json!({ "alg": "EdDSA", "kid": "EdDSA", "crit": crit, "b64": true });
        let token = Signer::EdDsa.sign_with(&header, &claims());
        assert_eq!(identify(&token), Err(JwtError::Critical), "{header}");
    }
}

#[test]
fn a_signature_is_of_this_header_and_these_claims() {
    let one = Signer::EdDsa.sign(&claims());
    let two = Signer::EdDsa.sign(&testing::claims_but(&json!({ "email": "eve@example.com" })));
    let parts = |token: &str| token.split('.').map(str::to_owned).collect::<Vec<_>>();
    let (one, two) = (parts(&one), parts(&two));
    let mixed = format!("{}.{}.{}", one[0], one[1], two[2]);
    assert_eq!(identify(&mixed), Err(JwtError::Signature));
    let mixed = format!("{}.{}.{}", one[0], two[1], one[2]);
    assert_eq!(identify(&mixed), Err(JwtError::Signature));
}

#[test]
fn two_zeros_and_der_are_no_signature_of_es256() {
    let token = Signer::Es256.sign(&claims());
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let zeros = BASE64URL_NOPAD.encode(&[0; 64]);
    assert_eq!(identify(&format!("{signed}.{zeros}")), Err(JwtError::Signature));

    let numbers = p256::ecdsa::Signature::from_slice(&decode(signature)).unwrap();
    let der = BASE64URL_NOPAD.encode(numbers.to_der().as_bytes());
    assert_eq!(identify(&format!("{signed}.{der}")), Err(JwtError::Signature));
}
