//! Trees on stores of `wasi:keyvalue`. How many writers at once fare is in `schedules`.

mod schedules;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use std::rc::Rc;

use super::Proven;
use super::fake::{Access, Provider, Shelf, Vm};
use crate::store::suite::{Seeded, block_on};
use crate::store::tree::node::Shape;
use crate::store::tree::{CacheLimits, Tree, check};
use crate::store::{Store, StoreError, Transaction};

/// So small that a few dozen entries make a high tree.
const TINY: Shape = Shape { split: 160, join: 60, inline: 40, chunk: 64 };

type OnShelf = Tree<Proven<Access, Vm>, Seeded>;

fn open(shelf: &Rc<Shelf>, seed: u64) -> OnShelf {
    let vm = Vm(Rc::clone(shelf), Seeded::new(!seed));
    let proven = Proven::new(Access(Rc::clone(shelf)), vm);
    Tree::with_shape(proven, Seeded::new(seed), CacheLimits::default(), TINY)
}

async fn put(store: &impl Store, key: &str, value: Vec<u8>) -> Result<(), StoreError> {
    let mut transaction = store.begin().await?;
    transaction.put(key, value)?;
    transaction.commit().await.map(drop)
}

async fn get(store: &impl Store, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
    store.begin().await?.fetched(|t| t.get(key)).await
}

/// What a first write to a store of `provider` is told.
fn first_write(provider: Provider) -> Result<(), String> {
    let shelf = Shelf::new(provider, 1);
    block_on(put(&open(&shelf, 1), "a", vec![1])).map_err(|error| error.to_string())
}

#[test]
fn the_stores_that_spin_has_are_written_to() {
    for provider in [Provider::Sqlite, Provider::Redis, Provider::Cosmos] {
        assert_eq!(first_write(provider), Ok(()), "{provider:?}");
        let shelf = Shelf::new(provider, 1);
        block_on(async {
            put(&open(&shelf, 1), "a", vec![1]).await.unwrap();
            put(&open(&shelf, 2), "b", vec![2]).await.unwrap();
            let third = open(&shelf, 3);
            assert_eq!(get(&third, "a").await, Ok(Some(vec![1])));
            assert_eq!(get(&third, "b").await, Ok(Some(vec![2])));
            assert_eq!(check(&third).await.unwrap().broken, []);
        });
    }
}

#[test]
fn a_store_that_would_lose_something_is_not_written_to_and_the_log_says_which_step_failed() {
    let told = |provider| first_write(provider).unwrap_err();
    let relied = "store unavailable: the store cannot be relied on: ";
    let careless = told(Provider::Careless);
    assert_eq!(careless, format!("{relied}a swap with an outdated handle was carried out"));
    let dropping = told(Provider::Dropping);
    assert_eq!(dropping, format!("{relied}what was set is not read back"));
    let frozen = told(Provider::Frozen);
    assert_eq!(frozen, format!("{relied}a swap from no value did not write it"));
}

#[test]
fn nothing_but_the_probes_own_key_is_touched_in_a_store_that_fails() {
    for provider in [Provider::Careless, Provider::Dropping, Provider::Frozen] {
        let shelf = Shelf::new(provider, 1);
        block_on(put(&open(&shelf, 1), "a", vec![1])).unwrap_err();
        assert_eq!(shelf.keys(), Vec::<String>::new(), "{provider:?}");
    }
}

#[test]
fn a_store_is_looked_at_once_an_hour_by_all_instances_together() {
    let shelf = Shelf::new(Provider::Redis, 1);
    let proof = || shelf.values.borrow().get("scim-edge:proof").map(|(value, _)| value.clone());
    block_on(async {
        put(&open(&shelf, 1), "a", vec![1]).await.unwrap();
        let first = proof();
        assert_eq!(first, Some(b"1790000000000 refuses".to_vec()));
        shelf.clock.set(shelf.clock.get() + 3_599_999);
        put(&open(&shelf, 2), "a", vec![2]).await.unwrap();
        assert_eq!(proof(), first);
        shelf.clock.set(shelf.clock.get() + 1);
        put(&open(&shelf, 3), "a", vec![3]).await.unwrap();
        assert_eq!(proof(), Some(b"1790003600000 refuses".to_vec()));
    });
}

/// It looks like one that the store refused. If it were taken for that, the next commits would go to a head of their own.
#[test]
fn a_swap_of_the_probe_that_is_lost_does_not_make_a_store_refuse() {
    let shelf = Shelf::new(Provider::Sqlite, 1);
    shelf.loses_swap.set(Some(1));
    block_on(put(&open(&shelf, 1), "a", vec![1])).unwrap();
    assert_eq!(shelf.loses_swap.get(), None);
    let proof = shelf.values.borrow().get("scim-edge:proof").map(|(value, _)| value.clone());
    assert_eq!(proof, Some(b"1790000000000 overwrites".to_vec()));
}

#[test]
fn who_takes_a_store_for_one_that_refuses_settles_with_those_who_do_not() {
    let shelf = Shelf::new(Provider::Sqlite, 1);
    let value = |bytes: &[u8]| (bytes.to_vec(), 0);
    let (proof, count) = (value(b"1790000000000 refuses"), value(&1_i64.to_le_bytes()));
    shelf.values.borrow_mut().insert("scim-edge:proof".to_owned(), proof);
    shelf.values.borrow_mut().insert("scim-edge:genesis".to_owned(), count);
    block_on(put(&open(&shelf, 1), "a", vec![1])).unwrap();
    let keys = shelf.keys();
    assert!(keys.iter().any(|key| key == "scim-edge:head:2"), "{keys:?}");
    assert!(!keys.iter().any(|key| key == "scim-edge:head"), "{keys:?}");
}

