//! The hosts of scim-edge's modules, on wasmtime, where every fault can be made.
//!
//! [`spin`] runs the component as Spin does, and [`envoy`] the filter as Envoy does.

pub mod envoy;
pub mod spin;
