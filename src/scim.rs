//! The SCIM 2.0 protocol (RFC 7643, RFC 7644): what goes over the wire. Knows no store.

pub mod attribute;
pub mod bulk;
pub mod count;
pub mod cursor;
pub mod date_time;
pub mod discovery;
pub mod error;
pub mod filter;
mod message;
pub mod patch;
pub mod projection;
pub mod query;
pub mod resource;
pub mod schema;
pub mod search;
pub mod sort;

pub use attribute::AttributePath;
pub use bulk::BulkRequest;
pub use cursor::{Cursor, Mark};
pub use error::{ScimError, ScimErrorKind};
pub use filter::{Filter, Lookup, Narrowed};
pub use patch::Patch;
pub use projection::Projection;
pub use query::{ListQuery, ListResponse, Start};
pub use resource::{Meta, Resource};
pub use schema::ResourceType;
pub use sort::{Sort, SortKey, SortOrder};
