//! E-mail addresses, by which accounts are known.
//!
//! Two addresses that differ only in case are one person's. Strictly the part before `@` may be
//! case-sensitive (RFC 5321 §2.4); no mail service that companies use makes that difference, and identity
//! providers do not keep to one spelling.

use serde_json::Value;
use thiserror::Error;

use crate::case::to_lower_case;
use crate::json::typed::{FromJson, RecordError, ToJson, View, parsed};

/// The longest address in bytes (RFC 5321 §4.5.3.1.3, without the angle brackets).
const LENGTH_MAX: usize = 254;

/// An address, as somebody wrote it.
#[derive(Clone, Debug)]
pub struct Email {
    written: String,
    folded: String,
}

/// Why a text is no address.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum EmailError {
    /// Over 254 bytes.
    #[error("is longer than 254 bytes")]
    TooLong,
    /// White space or a control character in it.
    #[error("contains white space or a control character")]
    Blank,
    /// Not a local part, one `@` and a domain.
    #[error("is not of the form name@domain")]
    Form,
}

impl Email {
    /// Reads an address; white space around it is left out.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let text = text.trim_matches(' ');
        if text.len() > LENGTH_MAX {
            return Err(EmailError::TooLong);
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(EmailError::Blank);
        }
        let (local, domain) = text.split_once('@').ok_or(EmailError::Form)?;
        let domain = Domain::parse(domain).map_err(|_| EmailError::Form)?;
        if local.is_empty() {
            return Err(EmailError::Form);
        }
        let folded = format!("{}@{}", to_lower_case(local), domain.as_str());
        Ok(Self { written: text.to_owned(), folded })
    }

    /// The address as it was written.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// The form that all spellings of an address have in common.
    pub fn folded(&self) -> &str {
        &self.folded
    }

    /// Whether it lies within `domain` itself; a subdomain is another domain.
    pub fn is_within(&self, domain: &Domain) -> bool {
        self.folded.rsplit_once('@').is_some_and(|(_, own)| own == domain.as_str())
    }
}

impl PartialEq for Email {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

impl Eq for Email {}

impl FromJson for Email {
    fn take(value: &mut Value) -> Result<Self, RecordError> {
        parsed(value, Self::parse)
    }
}

impl ToJson for Email {
    fn view(&self) -> View<'_> {
        View::Text(&self.written)
    }
}

/// A domain name, in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain(String);

/// Why a text is no domain name.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("is not a domain name")]
pub struct DomainError;

impl Domain {
    /// Reads a domain name: labels of letters (of any script), digits, `-` and `_` (which company
    /// networks have), with dots between them.
    pub fn parse(text: &str) -> Result<Self, DomainError> {
        let folded = to_lower_case(text);
        let label_is_good = |label: &str| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
        };
        if folded.len() > 253 || !folded.split('.').all(label_is_good) {
            return Err(DomainError);
        }
        Ok(Self(folded))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromJson for Domain {
    fn take(value: &mut Value) -> Result<Self, RecordError> {
        parsed(value, Self::parse)
    }
}

impl ToJson for Domain {
    fn view(&self) -> View<'_> {
        View::Text(&self.0)
    }
}

#[cfg(test)]
mod tests;
