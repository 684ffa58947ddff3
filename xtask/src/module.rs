//! `cargo wasm-envoy` and `cargo wasm-spin`: build a module as small as it gets.
//!
//! What cargo alone makes is larger by more than a third:
//!
//! - The standard library that comes with Rust is built for speed, and to tell where a panic was. It is built anew, for
//!   size, and a panic only traps. To choose that is not stable yet; the compiler is, and `UNSTABLE` lets it.
//! - rustc leaves behind what `wasm-opt` finds: code that is twice there, locals that are one.
//! - No compiler makes a function of what a module says again and again: see `outline`. That is 4 % of the filter.
//! - Envoy enters the module for every callback that it exports, whether that does anything or not.

mod binary;
mod component;
mod outline;
mod shrink;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};

use crate::tools::{self, ENVOY_TARGET, SPIN_TARGET};
use crate::{project, step};

/// Lets a stable compiler take what is not stable.
const UNSTABLE: (&str, &str) = ("RUSTC_BOOTSTRAP", "1");

/// What is asked of cargo beside the profile `wasm`.
const STANDARD_LIBRARY: [&str; 5] = [
    "-Zbuild-std=std,panic_abort",
    "-Zbuild-std-features=optimize_for_size",
    "-Zpanic-immediate-abort",
    "--config",
    "profile.wasm.panic=\"immediate-abort\"",
];

/// SHA-256 and SHA-512 by loops. Unrolled they are 14 KB longer, and what is hashed here, tokens, is short.
const SMALL_HASHES: &str = "--cfg=sha2_backend_soft=\"compact\"";

/// Of the linker: a stack that is an eighth smaller than it would be, so that what lies behind it is below 1 MiB, where an
/// address takes a byte less.
const SMALL_ADDRESSES: &str = "-Clink-arg=-zstack-size=917504";

/// Of LLVM: where branches begin or end alike, what they have in common only once; and functions that differ in nothing but
/// constants as one that is given these. That takes 1 % off.
const COMMON_PARTS: &str =
    "-Cllvm-args=-hoist-common-insts -sink-common-insts -enable-global-merge-func";

/// Of LLVM: what is moved or cleared is so by one instruction, not word by word. That takes 3 % off.
const WHOLE_MOVES: &str = "-Cllvm-args=-max-store-memcpy=1 -max-store-memset=1";

/// What is asked of the compiler for every crate.
const COMPILER: [&str; 4] = [SMALL_HASHES, SMALL_ADDRESSES, COMMON_PARTS, WHOLE_MOVES];

/// What Envoy calls. The SDK exports all callbacks that there are, and a call of one that does nothing costs as much as
/// of another.
const ENVOY_EXPORTS: [&str; 16] = [
    "memory",
    "_initialize",
    "proxy_abi_version_0_2_1",
    "proxy_on_memory_allocate",
    "proxy_on_vm_start",
    "proxy_on_configure",
    "proxy_on_context_create",
    "proxy_on_done",
    "proxy_on_delete",
    "proxy_on_tick",
    "proxy_on_queue_ready",
    "proxy_on_request_headers",
    "proxy_on_request_body",
    "proxy_on_request_trailers",
    "proxy_on_grpc_receive",
    "proxy_on_grpc_close",
];

/// The host that a module is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Host {
    /// Envoy, for which it is a filter.
    Envoy,
    /// Spin, for which it is a component.
    Spin,
}

/// What `cargo xtask module` is asked for.
#[derive(Args, Clone, Copy, Debug)]
pub struct Module {
    /// The host that the module is for
    #[arg(value_enum)]
    pub host: Host,
}

impl Host {
    /// Where its module is, once it is built.
    ///
    /// # Errors
    ///
    /// Cargo does not say where its target folder is.
    pub fn module(self) -> Result<PathBuf> {
        Ok(project::target()?.join(self.target()).join("wasm").join("scim_edge.wasm"))
    }

    /// How many bytes its module has at most.
    pub fn size_max(self) -> u64 {
        match self {
            Self::Envoy => 600 * 1024,
            Self::Spin => 1024 * 1024,
        }
    }

    fn target(self) -> &'static str {
        match self {
            Self::Envoy => ENVOY_TARGET,
            Self::Spin => SPIN_TARGET,
        }
    }

    fn shrink(self, from: &Path, to: &Path) -> Result<()> {
        match self {
            Self::Envoy => shrink::shrink(from, to, Some(&ENVOY_EXPORTS)),
            Self::Spin => component::shrink(from, to),
        }
    }
}

impl Module {
    /// Builds it.
    ///
    /// # Errors
    ///
    /// Something that this takes is not there and cannot be installed, or the sources do not compile.
    pub fn run(&self) -> Result<()> {
        let target = self.host.target();
        tools::add_target(target)?;
        tools::add_source()?;
        // A folder of its own: cargo would put its own module back in the place of the small one.
        let folder = project::target()?.join("module");
        let mut cargo = compile(target, &folder);
        step::run("compiling the module", &mut cargo, "see the compiler's messages above")?;
        let compiled = folder.join(target).join("wasm").join("scim_edge.wasm");
        let module = self.host.module()?;
        if !is_newer(&module, &compiled) {
            self.host.shrink(&compiled, &module)?;
        }
        let bytes = size(&module)?;
        step::say(format_args!("{}: {bytes} bytes", module.display()));
        Ok(())
    }
}

/// How many bytes `module` has.
///
/// # Errors
///
/// It is not there.
pub fn size(module: &Path) -> Result<u64> {
    let data = module.metadata().with_context(|| format!("{} is not there", module.display()))?;
    Ok(data.len())
}

fn compile(target: &str, folder: &Path) -> Command {
    let mut cargo = project::cargo();
    cargo.env(UNSTABLE.0, UNSTABLE.1);
    cargo.args(["rustc", "--package", "scim-edge", "--lib", "--crate-type", "cdylib"]);
    cargo.args(["--profile", "wasm", "--target", target, "--target-dir"]).arg(folder);
    cargo.args(STANDARD_LIBRARY);
    cargo.arg("--config").arg(format!("target.{target}.rustflags=['{}']", COMPILER.join("','")));
    cargo
}

fn is_newer(file: &Path, than: &Path) -> bool {
    let changed = |file: &Path| file.metadata().and_then(|data| data.modified()).ok();
    changed(file) > changed(than)
}

#[cfg(test)]
mod tests;
