//! Header fields (RFC 9110 §5): which may be there, and how they are found.
//!
//! The maps of HTTP libraries know every name that is registered and hash those that are not, which makes a module larger
//! by 20 KB. A head has some twenty fields, so a list of them does as well.

use std::fmt;

/// The most fields that are taken, so that a head has a bound where the host sets none: as many as the crate `http` takes of
/// different names.
pub const FIELDS_MAX: usize = 24_576;

/// Why a field is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// The name is no token (RFC 9110 §5.1).
    #[error("the name of a header field must be a token")]
    Name,
    /// The value holds a control character (RFC 9110 §5.5).
    #[error("the value of a header field must not hold control characters")]
    Value,
    /// There are [`FIELDS_MAX`] already.
    #[error("there are too many header fields")]
    TooMany,
}

/// Header fields in the order in which they came. Their names are in lower case, and found in any.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, Vec<u8>)>);

impl Fields {
    /// No fields.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a field behind the others, of which some may have the same name (RFC 9110 §5.3).
    ///
    /// # Errors
    /// It cannot be a field, or is one too many.
    pub fn append(&mut self, name: &str, value: &[u8]) -> Result<(), FieldError> {
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(FieldError::Name);
        }
        if value.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t') {
            return Err(FieldError::Value);
        }
        if self.0.len() >= FIELDS_MAX {
            return Err(FieldError::TooMany);
        }
        self.0.push((name.to_ascii_lowercase(), value.to_vec()));
        Ok(())
    }

    /// Adds a field in place of those of this name.
    ///
    /// # Errors
    /// It cannot be a field, or is one too many; then nothing has changed.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), FieldError> {
        let mut before = self.0.len();
        self.append(name, value.as_bytes())?;
        self.retain(&mut |known| {
            let is_new = before == 0;
            before = before.saturating_sub(1);
            is_new || !known.eq_ignore_ascii_case(name)
        });
        Ok(())
    }

    /// Takes out those whose names `keep` does not want.
    pub fn retain(&mut self, keep: &mut dyn FnMut(&str) -> bool) {
        self.0.retain(|(name, _)| keep(name));
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_slice()))
    }

    /// Whether there is one of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.values(name).next().is_some()
    }

    /// The values of the fields of this name.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        let named = self.0.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_slice())
    }

    /// The values of the fields of this name that are visible ASCII.
    pub fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.values(name).filter_map(text_of)
    }

    /// The value where there is exactly one and it is visible ASCII.
    pub fn text(&self, name: &str) -> Option<&str> {
        let mut values = self.values(name);
        match (values.next(), values.next()) {
            (Some(value), None) => text_of(value),
            _ => None,
        }
    }
}

/// As a map with texts, as far as the values are some.
impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.iter().map(|(name, value)| (name, String::from_utf8_lossy(value))))
            .finish()
    }
}

/// A value as text, where it is visible ASCII with blanks between. Other bytes mean nothing that is known (RFC 9110 §5.5).
pub fn text_of(value: &[u8]) -> Option<&str> {
    let is_visible = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t');
    if value.iter().all(is_visible) { std::str::from_utf8(value).ok() } else { None }
}

/// Whether this may stand in a token (RFC 9110 §5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~')
}

#[cfg(test)]
pub(super) mod tests;
