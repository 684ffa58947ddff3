//! What reads tokens, and the keys that they are checked with.

use std::sync::LazyLock;

use scim_edge::authn::jwt::{JwtConfig, Verifier};
use scim_edge::host::Timestamp;

const KEYS: &str = include_str!("../seeds/jwt/keys");
const ISSUER: &str = "https://login.example.com";
const AUDIENCE: &str = "scim-edge";

static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| {
    Verifier::new(JwtConfig::parse(KEYS, ISSUER, AUDIENCE).expect("the keys can be read"))
});

/// The only tokens that are right. Whatever else is found to be one is forged.
const SIGNED: [&str; 3] = [
    include_str!("../seeds/jwt/eddsa"),
    include_str!("../seeds/jwt/es256"),
    include_str!("../seeds/jwt/rs256"),
];

/// A token is one of those that were signed, or refused; keys are refused, or can be used.
pub fn jwt(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let names_somebody = |verifier: &Verifier| {
        verifier.identify(text, "email", Timestamp(1_790_000_000_000)).is_ok()
    };
    assert_eq!(names_somebody(&VERIFIER), SIGNED.contains(&text), "{text}");
    if let Ok(config) = JwtConfig::parse(text, ISSUER, AUDIENCE) {
        assert!(!names_somebody(&Verifier::new(config)), "a set of keys is no token");
    }
}
