//! What operations cost the host.

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::{Keeping, Lying, TINY, assert_sound, delete, engine, get, put};
use crate::store::suite::{Seeded, block_on};
use crate::store::tree::fake::{Calls, Disk};
use crate::store::tree::node::Shape;
use crate::store::{Store, Transaction};

/// Keys of 60 to 90 bytes, as records have them.
fn key(random: &Seeded) -> String {
    let team = ["acme", "a-somewhat-longer-team"][random.below(2)];
    let folder = ["users", "user-names", "user-accounts"][random.below(3)];
    format!("teams/{team}/{folder}/{:016x}-{:016x}", random.next(), random.next())
}

fn value(random: &Seeded) -> Vec<u8> {
    vec![b'v'; 100 + random.below(1400)]
}

async fn fill(tree: &impl Store, random: &Seeded, count: usize) -> Vec<String> {
    let keys: Vec<String> = (0..count).map(|_| key(random)).collect();
    for keys in keys.chunks(500) {
        let mut transaction = tree.begin().await.unwrap();
        for key in keys {
            transaction.put(key, value(random)).unwrap();
        }
        transaction.commit().await.unwrap();
    }
    keys
}

#[test]
fn a_cached_look_up_costs_one_host_call() {
    block_on(async {
        let (disk, random) = (Disk::new(1), Seeded::new(1));
        let tree: Keeping = engine(&disk, 1, Shape::DEFAULT);
        let keys = fill(&tree, &random, 500).await;
        put(&tree, "large", vec![7; 40_000]).await.unwrap();
        for key in [&keys[0], &keys[499], "large", "none"] {
            get(&tree, key).await.unwrap();
            let (_, calls) = disk.counting(get(&tree, key)).await;
            assert!(calls.read < 400, "{calls:?}");
            assert_eq!(Calls { read: 0, ..calls }, Calls { gets: 1, ..Calls::default() });
        }
    });
}

#[test]
fn a_commit_without_a_change_writes_nothing() {
    block_on(async {
        let disk = Disk::new(2);
        let tree: Lying = engine(&disk, 2, TINY);
        put(&tree, "a", vec![1; 99]).await.unwrap();
        let (done, calls) = disk.counting(put(&tree, "a", vec![1; 99])).await;
        assert_eq!((done, calls.sets, calls.swaps, calls.gets), (Ok(()), 0, 0, 1));
        let (done, calls) = disk.counting(delete(&tree, "b")).await;
        assert_eq!((done, calls.sets, calls.swaps), (Ok(()), 0, 0));
    });
}

#[test]
fn a_put_among_20_000_entries_writes_a_few_nodes() {
    block_on(async {
        let (disk, random) = (Disk::new(3), Seeded::new(3));
        let tree: Keeping = engine(&disk, 3, Shape::DEFAULT);
        let keys = fill(&tree, &random, 20_000).await;
        let report = assert_sound(&tree).await;
        println!("20,000 entries: {report:?}");
        for round in 0..200 {
            let key =
                if round % 2 == 0 { key(&random) } else { keys[random.below(20_000)].clone() };
            let cold: Keeping = engine(&disk, 1000 + round, Shape::DEFAULT);
            let (_, calls) = disk.counting(get(&cold, &key)).await;
            assert!(calls.gets <= 1 + report.height && calls.read <= 24 * 1024, "{calls:?}");
            let (_, calls) = disk.counting(put(&tree, &key, value(&random))).await;
            assert!(calls.sets <= 2 * report.height && calls.swaps == 1, "{calls:?}");
            assert!(calls.written <= 32 * 1024 && calls.gets <= 1 + report.height, "{calls:?}");
        }
    });
}

#[test]
fn counting_and_skipping_cost_no_more_in_a_long_list() {
    block_on(async {
        let (disk, random) = (Disk::new(4), Seeded::new(4));
        fill(&engine::<true, false>(&disk, 4, Shape::DEFAULT), &random, 3000).await;
        let tree: Keeping = engine(&disk, 5, Shape::DEFAULT);
        let height = assert_sound(&tree).await.height;
        let mut transaction = tree.begin().await.unwrap();
        let (count, calls) =
            disk.counting(transaction.fetched(|t| t.count("teams/acme/users/"))).await;
        let count = count.unwrap();
        assert!(count > 300 && calls.gets <= 2 * height, "{calls:?}");
        let skipped = transaction.fetched(|t| t.range("teams/acme/users/", None, count - 1, 10));
        let (entries, calls) = disk.counting(skipped).await;
        assert_eq!(entries.unwrap().len(), 1);
        assert!(calls.gets <= 2 * height, "{calls:?}");
    });
}

#[test]
fn a_host_without_delete_does_not_grow_by_overwriting() {
    block_on(async {
        let (disk, random) = (Disk::new(6), Seeded::new(6));
        let tree: Keeping = engine(&disk, 6, TINY);
        let keys = fill(&tree, &random, 50).await;
        let mut sizes = [0, 0];
        for round in 0..20 {
            for key in &keys {
                put(&tree, key, vec![round; 300]).await.unwrap();
            }
            sizes[usize::from(round >= 5)] = disk.values.borrow().len();
        }
        assert_eq!(sizes[0], sizes[1]);
    });
}
