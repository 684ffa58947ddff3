use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, ensure};

use crate::module::Host;
use crate::{project, step};

/// The target of the Envoy filter.
pub const ENVOY_TARGET: &str = "wasm32-wasip1";

/// The target of the Spin component.
pub const SPIN_TARGET: &str = "wasm32-wasip2";

/// Adds a compilation target to the toolchain, if it is missing.
pub fn add_target(target: &str) -> Result<()> {
    let rustup = || {
        let mut rustup = Command::new("rustup");
        rustup.current_dir(project::root());
        rustup
    };
    let there = step::output(rustup().args(["target", "list", "--installed"]));
    if there.is_some_and(|list| list.lines().any(|line| line == target)) {
        return Ok(());
    }
    let lib = format!("{target}/lib");
    if step::find("rustup").is_none() && step::succeeds(&mut sysroot_has(&lib)) {
        return Ok(());
    }
    let advice = format!("install rustup, or add the target {target} to your Rust by hand");
    step::run(&format!("adding {target}"), rustup().args(["target", "add", target]), &advice)
}

/// Whether the toolchain has a folder of this name. A Rust that does not come from rustup may have it too.
fn sysroot_has(folder: &str) -> Command {
    let mut test = Command::new("sh");
    test.args(["-c", "test -d \"$(rustc --print sysroot)/lib/rustlib/$0\"", folder]);
    test.current_dir(project::root());
    test
}

/// Adds the standard library's source to the toolchain, if it is missing.
pub fn add_source() -> Result<()> {
    if step::succeeds(&mut sysroot_has("src/rust/library")) {
        return Ok(());
    }
    let mut rustup = Command::new("rustup");
    rustup.current_dir(project::root()).args(["component", "add", "rust-src"]);
    let advice = "install rustup, or add the source of your Rust's standard library by hand";
    step::run("adding the source of the standard library", &mut rustup, advice)
}

/// Builds the Envoy filter and says where it is.
pub fn build_module() -> Result<PathBuf> {
    add_target(ENVOY_TARGET)?;
    let advice = "see the messages above";
    step::run("building the Envoy filter", project::cargo().arg("wasm-envoy"), advice)?;
    let module = Host::Envoy.module()?;
    ensure!(module.is_file(), "cargo wasm-envoy made no {}", module.display());
    Ok(module)
}
