//! Who a JSON Web Token says somebody is (RFC 7519), for hosts that do not verify it themselves.
//!
//! The configured keys decide, never the token: each key has one algorithm (RFC 8725 §3.1), and a token is checked with
//! the key that its `kid` names, or with the only key of its algorithm. Envoy has `jwt_authn` for all this, so the Envoy
//! filter carries none of it.
//!
//! # What checks signatures
//!
//! `ed25519-dalek`, `p256` and `rsa`, which are pure Rust and maintained; around them only `serde_json` and the rules above.
//! In a module of `opt-level = "s"` that has `serde_json` and SHA-256 already they take 28, 40 and 59 KB, all three 126 KB,
//! and nothing that signs is left in it. `jsonwebtoken` 12 takes 126 KB with a provider that can do nothing, 589 KB
//! with its own; it reads the system's clock, and keeps the provider in a global without which it panics. `jwt-compact`
//! is built on older versions of the same crates.

mod algorithm;
mod claims;
mod compact;
mod config;
mod key;

pub use algorithm::Algorithm;
pub use config::{JwtConfig, JwtConfigError};
pub use key::KeyProblem;

use thiserror::Error;

use super::{Identity, IdentityError};
use crate::host::Timestamp;
use claims::Claims;
use compact::Compact;
use key::Key;

/// The longest token in bytes that is looked at.
pub const TOKEN_MAX: usize = 8 * 1024;

/// How far the clock of whoever issues tokens may differ from ours, in seconds.
pub const CLOCK_SKEW_SECONDS: u32 = 60;

/// Why a token names nobody. What of it goes to a log is safe there: it repeats nothing of the token.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum JwtError {
    /// Longer than [`TOKEN_MAX`].
    #[error("the token is longer than 8 KiB")]
    TooLong,
    /// Not three parts in base64url without padding (RFC 7515 §7.1).
    #[error("the token is not three parts of base64url")]
    Form,
    /// The header is not a JSON object with the parameters that it needs.
    #[error("the token's header is not a JSON object with a text as alg, and one as kid if any")]
    Header,
    /// The header has extensions that must be understood (RFC 7515 §4.1.11). We know none.
    #[error("the token's header has crit")]
    Critical,
    /// None of the algorithms that a key can have.
    #[error("the token's algorithm is not supported")]
    Algorithm,
    /// No key has this `kid`; or it has none, and no key has its algorithm.
    #[error("no key is configured for the token")]
    UnknownKey,
    /// It has no `kid`, and several keys have its algorithm.
    #[error("the token names no key, and several could be meant")]
    AmbiguousKey,
    /// The key that it names is for another algorithm.
    #[error("the token's algorithm is not that of its key")]
    OtherAlgorithm,
    /// The signature is not that of the key.
    #[error("the token's signature is wrong")]
    Signature,
    /// The claims are not a JSON object.
    #[error("the token's claims are not a JSON object")]
    Claims,
    /// A time is no number.
    #[error("a time in the token is no number")]
    Time,
    /// It does not say when it ends.
    #[error("the token has no exp")]
    NoExpiry,
    /// It has ended.
    #[error("the token has expired")]
    Expired,
    /// It has not begun.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// It is from somebody else.
    #[error("the token has another issuer")]
    Issuer,
    /// It is for somebody else.
    #[error("the token is for another audience")]
    Audience,
    /// The claim with the e-mail address is not there, or no text.
    #[error("the token has no e-mail address")]
    NoEmail,
    /// Its address is none, or is not verified.
    #[error(transparent)]
    Identity(#[from] IdentityError),
}

/// Verifies tokens.
#[derive(Clone, Debug)]
pub struct Verifier {
    config: JwtConfig,
}

impl Verifier {
    /// A verifier of tokens as `config` wants them.
    pub fn new(config: JwtConfig) -> Self {
        Self { config }
    }

    /// Whom `token` names in `email_claim`, at the time `now`.
    pub fn identify(
        &self,
        token: &str,
        email_claim: &str,
        now: Timestamp,
    ) -> Result<Identity, JwtError> {
        let compact = Compact::parse(token)?;
        let key = self.key(&compact)?;
        if !key.verifies(compact.signed, &compact.signature) {
            return Err(JwtError::Signature);
        }
        let claims = Claims::parse(&compact.payload)?;
        claims.check_times(now)?;
        claims.check_issuer(self.config.issuer())?;
        claims.check_audience(self.config.audiences())?;
        claims.identity(email_claim)
    }

    /// The key to check a token with.
    fn key(&self, compact: &Compact<'_>) -> Result<&Key, JwtError> {
        let keys = self.config.keys();
        let Some(id) = &compact.key_id else {
            let mut fitting = keys.iter().filter(|key| key.algorithm() == compact.algorithm);
            let key = fitting.next().ok_or(JwtError::UnknownKey)?;
            return if fitting.next().is_none() { Ok(key) } else { Err(JwtError::AmbiguousKey) };
        };
        let named = keys.iter().find(|key| key.id() == Some(id.as_str()));
        let key = named.ok_or(JwtError::UnknownKey)?;
        if key.algorithm() != compact.algorithm {
            return Err(JwtError::OtherAlgorithm);
        }
        Ok(key)
    }
}

#[cfg(test)]
mod tests;
