//! Who asks: an identity provider with a SCIM bearer token, the platform with its key, or a person whom the
//! host verified.
//!
//! Each scheme has three answers: not presented, accepted, refused.

mod cookie;
mod identity;
#[cfg(not(all(target_os = "wasi", target_env = "p1")))]
pub mod jwt;
mod platform_key;
mod token;

pub use cookie::cookie_credential;
pub use identity::{EmailVerified, Identity, IdentityError};
pub use platform_key::PlatformKeys;
pub use token::{BearerToken, TokenDigest, TokenError};

use crate::http::{Request, header};

/// What stands behind `Bearer` in the `authorization` field.
///
/// ```text
/// authorization: Bearer scim_…      RFC 6750 §2.1, scheme in any case
/// authorization: scim_…             as some identity providers' consoles send it
/// ```
///
/// `None` where there is no credential, or another scheme. A field given twice arrives from Envoy as one,
/// joined by a comma, which no token contains.
pub fn bearer_credential(request: &Request) -> Option<&str> {
    let value = request.header(header::AUTHORIZATION)?.trim();
    match value.split_once(' ') {
        Some((scheme, credential)) if scheme.eq_ignore_ascii_case("bearer") => {
            Some(credential.trim()).filter(|credential| !credential.is_empty())
        }
        Some(_) => None,
        None if value.is_empty() || value.eq_ignore_ascii_case("bearer") => None,
        None => Some(value),
    }
}

#[cfg(test)]
mod tests;
