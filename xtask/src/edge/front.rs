use std::net::SocketAddr;
use std::ops::Deref;

use anyhow::{Context as _, Result, anyhow, bail};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::Product;
use crate::client::Client;

/// An edge as those meet it who use it, whatever it runs in.
pub struct Front {
    product: Product,
    address: SocketAddr,
}

impl Deref for Front {
    type Target = Product;

    fn deref(&self) -> &Product {
        &self.product
    }
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

impl Front {
    /// An edge at `address`, in front of `product`.
    pub fn of(product: &Product, address: SocketAddr) -> Self {
        Self { product: product.clone(), address }
    }

    /// What it stands in front of.
    pub fn product(&self) -> Product {
        self.product.clone()
    }

    /// Where users and identity providers come in.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of [`Front::address`].
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
