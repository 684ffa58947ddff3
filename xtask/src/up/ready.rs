use std::path::Path;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use super::{MEMBER, OWNER, TEAM};
use crate::edge::{Connection, Front};

/// What there is to know about a running demo. The ready file is this as JSON; its fields stay as they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// Where users and identity providers come in.
    pub base_url: String,
    /// The demo team's SCIM endpoint.
    pub scim_url: String,
    /// Its bearer token.
    pub scim_token: String,
    /// The platform's key.
    pub platform_key: String,
    /// The demo team's id.
    pub team: String,
    /// The e-mail address of its owner.
    pub owner_email: String,
    /// The owner's identity, for `authorization: Bearer`.
    pub owner_jwt: String,
    /// The identity of a person who is no member until provisioned.
    pub member_jwt: String,
    /// The demo team's settings page.
    pub settings_url: String,
    /// A page of the demo team behind the gate.
    pub gate_url: String,
    /// Envoy's admin interface; empty on Spin, which has none.
    pub admin_url: String,
    /// The second Envoy, which has the same state.
    #[serde(flatten, skip_serializing_if = "Option::is_none", default)]
    pub shared: Option<Shared>,
}

/// What there is beside the first Envoy where the state is in etcd.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shared {
    /// Where users and identity providers come in at the second Envoy.
    pub second_base_url: String,
    /// The demo team's SCIM endpoint there.
    pub second_scim_url: String,
    /// The page of the demo team behind the gate there.
    pub second_gate_url: String,
    /// The second Envoy's admin interface.
    pub second_admin_url: String,
    /// etcd, for `cargo xtask fsck --etcd` and for etcdctl.
    pub etcd_url: String,
    /// The folder that the state lies in.
    pub etcd_data: String,
}

impl Ready {
    /// What there is to know about `edge`, with the demo team's `connection` and Envoy's admin interface.
    pub fn of(edge: &Front, connection: &Connection, admin_url: String) -> Self {
        let base_url = edge.base_url();
        Self {
            scim_url: connection.endpoint_url.clone(),
            scim_token: connection.token.clone(),
            platform_key: edge.platform_key.clone(),
            team: TEAM.into(),
            owner_email: OWNER.into(),
            owner_jwt: edge.sign_in.mint(OWNER),
            member_jwt: edge.sign_in.mint(MEMBER),
            settings_url: format!("{base_url}/settings/teams/{TEAM}"),
            gate_url: format!("{base_url}/t/{TEAM}/hello"),
            admin_url,
            base_url,
            shared: None,
        }
    }

    /// Writes the ready file.
    pub fn write(&self, file: &Path) -> Result<()> {
        write_secrets(file, self)
    }

    /// Removes a ready file of an earlier run, which would be taken for this one's.
    pub fn remove(file: &Path) -> Result<()> {
        match std::fs::remove_file(file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("{} cannot be removed", file.display()))
            }
            _ => Ok(()),
        }
    }
}

/// Writes `secrets` to `file`, as JSON. Whoever sees it sees all of it, and only its owner may read it.
pub(super) fn write_secrets(file: &Path, secrets: &impl Serialize) -> Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let write = || -> std::io::Result<()> {
        let new = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
        serde_json::to_writer_pretty(&new, secrets)?;
        new.persist(file)?;
        Ok(())
    };
    write().with_context(|| format!("{} cannot be written", file.display()))
}
