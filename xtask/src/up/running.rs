//! What runs in a demo: one Envoy with its state in its memory, two of them in front of one etcd, or the Spin component
//! with its state in a file.

use std::path::PathBuf;

use anyhow::{Result, bail, ensure};
use http::{Method, StatusCode};
use serde_json::Value;

use super::kept::Kept;
use super::ready::Shared;
use super::{HostName, OWNER, Ready, StoreName, TEAM, Up};
use crate::demo::Service;
use crate::edge::{Connection, Edge, Front, Plan, Product};
use crate::etcd::Etcd;
use crate::spin::{self, Runtime, Site, State};
use crate::step::say;
use crate::tools::{self, Tools};
use crate::{edge, project};

/// The servers of a demo, all gone when the value is dropped.
pub(super) struct Running {
    servers: Servers,
    kept: Option<Kept>,
}

enum Servers {
    Envoy(Box<Edge>),
    Etcd(Box<(Edge, Edge, Etcd)>),
    Spin(Box<Site>, PathBuf),
}

impl Up {
    /// The ports of the servers, seen to be free before anything is downloaded.
    pub(super) fn ports(&self) -> Result<[u16; 2]> {
        let first = edge::free_port(self.port)?;
        let second = match self.store {
            Some(StoreName::Etcd) if self.port != 0 => edge::free_port(first.saturating_add(1))?,
            _ => 0,
        };
        Ok([first, second])
    }

    /// Starts what was asked for.
    pub(super) fn start(&self, ports: [u16; 2]) -> Result<Running> {
        let service = Service::start_forgetful()?;
        match (self.host, self.store) {
            (HostName::Spin, _) => self.start_spin(ports, service),
            (HostName::Envoy, None | Some(StoreName::Memory)) => self.start_envoy(ports, service),
            (HostName::Envoy, Some(StoreName::Etcd)) => self.start_on_etcd(ports, service),
        }
    }

    fn start_envoy(&self, [port, _]: [u16; 2], service: Service) -> Result<Running> {
        let plan = self.plan(Plan::with_service(Tools::make()?, port, service)?);
        say("starting Envoy");
        Ok(Running { servers: Servers::Envoy(Box::new(plan.start()?)), kept: None })
    }

    fn start_on_etcd(&self, [first, second]: [u16; 2], service: Service) -> Result<Running> {
        let tools = Tools::make()?;
        let home = home(self.etcd_data.as_ref(), "up-etcd")?;
        let binary = tools::etcd()?;
        say("starting etcd");
        let etcd = Etcd::start_in(&binary, &home)?;
        let kept = Kept::read(&home)?;
        let product = product(kept.as_ref(), service)?;
        let on_etcd = |port| {
            let plan = Plan::on_etcd(tools.clone(), port, &product, &[etcd.address()]);
            plan.map(|plan| self.plan(plan))
        };
        let one = on_etcd(first)?;
        let mut other = on_etcd(second)?;
        // As if a load balancer stood before them: both hand out the same URLs.
        let public_url = format!("http://127.0.0.1:{first}");
        other.plugin(|plugin| plugin["public_url"] = public_url.into())?;
        say("starting two Envoys");
        let servers = Servers::Etcd(Box::new((one.start()?, other.start()?, etcd)));
        Ok(Running { servers, kept })
    }

    fn start_spin(&self, [port, _]: [u16; 2], service: Service) -> Result<Running> {
        let runtime = Runtime::find()?;
        let home = std::path::absolute(home(self.spin_data.as_ref(), "up-spin")?)?;
        let kept = Kept::read(&home)?;
        let product = product(kept.as_ref(), service)?;
        say(format_args!("starting {}", runtime.name()));
        let plan = spin::Plan::new(runtime, State::Sqlite(home.clone()), &product, port)?;
        Ok(Running { servers: Servers::Spin(Box::new(plan.start()?), home), kept })
    }

    fn plan(&self, mut plan: Plan) -> Plan {
        plan.options.concurrency = self.concurrency;
        plan
    }
}

/// The folder of the state: the one that was asked for, or one in cargo's target folder.
fn home(asked: Option<&PathBuf>, name: &str) -> Result<PathBuf> {
    match asked {
        Some(folder) => Ok(folder.clone()),
        None => Ok(project::target()?.join(name)),
    }
}

fn product(kept: Option<&Kept>, service: Service) -> Result<Product> {
    match kept {
        Some(kept) => kept.product(service),
        None => Product::new(service),
    }
}

impl Running {
    /// Where a demo is populated.
    pub(super) fn first(&self) -> &Front {
        match &self.servers {
            Servers::Envoy(edge) => edge,
            Servers::Etcd(servers) => &servers.0,
            Servers::Spin(site, _) => site,
        }
    }

