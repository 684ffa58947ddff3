//! The SCIM 2.0 protocol (RFC 7643, RFC 7644): what goes over the wire. Knows no store.

pub mod error;
pub mod json;
pub mod schema;

pub use error::{ScimError, ScimErrorKind};
