//! SCIM 2.0 provisioning at the edge.

pub mod authn;
pub mod config;
pub mod gate;
pub mod host;
pub mod http;
pub mod manage;
pub mod provisioning;
pub mod router;
pub mod scim;
pub mod service;
pub mod store;
