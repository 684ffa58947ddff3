use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, ensure};

use crate::{project, step};

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
    if step::find("rustup").is_none() && step::succeeds(&mut sysroot_has(target)) {
        return Ok(());
    }
    let advice = format!("install rustup, or add the target {target} to your Rust by hand");
    step::run(&format!("adding {target}"), rustup().args(["target", "add", target]), &advice)
}

/// A Rust that does not come from rustup may have the target too.
fn sysroot_has(target: &str) -> Command {
    let mut test = Command::new("sh");
    test.args(["-c", "test -d \"$(rustc --print sysroot)/lib/rustlib/$0/lib\"", target]);
    test
}

/// Builds the Envoy filter and says where it is.
pub fn build_module() -> Result<PathBuf> {
    const TARGET: &str = "wasm32-wasip1";
    add_target(TARGET)?;
    let advice = "see the compiler's messages above";
    step::run("building the Envoy filter", project::cargo().arg("wasm-envoy"), advice)?;
    let module = project::target()?.join(TARGET).join("wasm").join("scim_edge.wasm");
    ensure!(module.is_file(), "cargo wasm-envoy made no {}", module.display());
    Ok(module)
}
