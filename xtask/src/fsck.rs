//! `cargo xtask fsck`: whether the state in an etcd is sound, as it is at one revision: the records, what the engine
//! keeps beside them, and that there is nothing else.

mod records;
mod strays;

use std::net::{SocketAddr, ToSocketAddrs as _};

use anyhow::{Context as _, Result, anyhow, bail};
use clap::Args;
use scim_edge::config::{PluginConfig, StoreChoice};
use scim_edge::fsck::Summary;
use scim_edge::host::ManualHost;
use scim_edge::store::StoreError;
use scim_edge::store::etcd::{self, EtcdOptions, EtcdStore};

use crate::etcd::Grpc;
use records::Records;

/// What `fsck` is asked for.
#[derive(Args, Clone, Debug)]
pub struct Fsck {
    /// Where etcd is
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:2379")]
    pub etcd: String,
    /// What all keys of scim-edge begin with
    #[arg(long, default_value = "/scim-edge/")]
    pub prefix: String,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The revision that was looked at.
    pub revision: i64,
    /// What there is.
    pub summary: Summary,
    /// A line for each broken invariant.
    pub broken: Vec<String>,
}

impl Fsck {
    /// Prints what is there, or each invariant that is broken.
    ///
    /// # Errors
    ///
    /// If any is, or if etcd cannot be asked.
    pub fn run(&self) -> Result<()> {
        let Report { revision, summary, broken } = check(self.address()?, &self.prefix)?;
        for line in &broken {
            println!("{line}");
        }
        let Summary { teams, accounts, members, users, groups, events, keys, bytes } = summary;
        println!(
            "revision {revision}: {teams} teams, {accounts} accounts, {members} members, {users} users, \
             {groups} groups, {events} events; {keys} records of {bytes} bytes, keys included"
        );
        match broken.len() {
            0 => Ok(()),
            1 => bail!("an invariant is broken"),
            count => bail!("{count} invariants are broken"),
        }
    }

    fn address(&self) -> Result<SocketAddr> {
        let url = &self.etcd;
        let authority = url
            .strip_prefix("http://")
            .map(|rest| rest.trim_end_matches('/'))
            .with_context(|| format!("--etcd {url}: it has to be http://<host>:<port>"))?;
        let mut addresses = authority.to_socket_addrs().with_context(|| format!("--etcd {url}"))?;
        addresses.next().ok_or_else(|| anyhow!("--etcd {url}: there is no such host"))
    }
}

/// Walks all that the etcd at `address` has below `prefix`.
pub fn check(address: SocketAddr, prefix: &str) -> Result<Report> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let client = Grpc::connect(address).await?;
        let mut report = Report::default();
        let engine = EtcdStore::new(client.clone(), ManualHost::default(), options(prefix)?);
        let books = etcd::check(&engine).await.map_err(told)?;
        report.revision = books.revision;
        report.broken.extend(books.broken.iter().map(ToString::to_string));
        report.broken.extend(strays::strays(&client, prefix, books.revision).await.map_err(told)?);
        let mut records = Records::new(&client, prefix, books.revision);
        let mut broken = Vec::new();
        let mut tell = |flaw: scim_edge::fsck::Broken| broken.push(flaw.to_string());
        report.summary = scim_edge::fsck::check(&mut records, &mut tell).await.map_err(told)?;
        report.broken.extend(broken);
        Ok(report)
    })
}

/// How the filter would use such an etcd.
pub(crate) fn options(prefix: &str) -> Result<EtcdOptions> {
    let config = serde_json::json!({
        "public_url": "http://127.0.0.1",
        "platform_keys_sha256": ["0".repeat(64)],
        "store": { "etcd": { "cluster": "etcd", "prefix": prefix } },
    });
    let config = PluginConfig::from_json(config.to_string().as_bytes())
        .with_context(|| format!("--prefix {prefix}"))?;
    match &config.store {
        StoreChoice::Etcd(etcd) => Ok(EtcdOptions::new(etcd)),
        StoreChoice::Memory => bail!("--prefix {prefix}: no configuration for etcd"),
    }
}

fn told(error: StoreError) -> anyhow::Error {
    if error.is_conflict() {
        return anyhow!("etcd has compacted the revision that was looked at: run this again");
    }
    error.into()
}

#[cfg(test)]
mod tests;
