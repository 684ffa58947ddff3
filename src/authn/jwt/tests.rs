//! What becomes of tokens; [`testing`] signs them.

mod testing;

use serde_json::json;

use super::*;
use testing::{NOW, Signer, claims, verifier};

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn identify(token: &str) -> Result<String, JwtError> {
    let identity = verifier().identify(token, "email", NOW)?;
    Ok(identity.email.as_str().to_owned())
}

#[test]
fn a_token_of_each_algorithm_says_who_somebody_is() {
    for signer in Signer::ALL {
        let token = signer.sign(&claims());
        assert_eq!(identify(&token), Ok("Ada@example.com".to_owned()), "{signer:?}");
    }
}
