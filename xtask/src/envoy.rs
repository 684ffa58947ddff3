//! Envoy as this machine runs it: `envoy/envoy.yaml` with ports, paths and keys of its own, and the process.

mod config;
mod process;

pub use config::{Config, Place};
pub use process::{Envoy, Options};

#[cfg(test)]
mod tests;
