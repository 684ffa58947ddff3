//! The engine by JSON: one writer, and several that are interleaved, cut off and left without answers.

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use std::rc::Rc;
use std::time::Duration;

use super::bridge::Bridge;
use crate::store::etcd::fake::{Cluster, Connection, Faults};
use crate::store::etcd::gateway::Gateway;
use crate::store::etcd::tests::{LAYOUTS, TINY, Vm, options};
use crate::store::etcd::{EtcdStore, Layout, check};
use crate::store::suite::history::{History, Tally};
use crate::store::suite::schedule::{self, Task};
use crate::store::suite::{self, Seeded, block_on, model};
use crate::store::{Store as _, Transaction as _};

type Engine = EtcdStore<Gateway<Bridge>, Vm>;

/// Schedules for each layout.
const SHARE: u64 = if cfg!(target_family = "wasm") { 10 } else { 100 };

fn engine(cluster: &Rc<Cluster>, seed: u64, layout: Layout) -> Engine {
    let gateway = Gateway::new(Bridge(Connection(Rc::clone(cluster))), Duration::from_secs(1));
    let mut engine = EtcdStore::new(gateway, Vm::new(seed), options(layout));
    engine.shape = TINY;
    engine
}

#[test]
fn one_writer_reads_what_a_map_would_hold() {
    for seed in 0..60 {
        let transactions = model::random_transactions(&Seeded::new(seed), 20);
        for layout in LAYOUTS {
            let cluster = Cluster::new(seed);
            block_on(async {
                let engine = engine(&cluster, seed, layout);
                let model = model::follow(&engine, &transactions).await;
                let report = check(&engine).await.unwrap();
                assert_eq!((report.broken, report.records), (vec![], model.len() as u64));
            });
        }
    }
}

#[test]
fn a_commit_of_thousands_goes_in_transactions_within_one_another() {
    let cluster = Cluster::new(1);
    block_on(async {
        let engine = engine(&cluster, 1, LAYOUTS[0]);
        let mut transaction = engine.begin().await.unwrap();
        for number in 0..5000 {
            transaction.put(&format!("b/x/{number:04}"), vec![1]).unwrap();
        }
        transaction.commit().await.unwrap();
        let mut transaction = engine.begin().await.unwrap();
        assert_eq!(transaction.fetched(|t| t.count("b/x/")).await, Ok(5000));
        assert_eq!(
            transaction.fetched(|t| t.range("b/x/", None, 4990, 100)).await.unwrap().len(),
            10
        );
    });
}

fn run(seed: u64, layout: Layout) -> Tally {
    let cluster = Cluster::new(seed);
    cluster.faults.set(Faults { pauses: true, losses: 8, stalls: 2, compactions: 5 });
    let (random, history) = (Seeded::new(seed), History::default());
    let vms = [engine(&cluster, random.next(), layout), engine(&cluster, random.next(), layout)];
    let writer = |number: usize| {
        let (vm, history, random) = (&vms[number % 2], &history, &random);
        Box::pin(async move {
            for _ in 0..4 {
                history.attempt(vm, random).await;
            }
        }) as Task<'_>
    };
    schedule::run((0..4).map(writer).collect(), &random, 2);
    cluster.settle();
    block_on(async {
        let listing = model::listing(&vms[0]).await;
        let report = check(&vms[1]).await.unwrap();
        assert_eq!((report.broken, report.records), (vec![], listing.len() as u64));
        history.judge(&model::Model::new(), &listing)
    })
}

#[test]
fn many_writers_are_told_the_truth_whatever_is_lost() {
    let mut sum = Tally::default();
    for (layout, name) in LAYOUTS.into_iter().zip(["scopes", "no scopes"]) {
        sum += schedule::play(&format!("etcd by JSON, {name}"), SHARE, |seed| run(seed, layout));
    }
    assert!(suite::are_few() || (sum.committed > 0 && sum.unknown_applied > 0), "{sum:?}");
}
