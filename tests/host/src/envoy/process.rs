//! One Envoy: what its VMs share.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::Value;

use super::etcd::Etcd;
use super::filter::Filter;
use super::lock;
use super::queues::Queues;
use super::shared_data::SharedData;
use super::world::World;

/// What a process is made of.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The module.
    pub filter: Arc<Filter>,
    /// Time, randomness and faults.
    pub world: Arc<World>,
    /// The plug-in's configuration.
    pub configuration: Value,
    /// Envoy's clusters that speak gRPC, by name.
    pub clusters: BTreeMap<String, Arc<Etcd>>,
}

/// An Envoy process.
#[derive(Debug)]
pub struct Process {
    plan: Plan,
    configuration: Mutex<Value>,
    shared_data: SharedData,
    queues: Mutex<Queues>,
    log: Mutex<Vec<(u32, String)>>,
    vms: AtomicU64,
}

impl Process {
    /// A process with no VM yet.
    pub fn new(plan: Plan) -> Arc<Self> {
        Arc::new(Self {
            configuration: Mutex::new(plan.configuration.clone()),
            plan,
            shared_data: SharedData::default(),
            queues: Mutex::default(),
            log: Mutex::default(),
            vms: AtomicU64::new(0),
        })
    }

    /// Time, randomness and faults.
    pub fn world(&self) -> &Arc<World> {
        &self.plan.world
    }

    /// The map that all VMs share.
    pub fn shared_data(&self) -> &SharedData {
        &self.shared_data
    }

    /// Another configuration for the VMs that begin from now on.
    pub fn configure(&self, configuration: Value) {
        *lock(&self.configuration) = configuration;
    }

    /// What was logged, and what panics have written.
    pub fn log(&self) -> Vec<String> {
        lock(&self.log).iter().map(|(_, line)| line.clone()).collect()
    }

    pub(super) fn configuration(&self) -> Vec<u8> {
        lock(&self.configuration).to_string().into_bytes()
    }

    pub(super) fn filter(&self) -> &Filter {
        &self.plan.filter
    }

    pub(super) fn cluster(&self, name: &str) -> Option<&Arc<Etcd>> {
        self.plan.clusters.get(name)
    }

    pub(super) fn queues(&self) -> MutexGuard<'_, Queues> {
        lock(&self.queues)
    }

    pub(super) fn write_log(&self, level: u32, line: &[u8]) {
        lock(&self.log).push((level, String::from_utf8_lossy(line).into_owned()));
    }

    pub(super) fn next_vm(&self) -> u64 {
        self.vms.fetch_add(1, Ordering::Relaxed) + 1
    }
}
