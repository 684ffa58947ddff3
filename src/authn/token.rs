//! SCIM bearer tokens.
//!
//! ```text
//! scim_ | 43 characters: 32 random bytes in base 62 | 6 characters: CRC-32 of all before, in base 62
//! ```
//!
//! The prefix lets scanners find a leaked token; the checksum tells a mistyped one from a wrong one without
//! asking the store. Only the SHA-256 of a token is ever kept.

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use thiserror::Error;

use crate::checksum::CRC32;
use crate::host::Entropy;
use crate::json::typed::{FromJson, RecordError, ToJson, View, parsed};

const PREFIX: &str = "scim_";
const SECRET_LENGTH: usize = 43;
const CHECKSUM_LENGTH: usize = 6;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A token that is well formed. Whether it is anybody's is for the store to say.
#[derive(Clone, PartialEq, Eq)]
pub struct BearerToken(String);

/// Why a text cannot be a token.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum TokenError {
    /// Another length, prefix or alphabet.
    #[error("a SCIM token is \"scim_\" followed by 49 letters and digits")]
    Form,
    /// A character was changed on the way.
    #[error("the SCIM token's checksum does not match, so it was not copied as it was shown")]
    Checksum,
}

impl BearerToken {
    /// A new token.
    pub fn generate(entropy: &impl Entropy) -> Self {
        let mut secret = [0; 32];
        entropy.fill(&mut secret);
        let mut text = PREFIX.to_owned();
        push_base62(&mut text, &secret, SECRET_LENGTH);
        let checksum = CRC32.checksum(text.as_bytes());
        push_base62(&mut text, &checksum.to_be_bytes(), CHECKSUM_LENGTH);
        Self(text)
    }

    /// Reads a token that a client presented.
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        let body = text.strip_prefix(PREFIX).ok_or(TokenError::Form)?;
        if body.len() != SECRET_LENGTH + CHECKSUM_LENGTH
            || !body.bytes().all(|byte| byte.is_ascii_alphanumeric())
        {
            return Err(TokenError::Form);
        }
        let (signed, presented) =
            text.split_at_checked(text.len() - CHECKSUM_LENGTH).ok_or(TokenError::Form)?;
        let mut expected = String::with_capacity(CHECKSUM_LENGTH);
        let checksum = CRC32.checksum(signed.as_bytes());
        push_base62(&mut expected, &checksum.to_be_bytes(), CHECKSUM_LENGTH);
        if presented != expected {
            return Err(TokenError::Checksum);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text, for the one answer that shows it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What the store keeps of it.
    pub fn digest(&self) -> TokenDigest {
        TokenDigest::of(&self.0)
    }
}

impl std::fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BearerToken(…)")
    }
}

/// The SHA-256 of a token, in hexadecimal when written down.
#[derive(Clone, Debug)]
pub struct TokenDigest([u8; 32]);

impl TokenDigest {
    fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    /// A digest that no token has, to compare with where there is none: a request for an unknown endpoint
    /// must do the same work as one with a wrong token.
    pub fn of_nothing() -> Self {
        Self([0; 32])
    }

    /// Whether both are of one token, in a time that tells nothing about either.
    pub fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl FromJson for TokenDigest {
    fn take(value: &mut Value) -> Result<Self, RecordError> {
        parsed(value, |text| {
            let mut digest = [0; 32];
            let decoded = hex::decode_to_slice(text, &mut digest);
            decoded.map(|()| Self(digest)).map_err(|_| "no SHA-256 in hexadecimal digits")
        })
    }
}

impl ToJson for TokenDigest {
    fn view(&self) -> View<'_> {
        View::Made(hex::encode(self.0))
    }
}

/// Appends `number` (big-endian) in base 62, `length` digits, most significant first.
fn push_base62(text: &mut String, number: &[u8], length: usize) {
    let mut rest = number.to_vec();
    let mut digits = Vec::with_capacity(length);
    for _ in 0..length {
        let remainder = rest.iter_mut().fold(0_u32, |carry, byte| {
            let value = carry << 8 | u32::from(*byte);
            *byte = u8::try_from(value / 62).unwrap_or(u8::MAX);
            value % 62
        });
        digits.push(ALPHABET.iter().copied().cycle().nth(remainder as usize).unwrap_or(b'0'));
    }
    text.extend(digits.into_iter().rev().map(char::from));
}

#[cfg(test)]
mod tests;
