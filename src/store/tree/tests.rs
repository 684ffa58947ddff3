//! The tree as its users see it. How it bears crashes and lies is in `schedules`, what it costs in `costs`,
//! what becomes of a commit in `commits`.

mod commits;
mod costs;
#[cfg(not(target_family = "wasm"))]
mod laws;
mod schedules;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use std::rc::Rc;

use super::fake::{Disk, Fake};
use super::node::Shape;
use super::{CacheLimits, Tree, check};
use crate::store::suite::{Seeded, block_on, model};
use crate::store::{KEY_MAX, Store, StoreError, Transaction, VALUE_MAX};

/// So small that a few dozen entries make a high tree.
const TINY: Shape = Shape { split: 160, join: 60, inline: 40, chunk: 64 };

/// Envoy's shared data: the swap is honest, nothing can be deleted.
type Keeping = Tree<Fake<true, false>, Seeded>;
/// Spin's key-value store: the swap may lie, values can be deleted.
type Lying = Tree<Fake<false, true>, Seeded>;

fn engine<const HONEST: bool, const DELETES: bool>(
    disk: &Rc<Disk>,
    seed: u64,
    shape: Shape,
) -> Tree<Fake<HONEST, DELETES>, Seeded> {
    Tree::with_shape(Fake(Rc::clone(disk)), Seeded::new(seed), CacheLimits::default(), shape)
}

