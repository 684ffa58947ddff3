//! Where a page ends and the next one begins (RFC 9865): text that only we understand, and keep nothing of.
//!
//! ```text
//! base64url( version | 8 bytes of SHA-256 over query and marks | marks )
//! mark: type of the resource | its id, 16 bytes | 4 bytes of SHA-256 over its id and its place in the order
//! ```
//!
//! A cursor holds ids and checksums, nothing of a person: it stands in URLs, and so in logs (RFC 7644 §7.5.2).

use base64ct::{Base64UrlUnpadded, Encoding as _};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::error::{ScimError, ScimErrorKind};
use super::sort::SortKey;

/// How many resources a cursor marks at the most. The next page begins behind the last of them that is still
/// where it was, so that all of them have to go before a cursor expires.
pub const MAX_MARKS: usize = 4;

const VERSION: u8 = 1;
const CHECKSUM: usize = 8;
const MARK: usize = 1 + 16 + 4;

/// The longest text of a cursor, in base64.
const TEXT_MAX: usize = (4 * (1 + CHECKSUM + MAX_MARKS * MARK)).div_ceil(3);

/// The place behind a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Which of the types that are searched it is of, counted from 0.
    pub kind: u8,
    id: Uuid,
    place: [u8; 4],
}

impl Mark {
    /// The place behind the resource with `id`, which in a sorted list stands at `key`. `None` for an id that is
    /// not of our making.
    pub fn behind(kind: u8, id: &str, key: Option<&SortKey>) -> Option<Self> {
        let parsed =
            Uuid::try_parse(id).ok().filter(|parsed| parsed.hyphenated().to_string() == id)?;
        let place = key.map_or([0; 4], |key| {
            let digest = Sha256::new().chain_update(parsed).chain_update(key.to_bytes()).finalize();
            digest.first_chunk().copied().unwrap_or_default()
        });
        Some(Self { kind, id: parsed, place })
    }

    /// The resource's id.
    pub fn id(&self) -> String {
        self.id.hyphenated().to_string()
    }
}

/// Where a page ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The last resources up to the page's end, in their order; at least one, at most [`MAX_MARKS`].
    pub marks: Vec<Mark>,
}

impl Cursor {
    /// The text for the client. Good for `query` only.
    pub fn to_text(&self, query: &str) -> String {
        let mut marks = Vec::with_capacity(self.marks.len() * MARK);
        for mark in &self.marks {
            marks.push(mark.kind);
            marks.extend(mark.id.as_bytes());
            marks.extend(mark.place);
        }
        let bytes = [&[VERSION][..], &checksum(query, &marks), &marks].concat();
        Base64UrlUnpadded::encode_string(&bytes)
    }

    /// Understands what [`Self::to_text`] made for the same query. Anything else is `invalidCursor`.
    pub fn parse(text: &str, query: &str) -> Result<Self, ScimError> {
        Self::read(text, query).ok_or_else(|| {
            ScimError::new(
                ScimErrorKind::InvalidCursor,
                "the cursor is not one that was given for this very query; begin again with an empty one",
            )
        })
    }

    fn read(text: &str, query: &str) -> Option<Self> {
        if text.len() > TEXT_MAX {
            return None;
        }
        let bytes = Base64UrlUnpadded::decode_vec(text).ok()?;
        let (version, rest) = bytes.split_first()?;
        let (sum, marks) = rest.split_first_chunk::<CHECKSUM>()?;
        if *version != VERSION || *sum != checksum(query, marks) || marks.is_empty() {
            return None;
        }
        let marks = marks.chunks(MARK).map(|mark| {
            let (kind, rest) = mark.split_first()?;
            let (id, place) = rest.split_first_chunk::<16>()?;
            Some(Mark { kind: *kind, id: Uuid::from_bytes(*id), place: place.try_into().ok()? })
        });
        Some(Self { marks: marks.collect::<Option<_>>()? })
    }
}

/// The answer to a cursor whose marks have all gone or moved.
pub fn expired() -> ScimError {
    ScimError::new(
        ScimErrorKind::ExpiredCursor,
        "the resources that the last page ended with were changed or deleted; begin again with an empty cursor",
    )
}

fn checksum(query: &str, marks: &[u8]) -> [u8; CHECKSUM] {
    let digest = Sha256::new()
        .chain_update([VERSION])
        .chain_update(u64::try_from(query.len()).unwrap_or(u64::MAX).to_be_bytes())
        .chain_update(query)
        .chain_update(marks)
        .finalize();
    digest.first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests;
