//! Who a person is by what their sign-in says of them, once somebody has verified that it says so.

use thiserror::Error;

use crate::email::{Email, EmailError};

/// A person as the host verified them, such as by the signature of a JWT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The address that the account is known by.
    pub email: Email,
}

/// What the claim `email_verified` says (OpenID Connect Core 1.0 §5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailVerified {
    /// There is no such claim.
    Unsaid,
    /// What it should be.
    Boolean(bool),
    /// The text `true`.
    TextTrue,
    /// Anything else.
    Other,
}

/// Why claims name nobody.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum IdentityError {
    /// The address is none.
    #[error("the e-mail address {0}")]
    Email(EmailError),
    /// The sign-in says anything of the address but that it is verified.
    #[error("the e-mail address is not verified")]
    NotVerified,
}

impl EmailVerified {
    /// What a text says: some sign-ins (AWS Cognito, Apple) send the boolean as text.
    pub fn of_text(text: &[u8]) -> Self {
        if text == b"true" { Self::TextTrue } else { Self::Other }
    }
}

impl Identity {
    /// The person with this address.
    ///
    /// # Errors
    /// An address that is none, or one of which the sign-in says anything but that it is verified.
    pub fn of_claims(email: &str, verified: EmailVerified) -> Result<Self, IdentityError> {
        match verified {
            EmailVerified::Unsaid | EmailVerified::Boolean(true) | EmailVerified::TextTrue => {}
            EmailVerified::Boolean(false) | EmailVerified::Other => {
                return Err(IdentityError::NotVerified);
            }
        }
        Ok(Self { email: Email::parse(email).map_err(IdentityError::Email)? })
    }
}

#[cfg(test)]
mod tests;
