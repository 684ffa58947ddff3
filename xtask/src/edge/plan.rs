use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Edge, Front, Product, free_port};
use crate::demo::{self, Service};
use crate::envoy::{Config, Envoy, Options, Place};
use crate::tools::Tools;

/// An edge that has not been started: its configuration can still be changed.
pub struct Plan {
    /// Envoy's configuration.
    pub config: Config,
    /// How Envoy is run.
    pub options: Options,
    tools: Tools,
    port: u16,
    product: Product,
    folder: TempDir,
}

impl Plan {
    /// The shipped configuration on `port` of 127.0.0.1 (0: a free one), without a rate limit that a test would feel.
    pub fn new(tools: Tools, port: u16) -> Result<Self> {
        Self::with_service(tools, port, Service::start()?)
    }

    /// Like [`Plan::new`], with a service behind that is there already.
    pub fn with_service(tools: Tools, port: u16, service: Service) -> Result<Self> {
        Self::of(Config::shipped()?, tools, port, &Product::new(service)?)
    }

    /// Like [`Plan::with_service`], with the state in the etcd that has these `members`.
    pub fn with_etcd(
        tools: Tools,
        port: u16,
        service: Service,
        members: &[SocketAddr],
    ) -> Result<Self> {
        Self::on_etcd(tools, port, &Product::new(service)?, members)
    }

    /// An edge in front of a product, with the state in the etcd that has these `members`: one of any number.
    pub fn on_etcd(
        tools: Tools,
        port: u16,
        product: &Product,
        members: &[SocketAddr],
    ) -> Result<Self> {
        let mut config = Config::shipped_for_etcd()?;
        config.set_etcd(members)?;
        let mut plan = Self::of(config, tools, port, product)?;
        plan.plugin(|plugin| plugin["store"] = json!({ "etcd": { "cluster": "etcd" } }))?;
        Ok(plan)
    }

    fn of(mut config: Config, tools: Tools, port: u16, product: &Product) -> Result<Self> {
        let port = free_port(port)?;
        let folder = tempfile::Builder::new().prefix("scim-edge-").tempdir()?;
        let jwks = folder.path().join("jwks.json");
        std::fs::write(&jwks, product.sign_in.jwks().to_string())?;

        config.set_port(Place::Listener, port)?;
        config.set_port(Place::Product, product.service.address().port())?;
        config.set(Place::Jwks, jwks.to_string_lossy())?;
        config.set(Place::Module, tools.module.to_string_lossy())?;
        let bucket = json!({ "max_tokens": 10_000_000, "tokens_per_fill": 10_000_000, "fill_interval": "1s" });
        config.set(Place::RateLimit, bucket)?;
        let plugin = json!({
            "public_url": format!("http://127.0.0.1:{port}"),
            "platform_keys_sha256": [demo::sha256(&product.platform_key)],
        });
        config.set(Place::Plugin, plugin.to_string())?;
        let options = Options::default();
        Ok(Self { config, options, tools, port, product: product.clone(), folder })
    }

    /// Changes fields of the plugin's configuration.
    pub fn plugin(&mut self, change: impl FnOnce(&mut Value)) -> Result<()> {
        let place = self.config.at(&Place::Plugin.pointer())?;
        let mut plugin: Value = serde_json::from_str(place.as_str().unwrap_or_default())
            .context("the plugin's configuration is no JSON")?;
        change(&mut plugin);
        *place = plugin.to_string().into();
        Ok(())
    }

    /// Starts it and waits until it answers.
    pub fn start(self) -> Result<Edge> {
        let Self { config, options, tools, port, product, folder } = self;
        Ok(Edge {
            envoy: Envoy::start(&tools.envoy, &config, options)?,
            front: Front::of(&product, (Ipv4Addr::LOCALHOST, port).into()),
            tools,
            config,
            options,
            _folder: folder,
        })
    }
}
