//! Runs, tests and measures scim-edge on a real Envoy, from a bare checkout.
//!
//! The binary is `cargo xtask`. The library is what it is made of, for the tests that drive Envoy themselves:
//! [`tools::Tools`] finds or makes the Envoy binary and the module, [`envoy::Config`] renders
//! `envoy/envoy.yaml` for this machine, [`envoy::Envoy`] runs it, [`demo`] plays the product behind and the sign-in,
//! [`client::Client`] speaks HTTP/1.1 and HTTP/2, and [`edge::Edge`] is all of it together.

pub mod bench;
mod child;
pub mod client;
pub mod demo;
pub mod edge;
pub mod envoy;
pub mod etcd;
pub mod fsck;
pub mod interrupt;
pub mod module;
pub mod project;
pub mod spin;
pub mod stages;
pub mod step;
pub mod tools;
pub mod up;
