//! SCIM 2.0 provisioning at the edge.

pub mod host;
pub mod scim;
pub mod store;
