//! What becomes of commits: what is in their way, and what they are told where answers are lost.

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use super::{APART, MIXED, Vm, assert_sound, engine, get, options, put};
use crate::host::Clock as _;
use crate::store::etcd::commit::set;
use crate::store::etcd::fake::{Cluster, Connection};
use crate::store::etcd::message::{
    RangeRequest, RangeResponse, RequestOp, TxnRequest, TxnResponse,
};
use crate::store::etcd::read::one;
use crate::store::etcd::{CallError, Client, EtcdStore, Layout, check};
use crate::store::suite::block_on;
use crate::store::suite::model::Operation;
use crate::store::{Receipt, Store, StoreError, Transaction};

/// What becomes of one commit that is sent, and of what happens before the next call.
enum Fate {
    /// Carried out, and the answer is lost.
    Unheard,
    /// Not carried out.
    Lost,
    /// On its way for long.
    Late,
    /// Carried out, and refused all the same: etcd's disk is full now.
    Filled,
    /// Refused, as etcd's disk is full.
    Full,
}

type Then = Box<dyn FnOnce(&Rc<Cluster>)>;

/// A network whose treatment of commits is written down.
struct Scripted {
    connection: Connection,
    script: RefCell<VecDeque<(Fate, Then)>>,
    late: RefCell<Vec<TxnRequest>>,
}

impl Client for Scripted {
    async fn range(&self, request: RangeRequest) -> Result<RangeResponse, CallError> {
        self.connection.range(request).await
    }

    async fn txn(&self, request: TxnRequest) -> Result<TxnResponse, CallError> {
        let is_commit = !request.failure.is_empty();
        let Some((fate, then)) = is_commit.then(|| self.script.borrow_mut().pop_front()).flatten()
        else {
            return self.connection.txn(request).await;
        };
        let cluster = &self.connection.0;
        let answer = match fate {
            Fate::Unheard => {
                cluster.state().txn(&request).unwrap();
                Err(CallError::Lost("the answer".to_owned()))
            }
            Fate::Lost => Err(CallError::Lost("the request".to_owned())),
            Fate::Late => {
                self.late.borrow_mut().push(request);
                Err(CallError::Lost("for now".to_owned()))
            }
            Fate::Filled => {
                cluster.state().txn(&request).unwrap();
                Err(CallError::Refused { code: 8 })
            }
            Fate::Full => Err(CallError::Refused { code: 8 }),
        };
        then(cluster);
        answer
    }
}

fn scripted(cluster: &Rc<Cluster>) -> EtcdStore<Scripted, Vm> {
    let client = Scripted {
        connection: Connection(Rc::clone(cluster)),
        script: RefCell::default(),
        late: RefCell::default(),
    };
    EtcdStore::new(client, Vm::new(1), options(MIXED))
}

/// What a writer of `a/mine`, who has read `a/`, is told whose commit is treated by `script`, and whether it is there
/// when all has arrived.
fn told(script: Vec<(Fate, Then)>) -> (Result<Receipt, StoreError>, bool) {
    let cluster = Cluster::new(1);
    let engine = scripted(&cluster);
    block_on(async {
        put(&engine, "a/before", vec![]).await.unwrap();
        engine.client.script.borrow_mut().extend(script);
        let mut transaction = engine.begin().await.unwrap();
        transaction.fetched(|t| t.range("a/", None, 0, 10)).await.unwrap();
        transaction.fetched(|t| t.get("ü/apart")).await.unwrap();
        transaction.put("a/mine", vec![1]).unwrap();
        let told = transaction.commit().await;
        for late in engine.client.late.take() {
            drop(cluster.state().txn(&late));
        }
        let there = get(&engine, "a/mine").await.unwrap().is_some();
        (told, there)
    })
}

fn nothing() -> Then {
    Box::new(|_| {})
}

/// Commits of another VM.
fn others(keys: &'static [&'static str]) -> Then {
    Box::new(move |cluster| {
        let other = engine(cluster, 2, MIXED);
        for key in keys {
            block_on(put(&other, key, vec![2])).unwrap();
        }
    })
}

