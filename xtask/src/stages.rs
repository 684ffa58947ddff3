//! `cargo xtask test`: every test, one stage after the other.

use std::time::Instant;

use anyhow::Result;

use crate::step::{run_with, say};
use crate::{project, tools};

/// Runs every stage; the first that fails ends it.
pub fn run() -> Result<()> {
    let made = stage("tools", || {
        tools::add_target("wasm32-unknown-unknown")?;
        tools::curl()?;
        tools::Suites::make()?;
        tools::etcd()?;
        tools::redis()?;
        Ok((tools::Tools::make()?, tools::build_component()?, tools::test_runner()?))
    })?;
    let (tools, component, runner) = made;

    stage("unit tests on wasm32-unknown-unknown in Node", || {
        let mut test = project::cargo();
        test.args([
            "test",
            "--package",
            "scim-edge",
            "--target",
            "wasm32-unknown-unknown",
            "--lib",
        ]);
        if project::root().join("tests/wasm.rs").is_file()
            || project::root().join("tests/wasm").is_dir()
        {
            test.args(["--test", "wasm"]);
        }
        test.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner);
        run_with("testing the core on wasm32", &mut test, "see the failures above")
    })?;

    // Last, so that the output ends with cargo's own count.
    stage("native tests, those against the real Envoy among them", || {
        let mut test = project::cargo();
        test.args(["test", "--workspace"]);
        test.env(tools::ENVOY, &tools.envoy).env(tools::MODULE, &tools.module);
        test.env(tools::COMPONENT, &component);
        run_with("testing natively", &mut test, "see the failures above")
    })
}

fn stage<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let begun = Instant::now();
    let result = work();
    let outcome = if result.is_ok() { "ok" } else { "FAILED" };
    say(format_args!("{name}: {outcome} in {:.0} s", begun.elapsed().as_secs_f64()));
    result
}