async fn assert_sound<const HONEST: bool, const DELETES: bool>(
    tree: &Tree<Fake<HONEST, DELETES>, Seeded>,
) -> super::Report {
    let report = check(tree).await.unwrap();
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

async fn delete(store: &impl Store, key: &str) -> Result<(), StoreError> {
    let mut transaction = store.begin().await?;
    transaction.delete(key);
    transaction.commit().await.map(drop)
}

#[test]
fn one_writer_reads_what_a_map_would_hold() {
    for seed in 0..60 {
        let transactions = model::random_transactions(&Seeded::new(seed), 20);
        block_on(async {
            let disk = Disk::new(seed);
            let tree: Keeping = engine(&disk, seed, TINY);
            model::follow(&tree, &transactions).await;
            assert_sound(&tree).await;

            // A leaf that became empty goes, also where nothing is ever joined.
            let tree: Keeping = engine(&Disk::new(seed), seed, Shape { join: 0, ..TINY });
            model::follow(&tree, &transactions).await;
            assert_sound(&tree).await;

            let tree: Lying = engine(&Disk::new(seed), seed, Shape::DEFAULT);
            model::follow(&tree, &transactions).await;
            assert_sound(&tree).await;

            // Each step has to fetch every node that it goes by.
            let (disk, none) = (Disk::new(seed), CacheLimits { nodes: 0, bytes: 0 });
            let fake = Fake::<true, true>(disk);
            let tree = Tree::with_shape(fake, Seeded::new(seed), none, TINY);
            model::follow(&tree, &transactions).await;
            assert_sound(&tree).await;
        });
    }
}

#[test]
fn the_largest_key_and_value_are_kept() {
    block_on(async {
        let tree: Keeping = engine(&Disk::new(1), 1, Shape::DEFAULT);
        let value: Vec<u8> = (0..VALUE_MAX).map(|place| (place % 251) as u8).collect();
        for number in 0..40 {
            let key = format!("{number:0width$}", width = KEY_MAX);
            put(&tree, &key, value.clone()).await.unwrap();
            assert_eq!(get(&tree, &key).await, Ok(Some(value.clone())));
        }
        assert_eq!(assert_sound(&tree).await.entries, 40);
        let mut transaction = tree.begin().await.unwrap();
        let key = transaction.put(&"k".repeat(KEY_MAX + 1), vec![]);
        assert_eq!(key, Err(StoreError::too_large("key")));
        let value = transaction.put("k", vec![0; VALUE_MAX + 1]);
        assert_eq!(value, Err(StoreError::too_large("value")));
    });
}

#[test]
fn a_tree_shrunk_to_nothing_keeps_no_node() {
    block_on(async {
        let disk = Disk::new(2);
        let tree: Lying = engine(&disk, 2, TINY);
        for number in 0..200 {
            put(&tree, &format!("{:03}", number * 7 % 200), vec![1; 90]).await.unwrap();
        }
        assert!(assert_sound(&tree).await.height > 3);
        for number in 0..200 {
            delete(&tree, &format!("{:03}", number * 11 % 200)).await.unwrap();
            assert_sound(&tree).await;
        }
        assert_eq!(disk.values.borrow().len(), 1, "only the head is left");
    });
}

#[test]
fn deleting_most_entries_makes_the_tree_lower_and_keeps_nodes_filled() {
    block_on(async {
        let tree: Keeping = engine(&Disk::new(3), 3, Shape::DEFAULT);
        let mut transaction = tree.begin().await.unwrap();
        for number in 0..3000 {
            transaction.put(&format!("user/{number:06}"), vec![0; 500]).unwrap();
        }
        transaction.commit().await.unwrap();
        let before = assert_sound(&tree).await;
        let mut transaction = tree.begin().await.unwrap();
        for number in (0..3000).filter(|number| number % 50 != 0) {
            transaction.delete(&format!("user/{number:06}"));
        }
        transaction.commit().await.unwrap();
        let after = assert_sound(&tree).await;
        assert_eq!(after.entries, 60);
        assert!(after.height < before.height, "{after:?}");
        assert!(after.bytes >= after.nodes * Shape::DEFAULT.join as u64, "{after:?}");
    });
}

#[test]
fn a_transaction_sees_its_own_changes_and_nobody_elses() {
    block_on(async {
        let tree: Keeping = engine(&Disk::new(4), 4, TINY);
        put(&tree, "a", vec![1]).await.unwrap();
        let mut mine = tree.begin().await.unwrap();
        mine.put("b", vec![2; 100]).unwrap();
        mine.delete("a");
        assert_eq!(mine.fetched(|t| t.get("b")).await, Ok(Some(vec![2; 100])));
        assert_eq!(
            mine.fetched(|t| t.range("", None, 0, 9)).await,
            Ok(vec![("b".to_owned(), vec![2; 100])])
        );
        assert_eq!(get(&tree, "b").await, Ok(None));
        assert_eq!(get(&tree, "a").await, Ok(Some(vec![1])));
        drop(mine);
        assert_eq!(get(&tree, "b").await, Ok(None));
    });
}

#[test]
fn a_reader_whose_nodes_are_gone_starts_over() {
    block_on(async {
        let disk = Disk::new(5);
        let (reader, writer): (Keeping, Keeping) = (engine(&disk, 5, TINY), engine(&disk, 6, TINY));
        for number in 0..30 {
            put(&writer, &format!("{number:02}"), vec![number; 20]).await.unwrap();
        }
        let mut old = reader.begin().await.unwrap();
        for number in 0..30 {
            put(&writer, &format!("{number:02}"), vec![number + 1; 20]).await.unwrap();
        }
        assert_eq!(old.fetched(|t| t.get("07")).await, Err(StoreError::conflict()));
        assert_eq!(get(&reader, "07").await, Ok(Some(vec![8; 20])));
    });
}

#[test]
fn a_lost_node_is_corruption_and_not_a_conflict() {
    block_on(async {
        let disk = Disk::new(7);
        put(&engine::<true, false>(&disk, 7, TINY), "a", vec![1]).await.unwrap();
        disk.values.borrow_mut().retain(|key, _| key == super::HEAD);
        let read = get(&engine::<true, false>(&disk, 8, TINY), "a").await;
        assert!(read.as_ref().is_err_and(StoreError::is_corrupt), "{read:?}");
    });
}

#[test]
fn a_transaction_that_cannot_make_a_change_commits_none_or_all() {
    block_on(async {
        let disk = Disk::new(8);
        let before: Vec<_> = (0..30).map(|n| (format!("{n:02}"), vec![n; 20])).collect();
        let writer = engine::<true, false>(&disk, 8, TINY);
        for (key, value) in &before {
            put(&writer, key, value.clone()).await.unwrap();
        }
        let stranger = engine::<true, false>(&disk, 9, TINY);
        let changing = async || {
            let mut transaction = stranger.begin().await.unwrap();
            for (key, _) in &before {
                transaction.put(key, vec![99; 20]).unwrap();
            }
            transaction
        };
        let all = async || {
            stranger.begin().await.unwrap().fetched(|t| t.range("", None, 0, 99)).await.unwrap()
        };
        let (mut read, unread) = (changing().await, changing().await);
        // For a moment no node can be read.
        let nodes = disk.values.borrow().clone();
        disk.values.borrow_mut().retain(|key, _| key == super::HEAD);
        let count = read.fetched(|t| t.count("")).await;
        assert!(count.as_ref().is_err_and(StoreError::is_corrupt), "{count:?}");
        assert!(unread.commit().await.is_err_and(|error| error.is_corrupt()));
        *disk.values.borrow_mut() = nodes;
        assert_eq!(all().await, before);

        // Who asks once more gets all of them.
        let changed: Vec<_> = before.iter().map(|(key, _)| (key.clone(), vec![99; 20])).collect();
        assert_eq!(read.fetched(|t| t.range("", None, 0, 99)).await.unwrap(), changed);
        read.commit().await.unwrap();
        assert_eq!(all().await, changed);
    });
}

#[test]
fn a_restarted_engine_finds_everything_and_reuses_no_name_in_use() {
    block_on(async {
        let disk = Disk::new(9);
        for round in 0..40u8 {
            let tree: Keeping = engine(&disk, 100 + u64::from(round), TINY);
            put(&tree, &format!("{:02}", round % 20), vec![round; 50]).await.unwrap();
            put(&tree, "all", vec![round; 50]).await.unwrap();
            assert_sound(&tree).await;
        }
        let tree: Keeping = engine(&disk, 9, TINY);
        assert_eq!(get(&tree, "all").await, Ok(Some(vec![39; 50])));
        assert_eq!(get(&tree, "05").await, Ok(Some(vec![25; 50])));
    });
}