#[test]
fn a_proof_from_the_future_or_in_other_words_is_none() {
    for kept in ["1790000000001 refuses", "1790000000000 trusts", "refuses", ""] {
        let shelf = Shelf::new(Provider::Careless, 1);
        let value = (kept.as_bytes().to_vec(), 0);
        shelf.values.borrow_mut().insert("scim-edge:proof".to_owned(), value);
        block_on(put(&open(&shelf, 1), "a", vec![1])).unwrap_err();
    }
}

#[test]
fn reading_needs_no_proof_once_there_is_a_head() {
    let shelf = Shelf::new(Provider::Sqlite, 1);
    block_on(async {
        put(&open(&shelf, 1), "a", vec![1]).await.unwrap();
        shelf.values.borrow_mut().remove("scim-edge:proof");
        let keys = shelf.keys();
        assert_eq!(get(&open(&shelf, 2), "a").await, Ok(Some(vec![1])));
        assert_eq!(shelf.keys(), keys);
    });
}

#[test]
fn a_store_that_was_emptied_begins_anew() {
    for provider in [Provider::Sqlite, Provider::Redis] {
        let shelf = Shelf::new(provider, 1);
        block_on(async {
            let tree = open(&shelf, 1);
            put(&tree, "a", vec![1]).await.unwrap();
            shelf.values.borrow_mut().clear();
            assert_eq!(get(&tree, "a").await, Ok(None));
            put(&tree, "b", vec![2]).await.unwrap();
            assert_eq!(get(&open(&shelf, 2), "b").await, Ok(Some(vec![2])));
        });
    }
}

#[test]
fn a_large_commit_is_written_in_batches() {
    let shelf = Shelf::new(Provider::Sqlite, 1);
    block_on(async {
        let tree = open(&shelf, 1);
        let mut transaction = tree.begin().await.unwrap();
        for number in 0..200u8 {
            transaction.put(&format!("{number:03}"), vec![number; 30]).unwrap();
        }
        transaction.commit().await.unwrap();
        assert_eq!(get(&open(&shelf, 2), "199").await, Ok(Some(vec![199; 30])));
    });
}

#[test]
fn a_store_that_is_gone_is_noticed_before_anything_blocks() {
    let shelf = Shelf::new(Provider::Sqlite, 1);
    block_on(async {
        let tree = open(&shelf, 1);
        put(&tree, "a", vec![1]).await.unwrap();
        let mut transaction = tree.begin().await.unwrap();
        transaction.put("a", vec![2]).unwrap();
        shelf.gone.set(true);
        let told = transaction.commit().await;
        assert!(told.as_ref().is_err_and(StoreError::is_unavailable), "{told:?}");
        let told = get(&open(&shelf, 2), "a").await;
        assert!(told.as_ref().is_err_and(StoreError::is_unavailable), "{told:?}");
        shelf.gone.set(false);
        assert_eq!(get(&tree, "a").await, Ok(Some(vec![1])));
    });
}

#[test]
fn an_instance_without_swaps_left_reads_and_writes_nothing() {
    let shelf = Shelf::new(Provider::Sqlite, 1);
    block_on(async {
        let tree = open(&shelf, 1);
        put(&tree, "a", vec![1]).await.unwrap();
        let keys = shelf.keys();
        shelf.swaps_left.set(1);
        let told = put(&tree, "a", vec![2]).await;
        assert!(told.as_ref().is_err_and(StoreError::is_unavailable), "{told:?}");
        assert_eq!(shelf.keys(), keys);
        assert_eq!(get(&tree, "a").await, Ok(Some(vec![1])));
        shelf.swaps_left.set(2);
        assert_eq!(put(&tree, "a", vec![2]).await, Ok(()));
    });
}

#[test]
fn a_note_needs_no_swap_and_every_instance_has_it() {
    let shelf = Shelf::new(Provider::Redis, 1);
    block_on(async {
        let tree = open(&shelf, 1);
        put(&tree, "a", vec![1]).await.unwrap();
        let head = shelf.values.borrow().get("scim-edge:head").cloned();
        shelf.swaps_left.set(0);
        for value in [2, 3] {
            let mut transaction = tree.begin().await.unwrap();
            transaction.note("requests/acme/accepted", vec![value]).unwrap();
            transaction.commit().await.unwrap();
        }
        assert_eq!(shelf.values.borrow().get("scim-edge:head").cloned(), head);
        let other = open(&shelf, 2);
        let mut transaction = other.begin().await.unwrap();
        assert_eq!(
            transaction.fetched(|t| t.noted("requests/acme/accepted")).await,
            Ok(Some(vec![3]))
        );
        assert_eq!(transaction.fetched(|t| t.noted("requests/acme/turned-away")).await, Ok(None));
        // It is no part of the state.
        assert_eq!(transaction.fetched(|t| t.get("requests/acme/accepted")).await, Ok(None));
        assert_eq!(transaction.fetched(|t| t.count("")).await, Ok(1));
        assert_eq!(check(&other).await.unwrap().broken, []);
    });
}

#[test]
fn a_note_to_a_store_that_is_gone_is_an_error() {
    let shelf = Shelf::new(Provider::Sqlite, 1);
    block_on(async {
        let tree = open(&shelf, 1);
        put(&tree, "a", vec![1]).await.unwrap();
        let mut transaction = tree.begin().await.unwrap();
        shelf.gone.set(true);
        let told = transaction.fetched(|t| t.noted("requests/acme/accepted")).await;
        assert!(told.as_ref().is_err_and(StoreError::is_unavailable), "{told:?}");
        transaction.note("requests/acme/accepted", vec![1]).unwrap();
        let told = transaction.commit().await;
        assert!(told.as_ref().is_err_and(StoreError::is_unavailable), "{told:?}");
    });
}