const DONE: (Result<Receipt, StoreError>, bool) =
    (Ok(Receipt { settles_at: Duration::ZERO }), true);

fn refused() -> (Result<Receipt, StoreError>, bool) {
    (Err(StoreError::conflict()), false)
}

#[test]
fn a_commit_carried_out_is_a_commit_though_nobody_hears_of_it() {
    assert_eq!(told(vec![(Fate::Unheard, nothing())]), DONE);
    assert_eq!(told(vec![(Fate::Unheard, nothing()), (Fate::Lost, nothing())]), DONE);
    assert_eq!(told(vec![(Fate::Unheard, others(&["a/1"]))]), DONE);
    assert_eq!(told(vec![(Fate::Unheard, others(&["a/1", "a/2", "a/3"]))]), DONE);
    let late = vec![(Fate::Lost, nothing()), (Fate::Unheard, others(&["a/1", "a/2"]))];
    assert_eq!(told(late), DONE);
}

#[test]
fn a_commit_that_was_lost_is_sent_again() {
    assert_eq!(told(vec![(Fate::Lost, nothing())]), DONE);
    assert_eq!(told(vec![(Fate::Late, nothing())]), DONE);
}

#[test]
fn a_commit_that_others_came_before_is_a_conflict() {
    assert_eq!(told(vec![(Fate::Lost, others(&["a/1"]))]), refused());
    assert_eq!(told(vec![(Fate::Late, others(&["a/1", "a/2", "a/3"]))]), refused());
}

#[test]
fn a_refused_commit_is_not_carried_out_when_the_way_is_free_again() {
    let back = |cluster: &Rc<Cluster>| {
        // In the way for as long as the second copy takes.
        block_on(put(&engine(cluster, 2, MIXED), "ü/apart", vec![2])).unwrap();
    };
    let cluster = Cluster::new(1);
    let store = scripted(&cluster);
    block_on(async {
        store.client.script.borrow_mut().push_back((Fate::Late, Box::new(back)));
        let mut transaction = store.begin().await.unwrap();
        assert_eq!(transaction.fetched(|t| t.get("ü/apart")).await, Ok(None));
        transaction.put("a/mine", vec![1]).unwrap();
        assert_eq!(transaction.commit().await, Err(StoreError::conflict()));
        let mut transaction = store.begin().await.unwrap();
        transaction.delete("ü/apart");
        transaction.commit().await.unwrap();
        for late in store.client.late.take() {
            assert!(!cluster.state().txn(&late).unwrap().succeeded);
        }
        assert_eq!(get(&store, "a/mine").await, Ok(None));
    });
}

#[test]
fn that_there_was_nothing_to_delete_is_compared_too() {
    let cluster = Cluster::new(1);
    let store = scripted(&cluster);
    block_on(async {
        let meanwhile = others(&["b/long/folder/9"]);
        store.client.script.borrow_mut().push_back((Fate::Lost, meanwhile));
        let mut transaction = store.begin().await.unwrap();
        transaction.put("a/mine", vec![1]).unwrap();
        transaction.delete("b/long/folder/9");
        assert_eq!(transaction.commit().await, Err(StoreError::conflict()));
    });
}

#[test]
fn a_commit_whose_history_is_compacted_is_unknown() {
    let forgotten = |cluster: &Rc<Cluster>| {
        others(&["a/1", "a/2"])(cluster);
        let revision = cluster.state().revision();
        cluster.state().compact(revision);
    };
    let (told, there) = told(vec![(Fate::Unheard, Box::new(forgotten))]);
    assert!(told.as_ref().is_err_and(StoreError::is_unknown), "{told:?}");
    assert!(there);
}

#[test]
fn a_commit_that_is_never_answered_is_unknown() {
    let silence = || (0..99).map(|_| (Fate::Lost, nothing()));
    let (said, there) = told(silence().collect());
    assert!(said.as_ref().is_err_and(StoreError::is_unknown) && !there, "{said:?}");
    let heard = std::iter::once((Fate::Unheard, nothing())).chain(silence());
    let (said, there) = told(heard.collect());
    assert!(said.as_ref().is_err_and(StoreError::is_unknown) && there, "{said:?}");
}

