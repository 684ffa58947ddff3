//! What runs in a demo: one Envoy with its state in its memory, or two of them in front of one etcd.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Result, bail, ensure};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::kept::Kept;
use super::ready::Shared;
use super::{OWNER, Ready, StoreName, TEAM, Up};
use crate::demo::{self, Service, SignInPage};
use crate::edge::{Connection, Edge, Plan, Product};
use crate::etcd::Etcd;
use crate::step::say;
use crate::tools::{self, Tools};
use crate::{edge, project};

/// The servers of a demo, all gone when the value is dropped.
pub(super) struct Running {
    pub(super) first: Edge,
    pub(super) shared: Option<(Edge, Etcd)>,
    kept: Option<Kept>,
}

impl Up {
    /// The ports of the Envoys, seen to be free before anything is downloaded.
    pub(super) fn ports(&self) -> Result<[u16; 2]> {
        let first = edge::free_port(self.port)?;
        let second = match self.store {
            StoreName::Etcd if self.port != 0 => edge::free_port(first.saturating_add(1))?,
            _ => 0,
        };
        Ok([first, second])
    }

    /// Starts what was asked for.
    pub(super) fn start(&self, [first, second]: [u16; 2]) -> Result<Running> {
        let service = Service::start_forgetful()?;
        let plan = |mut plan: Plan| -> Result<Plan> {
            plan.options.concurrency = self.concurrency;
            plan.plugin(|plugin| plugin["gate"] = json!({ "open_prefixes": ["/public/"] }))?;
            Ok(plan)
        };
        let tools = Tools::ready()?;
        if self.store == StoreName::Memory {
            let memory = plan(Plan::with_service(tools, first, service)?)?;
            say("starting Envoy");
            return Ok(Running { first: memory.start()?, shared: None, kept: None });
        }
        let home = self.etcd_home()?;
        let binary = tools::etcd()?;
        say("starting etcd");
        let etcd = Etcd::start_in(&binary, &home)?;
        let kept = Kept::read(&home)?;
        let product = match &kept {
            Some(kept) => kept.product(service)?,
            None => Product::new(service)?,
        };
        let on_etcd =
            |port| Plan::on_etcd(tools.clone(), port, &product, &[etcd.address()]).and_then(plan);
        let one = on_etcd(first)?;
        let mut other = on_etcd(second)?;
        // As if a load balancer stood before them: both hand out the same URLs.
        let public_url = format!("http://127.0.0.1:{first}");
        other.plugin(|plugin| plugin["public_url"] = public_url.into())?;
        say("starting two Envoys");
        let (first, second) = (one.start()?, other.start()?);
        Ok(Running { first, shared: Some((second, etcd)), kept })
    }

    fn etcd_home(&self) -> Result<PathBuf> {
        match &self.etcd_data {
            Some(folder) => Ok(folder.clone()),
            None => Ok(project::target()?.join("up-etcd")),
        }
    }
}

impl Running {
    /// Whether an earlier demo left its team in etcd.
    pub(super) fn finds_its_team(&self) -> Result<bool> {
        if self.shared.is_none() {
            return Ok(false);
        }
        let headers = [("authorization", &*self.first.platform())];
        let answer = self.first.client()?.get(&format!("/v1/teams/{TEAM}"), &headers)?;
        match answer.status() {
            StatusCode::OK => Ok(true),
            StatusCode::NOT_FOUND => Ok(false),
            status => bail!("GET /v1/teams/{TEAM}: {status}"),
        }
    }

    /// The connection of the team that was found: the one that was printed before, as long as it works.
    pub(super) fn found_connection(&self) -> Result<Connection> {
        let edge = &self.first;
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
        let Some((_, etcd)) = &self.shared else { return Ok(()) };
        Kept::write(etcd.home(), &self.first.product(), connection)
    }

    pub(super) fn ready(&self, connection: &Connection) -> Ready {
        let shared = self.shared.as_ref().map(|(second, etcd)| {
            let second_base_url = second.base_url();
            Shared {
                second_scim_url: format!("{second_base_url}{}", connection.path()),
                second_gate_url: format!("{second_base_url}/t/{TEAM}/hello"),
                second_admin_url: second.envoy.admin_url(),
                etcd_url: format!("http://{}", etcd.address()),
                etcd_data: etcd.home().display().to_string(),
                second_base_url,
            }
        });
        Ready { shared, ..Ready::of(&self.first, connection) }
    }

    /// Opens the product's page to sign in. Answers a link that does so as the owner and leads on to the settings page.
    pub(super) fn open_sign_in(&self, ready: &Ready) -> Result<String> {
        let key = demo::secret("")?;
        let to = ready.settings_url.strip_prefix(&ready.base_url).unwrap_or("/");
        let link = SignInPage::link(&key, &ready.owner_email, to);
        let page = SignInPage::new(Arc::clone(&self.first.sign_in), key);
        self.first.service.open_sign_in(page);
        Ok(format!("{}{link}", ready.base_url))
    }

    /// The Envoys, the first one first.
    pub(super) fn edges(&self) -> impl Iterator<Item = &Edge> {
        [&self.first].into_iter().chain(self.shared.as_ref().map(|(second, _)| second))
    }

    /// The files that they write their logs to.
    pub(super) fn logs(&self) -> String {
        let envoys = self.edges().map(|edge| edge.envoy.log_file().display().to_string());
        let etcd = self.shared.as_ref().map(|(_, etcd)| etcd.log_file().display().to_string());
        envoys.chain(etcd).collect::<Vec<_>>().join(", ")
    }

    /// An error once one of them has ended.
    pub(super) fn check(&mut self) -> Result<()> {
        let alive = |edge: &mut Edge| -> Result<()> {
            ensure!(edge.envoy.is_running(), "Envoy has ended:\n{}", edge.envoy.last_lines());
            Ok(())
        };
        alive(&mut self.first)?;
        if let Some((second, etcd)) = &mut self.shared {
            alive(second)?;
            ensure!(etcd.is_running(), "etcd has ended:\n{}", etcd.last_lines());
        }
        Ok(())
    }
}
