use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::{project, step};

/// `wasm-bindgen-test-runner` of exactly the version of wasm-bindgen that `Cargo.lock` has, and Node to run it with.
pub fn test_runner() -> Result<PathBuf> {
    if step::find("node").is_none() {
        super::apt_install("Node.js", &["nodejs"])?;
    }
    let version = project::locked_version("wasm-bindgen")?;
    let tools = project::target()?.join("tools");
    let runner = tools.join("bin").join("wasm-bindgen-test-runner");
    let has = step::output(Command::new(&runner).arg("--version"));
    if has.is_some_and(|line| line.split_whitespace().any(|word| word == version)) {
        return Ok(runner);
    }
    let mut install = project::cargo();
    install.args(["install", "wasm-bindgen-cli", "--version", &version, "--root"]).arg(&tools);
    let what = format!("building wasm-bindgen-cli {version} (some minutes, once)");
    let advice = "check that crates.io can be reached, then run this again";
    step::run(&what, install.arg("--force"), advice)?;
    Ok(runner)
}
