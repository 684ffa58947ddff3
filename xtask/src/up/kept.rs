//! What a demo on etcd keeps beside its state, so that what it printed still holds when it is started again.

use std::path::Path;

use anyhow::{Context as _, Result, anyhow};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use super::ready::write_secrets;
use crate::demo::{Service, SignIn};
use crate::edge::{Connection, Product};

/// The file in the folder of the state.
const FILE: &str = "demo.json";

#[derive(Serialize, Deserialize)]
pub(super) struct Kept {
    platform_key: String,
    sign_in_seed: String,
    scim_url: String,
    scim_token: String,
}

impl Kept {
    /// What lies in `folder`, if anything.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>> {
        let file = folder.join(FILE);
        match std::fs::read(&file) {
            Ok(json) => serde_json::from_slice(&json)
                .map(Some)
                .with_context(|| format!("{} cannot be understood", file.display())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("{} cannot be read", file.display())),
        }
    }

    /// The product that the demo stood in front of, with `service` behind.
    pub(super) fn product(&self, service: Service) -> Result<Product> {
        let seed = HEXLOWER.decode(self.sign_in_seed.as_bytes()).ok();
        let seed = seed.and_then(|seed| <[u8; 32]>::try_from(seed).ok());
        let seed = seed.ok_or_else(|| anyhow!("{FILE}: sign_in_seed is no 32 bytes"))?;
        let mut product = Product::new(service)?;
        product.sign_in = SignIn::from_seed(&seed).into();
        product.platform_key.clone_from(&self.platform_key);
        Ok(product)
    }

    /// The demo team's connection, at the address that the edge has now.
    pub(super) fn connection(&self, base_url: &str) -> Connection {
        let before =
            Connection { endpoint_url: self.scim_url.clone(), token: self.scim_token.clone() };
        let endpoint_url = format!("{base_url}{}", before.path());
        Connection { endpoint_url, ..before }
    }

    /// Keeps what the next start needs. Only the owner of the folder may read it.
    pub(super) fn write(folder: &Path, product: &Product, connection: &Connection) -> Result<()> {
        let kept = Self {
            platform_key: product.platform_key.clone(),
            sign_in_seed: HEXLOWER.encode(&product.sign_in.seed()),
            scim_url: connection.endpoint_url.clone(),
            scim_token: connection.token.clone(),
        };
        write_secrets(&folder.join(FILE), &kept)
    }
}

#[cfg(test)]
mod tests;