#[test]
fn a_full_disk_is_no_proof_that_nothing_was_written() {
    assert_eq!(told(vec![(Fate::Filled, nothing())]), DONE);
    assert_eq!(told(vec![(Fate::Filled, others(&["a/1"]))]), DONE);
    let (said, there) = told(vec![(Fate::Full, nothing())]);
    assert!(said.as_ref().is_err_and(StoreError::is_unavailable) && !there, "{said:?}");
    let (said, _) = told(vec![(Fate::Late, nothing()), (Fate::Full, nothing())]);
    assert!(said.as_ref().is_err_and(StoreError::is_unknown), "{said:?}");
}

/// Whether a writer of `a/mine` who has read by `read` is refused where others have written by `writes` meanwhile.
///
/// Without scopes all writers write one version, so any two of them are in each other's way.
fn conflicts(layout: Layout, read: Operation, writes: &[Operation]) -> bool {
    let cluster = Cluster::new(1);
    block_on(async {
        let (mine, other) = (engine(&cluster, 1, layout), engine(&cluster, 2, layout));
        for key in ["b/10", "b/20", "ü/1", "ü/3", "ü/5"] {
            put(&mine, key, vec![1]).await.unwrap();
        }
        let mut transaction = mine.begin().await.unwrap();
        read.run(&mut transaction).await.unwrap();
        let mut between = other.begin().await.unwrap();
        for write in writes {
            write.run(&mut between).await.unwrap();
        }
        between.commit().await.unwrap();
        transaction.put("a/mine", vec![1]).unwrap();
        match transaction.commit().await {
            Ok(_) => false,
            Err(error) if error.is_conflict() => true,
            Err(error) => panic!("{error}"),
        }
    })
}

fn write(key: &str) -> Operation {
    Operation::Put(key.to_owned(), vec![9])
}

fn removal(key: &str) -> Operation {
    Operation::Delete(key.to_owned())
}

fn read(key: &str) -> Operation {
    Operation::Get(key.to_owned())
}

fn list(prefix: &str, skip: u64, limit: usize) -> Operation {
    Operation::Range { prefix: prefix.to_owned(), after: None, skip, limit }
}

#[test]
fn outside_of_scopes_a_key_is_in_the_way_of_who_has_read_it() {
    for layout in [MIXED, APART] {
        assert!(conflicts(layout, read("ü/1"), &[write("ü/1")]));
        assert!(conflicts(layout, read("ü/1"), &[removal("ü/1")]));
        assert!(conflicts(layout, read("ü/2"), &[write("ü/2")]));
    }
    assert!(!conflicts(MIXED, read("ü/1"), &[write("ü/2")]));
}

#[test]
fn outside_of_scopes_what_is_new_in_a_range_is_in_the_way_of_who_has_read_that() {
    for layout in [MIXED, APART] {
        assert!(conflicts(layout, list("ü/", 0, 9), &[write("ü/2")]));
        assert!(conflicts(layout, list("ü/", 0, 9), &[write("ü/9")]));
        assert!(conflicts(layout, list("ü/", 0, 9), &[removal("ü/3")]));
        assert!(conflicts(layout, list("ü/", 0, 9), &[write("ü/3")]));
        assert!(conflicts(layout, list("ü/", 1, 1), &[write("ü/0")]));
        assert!(conflicts(layout, Operation::Count("ü/".to_owned()), &[removal("ü/3")]));
    }
    assert!(!conflicts(MIXED, list("ü/", 0, 2), &[write("ü/4")]));
    assert!(!conflicts(MIXED, list("ü/", 0, 9), &[write("b/10")]));
}

#[test]
fn in_a_scope_every_change_is_in_the_way_and_none_of_another_scope() {
    assert!(conflicts(MIXED, read("a/1"), &[write("a/2")]));
    assert!(!conflicts(MIXED, read("a/1"), &[write("b/1")]));
    // `b/1` is the beginning of several scopes.
    assert!(conflicts(MIXED, list("b/1", 0, 9), &[write("b/12")]));
    assert!(conflicts(MIXED, list("b/1", 0, 9), &[removal("b/10")]));
    assert!(conflicts(MIXED, read("b/10"), &[removal("b/10")]));
    assert!(!conflicts(MIXED, read("b/10"), &[removal("b/20")]));
}

