//! What a run needs beside Rust: wasm targets, the module, Envoy, and for the tests Node, wasm-bindgen's runner, Chromium,
//! Traefik and the conformance suites.
//!
//! Everything fetched goes into `<target>/tools`, except Debian's packages. Each part is fetched only where it is
//! missing, and a failure is one line that says what to do.

mod apt;
mod binaryen;
mod bindgen;
mod browser;
mod envoy;
mod etcd;
mod folder;
mod given;
mod python;
mod rust;
mod spin;
mod traefik;
mod wheel;

use std::path::PathBuf;
use std::sync::Mutex;

use anyhow::{Result, anyhow};

pub use apt::curl;
pub use apt::install as apt_install;
pub use binaryen::binaryen;
pub use bindgen::test_runner;
pub use browser::Browser;
pub use envoy::{VERSION as ENVOY_VERSION, envoy};
pub use etcd::etcd;
pub use python::Suites;
pub use rust::{ENVOY_TARGET, SPIN_TARGET, add_source, add_target, build_module};
pub use spin::{build_component, build_spin_host, component, redis, spin};
pub use traefik::traefik;

/// Names the Envoy binary for the tests; set by `cargo xtask test`.
pub const ENVOY: &str = "SCIM_EDGE_ENVOY";
/// Names the built module for the tests; set by `cargo xtask test`.
pub const MODULE: &str = "SCIM_EDGE_MODULE";
/// Names the built component for the tests; set by `cargo xtask test`.
pub const COMPONENT: &str = "SCIM_EDGE_COMPONENT";
/// Names the built host of the component, for the tests that start it with `cargo xtask up`.
pub const SPIN_HOST: &str = "SCIM_EDGE_SPIN_HOST";

/// The two files that an edge is made of.
#[derive(Clone, Debug)]
pub struct Tools {
    /// The Envoy binary.
    pub envoy: PathBuf,
    /// The Envoy filter, built.
    pub module: PathBuf,
}

impl Tools {
    /// Fetches and builds what is missing or out of date.
    pub fn make() -> Result<Self> {
        Ok(Self { module: build_module()?, envoy: envoy()? })
    }

    /// What `cargo xtask test` made, or else (a plain `cargo test`) [`Tools::make`], once in this process.
    pub fn ready() -> Result<Self> {
        static MADE: Mutex<Option<Tools>> = Mutex::new(None);
        let variable = |name| std::env::var_os(name).map(PathBuf::from);
        if let (Some(envoy), Some(module)) = (variable(ENVOY), variable(MODULE)) {
            return Ok(Self { envoy, module });
        }
        let mut made = MADE.lock().map_err(|_| anyhow!("the tools could not be made"))?;
        match &*made {
            Some(tools) => Ok(tools.clone()),
            None => Ok(made.insert(Self::make()?).clone()),
        }
    }
}
