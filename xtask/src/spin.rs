//! The Spin component on this machine: in Spin where that is there, else in the host that the tests have.

mod process;
mod runtime;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Deref;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::demo::{self, AUDIENCE, ISSUER};
use crate::edge::{Front, Product, free_port};

pub use process::Process;
pub use runtime::Runtime;

/// Where a component's state is.
#[derive(Clone, Debug)]
pub enum State {
    /// In a SQLite file in this folder, made where it is missing.
    Sqlite(PathBuf),
    /// In the Redis at this URL.
    Redis(String),
}

impl State {
    /// The SQLite file in a folder.
    fn file(folder: &Path) -> PathBuf {
        folder.join("state.db")
    }

    /// Spin's runtime configuration for it.
    fn runtime_config(&self) -> String {
        let store = match self {
            // As JSON, a path is a string of TOML too.
            Self::Sqlite(folder) => {
                let file = serde_json::json!(Self::file(folder).to_string_lossy());
                format!("type = \"spin\"\npath = {file}")
            }
            Self::Redis(url) => format!("type = \"redis\"\nurl = {}", serde_json::json!(url)),
        };
        format!("[key_value_store.default]\n{store}\n")
    }
}

/// A running component, gone when the value is dropped.
pub struct Site {
    /// What it runs in.
    pub process: Process,
    front: Front,
}

impl Deref for Site {
    type Target = Front;

    fn deref(&self) -> &Front {
        &self.front
    }
}

/// A component that has not been started: its variables can still be changed.
pub struct Plan {
    /// The values of the manifest's variables.
    pub variables: BTreeMap<String, String>,
    runtime: Runtime,
    state: State,
    product: Product,
    address: SocketAddr,
}

impl Plan {
    /// The component in front of `product`, on `port` of 127.0.0.1 (0: a free one).
    pub fn new(runtime: Runtime, state: State, product: &Product, port: u16) -> Result<Self> {
        let address: SocketAddr = (Ipv4Addr::LOCALHOST, free_port(port)?).into();
        let variables = variables(product, address);
        Ok(Self { variables, runtime, state, product: product.clone(), address })
    }

    /// Starts it and waits until it answers.
    pub fn start(self) -> Result<Site> {
        let Self { variables, runtime, state, product, address } = self;
        if let State::Sqlite(folder) = &state {
            let made = std::fs::create_dir_all(folder);
            made.with_context(|| format!("{} cannot be made", folder.display()))?;
        }
        let process = Process::start(runtime, &state, &variables, address)?;
        Ok(Site { process, front: Front::of(&product, address) })
    }
}

/// The values of the manifest's variables for a component at `address`, in front of `product`.
pub fn variables(product: &Product, address: SocketAddr) -> BTreeMap<String, String> {
    let variables = [
        ("public_url", format!("http://{address}")),
        ("platform_keys_sha256", demo::sha256(&product.platform_key)),
        ("identity_jwks", product.sign_in.jwks().to_string()),
        ("identity_issuer", ISSUER.to_owned()),
        ("identity_audience", AUDIENCE.to_owned()),
        ("gate_origin", format!("http://{}", product.service.address())),
    ];
    variables.map(|(name, value)| (name.to_owned(), value)).into()
}

#[cfg(test)]
mod tests;
