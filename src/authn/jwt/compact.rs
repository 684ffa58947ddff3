//! A signed token in its compact form, taken apart (RFC 7515 §7.1).
//!
//! ```text
//! BASE64URL(header) . BASE64URL(claims) . BASE64URL(signature)
//! └──────────── what is signed ───────┘
//! ```

use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde_json::Value;

use super::{Algorithm, JwtError, TOKEN_MAX};
use crate::json::parse_value;

/// The parts of a token of which nothing has been verified.
#[derive(Debug)]
pub(super) struct Compact<'t> {
    pub(super) algorithm: Algorithm,
    pub(super) key_id: Option<String>,
    pub(super) signed: &'t [u8],
    pub(super) payload: Vec<u8>,
    pub(super) signature: Vec<u8>,
}

impl<'t> Compact<'t> {
    pub(super) fn parse(token: &'t str) -> Result<Self, JwtError> {
        if token.len() > TOKEN_MAX {
            return Err(JwtError::TooLong);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(JwtError::Form)?;
        let (header, payload) = signed.split_once('.').ok_or(JwtError::Form)?;
        let (header, payload, signature) = (decode(header)?, decode(payload)?, decode(signature)?);
        // Of a name that is there twice the last one counts, as RFC 7515 §4 allows.
        let Ok(Value::Object(header)) = parse_value(&header) else {
            return Err(JwtError::Header);
        };
        if header.contains_key("crit") {
            return Err(JwtError::Critical);
        }
        let algorithm = header.get("alg").and_then(Value::as_str).ok_or(JwtError::Header)?;
        let algorithm = Algorithm::named(algorithm).ok_or(JwtError::Algorithm)?;
        let key_id = match header.get("kid") {
            None => None,
            Some(Value::String(id)) => Some(id.clone()),
            Some(_) => return Err(JwtError::Header),
        };
        Ok(Self { algorithm, key_id, signed: signed.as_bytes(), payload, signature })
    }
}

/// Strict: no padding, no white space, and only one way to write the last bits.
fn decode(part: &str) -> Result<Vec<u8>, JwtError> {
    Base64UrlUnpadded::decode_vec(part).map_err(|_| JwtError::Form)
}
