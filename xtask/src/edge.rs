//! A whole edge on this machine: Envoy with the filter, the service behind, the sign-in, and a platform key.

mod plan;
mod product;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow, bail};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::Client;
use crate::demo::{Service, SignIn};
use crate::envoy::{Config, Envoy, Options};
use crate::tools::Tools;

pub use plan::Plan;
pub use product::Product;

/// A running edge, gone when the value is dropped.
pub struct Edge {
    /// Envoy.
    pub envoy: Envoy,
    /// The service behind.
    pub service: Arc<Service>,
    /// Makes tokens that the edge believes.
    pub sign_in: Arc<SignIn>,
    /// The platform's key for the management API.
    pub platform_key: String,
    address: SocketAddr,
    tools: Tools,
    config: Config,
    options: Options,
    _folder: TempDir,
}

/// A team's SCIM connection, as the management API hands it out once.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The endpoint's URL.
    pub endpoint_url: String,
    /// The bearer token.
    pub token: String,
}

impl Connection {
    /// The path of the endpoint's URL.
    pub fn path(&self) -> &str {
        let rest = self.endpoint_url.split_once("://").map_or("", |(_, rest)| rest);
        rest.find('/').and_then(|slash| rest.get(slash..)).unwrap_or_default()
    }

    /// The value of the `authorization` header.
    pub fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }
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

    /// What it stands in front of.
    pub fn product(&self) -> Product {
        Product {
            service: Arc::clone(&self.service),
            sign_in: Arc::clone(&self.sign_in),
            platform_key: self.platform_key.clone(),
        }
    }

    /// Where users and identity providers come in.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of [`Edge::address`].
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A new connection to it, with HTTP/1.1.
    pub fn client(&self) -> Result<Client> {
        Client::connect(self.address)
    }

    /// The `authorization` header of the platform.
    pub fn platform(&self) -> String {
        format!("Bearer {}", self.platform_key)
    }

    /// The `authorization` header of a person who has signed in.
    pub fn signed_in(&self, email: &str) -> String {
        format!("Bearer {}", self.sign_in.mint(email))
    }

    /// Calls the management API, and gives back the JSON of an answer that is a success.
    pub fn manage(
        &self,
        method: Method,
        path: &str,
        authorization: &str,
        body: &Value,
    ) -> Result<Value> {
        let headers = [("authorization", authorization), ("content-type", "application/json")];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.client()?.send(method.clone(), path, &headers, body)?;
        let text = String::from_utf8_lossy(answer.body());
        if !answer.status().is_success() {
            bail!("{method} {path}: {}: {text}", answer.status());
        }
        if answer.status() == StatusCode::NO_CONTENT {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text)
            .with_context(|| format!("{method} {path}: the answer is no JSON: {text}"))
    }

    /// Makes a team with single sign-on by OIDC, as the platform does.
    pub fn create_team(
        &self,
        team: &str,
        name: &str,
        domains: &[&str],
        owners: &[&str],
    ) -> Result<()> {
        let body = json!({
            "name": name, "sso": { "type": "oidc" }, "verified_domains": domains, "owners": owners,
        });
        self.manage(Method::PUT, &format!("/v1/teams/{team}"), &self.platform(), &body).map(drop)
    }

    /// Switches SCIM on for a team, as its owner does.
    pub fn enable_scim(&self, team: &str, owner: &str) -> Result<Connection> {
        self.connection(&format!("/v1/teams/{team}/scim"), owner)
    }

    /// Gives a team's SCIM connection a new token, as its owner does.
    pub fn rotate(&self, team: &str, owner: &str) -> Result<Connection> {
        self.connection(&format!("/v1/teams/{team}/scim/rotate"), owner)
    }

    fn connection(&self, path: &str, owner: &str) -> Result<Connection> {
        let answer = self.manage(Method::POST, path, &self.signed_in(owner), &Value::Null)?;
        let field = |name: &str| {
            let value = answer.get(name).and_then(Value::as_str);
            value.map(str::to_owned).ok_or_else(|| anyhow!("POST {path}: the answer has no {name}"))
        };
        Ok(Connection { endpoint_url: field("endpoint_url")?, token: field("token")? })
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
