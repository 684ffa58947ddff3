//! Serves the Spin component on 127.0.0.1, with its state in a SQLite file, until it is told to stop.
//!
//! For a machine without Spin. Variables come as for Spin, from `SPIN_VARIABLE_<NAME>`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Parser;
use scim_edge_host::spin::store::{Redis, Sqlite};
use scim_edge_host::spin::{Log, Manifest, Module, Server};
use tokio::signal::unix::{SignalKind, signal};

/// Serves the Spin component on 127.0.0.1
#[derive(Parser)]
struct Host {
    /// Spin's manifest
    #[arg(long, default_value = "spin.toml")]
    manifest: PathBuf,
    /// The component [default: the one that the manifest names]
    #[arg(long)]
    component: Option<PathBuf>,
    /// Port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// File that keeps the state
    #[arg(long, required_unless_present = "redis")]
    sqlite: Option<PathBuf>,
    /// Redis that keeps the state instead
    #[arg(long, value_name = "URL", conflicts_with = "sqlite")]
    redis: Option<String>,
}

fn main() -> ExitCode {
    match run(&Host::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("spin-host: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(host: &Host) -> Result<()> {
    let manifest = Manifest::read(&host.manifest)?;
    let component = match &host.component {
        Some(component) => component.clone(),
        None => host.manifest.with_file_name(manifest.source()?),
    };
    let mut app = manifest.app(Module::read(&component)?, &variables())?.log(Log::shown());
    for label in manifest.stores()? {
        app = match (&host.redis, &host.sqlite) {
            (Some(url), _) => app.store(label, Redis::at(url)?),
            (None, Some(file)) => app.store(label, Sqlite::open(file, label)?),
            (None, None) => app,
        };
    }
    let server = Server::start_on(app, host.port)?;
    println!("Serving http://{}", server.address());
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(stopped())
}

/// The values of the manifest's variables that the environment has.
fn variables() -> BTreeMap<String, String> {
    let variable = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        let name = name.to_str()?.strip_prefix("SPIN_VARIABLE_")?.to_ascii_lowercase();
        Some((name, value.into_string().ok()?))
    };
    std::env::vars_os().filter_map(variable).collect()
}

async fn stopped() -> Result<()> {
    let signals = || Ok((signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?));
    let (mut terminate, mut interrupt) =
        signals().map_err(|error: std::io::Error| error).context("signals cannot be caught")?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
    }
}
