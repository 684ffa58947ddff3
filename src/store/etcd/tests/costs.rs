//! How many round trips operations take, and how many keys etcd has to look at.

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use std::rc::Rc;

use super::{MIXED, Vm, assert_sound, options};
use crate::store::etcd::fake::{Calls, Cluster, Connection};
use crate::store::etcd::{EtcdStore, Forgetful};
use crate::store::suite::block_on;
use crate::store::{Expected, Store, Transaction};

fn engine(cluster: &Rc<Cluster>, seed: u64) -> EtcdStore<Connection, Vm, Forgetful> {
    EtcdStore::new(Connection(Rc::clone(cluster)), Vm::new(seed), options(MIXED))
}

fn key(number: usize) -> String {
    format!("a/{number:06}")
}

async fn fill(cluster: &Rc<Cluster>, records: usize) {
    let store = engine(cluster, 99);
    for chunk in (0..records).collect::<Vec<_>>().chunks(4000) {
        let mut transaction = store.begin().await.unwrap();
        for number in chunk {
            transaction.put(&key(*number), vec![1]).unwrap();
        }
        transaction.commit().await.unwrap();
    }
}

#[test]
fn a_record_costs_one_round_trip_once() {
    block_on(async {
        let cluster = Cluster::new(1);
        fill(&cluster, 10).await;
        let store = engine(&cluster, 1);
        let mut transaction = store.begin().await.unwrap();
        let (_, calls) = cluster.counting(transaction.fetched(|t| t.get("a/000001"))).await;
        assert_eq!(calls.reads, 1);
        let (_, calls) = cluster.counting(transaction.fetched(|t| t.get("a/000001"))).await;
        assert_eq!(calls.reads, 0);
        let (_, calls) = cluster.counting(transaction.fetched(|t| t.get("none"))).await;
        assert_eq!(calls.reads, 1);
        let (_, calls) = cluster.counting(transaction.commit()).await;
        assert_eq!(calls, Calls::default());
    });
}

#[test]
fn what_is_expected_to_be_asked_for_is_read_together() {
    block_on(async {
        let cluster = Cluster::new(1);
        fill(&cluster, 1_000).await;
        let store = engine(&cluster, 1);
        let mut transaction = store.begin().await.unwrap();
        let keys: Vec<String> = (0..1_200).map(key).collect();
        let prefixes: Vec<String> = (0..12).map(|n| format!("a/00{n:02}")).collect();
        let (keys, counts) = (keys, prefixes.clone());
        let expected = Expected { keys, counts, ..Expected::default() };
        transaction.expect(expected.clone());
        let (_, calls) =
            cluster.counting(transaction.fetched(|t| t.get(&expected.keys[700]))).await;
        assert_eq!(calls.reads, 7, "six of 200 keys each, and one of counts");
        transaction.put("a/000003", vec![3]).unwrap();
        transaction.delete("a/000004");
        let ((), calls) = cluster
            .counting(async {
                for (n, key) in expected.keys.iter().enumerate() {
                    let value = match n {
                        3 => Some(vec![3]),
                        4 | 1_000.. => None,
                        _ => Some(vec![1]),
                    };
                    assert_eq!(transaction.fetched(|t| t.get(key)).await, Ok(value), "{key}");
                }
                for (n, prefix) in prefixes.iter().enumerate() {
                    let count = [99, 100, 0][usize::from(n > 0) + usize::from(n > 9)];
                    assert_eq!(
                        transaction.fetched(|t| t.count(prefix)).await,
                        Ok(count),
                        "{prefix}"
                    );
                }
            })
            .await;
        assert_eq!(calls, Calls::default());
        transaction.expect(expected);
        let (_, calls) = cluster.counting(transaction.fetched(|t| t.get("none"))).await;
        assert_eq!(calls.reads, 1, "nothing is read twice");
    });
}

