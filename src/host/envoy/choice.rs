//! Which store there is. One type for all of them: the service is generic, and would else be in the module twice.

use super::link::Link;
use super::{Envoy, SharedData};
use crate::config::EtcdConfig;
use crate::store::etcd::{EtcdOptions, EtcdStore, Remembered};
use crate::store::tree::{CacheLimits, Tree};
use crate::store::{Entry, Receipt, Store, StoreError, Transaction, Turn};

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
pub struct ChosenStore(Choice<Memory, Etcd>);

/// A transaction of [`ChosenStore`].
pub struct ChosenTransaction<'s>(
    Choice<<Memory as Store>::Transaction<'s>, <Etcd as Store>::Transaction<'s>>,
);

enum Choice<M, E> {
    Memory(M),
    Etcd(E),
}

impl ChosenStore {
    /// Opens what was chosen.
    pub fn open(chosen: Chosen) -> Self {
        Self(match chosen {
            Chosen::Memory => Choice::Memory(Tree::new(SharedData, Envoy, CacheLimits::default())),
            Chosen::Etcd(config, link) => Choice::Etcd(open_etcd(&config, link)),
        })
    }
}

impl PluginStore for ChosenStore {
    fn remembered(&self) -> Option<&RememberedHere> {
        match &self.0 {
            Choice::Memory(_) => None,
            Choice::Etcd(store) => Some(store.memory()),
        }
    }
}

fn open_etcd(config: &EtcdConfig, link: Link) -> Etcd {
    let options = EtcdOptions::new(config);
    // Shared data outlives a configuration, and another one may name another etcd.
    let slots = format!("etcd/{}/{}", config.cluster, config.prefix);
    let memory =
        Remembered::new(SharedData, link.clone(), slots, options.changes_key(), options.remember);
    EtcdStore::with_memory(link, Envoy, memory, options)
}

impl Store for ChosenStore {
    type Transaction<'s> = ChosenTransaction<'s>;

    async fn begin(&self) -> Result<ChosenTransaction<'_>, StoreError> {
        Ok(ChosenTransaction(match &self.0 {
            Choice::Memory(store) => Choice::Memory(store.begin().await?),
            Choice::Etcd(store) => Choice::Etcd(store.begin().await?),
        }))
    }

    async fn settle(&self, receipt: Receipt) {
        match &self.0 {
            Choice::Memory(store) => store.settle(receipt).await,
            Choice::Etcd(store) => store.settle(receipt).await,
        }
    }

    async fn turn(&self) -> Turn<'_> {
        match &self.0 {
            Choice::Memory(store) => store.turn().await,
            Choice::Etcd(store) => store.turn().await,
        }
    }
}

impl Transaction for ChosenTransaction<'_> {
    async fn get(&mut self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        match &mut self.0 {
            Choice::Memory(transaction) => transaction.get(key).await,
            Choice::Etcd(transaction) => transaction.get(key).await,
        }
    }

    async fn range(
        &mut self,
        prefix: &str,
        after: Option<&str>,
        skip: u64,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        match &mut self.0 {
            Choice::Memory(transaction) => transaction.range(prefix, after, skip, limit).await,
            Choice::Etcd(transaction) => transaction.range(prefix, after, skip, limit).await,
        }
    }

    async fn count(&mut self, prefix: &str) -> Result<u64, StoreError> {
        match &mut self.0 {
            Choice::Memory(transaction) => transaction.count(prefix).await,
            Choice::Etcd(transaction) => transaction.count(prefix).await,
        }
    }

    async fn put(&mut self, key: &str, value: Vec<u8>) -> Result<(), StoreError> {
        match &mut self.0 {
            Choice::Memory(transaction) => transaction.put(key, value).await,
            Choice::Etcd(transaction) => transaction.put(key, value).await,
        }
    }

    async fn delete(&mut self, key: &str) -> Result<(), StoreError> {
        match &mut self.0 {
            Choice::Memory(transaction) => transaction.delete(key).await,
            Choice::Etcd(transaction) => transaction.delete(key).await,
        }
    }

    fn witnessed(&self) -> Receipt {
        match &self.0 {
            Choice::Memory(transaction) => transaction.witnessed(),
            Choice::Etcd(transaction) => transaction.witnessed(),
        }
    }

    async fn commit(self) -> Result<Receipt, StoreError> {
        match self.0 {
            Choice::Memory(transaction) => transaction.commit().await,
            Choice::Etcd(transaction) => transaction.commit().await,
        }
    }
}