#[test]
fn two_writers_who_each_read_what_the_other_writes_do_not_both_commit() {
    for layout in [MIXED, APART] {
        let cluster = Cluster::new(1);
        block_on(async {
            let store = engine(&cluster, 1, layout);
            let mut one = store.begin().await.unwrap();
            let mut other = store.begin().await.unwrap();
            one.fetched(|t| t.get("ü/1")).await.unwrap();
            other.fetched(|t| t.get("ü/2")).await.unwrap();
            one.put("ü/2", vec![1]).unwrap();
            other.put("ü/1", vec![1]).unwrap();
            one.commit().await.unwrap();
            assert_eq!(other.commit().await, Err(StoreError::conflict()));
        });
    }
}

#[test]
fn who_reads_more_than_etcd_compares_commits_only_alone() {
    let cluster = Cluster::new(1);
    block_on(async {
        let store = engine(&cluster, 1, APART);
        for (others, outcome) in [(false, Ok(())), (true, Err(StoreError::conflict()))] {
            let mut transaction = store.begin().await.unwrap();
            for number in 0..300 {
                transaction.fetched(|t| t.get(&format!("ü/{number}"))).await.unwrap();
            }
            if others {
                put(&store, "b/1", vec![1]).await.unwrap();
            }
            transaction.put("mine", vec![others.into()]).unwrap();
            assert_eq!(transaction.commit().await.map(drop), outcome);
        }
    });
}

#[test]
fn a_commit_may_be_of_more_operations_than_etcd_takes_in_a_list() {
    for (records, layout) in [(100, APART), (500, MIXED), (5000, MIXED), (9000, APART)] {
        let cluster = Cluster::new(1);
        block_on(async {
            let store = engine(&cluster, 1, layout);
            let mut transaction = store.begin().await.unwrap();
            for number in 0..records {
                transaction.put(&format!("a/{number:05}"), vec![1]).unwrap();
            }
            transaction.commit().await.unwrap();
            let mut transaction = store.begin().await.unwrap();
            assert_eq!(transaction.fetched(|t| t.count("a/")).await, Ok(records));
            assert_eq!(assert_sound(&store).await.records, records);
            for number in 1..records {
                transaction.delete(&format!("a/{number:05}"));
            }
            transaction.commit().await.unwrap();
            assert_eq!(assert_sound(&store).await.records, 1);
        });
    }
}

#[test]
fn a_commit_larger_than_etcd_takes_is_refused_and_writes_nothing() {
    let cluster = Cluster::new(1);
    block_on(async {
        let store = engine(&cluster, 1, MIXED);
        for (values, outcome) in [(22, Ok(())), (24, Err(StoreError::too_large("transaction")))] {
            let mut transaction = store.begin().await.unwrap();
            for number in 0..values {
                transaction.put(&format!("ü/{number}"), vec![values; 65_536]).unwrap();
            }
            assert_eq!(transaction.commit().await.map(drop), outcome);
        }
        assert_eq!(get(&store, "ü/1").await, Ok(Some(vec![22; 65_536])));
        assert_eq!(get(&store, "ü/23").await, Ok(None));
    });
}

#[test]
fn a_transaction_on_a_compacted_revision_conflicts() {
    let cluster = Cluster::new(1);
    block_on(async {
        let store = engine(&cluster, 1, MIXED);
        put(&store, "a/1", vec![1]).await.unwrap();
        let mut transaction = store.begin().await.unwrap();
        transaction.fetched(|t| t.get("a/1")).await.unwrap();
        put(&store, "b/1", vec![1]).await.unwrap();
        let revision = cluster.state().revision();
        cluster.state().compact(revision);
        assert_eq!(transaction.fetched(|t| t.get("a/2")).await, Err(StoreError::conflict()));
        // What it has read is still so.
        transaction.put("a/1", vec![2]).unwrap();
        transaction.commit().await.unwrap();
    });
}