#[test]
fn ranges_that_are_expected_to_be_asked_for_are_read_together() {
    block_on(async {
        let cluster = Cluster::new(1);
        fill(&cluster, 1_000).await;
        let store = engine(&cluster, 1);
        let mut transaction = store.begin().await.unwrap();
        let few: Vec<String> = (0..91).map(|ten| format!("a/{ten:05}")).collect();
        let ranges = [few.clone(), vec!["a/z".to_owned(), "a/00".to_owned()]].concat();
        transaction.expect(Expected::ranges(ranges));
        let (other, calls) =
            cluster.counting(transaction.fetched(|t| t.range("none", None, 0, 1))).await;
        assert_eq!((other, calls.reads), (Ok(Vec::new()), 1), "not expected");
        let (_, calls) = cluster.counting(transaction.fetched(|t| t.count("a/z"))).await;
        assert_eq!(calls.reads, 2, "60 ranges, and 33");
        transaction.put("a/000003", vec![3]).unwrap();
        transaction.put("a/000003+", vec![3]).unwrap();
        transaction.delete("a/000014");
        let ((), calls) = cluster
            .counting(async {
                for (ten, prefix) in few.iter().enumerate() {
                    let entries =
                        transaction.fetched(|t| t.range(prefix, None, 0, 20)).await.unwrap();
                    let count = [11, 9, 10][ten.min(2)];
                    assert_eq!(entries.len(), count, "{prefix}");
                    assert!(entries.iter().all(|(key, _)| key.starts_with(prefix)));
                    let three = transaction.fetched(|t| t.range(prefix, None, 0, 3)).await;
                    assert_eq!(three.as_deref(), Ok(&entries[..3]), "{prefix}");
                }
                assert_eq!(
                    transaction.fetched(|t| t.range("a/z", None, 0, 20)).await,
                    Ok(Vec::new())
                );
                assert_eq!(transaction.fetched(|t| t.count("a/z")).await, Ok(0));
                assert_eq!(transaction.fetched(|t| t.count(&few[2])).await, Ok(10));
            })
            .await;
        assert_eq!(calls, Calls::default());
        let behind =
            transaction.fetched(|t| t.range(&few[0], Some("a/000003"), 0, 2)).await.unwrap();
        assert_eq!([&*behind[0].0, &*behind[1].0], ["a/000003+", "a/000004"]);
        let skipped = transaction.fetched(|t| t.range(&few[1], None, 4, 1)).await.unwrap();
        assert_eq!(skipped[0].0, "a/000015");
        let (long, calls) =
            cluster.counting(transaction.fetched(|t| t.range("a/00", None, 0, 2_000))).await;
        assert_eq!(long.unwrap().len(), 1_000);
        assert!(calls.reads > 0, "too many to be read on the chance");
    });
}

#[test]
fn what_is_there_already_is_not_written() {
    block_on(async {
        let cluster = Cluster::new(1);
        fill(&cluster, 10).await;
        let store = engine(&cluster, 1);
        let mut transaction = store.begin().await.unwrap();
        transaction.fetched(|t| t.get("a/000001")).await.unwrap();
        transaction.fetched(|t| t.get("a/none")).await.unwrap();
        transaction.put("a/000001", vec![1]).unwrap();
        transaction.delete("a/none");
        let (_, calls) = cluster.counting(transaction.commit()).await;
        assert_eq!(calls, Calls::default());
    });
}