    /// All places to come in, the first one first.
    pub(super) fn fronts(&self) -> Vec<&Front> {
        match &self.servers {
            Servers::Envoy(edge) => vec![edge],
            Servers::Etcd(servers) => vec![&servers.0, &servers.1],
            Servers::Spin(site, _) => vec![site],
        }
    }

    /// Whether the state is there again at the next start.
    pub(super) fn keeps(&self) -> bool {
        !matches!(self.servers, Servers::Envoy(_))
    }

    /// Whether an earlier demo left its team in the state.
    pub(super) fn finds_its_team(&self) -> Result<bool> {
        if !self.keeps() {
            return Ok(false);
        }
        let first = self.first();
        let headers = [("authorization", &*first.platform())];
        let answer = first.client()?.get(&format!("/v1/teams/{TEAM}"), &headers)?;
        match answer.status() {
            StatusCode::OK => Ok(true),
            StatusCode::NOT_FOUND => Ok(false),
            status => bail!("GET /v1/teams/{TEAM}: {status}"),
        }
    }

    /// The connection of the team that was found: the one that was printed before, as long as it works.
    pub(super) fn found_connection(&self) -> Result<Connection> {
        let edge = self.first();
        if let Some(kept) = &self.kept {
            let connection = kept.connection(&edge.base_url());
            let path = format!("{}/Users?count=0", connection.path());
            let headers = [("authorization", &*connection.bearer())];
            if edge.client()?.get(&path, &headers)?.status() == StatusCode::OK {
                return Ok(connection);
            }
        }
        let path = format!("/v1/teams/{TEAM}/scim");
        let owner = edge.signed_in(OWNER);
        let scim = edge.manage(Method::GET, &path, &owner, &Value::Null)?;
        let enabled = scim.get("enabled").and_then(Value::as_bool).unwrap_or_default();
        if enabled { edge.rotate(TEAM, OWNER) } else { edge.enable_scim(TEAM, OWNER) }
    }

    /// Keeps beside the state what the next start needs.
    pub(super) fn keep(&self, connection: &Connection) -> Result<()> {
        let home = match &self.servers {
            Servers::Envoy(_) => return Ok(()),
            Servers::Etcd(servers) => servers.2.home(),
            Servers::Spin(_, home) => home,
        };
        Kept::write(home, &self.first().product(), connection)
    }

    pub(super) fn ready(&self, connection: &Connection) -> Ready {
        match &self.servers {
            Servers::Envoy(edge) => Ready::of(edge, connection, edge.envoy.admin_url()),
            Servers::Spin(site, _) => Ready::of(site, connection, String::new()),
            Servers::Etcd(servers) => {
                let (first, second, etcd) = &**servers;
                let second_base_url = second.base_url();
                let shared = Shared {
                    second_scim_url: format!("{second_base_url}{}", connection.path()),
                    second_gate_url: format!("{second_base_url}/t/{TEAM}/hello"),
                    second_admin_url: second.envoy.admin_url(),
                    etcd_url: format!("http://{}", etcd.address()),
                    etcd_data: etcd.home().display().to_string(),
                    second_base_url,
                };
                let ready = Ready::of(first, connection, first.envoy.admin_url());
                Ready { shared: Some(shared), ..ready }
            }
        }
    }

    /// The files that they write their logs to.
    pub(super) fn logs(&self) -> String {
        match &self.servers {
            Servers::Envoy(edge) => edge.envoy.log_file().display().to_string(),
            Servers::Spin(site, home) => {
                format!("{}; state: {}", site.process.log_file().display(), home.display())
            }
            Servers::Etcd(servers) => {
                let (first, second, etcd) = &**servers;
                let [first, second] = [first, second].map(|edge| edge.envoy.log_file().display());
                format!("{first}, {second}, {}", etcd.log_file().display())
            }
        }
    }

    /// An error once one of them has ended.
    pub(super) fn check(&mut self) -> Result<()> {
        let alive = |edge: &mut Edge| -> Result<()> {
            ensure!(edge.envoy.is_running(), "Envoy has ended:\n{}", edge.envoy.last_lines());
            Ok(())
        };
        match &mut self.servers {
            Servers::Envoy(edge) => alive(edge),
            Servers::Etcd(servers) => {
                let (first, second, etcd) = &mut **servers;
                alive(first)?;
                alive(second)?;
                ensure!(etcd.is_running(), "etcd has ended:\n{}", etcd.last_lines());
                Ok(())
            }
            Servers::Spin(site, _) => {
                let process = &mut site.process;
                let name = process.name();
                ensure!(process.is_running(), "{name} has ended:\n{}", process.last_lines());
                Ok(())
            }
        }
    }
}