#[test]
fn only_what_replaces_a_remembered_record_is_announced_and_waited_for() {
    let cluster = Cluster::new(1);
    let announced = || {
        let key = b"/scim-edge/changes".to_vec();
        let found = cluster.state().range(&RangeRequest { key, ..RangeRequest::default() });
        found.unwrap().kvs.pop().map(|kv| String::from_utf8(kv.value).unwrap())
    };
    block_on(async {
        let store = engine(&cluster, 1, MIXED);
        let mut transaction = store.begin().await.unwrap();
        for key in ["a/1", "a/2", "ü/1", "ü/2"] {
            transaction.put(key, vec![1]).unwrap();
        }
        assert_eq!(transaction.commit().await, Ok(Receipt::default()));
        assert_eq!(announced(), None);

        let mut transaction = store.begin().await.unwrap();
        transaction.put("a/2", vec![2]).unwrap();
        transaction.delete("ü/2");
        transaction.delete("a/17");
        assert_eq!(transaction.commit().await, Ok(Receipt::default()));
        assert_eq!(announced(), None);

        let mut transaction = store.begin().await.unwrap();
        transaction.put("a/1", vec![2]).unwrap();
        transaction.delete("ü/1");
        transaction.delete("a/2");
        let acknowledged = store.host.uptime();
        let receipt = transaction.commit().await.unwrap();
        assert_eq!(announced().unwrap(), r#"["a/1","ü/1"]"#);
        assert!(receipt.settles_at >= acknowledged + Duration::from_millis(102), "{receipt:?}");
        store.settle(receipt).await;
        assert!(store.host.uptime() >= receipt.settles_at);
    });
}

#[test]
fn a_version_names_the_transaction_that_wrote_last() {
    let cluster = Cluster::new(1);
    block_on(async {
        let store = engine(&cluster, 1, MIXED);
        put(&store, "a/1", vec![1]).await.unwrap();
        let key = b"/scim-edge/versions/a".to_vec();
        let found = cluster.state().range(&RangeRequest { key, ..RangeRequest::default() });
        let value = String::from_utf8(found.unwrap().kvs.pop().unwrap().value).unwrap();
        assert!(value.starts_with(r#"{"transaction":""#) && value.len() == 50, "{value}");
    });
}

#[test]
fn a_count_that_cannot_be_read_is_named() {
    let cluster = Cluster::new(1);
    block_on(async {
        let store = engine(&cluster, 1, MIXED);
        let mut transaction = store.begin().await.unwrap();
        for number in 0..20 {
            transaction.put(&format!("a/{number}"), vec![1]).unwrap();
        }
        transaction.commit().await.unwrap();
        for (path, value, broken) in [
            (
                "counts/a/",
                r#"{"records":19,"divided":true}"#,
                "a/ has 20 records and is counted as 19",
            ),
            ("counts/a/", r#"{"records":20}"#, "a/: sections and count do not fit"),
            ("counts/a/", "twenty", "counts/a/: cannot be read"),
            ("counts/ü/", r#"{"records":1}"#, "ü/: counted without need"),
            ("sections/a/", "1", "the section from a/ has 3 records and is counted as 1"),
            ("versions/a", "me", "versions/a: cannot be read"),
        ] {
            let key = format!("/scim-edge/{path}").into_bytes();
            let before = cluster.state().range(&one(key.clone())).unwrap().kvs.pop();
            let restore = before.map(|kv| kv.value);
            cluster.state().txn(&alone(set(key.clone(), Some(value.into())))).unwrap();
            let report = check(&store).await.unwrap();
            let lines: Vec<String> = report.broken.iter().map(ToString::to_string).collect();
            assert!(lines.iter().any(|line| line == broken), "{path}: {lines:?}");
            cluster.state().txn(&alone(set(key, restore))).unwrap();
            assert_sound(&store).await;
        }
    });
}

fn alone(operation: RequestOp) -> TxnRequest {
    TxnRequest { success: vec![operation], ..TxnRequest::default() }
}
