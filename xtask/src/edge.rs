//! A whole edge on this machine: Envoy with the filter, the service behind, the sign-in, and a platform key.

mod front;
mod plan;
mod product;

use std::net::{Ipv4Addr, TcpListener};
use std::ops::Deref;

use anyhow::{Result, bail};
use tempfile::TempDir;

use crate::envoy::{Config, Envoy, Options};
use crate::tools::Tools;

pub use front::{Connection, Front};
pub use plan::Plan;
pub use product::Product;

/// A running edge, gone when the value is dropped.
pub struct Edge {
    /// Envoy.
    pub envoy: Envoy,
    front: Front,
    tools: Tools,
    config: Config,
    options: Options,
    _folder: TempDir,
}

impl Edge {
    /// A plain edge on a free port.
    pub fn start() -> Result<Self> {
        Plan::new(Tools::ready()?, 0)?.start()
    }

    /// Starts Envoy again with the configuration that it had, after it was [killed](Envoy::kill) or as it is.
    pub fn restart(&mut self) -> Result<()> {
        self.envoy.kill();
        self.envoy = Envoy::start(&self.tools.envoy, &self.config, self.options)?;
        Ok(())
    }
}

impl Deref for Edge {
    type Target = Front;

    fn deref(&self) -> &Front {
        &self.front
    }
}

/// `port` if nobody listens there, or a free one if it is 0.
pub(crate) fn free_port(port: u16) -> Result<u16> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(listener) => Ok(listener.local_addr()?.port()),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            bail!(
                "port {port} is in use: stop what listens there, or choose another with --port N (0: any free one)"
            )
        }
        Err(error) => bail!(
            "127.0.0.1:{port} cannot be listened on ({error}): choose another port with --port N"
        ),
    }
}

#[cfg(test)]
mod tests;
