//! Tokens of the right sign-in that say the wrong things.

use super::testing::{NOW_SECONDS, claims_but};
use super::*;
use crate::email::EmailError;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// What becomes of a token that claims what [`claims`] do, but for `changes`. A null takes a claim away.
fn claiming(changes: &Value) -> Result<String, JwtError> {
    identify(&Signer::EdDsa.sign(&claims_but(changes)))
}

#[test]
fn a_token_holds_from_nbf_to_exp_give_or_take_a_minute() {
    let now = NOW_SECONDS;
    #[expect(clippy::cast_precision_loss, reason = "exact")]
    let now_and = |seconds: f64| now as f64 + seconds;
    for (changes, expected) in [
        (json!({ "exp": now + 1 }), ada()),
        (json!({ "exp": now - 59 }), ada()),
        (json!({ "exp": now_and(-59.75) }), ada()),
        (json!({ "exp": now - 60 }), Err(JwtError::Expired)),
        (json!({ "exp": now_and(-60.25) }), Err(JwtError::Expired)),
        (json!({ "exp": 0 }), Err(JwtError::Expired)),
        (json!({ "exp": -1e300 }), Err(JwtError::Expired)),
        (json!({ "exp": 1e300 }), ada()),
        (json!({ "exp": u64::MAX }), ada()),
        (json!({ "exp": null }), Err(JwtError::NoExpiry)),
        (json!({ "exp": (now + 300).to_string() }), Err(JwtError::Time)),
        (json!({ "exp": [now + 300] }), Err(JwtError::Time)),
        (json!({ "exp": true }), Err(JwtError::Time)),
        (json!({ "nbf": now }), ada()),
        (json!({ "nbf": now + 60 }), ada()),
        (json!({ "nbf": now_and(60.0) }), ada()),
        (json!({ "nbf": now_and(60.25) }), Err(JwtError::NotYetValid)),
        (json!({ "nbf": now + 61 }), Err(JwtError::NotYetValid)),
        (json!({ "nbf": "0" }), Err(JwtError::Time)),
        (json!({ "iat": now + 100_000 }), ada()),
        (json!({ "iat": null }), ada()),
        (json!({ "iat": "x" }), ada()),
    ] {
        assert_eq!(claiming(&changes), expected, "{changes}");
    }
}

#[test]
fn a_time_that_is_null_is_none() {
    let header = json!({ "alg": "EdDSA", "kid": "EdDSA" }).to_string();
    let with_null =
        claims_but(&json!({ "exp": null })).to_string().replacen('{', "{\"exp\":null,", 1);
    let token = Signer::EdDsa.sign_text(&header, &with_null);
    assert_eq!(identify(&token), Err(JwtError::Time));
}

#[test]
fn milliseconds_of_the_clock_count() {
    let token = Signer::EdDsa.sign(&claims_but(&json!({ "exp": NOW_SECONDS })));
    let at = |milliseconds| {
        let now = Timestamp(NOW.0 + milliseconds);
        verifier().identify(&token, "email", now).map(|_| ())
    };
    assert_eq!(at(59_999), Ok(()));
    assert_eq!(at(60_000), Err(JwtError::Expired));
    let far = verifier().identify(&token, "email", Timestamp(u64::MAX)).map(|_| ());
    assert_eq!(far, Err(JwtError::Expired));
}

#[test]
fn a_token_is_from_our_issuer_to_the_letter() {
    for issuer in [
        json!(null),
        json!("https://login.example.com/"),
        json!("https://LOGIN.example.com"),
        json!("https://login.example.com.evil.example"),
        json!(""),
        json!(["https://login.example.com"]),
    ] {
        let changes = json!({ "iss": issuer });
        assert_eq!(claiming(&changes), Err(JwtError::Issuer), "{changes}");
    }
}

#[test]
fn a_token_is_for_one_of_our_audiences() {
    for audience in [
        json!("scim-edge"),
        json!("other"),
        json!(["x", "scim-edge"]),
        json!(["other"]),
        json!([7, "other"]),
    ] {
        assert_eq!(claiming(&json!({ "aud": audience })), ada(), "{audience}");
    }
    for audience in [
        json!(null),
        json!("SCIM-edge"),
        json!("scim-edge,"),
        json!("scim-edge other"),
        json!(""),
        json!([]),
        json!(["x"]),
        json!([["scim-edge"]]),
        json!({ "scim-edge": true }),
        json!(7),
    ] {
        let changes = json!({ "aud": audience });
        assert_eq!(claiming(&changes), Err(JwtError::Audience), "{changes}");
    }
}

#[test]
fn a_person_is_known_by_an_address_that_is_verified_or_not_said_not_to_be() {
    for verified in [json!(true), json!("true"), json!(null)] {
        assert_eq!(claiming(&json!({ "email_verified": verified })), ada(), "{verified}");
    }
    for verified in [json!(false), json!("false"), json!(1), json!(""), json!([true]), json!({})] {
        let refused = Err(JwtError::Identity(IdentityError::NotVerified));
        assert_eq!(claiming(&json!({ "email_verified": verified })), refused, "{verified}");
    }
    assert_eq!(claiming(&json!({ "email": null })), Err(JwtError::NoEmail));
    assert_eq!(claiming(&json!({ "email": ["a@b.c"] })), Err(JwtError::NoEmail));
    let form = Err(JwtError::Identity(IdentityError::Email(EmailError::Form)));
    assert_eq!(claiming(&json!({ "email": "ada" })), form);
    assert_eq!(claiming(&json!({ "email": "" })), form);
}

#[test]
fn the_address_is_in_the_claim_that_is_configured() {
    let claims = claims_but(&json!({ "email": null, "https://example.com/mail": "b@example.com" }));
    let token = Signer::EdDsa.sign(&claims);
    let of = |claim| {
        let identity = verifier().identify(&token, claim, NOW)?;
        Ok(identity.email.as_str().to_owned())
    };
    assert_eq!(of("https://example.com/mail"), Ok("b@example.com".to_owned()));
    assert_eq!(of("email"), Err(JwtError::NoEmail));
}

#[test]
fn the_signature_is_looked_at_before_the_claims() {
    let token = Signer::EdDsa.sign(&claims_but(&json!({ "exp": 1, "iss": "x" })));
    let changed = format!("{}AA", token.split_at(token.len() - 2).0);
    assert_eq!(identify(&changed), Err(JwtError::Signature));
}
