//! Whose tokens are believed: keys, issuer, audiences, parsed once at start-up.

use serde_json::Value;
use thiserror::Error;

use super::key::{Key, KeyProblem};
use crate::gather::Gather as _;
use crate::json::parse_value;

/// Whose tokens are believed.
#[derive(Clone, Debug)]
pub struct JwtConfig {
    keys: Vec<Key>,
    issuer: String,
    audiences: Vec<String>,
}

/// Why that cannot be told.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum JwtConfigError {
    /// Not an object with a list `keys` (RFC 7517 §5).
    #[error("the JWKS is not a JSON object with a list \"keys\"")]
    NotASet,
    /// A key that is for us and cannot be used.
    #[error("key {name} of the JWKS {problem}")]
    Key {
        /// Its `kid`, or its number, counted from 1.
        name: String,
        /// What is wrong with it.
        problem: KeyProblem,
    },
    /// No key that checks signatures with one of our algorithms.
    #[error("the JWKS has no key for EdDSA (Ed25519), ES256 or RS256")]
    NoKey,
    /// No text.
    #[error("the issuer is missing")]
    NoIssuer,
    /// Nothing but separators.
    #[error("the audience is missing")]
    NoAudience,
}

impl JwtConfig {
    /// Reads a JSON Web Key Set, the `iss` that tokens must have, and the audiences, separated by spaces or commas, of
    /// which their `aud` must have one.
    pub fn parse(jwks: &str, issuer: &str, audiences: &str) -> Result<Self, JwtConfigError> {
        let keys = parse_keys(jwks)?;
        if issuer.trim().is_empty() {
            return Err(JwtConfigError::NoIssuer);
        }
        let separated = audiences.split(|c: char| c == ',' || c.is_whitespace());
        let audiences: Vec<String> =
            separated.filter(|audience| !audience.is_empty()).map(str::to_owned).gather();
        if audiences.is_empty() {
            return Err(JwtConfigError::NoAudience);
        }
        Ok(Self { keys, issuer: issuer.trim().to_owned(), audiences })
    }

    pub(super) fn keys(&self) -> &[Key] {
        &self.keys
    }

    pub(super) fn issuer(&self) -> &str {
        &self.issuer
    }

    pub(super) fn audiences(&self) -> &[String] {
        &self.audiences
    }
}

fn parse_keys(jwks: &str) -> Result<Vec<Key>, JwtConfigError> {
    let set = parse_value(jwks.as_bytes()).map_err(|_| JwtConfigError::NotASet)?;
    let values = set.get("keys").and_then(Value::as_array).ok_or(JwtConfigError::NotASet)?;
    let mut keys: Vec<Key> = Vec::new();
    for (index, value) in values.iter().enumerate() {
        let wrong = |problem| JwtConfigError::Key { name: name(index, value), problem };
        let Some(key) = Key::parse(value).map_err(wrong)? else { continue };
        if key.id().is_some() && keys.iter().any(|known| known.id() == key.id()) {
            return Err(wrong(KeyProblem::DuplicateId));
        }
        keys.push(key);
    }
    if keys.is_empty() { Err(JwtConfigError::NoKey) } else { Ok(keys) }
}

/// What a key is called in an error.
fn name(index: usize, key: &Value) -> String {
    match key.get("kid").and_then(Value::as_str) {
        Some(id) => format!("{id:?}"),
        None => format!("number {}", index + 1),
    }
}

#[cfg(test)]
mod tests;
