//! `cargo xtask up`: a demo on this machine, from a bare checkout.

mod kept;
mod lines;
mod preload;
mod ready;
mod running;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::{Args, ValueEnum};
use http::StatusCode;

use crate::edge::{Connection, Front};
use crate::interrupt;
use crate::step::say;

pub(crate) use preload::resource;
pub use preload::{User, preload};
pub use ready::{Ready, Shared};

/// The demo team.
pub const TEAM: &str = "demo";
/// The demo team's owner.
pub const OWNER: &str = "owner@example.com";
/// A person who becomes a member of the demo team when the create line is run.
pub const MEMBER: &str = "member@example.com";

/// What `up` is asked for.
#[derive(Args, Clone, Debug)]
pub struct Up {
    /// What the module runs in
    #[arg(long, value_enum, default_value_t = HostName::Envoy)]
    pub host: HostName,
    /// Where the state is kept, for --host envoy [default: memory]
    #[arg(long, value_enum)]
    pub store: Option<StoreName>,
    /// Folder that etcd keeps the state in, for --store etcd [default: up-etcd in cargo's target folder]
    #[arg(long, value_name = "FOLDER")]
    pub etcd_data: Option<PathBuf>,
    /// Folder with the SQLite file that keeps the state, for --host spin [default: up-spin in cargo's target folder]
    #[arg(long, value_name = "FOLDER")]
    pub spin_data: Option<PathBuf>,
    /// Port on 127.0.0.1, of two Envoys that of the first; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    pub port: u16,
    /// Teams to make, the demo team included
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub teams: u32,
    /// Users to preload through SCIM, spread evenly over the teams
    #[arg(long, default_value_t = 0)]
    pub users: u32,
    /// File to write the addresses and tokens to, as JSON, once everything answers
    #[arg(long)]
    pub ready_file: Option<PathBuf>,
    /// Envoy's worker threads
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..))]
    pub concurrency: u32,
}

/// A host that the module runs in.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostName {
    /// The Envoy filter.
    Envoy,
    /// The Spin component.
    Spin,
}

/// A store that the state is kept in.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreName {
    /// The host's memory.
    Memory,
    /// An etcd, with two Envoys in front of it.
    Etcd,
}

/// Something that is named but not made yet.
#[derive(Debug)]
pub struct NotYet(pub &'static str);

impl std::fmt::Display for NotYet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} is not there yet", self.0)
    }
}

impl std::error::Error for NotYet {}

impl Up {
    /// Runs the demo until the program is told to stop.
    pub fn run(&self) -> Result<()> {
        let on_spin = self.host == HostName::Spin;
        ensure!(!on_spin || self.store.is_none(), "--store is for --host envoy");
        ensure!(on_spin || self.spin_data.is_none(), "--spin-data is for --host spin");
        ensure!(
            self.etcd_data.is_none() || self.store == Some(StoreName::Etcd),
            "--etcd-data is for --store etcd"
        );
        // First, so that a port in use is said before anything is downloaded.
        let ports = self.ports()?;
        if let Some(file) = &self.ready_file {
            Ready::remove(file)?;
        }
        let mut running = self.start(ports)?;
        let connection = if running.finds_its_team()? {
            say("found the demo team as it was left");
            running.found_connection()?
        } else {
            self.populate(running.first())?
        };
        running.keep(&connection)?;
        let ready = running.ready(&connection);
        for front in running.fronts() {
            check(front, &connection, &ready, running.keeps())?;
        }
        say("everything answers");
        println!("{}", lines::lines(&ready));
        if let Some(file) = &self.ready_file {
            ready.write(file)?;
        }
        say(format_args!("logs: {}; Ctrl-C stops everything", running.logs()));
        while !interrupt::wait(Duration::from_millis(500)) {
            running.check()?;
        }
        drop(running);
        say("stopped");
        Ok(())
    }

    fn populate(&self, edge: &Front) -> Result<Connection> {
        say("making the demo team");
        let demo = make_team(edge, TEAM, "Demo", OWNER)?;
        let mut teams = vec![demo.clone()];
        for number in 2..=self.teams {
            interrupt::check()?;
            let id = format!("team-{number:04}");
            teams.push(make_team(edge, &id, &format!("Team {number}"), OWNER)?);
        }
        preload(edge, &teams, self.users)?;
        Ok(demo)
    }
}

/// Makes a team whose people are at example.com, and switches SCIM on for it.
pub fn make_team(edge: &Front, id: &str, name: &str, owner: &str) -> Result<Connection> {
    edge.create_team(id, name, &["example.com"], &[owner])?;
    edge.enable_scim(id, owner)
}

/// Sees that the SCIM endpoint answers, and that the gate is shut for who is no member.
fn check(edge: &Front, connection: &Connection, ready: &Ready, kept: bool) -> Result<()> {
    let mut client = edge.client()?;
    let path = format!("{}/Users?filter=userName%20eq%20%22{MEMBER}%22", connection.path());
    let answer = client.get(&path, &[("authorization", &connection.bearer())])?;
    ensure!(answer.status() == StatusCode::OK, "the SCIM endpoint answers {}", answer.status());
    let member = format!("Bearer {}", ready.member_jwt);
    let gate = ready.gate_url.strip_prefix(&ready.base_url).context("the gate is elsewhere")?;
    let status = client.get(gate, &[("authorization", &member)])?.status();
    // In a state that was found they may be a member.
    let found = kept && status == StatusCode::OK;
    ensure!(
        found || status == StatusCode::FORBIDDEN,
        "the gate answers {status} to a person who is no member"
    );
    Ok(())
}

#[cfg(test)]
mod tests;
