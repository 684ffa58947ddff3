//! Which store there is.

use super::link::Link;
use super::{Envoy, SharedData};
use crate::config::EtcdConfig;
use crate::store::etcd::{EtcdOptions, EtcdStore, Remembered};
use crate::store::tree::{CacheLimits, Tree};
use crate::store::{Choice, Store};

/// The store on Envoy's shared data.
type Memory = Tree<SharedData, Envoy>;

/// The store on etcd.
type Etcd = EtcdStore<Link, Envoy, RememberedHere>;

/// What the configuration has chosen, with the way to it.
pub enum Chosen {
    /// Envoy's shared data.
    Memory,
    /// etcd.
    Etcd(EtcdConfig, Link),
}

/// What a node remembers of etcd, in Envoy.
pub type RememberedHere = Remembered<SharedData, Link>;

/// A store, with what it wants of the plug-in's root context.
pub trait PluginStore: Store {
    /// What is remembered of etcd, and has to be kept by a watch.
    fn remembered(&self) -> Option<&RememberedHere>;
}

/// The store of the filter.
pub type ChosenStore = Choice<Memory, Etcd>;

impl ChosenStore {
    /// Opens what was chosen.
    pub fn open(chosen: Chosen) -> Self {
        match chosen {
            Chosen::Memory => Self::One(Tree::new(SharedData, Envoy, CacheLimits::default())),
            Chosen::Etcd(config, link) => Self::Other(open_etcd(&config, link)),
        }
    }
}

impl PluginStore for ChosenStore {
    fn remembered(&self) -> Option<&RememberedHere> {
        match self {
            Self::One(_) => None,
            Self::Other(store) => Some(store.memory()),
        }
    }
}

fn open_etcd(config: &EtcdConfig, link: Link) -> Etcd {
    let options = EtcdOptions::new(config);
    // Shared data outlives a configuration, and another one may name another etcd.
    let slots = format!("etcd/{}/{}", config.endpoint, config.prefix);
    let memory =
        Remembered::new(SharedData, link.clone(), slots, options.changes_key(), options.remember);
    EtcdStore::with_memory(link, Envoy, memory, options)
}
