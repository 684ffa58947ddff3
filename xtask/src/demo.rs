//! What stands around the edge in a demo and in tests: the product's service behind, and its sign-in.

mod page;
mod service;
mod sign_in;

pub use page::{COOKIE, SignInPage};
pub use service::{Seen, Service};
pub use sign_in::{AUDIENCE, ISSUER, SignIn};

use anyhow::{Context as _, Result};
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

/// A random secret: `prefix` and 128 bits in hexadecimal.
pub fn secret(prefix: &str) -> Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).context("this machine has no random numbers")?;
    Ok(format!("{prefix}{}", HEXLOWER.encode(&bytes)))
}

/// SHA-256 in hexadecimal, the form in which the plugin's configuration has the platform keys.
pub fn sha256(secret: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(secret.as_bytes()))
}

#[cfg(test)]
mod tests;