/// What a list of 100 records costs, the first page and a deep one, and to add a record and one at the end.
async fn costs(records: usize) -> [Calls; 6] {
    let cluster = Cluster::new(1);
    fill(&cluster, records).await;
    let store = engine(&cluster, 1);
    let mut transaction = store.begin().await.unwrap();
    let (count, count_calls) = cluster.counting(transaction.fetched(|t| t.count("a/"))).await;
    assert_eq!(count, Ok(records as u64));
    let (page, first) =
        cluster.counting(transaction.fetched(|t| t.range("a/", None, 0, 100))).await;
    assert_eq!(page.unwrap()[99].0, key(99));
    let deep = records as u64 - 700;
    let (page, deep_calls) =
        cluster.counting(transaction.fetched(|t| t.range("a/", None, deep, 100))).await;
    assert_eq!(page.unwrap()[0].0, key(records - 700));
    drop(transaction);

    let mut transaction = store.begin().await.unwrap();
    transaction.fetched(|t| t.get("a/000000")).await.unwrap();
    let (page, next) =
        cluster.counting(transaction.fetched(|t| t.range("a/", None, deep + 100, 100))).await;
    assert_eq!(page.unwrap()[0].0, key(records - 600));
    let creation = async {
        let place = format!("{}x", key(records / 2));
        assert_eq!(transaction.fetched(|t| t.get(&place)).await, Ok(None));
        transaction.put(&place, vec![1]).unwrap();
        transaction.commit().await.unwrap();
    };
    let ((), creation) = cluster.counting(creation).await;
    // As the newest of a log is found and the next one written.
    let next_event = async || {
        let mut transaction = store.begin().await.unwrap();
        let count = transaction.fetched(|t| t.count("a/")).await.unwrap();
        let newest = transaction.fetched(|t| t.range("a/", None, count - 1, 1)).await.unwrap();
        transaction.put(&format!("{}+", newest[0].0), vec![1]).unwrap();
        transaction.commit().await.unwrap();
    };
    next_event().await;
    let ((), event) = cluster.counting(next_event()).await;
    assert_sound_by(&store, records + 3).await;
    [count_calls, first, deep_calls, next, creation, event]
}

/// How many keys etcd looks at where `records` that are not counted are walked through in pages.
async fn walk(records: usize, key: impl Fn(usize) -> String, deletes: bool) -> usize {
    let cluster = Cluster::new(1);
    let mut store = engine(&cluster, 1);
    store.shape.long = 500;
    for chunk in (0..records).collect::<Vec<_>>().chunks(4000) {
        let mut transaction = store.begin().await.unwrap();
        for number in chunk {
            transaction.put(&key(*number), vec![1]).unwrap();
        }
        transaction.commit().await.unwrap();
    }
    let mut found = Vec::new();
    let walk = async {
        loop {
            let mut transaction = store.begin().await.unwrap();
            let after = found.last().filter(|_| !deletes).cloned();
            let page =
                transaction.fetched(|t| t.range("b/", after.as_deref(), 0, 100)).await.unwrap();
            for (key, _) in page.iter().filter(|_| deletes) {
                transaction.delete(key);
            }
            transaction.commit().await.unwrap();
            if page.is_empty() {
                break;
            }
            found.extend(page.into_iter().map(|(key, _)| key));
        }
    };
    let ((), calls) = cluster.counting(walk).await;
    let mut expected: Vec<String> = (0..records).map(key).collect();
    expected.sort();
    assert!(found == expected, "{} of {records}", found.len());
    calls.walked
}

#[test]
fn a_long_walk_does_not_look_at_all_that_follows_with_every_page() {
    block_on(async {
        let random = |number: usize| {
            let hash = (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            format!("b/{hash:016x}")
        };
        let numbered = |number: usize| format!("b/{number:08}/x");
        let clustered = |number: usize| format!("b/{:04}/{:08}", number / 1000 * 911, number * 3);
        for deletes in [false, true] {
            for walked in [
                walk(6000, random, deletes).await,
                walk(6000, numbered, deletes).await,
                walk(6000, clustered, deletes).await,
            ] {
                assert!(walked < 10 * 6000, "{walked}");
            }
        }
    });
}

async fn assert_sound_by(store: &EtcdStore<Connection, Vm, Forgetful>, records: usize) {
    let report = assert_sound(store).await;
    assert_eq!(report.records, records as u64);
}

#[test]
fn pages_and_additions_cost_no_more_in_a_long_list() {
    block_on(async {
        for (records, deep_reads) in [(1000, 2), (20_000, 2), (100_000, 3)] {
            let all @ [count, first, deep, next, creation, event] = costs(records).await;
            assert_eq!(count.reads, 1);
            assert_eq!(first.reads, if records > 64_000 { 2 } else { 1 });
            assert!(deep.reads <= deep_reads && next.reads <= 3, "{all:?}");
            assert!(creation.reads <= 1 && creation.writes == 1, "{all:?}");
            assert!(event.reads <= 5 && event.writes == 1, "{all:?}");
            for calls in all {
                assert!(calls.walked < 7_000, "{all:?}");
            }
        }
    });
}
