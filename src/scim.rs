//! The SCIM 2.0 protocol (RFC 7643, RFC 7644): what goes over the wire. Knows no store.

pub mod attribute;
pub mod bulk;
pub mod count;
pub mod discovery;
pub mod error;
pub mod filter;
mod message;
pub mod patch;
pub mod projection;
pub mod query;
pub mod resource;
pub mod schema;

pub use attribute::AttributePath;
pub use bulk::BulkRequest;
pub use error::{ScimError, ScimErrorKind};
pub use filter::{Filter, Lookup};
pub use patch::Patch;
pub use projection::Projection;
pub use query::{ListQuery, ListResponse};
pub use resource::{Meta, Resource};
pub use schema::ResourceType;
