//! What a token claims, and which claims are believed (RFC 7519 §4.1).

use serde_json::{Map, Value};

use super::{CLOCK_SKEW_SECONDS, JwtError};
use crate::authn::{EmailVerified, Identity};
use crate::host::Timestamp;
use crate::json::parse_value;

/// The claims of a token whose signature is right.
#[derive(Debug)]
pub(super) struct Claims(Map<String, Value>);

impl Claims {
    /// Reads claims. Of a name that is there twice the last one counts, as RFC 7519 §4 allows.
    pub(super) fn parse(payload: &[u8]) -> Result<Self, JwtError> {
        match parse_value(payload) {
            Ok(Value::Object(claims)) => Ok(Self(claims)),
            _ => Err(JwtError::Claims),
        }
    }

    /// Whether it is between `nbf`, if there is one, and `exp`. `iat` says nothing that would have to be checked.
    pub(super) fn check_times(&self, now: Timestamp) -> Result<(), JwtError> {
        let now = seconds(now);
        let skew = f64::from(CLOCK_SKEW_SECONDS);
        let end = self.time("exp")?.ok_or(JwtError::NoExpiry)?;
        if now >= end + skew {
            return Err(JwtError::Expired);
        }
        if self.time("nbf")?.is_some_and(|begin| now + skew < begin) {
            return Err(JwtError::NotYetValid);
        }
        Ok(())
    }

    /// Whether `iss` is ours.
    pub(super) fn check_issuer(&self, issuer: &str) -> Result<(), JwtError> {
        let ours = self.0.get("iss").and_then(Value::as_str) == Some(issuer);
        if ours { Ok(()) } else { Err(JwtError::Issuer) }
    }

    /// Whether `aud`, one text or several, has one of ours.
    pub(super) fn check_audience(&self, audiences: &[String]) -> Result<(), JwtError> {
        let is_ours = |value: &Value| {
            value.as_str().is_some_and(|text| audiences.iter().any(|audience| audience == text))
        };
        let ours = match self.0.get("aud") {
            Some(Value::Array(values)) => values.iter().any(is_ours),
            Some(value) => is_ours(value),
            None => false,
        };
        if ours { Ok(()) } else { Err(JwtError::Audience) }
    }

    /// The person whose address is in `email_claim`.
    pub(super) fn identity(&self, email_claim: &str) -> Result<Identity, JwtError> {
        let email = self.0.get(email_claim).and_then(Value::as_str).ok_or(JwtError::NoEmail)?;
        let verified = match self.0.get("email_verified") {
            None => EmailVerified::Unsaid,
            Some(Value::Bool(verified)) => EmailVerified::Boolean(*verified),
            Some(Value::String(text)) => EmailVerified::of_text(text.as_bytes()),
            Some(_) => EmailVerified::Other,
        };
        Ok(Identity::of_claims(email, verified)?)
    }

    /// A time in seconds since 1970, which may have a fraction (`NumericDate`, RFC 7519 §2).
    fn time(&self, name: &str) -> Result<Option<f64>, JwtError> {
        match self.0.get(name) {
            None => Ok(None),
            Some(value) => value.as_f64().map(Some).ok_or(JwtError::Time),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "exact until the year 287396")]
fn seconds(time: Timestamp) -> f64 {
    time.0 as f64 / 1000.0
}
