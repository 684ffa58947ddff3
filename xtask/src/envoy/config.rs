use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::{Value, json};

use crate::project;

/// Envoy's configuration, read from a YAML file and then changed in places that must exist.
#[derive(Clone, Debug)]
pub struct Config(Value);

/// A place in the configuration that a run sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The address that Envoy listens on, as a `socket_address`.
    Listener,
    /// The address of the admin interface, as a `socket_address`.
    Admin,
    /// The address of the service behind, as a `socket_address`.
    Product,
    /// The file of the public keys for identities.
    Jwks,
    /// The file of the module.
    Module,
    /// The plugin's configuration, as a string.
    Plugin,
    /// The plugin's `vm_id`, the name its state lives under.
    VmId,
    /// The token bucket in front of everything.
    RateLimit,
    /// The members of etcd, as a list of `lb_endpoints`. Only in the configuration for state in etcd.
    Etcd,
}

impl Place {
    /// Every place of both configurations.
    pub const ALL: [Self; 8] = [
        Self::Listener,
        Self::Admin,
        Self::Product,
        Self::Jwks,
        Self::Module,
        Self::Plugin,
        Self::VmId,
        Self::RateLimit,
    ];

    /// Where it is, as a JSON pointer (RFC 6901).
    pub fn pointer(self) -> String {
        let filters = format!("{}/http_filters", Config::MANAGER);
        let jwt = format!("{filters}/1/typed_config");
        let wasm = format!("{filters}/2/typed_config/config");
        match self {
            Self::Listener => "/static_resources/listeners/0/address/socket_address".into(),
            Self::Admin => "/admin/address/socket_address".into(),
            Self::Product => {
                "/static_resources/clusters/0/load_assignment/endpoints/0/lb_endpoints/0\
                              /endpoint/address/socket_address"
                    .into()
            }
            Self::Jwks => format!("{jwt}/providers/product/local_jwks/filename"),
            Self::Module => format!("{wasm}/vm_config/code/local/filename"),
            Self::Plugin => format!("{wasm}/configuration/value"),
            Self::VmId => format!("{wasm}/vm_config/vm_id"),
            Self::RateLimit => format!("{filters}/0/typed_config/token_bucket"),
            Self::Etcd => {
                "/static_resources/clusters/2/load_assignment/endpoints/0/lb_endpoints".into()
            }
        }
    }
}

impl Config {
    /// The JSON pointer of the HTTP connection manager that users and identity providers come through.
    pub const MANAGER: &str =
        "/static_resources/listeners/0/filter_chains/0/filters/0/typed_config";

    /// The configuration that the repository ships.
    pub fn shipped() -> Result<Self> {
        Self::read(&project::root().join("envoy").join("envoy.yaml"))
    }

    /// The configuration that the repository ships for state in etcd.
    pub fn shipped_for_etcd() -> Result<Self> {
        Self::read(&project::root().join("envoy").join("envoy-etcd.yaml"))
    }

    /// A configuration in a YAML file.
    pub fn read(file: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("{} cannot be read", file.display()))?;
        let value = yaml_serde::from_str(&text);
        value.map(Self).with_context(|| format!("{} is no YAML", file.display()))
    }

    /// What stands at a JSON pointer, to read it or to change it.
    ///
    /// # Errors
    ///
    /// If nothing stands there.
    pub fn at(&mut self, pointer: &str) -> Result<&mut Value> {
        let value = self.0.pointer_mut(pointer);
        value.ok_or_else(|| anyhow!("Envoy's configuration has nothing at {pointer}"))
    }

    /// Puts `value` in a place that exists.
    pub fn set(&mut self, place: Place, value: impl Into<Value>) -> Result<()> {
        *self.at(&place.pointer())? = value.into();
        Ok(())
    }

    /// Sets a place that is an address to 127.0.0.1 and `port`; 0 lets Envoy choose one.
    pub fn set_port(&mut self, place: Place, port: u16) -> Result<()> {
        self.set(place, json!({ "address": "127.0.0.1", "port_value": port }))
    }

    /// Names the members of etcd.
    pub fn set_etcd(&mut self, members: &[SocketAddr]) -> Result<()> {
        let endpoint = |member: &SocketAddr| {
            let address =
                json!({ "address": member.ip().to_string(), "port_value": member.port() });
            json!({ "endpoint": { "address": { "socket_address": address } } })
        };
        self.set(Place::Etcd, members.iter().map(endpoint).collect::<Value>())
    }

    /// Adds `item` to the list at a JSON pointer.
    pub fn push(&mut self, pointer: &str, item: Value) -> Result<()> {
        let list = self.at(pointer)?.as_array_mut();
        list.ok_or_else(|| anyhow!("Envoy's configuration has no list at {pointer}"))?.push(item);
        Ok(())
    }

    /// Writes it to `folder`, as JSON.
    pub fn write(&self, folder: &Path) -> Result<PathBuf> {
        let file = folder.join("envoy.json");
        std::fs::write(&file, serde_json::to_vec_pretty(&self.0)?)
            .with_context(|| format!("{} cannot be written", file.display()))?;
        Ok(file)
    }

    /// Asks `envoy` whether it accepts this configuration, the plugin's included.
    pub fn validate(&self, envoy: &Path) -> Result<()> {
        let folder = tempfile::tempdir()?;
        let file = self.write(folder.path())?;
        let mut command = Command::new(envoy);
        command.args(["--mode", "validate", "--disable-hot-restart", "-c"]).arg(file);
        let output =
            command.output().with_context(|| format!("{} cannot be run", envoy.display()))?;
        if !output.status.success() {
            bail!("Envoy refuses the configuration:\n{}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(())
    }
}
