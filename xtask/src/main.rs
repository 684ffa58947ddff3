//! `cargo xtask`: runs, tests and measures scim-edge.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use xtask::interrupt::{self, Interrupted};
use xtask::up::NotYet;
use xtask::{bench, fsck, module, stages, up};

/// Runs, tests and measures scim-edge, from a bare checkout
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Xtask {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Start a demo on 127.0.0.1: Envoy with the filter, a demo team, a demo service behind the gate
    Up(up::Up),
    /// Run every test, installing what it needs
    Test,
    /// Walk the state in an etcd and name each invariant that is broken
    Fsck(fsck::Fsck),
    /// Build a module for a host, as small as it gets
    Module(module::Module),
    /// Measure what requests cost, side by side in one run
    Bench(bench::Bench),
}

fn main() -> ExitCode {
    let Xtask { task } = Xtask::parse();
    let result = interrupt::listen().and_then(|()| match &task {
        Task::Up(up) => up.run(),
        Task::Test => stages::run(),
        Task::Fsck(fsck) => fsck.run(),
        Task::Module(module) => module.run(),
        Task::Bench(bench) => bench.run(),
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            // As a shell says it of a program that SIGINT ended.
            if error.is::<Interrupted>() {
                130
            } else if error.is::<NotYet>() {
                2
            } else {
                1
            }
            .into()
        }
    }
}
