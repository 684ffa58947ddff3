//! The engine as its users see it, on an etcd that is made up.

mod commits;
mod costs;
mod order;
mod schedules;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use super::fake::{Cluster, Connection};
use super::sections::Shape;
use super::{EtcdOptions, EtcdStore, Layout, Report, check};
use crate::host::{Clock, Entropy, Host, Level, Log, Timestamp};
use crate::store::suite::model::Operation;
use crate::store::suite::{Seeded, block_on, model, pause};
use crate::store::{Store, StoreError, Transaction};

/// A VM: time passes where it waits.
#[derive(Debug)]
pub(super) struct Vm {
    random: Seeded,
    uptime: Cell<Duration>,
}

impl Vm {
    pub(super) fn new(seed: u64) -> Self {
        Self { random: Seeded::new(seed), uptime: Cell::default() }
    }
}

impl Clock for Vm {
    fn now(&self) -> Timestamp {
        Timestamp(0)
    }

    fn uptime(&self) -> Duration {
        self.uptime.get()
    }
}

impl Entropy for Vm {
    fn fill(&self, bytes: &mut [u8]) {
        self.random.fill(bytes);
    }
}

impl Log for Vm {
    fn log(&self, _level: Level, _line: &str) {}
}

impl Host for Vm {
    async fn pause(&self) {
        self.uptime.set(self.uptime.get() + Duration::from_millis(2));
        pause().await;
    }
}

type Engine = EtcdStore<Connection, Vm>;

/// Scopes of several keys, of one, and none; counted folders in a scope, and within one another.
const MIXED: Layout = Layout {
    scope: |key| {
        let (folder, rest) = key.split_once('/')?;
        match folder {
            "a" | "log" => Some(folder),
            "b" => key.get(..2 + rest.find('/').unwrap_or(rest.len())),
            _ => None,
        }
    },
    counted_folder: |key| {
        ["a/", "b/long/folder/", "log/"].into_iter().find(|folder| key.starts_with(folder))
    },
    is_remembered: |key| key.starts_with("a/1") || key.starts_with("ü/1"),
};

/// Nothing is in a scope.
const APART: Layout =
    Layout { scope: |_| None, counted_folder: |_| None, is_remembered: |_| false };

pub(super) const LAYOUTS: [Layout; 2] = [MIXED, APART];

pub(super) fn options(layout: Layout) -> EtcdOptions {
    EtcdOptions {
        prefix: "/scim-edge/".to_owned(),
        max_request_bytes: 3 * 512 * 1024,
        remember: Duration::from_millis(100),
        patience: Duration::from_millis(60),
        layout,
    }
}

/// So small that a few records make several sections.
pub(super) const TINY: Shape =
    Shape { section: 3, section_max: 5, divided_min: 2, long: 4, along: 2 };

fn engine(cluster: &Rc<Cluster>, seed: u64, layout: Layout) -> Engine {
    let connection = Connection(Rc::clone(cluster));
    let mut engine = EtcdStore::new(connection, Vm::new(seed), options(layout));
    engine.shape = TINY;
    engine
}

async fn assert_sound<M>(engine: &EtcdStore<Connection, Vm, M>) -> Report {
    let report = check(engine).await.unwrap();
    assert_eq!(report.broken, []);
    report
}

async fn put(store: &impl Store, key: &str, value: Vec<u8>) -> Result<(), StoreError> {
    let mut transaction = store.begin().await?;
    transaction.put(key, value)?;
    transaction.commit().await.map(drop)
}

async fn get(store: &impl Store, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
    store.begin().await?.fetched(|t| t.get(key)).await
}

#[test]
fn one_writer_reads_what_a_map_would_hold() {
    for seed in 0..120 {
        let transactions = model::random_transactions(&Seeded::new(seed), 20);
        for layout in LAYOUTS {
            let cluster = Cluster::new(seed);
            block_on(async {
                let engine = engine(&cluster, seed, layout);
                let model = model::follow(&engine, &transactions).await;
                assert_eq!(assert_sound(&engine).await.records, model.len() as u64);
            });
        }
    }
}

#[test]
fn a_page_is_right_whatever_a_node_remembers_of_sections_and_places() {
    for seed in 0..40 {
        let (cluster, random) = (Cluster::new(seed), Seeded::new(seed));
        let nodes = [engine(&cluster, 1, MIXED), engine(&cluster, 2, MIXED)];
        let mut model = model::Model::new();
        let key =
            || format!("{}{:03}", ["a/", "b/long/folder/"][random.below(2)], random.below(120));
        block_on(async {
            for _ in 0..60 {
                let mut transaction = nodes[random.below(2)].begin().await.unwrap();
                // Lists grow for a while, and shrink for a while.
                let (operations, puts) = (random.below(20), [80, 20][random.below(2)]);
                for _ in 0..operations {
                    let operation = if random.chance(puts) {
                        Operation::Put(key(), vec![1])
                    } else {
                        Operation::Delete(key())
                    };
                    operation.run(&mut transaction).await.unwrap();
                    operation.predict(&mut model);
                    let prefix = ["a/", "b/long/folder/", "b/", ""][random.below(4)].to_owned();
                    let after = random.chance(20).then(key);
                    let skip = random.below(model.len() + 3) as u64;
                    let page = Operation::Range { prefix, after, skip, limit: random.below(9) };
                    let found = page.run(&mut transaction).await.unwrap();
                    assert_eq!(found, page.predict(&mut model), "seed {seed}: {page:?}");
                }
                transaction.commit().await.unwrap();
            }
            assert_eq!(assert_sound(&nodes[0]).await.records, model.len() as u64);
        });
    }
}
