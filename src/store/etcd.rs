//! The engine on etcd, for more than one node: plain readable keys under a prefix, values as they are.
//!
//! A transaction reads at one revision of etcd, and its commit is one transaction of etcd, which compares what was read
//! and writes what was changed. Everything of a *scope* (a team) is compared by one key, its version, which every commit
//! in the scope writes; it names the commit, so that one whose answer was lost can be found in etcd's own history.
//!
//! | module | decides |
//! |---|---|
//! | `layout` | which key of etcd is for what |
//! | `answers` | what a transaction has asked, and asks next |
//! | `read` | how etcd is asked, at which revision, and what becomes of errors |
//! | `footprint` | what a commit has to compare for what was read |
//! | `transaction` | reads, and changes that are not written yet |
//! | `entries` | how a range is found |
//! | `expected` | how what is about to be read is asked for together |
//! | `sections` | how a page deep in a list is found, and how a long range is read in parts |
//! | `pace` | how a long range without sections is read in parts |
//! | `recount` | what a commit does to counts and sections |
//! | `commit` | what a commit writes |
//! | `send` | sending it, and finding out what became of it |
//! | `nest` | how more operations go into a transaction than etcd takes at once |
//! | `check` | whether versions, counts and sections fit to the records |
//! | `gateway` | how etcd is reached by HTTP and JSON |
//! | `memory` | what a node may remember of records, and when it may not |
//!
//! etcd's transactions must reach it once or not at all while somebody waits for the answer: what lies in between must
//! not repeat them by itself.

mod answers;
mod check;
pub mod client;
mod commit;
mod entries;
mod expected;
mod footprint;
pub mod gateway;
mod layout;
pub mod memory;
pub mod message;
mod nest;
mod pace;
mod read;
mod recount;
pub mod remembered;
mod sections;
mod send;
mod transaction;

use std::cell::RefCell;
use std::num::NonZeroUsize;
use std::time::Duration;

use lru::LruCache;

pub use self::check::{Broken, Report, check};
pub use self::client::{CallError, Client};
pub use self::gateway::{Gateway, Login, Post};
pub use self::layout::Layout;
pub use self::memory::{Forgetful, Memory, Watchless};
pub use self::remembered::{Remembered, WatchHost};
pub use self::transaction::EtcdTransaction;

use self::layout::Paths;
use self::sections::{Hints, Shape};
use super::tree::KeyValue;
use super::{Receipt, Store, StoreError, Turn, Turns};
use crate::config::EtcdConfig;
use crate::host::Host;

/// How long a commit whose answer is lost is tried again until its outcome is called unknown: longer than etcd takes to
/// find a new leader.
const PATIENCE: Duration = Duration::from_secs(3);

/// Of how many prefixes a node remembers where things are below them.
const HINTS_MAX: NonZeroUsize = NonZeroUsize::new(1024).unwrap();

/// How the engine uses etcd.
#[derive(Clone, Debug)]
pub struct EtcdOptions {
    /// What all keys begin with.
    pub prefix: String,
    /// How large a transaction etcd takes, in bytes (its `--max-request-bytes`).
    pub max_request_bytes: usize,
    /// For how long nodes may go by what they remember.
    pub remember: Duration,
    /// How long a commit whose answer is lost is tried again.
    pub patience: Duration,
    /// What the engine has to know of keys.
    pub layout: Layout,
}

impl EtcdOptions {
    /// What `config` says.
    pub fn new(config: &EtcdConfig) -> Self {
        Self {
            prefix: config.prefix.clone(),
            max_request_bytes: usize::try_from(config.max_request_bytes).unwrap_or(usize::MAX),
            remember: Duration::from_millis(config.remember_ms),
            patience: PATIENCE,
            layout: Layout::default(),
        }
    }

    /// The key by which nodes hear of changes.
    pub fn changes_key(&self) -> Vec<u8> {
        Paths::new(&self.prefix).changes()
    }
}

/// The engine: one per VM, kept for the VM's life. Any number of VMs may have one on the same keys.
#[derive(Debug)]
pub struct EtcdStore<C, H, M = Forgetful> {
    client: C,
    host: H,
    memory: M,
    paths: Paths,
    options: EtcdOptions,
    shape: Shape,
    /// Of prefixes below which something was read lately.
    hints: RefCell<LruCache<String, Hints>>,
    turns: Turns,
}

impl<C: Client, H: Host> EtcdStore<C, H> {
    /// An engine that remembers nothing.
    pub fn new(client: C, host: H, options: EtcdOptions) -> Self {
        Self::with_memory(client, host, Forgetful, options)
    }
}

impl<C: Client, H: Host, M: Memory> EtcdStore<C, H, M> {
    /// An engine that asks `memory` before it asks etcd.
    pub fn with_memory(client: C, host: H, memory: M, options: EtcdOptions) -> Self {
        let paths = Paths::new(&options.prefix);
        let hints = RefCell::new(LruCache::new(HINTS_MAX));
        let (shape, turns) = (Shape::DEFAULT, Turns::default());
        Self { client, host, memory, paths, options, shape, hints, turns }
    }

    /// What it remembers.
    pub fn memory(&self) -> &M {
        &self.memory
    }

    /// The host.
    pub fn host(&self) -> &H {
        &self.host
    }
}

impl<C: Client, H: Host, K: KeyValue, W: WatchHost> EtcdStore<C, H, Remembered<K, W>> {
    /// Does what the watch has to do: see [`Remembered::work`].
    pub async fn watch(&self) {
        self.memory.work(&self.client, &self.host).await;
    }
}

impl<C: Client, H: Host, M: Memory> Store for EtcdStore<C, H, M> {
    type Transaction<'s>
        = EtcdTransaction<'s, C, H, M>
    where
        Self: 's;

    async fn begin(&self) -> Result<EtcdTransaction<'_, C, H, M>, StoreError> {
        Ok(EtcdTransaction::new(self))
    }

    async fn settle(&self, receipt: Receipt) {
        while self.host.uptime() < receipt.settles_at {
            self.host.pause().await;
        }
    }

    async fn turn(&self) -> Turn<'_> {
        self.turns.next().await
    }
}

#[cfg(test)]
pub(crate) mod fake;
#[cfg(test)]
mod tests;
