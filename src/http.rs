//! A request and an answer with their bodies collected, and the limits they keep.

mod fields;
pub mod header;

#[cfg(test)]
pub(crate) use fields::tests::fields;
pub use fields::{FIELDS_MAX, FieldError, Fields, text_of};

use http::{Method, StatusCode};
use serde_json::Value;

use crate::authn::Identity;

/// The longest request body in bytes that is read; a longer one is answered with 413.
pub const BODY_MAX: usize = 1024 * 1024;

/// A request as the host hands it over.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path, still percent-encoded, without query.
    pub path: String,
    /// The query, still percent-encoded, without `?`.
    pub query: Option<String>,
    /// The header fields.
    pub headers: Fields,
    /// Who the host verified the sender to be. Never taken from a header that a client can send.
    pub identity: Option<Identity>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Request {
    /// A request for `target` (path and query) without header fields, identity and body.
    pub fn new(method: Method, target: &str) -> Self {
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (target, None),
        };
        Self {
            method,
            path: path.to_owned(),
            query,
            headers: Fields::new(),
            identity: None,
            body: Vec::new(),
        }
    }

    /// The field's value where there is exactly one and it is visible ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.text(name)
    }

    /// The media type of the body in lower case, without parameters (RFC 9110 §8.3). Empty, which is none that anybody
    /// takes, where the field cannot be understood.
    pub fn media_type(&self) -> Option<String> {
        if !self.headers.contains(header::CONTENT_TYPE) {
            return None;
        }
        let value = self.header(header::CONTENT_TYPE).unwrap_or_default();
        let essence = value.split(';').next().unwrap_or_default();
        Some(essence.trim().to_ascii_lowercase())
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The header fields.
    pub headers: Fields,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Response {
    /// An answer without body.
    pub fn empty(status: StatusCode) -> Self {
        Self { status, headers: Fields::new(), body: Vec::new() }
    }

    /// An answer whose body is `value`, as `media_type`.
    pub fn json(status: StatusCode, media_type: &'static str, value: &Value) -> Self {
        Self::empty(status)
            .with(header::CONTENT_TYPE, media_type)
            .with(header::CACHE_CONTROL, "no-store")
            .with_body(crate::json::to_bytes(value))
    }

    /// The same with a header field set. A value that cannot stand in a field is left out.
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        let _ = self.headers.set(name, value);
        self
    }

    /// The same with a body.
    pub(crate) fn with_body(mut self, body: Vec<u8>) -> Self {
        self.body = body;
        self
    }
}
