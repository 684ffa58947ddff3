//! What one app is: the component, its variables, the stores behind its labels, and whom it may call.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::log::Log;
use super::module::Module;
use super::outbound::{AllowedHost, Connections};
use super::store::Store;
use super::world::World;

/// An app that is not running yet.
#[derive(Clone)]
pub struct App {
    pub(super) module: Module,
    pub(super) variables: BTreeMap<String, String>,
    pub(super) granted: BTreeSet<String>,
    pub(super) stores: BTreeMap<String, Arc<dyn Store>>,
    pub(super) allowed: Vec<AllowedHost>,
    pub(super) memory: Option<usize>,
    pub(super) log: Log,
    pub(super) reuse: Reuse,
    pub(super) world: Option<Arc<World>>,
}

/// How long an instance lives, with Spin's defaults.
#[derive(Clone, Copy, Debug)]
pub struct Reuse {
    /// Requests that one instance has under way at once.
    pub concurrent: usize,
    /// Requests that one instance serves in all.
    pub total: usize,
    /// How long it may wait for the next one.
    pub idle: std::time::Duration,
}

impl Default for Reuse {
    fn default() -> Self {
        Self { concurrent: 16, total: 128, idle: std::time::Duration::from_secs(1) }
    }
}

/// What all instances of a running app share.
pub(super) struct Shared {
    pub(super) variables: BTreeMap<String, String>,
    pub(super) granted: BTreeSet<String>,
    pub(super) stores: BTreeMap<String, Arc<dyn Store>>,
    pub(super) allowed: Vec<AllowedHost>,
    pub(super) memory: Option<usize>,
    pub(super) log: Log,
    pub(super) reuse: Reuse,
    pub(super) world: Option<Arc<World>>,
    pub(super) connections: Connections,
}

impl App {
    /// The component with nothing that it could use.
    pub fn new(module: Module) -> Self {
        Self {
            module,
            variables: BTreeMap::new(),
            granted: BTreeSet::new(),
            stores: BTreeMap::new(),
            allowed: Vec::new(),
            memory: None,
            log: Log::kept(),
            reuse: Reuse::default(),
            world: None,
        }
    }

    /// Sets a variable of the component.
    #[must_use]
    pub fn variable(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.insert(name.to_owned(), value.into());
        self
    }

    /// Grants a label, as the manifest does.
    #[must_use]
    pub fn grant(mut self, label: &str) -> Self {
        self.granted.insert(label.to_owned());
        self
    }

    /// Grants nothing, as a manifest without `key_value_stores`.
    #[must_use]
    pub fn grant_nothing(mut self) -> Self {
        self.granted.clear();
        self
    }

    /// Puts a store behind a label, as the runtime configuration does.
    #[must_use]
    pub fn store(mut self, label: &str, store: impl Store) -> Self {
        self.stores.insert(label.to_owned(), Arc::new(store));
        self
    }

    /// Lets the component call a host.
    #[must_use]
    pub fn allow(mut self, host: AllowedHost) -> Self {
        self.allowed.push(host);
        self
    }

    /// Lets an instance have no more linear memory than this, in bytes; it dies where it asks for more.
    #[must_use]
    pub fn memory(mut self, bytes: usize) -> Self {
        self.memory = Some(bytes);
        self
    }

    /// Where the component's output goes.
    #[must_use]
    pub fn log(mut self, log: Log) -> Self {
        self.log = log;
        self
    }

    /// How long instances live.
    #[must_use]
    pub fn reuse(mut self, reuse: Reuse) -> Self {
        self.reuse = reuse;
        self
    }

    /// Whose clocks and randomness instances have; without one, the machine's.
    #[must_use]
    pub fn world(mut self, world: &Arc<World>) -> Self {
        self.world = Some(Arc::clone(world));
        self
    }
}
