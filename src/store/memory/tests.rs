#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::Memory;
use crate::store::suite::history::History;
use crate::store::suite::schedule::{self, Task};
use crate::store::suite::{self, Seeded, block_on, model};
use crate::store::{KEY_MAX, Store, StoreError, Transaction, VALUE_MAX};

/// Schedules of writers who meet.
const SHARE: u64 = if cfg!(target_family = "wasm") { 60 } else { 1000 };

#[test]
fn one_writer_reads_what_a_map_would_hold() {
    for seed in 0..100 {
        let transactions = model::random_transactions(&Seeded::new(seed), 12);
        block_on(model::follow(&Memory::new(), &transactions));
    }
}

#[test]
fn writers_interleaved_and_crashed_leave_one_order_of_commits() {
    let tally = schedule::play("memory", SHARE, |seed| {
        let (store, history, random) = (Memory::new(), History::default(), Seeded::new(seed));
        let writer = |number: u64| {
            let (store, history) = (&store, &history);
            let random = Seeded::new(seed ^ (number << 32));
            Box::pin(async move {
                for _ in 0..4 {
                    history.attempt(store, &random).await;
                }
            }) as Task<'_>
        };
        schedule::run((1..5u64).map(writer).collect(), &random, 5);
        history.judge(&model::Model::new(), &block_on(model::listing(&store)))
    });
    assert!(suite::are_few() || tally.unknown_applied == 0 && tally.refused > 0, "{tally:?}");
}

#[test]
fn a_commit_on_an_old_snapshot_conflicts() {
    block_on(async {
        let store = Memory::new();
        let mut late = store.begin().await.unwrap();
        let mut early = store.begin().await.unwrap();
        late.put("a", vec![1]).unwrap();
        early.put("b", vec![2]).unwrap();
        early.commit().await.unwrap();
        assert_eq!(late.commit().await, Err(StoreError::conflict()));
        assert_eq!(store.begin().await.unwrap().fetched(|t| t.get("a")).await, Ok(None));
    });
}

#[test]
fn keys_and_values_have_a_largest_size() {
    block_on(async {
        let store = Memory::new();
        let mut transaction = store.begin().await.unwrap();
        let (key, value) = ("k".repeat(KEY_MAX), vec![0; VALUE_MAX]);
        transaction.put(&key, value).unwrap();
        let long = transaction.put(&(key + "k"), vec![]);
        assert_eq!(long, Err(StoreError::too_large("key")));
        let large = transaction.put("k", vec![0; VALUE_MAX + 1]);
        assert_eq!(large, Err(StoreError::too_large("value")));
    });
}
