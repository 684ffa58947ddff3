//! SCIM 2.0 provisioning at the edge.

pub mod authn;
pub mod config;
pub mod host;
pub mod http;
pub mod provisioning;
pub mod scim;
pub mod store;
