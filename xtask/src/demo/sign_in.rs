use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use data_encoding::BASE64URL_NOPAD;
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Value, json};

/// The issuer in `envoy/envoy.yaml`.
pub const ISSUER: &str = "https://login.example.com";
/// The audience in `envoy/envoy.yaml`.
pub const AUDIENCE: &str = "scim-edge";

/// The product's sign-in: one signing key (EdDSA, RFC 8037), made anew each time.
pub struct SignIn(SigningKey);

impl SignIn {
    /// A sign-in with a key that nobody else has.
    pub fn new() -> Result<Self> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).context("this machine has no random numbers")?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    /// The sign-in whose key has this seed.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// What its key can be made from again.
    pub fn seed(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// The public key, as a JSON Web Key Set (RFC 7517 §5).
    pub fn jwks(&self) -> Value {
        let x = BASE64URL_NOPAD.encode(self.0.verifying_key().as_bytes());
        json!({ "keys": [
            { "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": "demo", "x": x }
        ] })
    }

    /// A token for the person with this e-mail address, good for a day.
    pub fn mint(&self, email: &str) -> String {
        const DAY: u64 = 24 * 60 * 60;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
        self.sign(&json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": email, "email": email, "iat": now, "exp": now + DAY,
        }))
    }

    /// A token with any claims (RFC 7515 §7.1).
    pub fn sign(&self, claims: &Value) -> String {
        let header = json!({ "alg": "EdDSA", "typ": "JWT", "kid": "demo" });
        let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let signed = format!("{}.{}", part(&header), part(claims));
        let signature = self.0.sign(signed.as_bytes());
        format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature.to_bytes()))
    }
}
