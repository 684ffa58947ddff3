use std::path::PathBuf;
use std::sync::Mutex;

use anyhow::{Result, anyhow, ensure};

use super::given::Given;
use super::{COMPONENT, SPIN_HOST, SPIN_TARGET, add_target, apt_install};
use crate::module::Host;
use crate::{project, step};

const GIVEN: Given = Given {
    program: "spin",
    variable: "SPIN",
    name: "Spin",
    version: "--version",
    without: "the component runs in the host of the tests",
};

/// The Spin that `SPIN` names, else the one on `PATH`, if any.
pub fn spin() -> Result<Option<PathBuf>> {
    GIVEN.look()
}

/// The component: what `cargo xtask test` made, or else built once in this process.
pub fn component() -> Result<PathBuf> {
    static BUILT: Mutex<Option<PathBuf>> = Mutex::new(None);
    if let Some(component) = std::env::var_os(COMPONENT) {
        return Ok(component.into());
    }
    let mut built = BUILT.lock().map_err(|_| anyhow!("the component could not be built"))?;
    match &*built {
        Some(component) => Ok(component.clone()),
        None => Ok(built.insert(build_component()?).clone()),
    }
}

/// Builds the Spin component and says where it is.
pub fn build_component() -> Result<PathBuf> {
    add_target(SPIN_TARGET)?;
    let advice = "see the compiler's messages above";
    step::run("building the Spin component", project::cargo().arg("wasm-spin"), advice)?;
    let component = Host::Spin.module()?;
    ensure!(component.is_file(), "cargo wasm-spin made no {}", component.display());
    Ok(component)
}

/// Builds the host that the component runs in where there is no Spin, and says where it is.
pub fn build_spin_host() -> Result<PathBuf> {
    if let Some(host) = std::env::var_os(SPIN_HOST) {
        return Ok(host.into());
    }
    let mut build = project::cargo();
    build.args(["build", "--package", "scim-edge-host", "--bin", "spin-host"]);
    let what = "building the component's host (some minutes the first time)";
    step::run(what, &mut build, "see the compiler's messages above")?;
    let host = project::target()?.join("debug").join("spin-host");
    ensure!(host.is_file(), "cargo build made no {}", host.display());
    Ok(host)
}

/// Debian's `redis-server`, installed if it is missing.
pub fn redis() -> Result<PathBuf> {
    const PROGRAM: &str = "redis-server";
    if step::find(PROGRAM).is_none() {
        apt_install(PROGRAM, &[PROGRAM])?;
    }
    step::find(PROGRAM).ok_or_else(|| anyhow!("{PROGRAM} was installed, and is not on PATH"))
}
