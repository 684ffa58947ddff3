use tempfile::TempDir;

use super::*;

fn run<T>(work: impl AsyncFnOnce(&Sqlite) -> T) -> T {
    let folder = TempDir::new().unwrap();
    let store = Sqlite::open(&folder.path().join("state.db"), "default").unwrap();
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(1).build().unwrap().block_on(work(&store))
}

fn value(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

#[test]
fn a_swap_is_refused_where_the_value_has_changed_and_only_there() {
    run(async |store| {
        store.set("head", value("one")).await.unwrap();
        let (late, early) = (
            store.compare_and_swap("head").await.unwrap(),
            store.compare_and_swap("head").await.unwrap(),
        );
        assert_eq!(late.current().await.unwrap(), Some(value("one")));
        early.current().await.unwrap();
        early.swap(value("two")).await.unwrap();
        assert_eq!(late.swap(value("three")).await, Err(SwapFailure::Changed));
        assert_eq!(store.get("head").await.unwrap(), Some(value("two")));
    });
}

#[test]
fn a_swap_from_absent_overwrites_what_came_in_between() {
    run(async |store| {
        let swap = store.compare_and_swap("head").await.unwrap();
        assert_eq!(swap.current().await.unwrap(), None);
        store.set("head", value("one")).await.unwrap();
        swap.swap(value("two")).await.unwrap();
        assert_eq!(store.get("head").await.unwrap(), Some(value("two")));
    });
}

#[test]
fn of_many_keys_those_that_are_missing_are_left_out() {
    run(async |store| {
        let entries = vec![("a".to_owned(), value("1")), ("b".to_owned(), value("2"))];
        store.set_many(entries).await.unwrap();
        let keys = ["b", "missing"].map(str::to_owned).to_vec();
        let found = store.get_many(keys).await.unwrap();
        assert_eq!(found, [("b".to_owned(), Some(value("2")))]);
        store.delete_many(vec!["a".to_owned(), "missing".to_owned()]).await.unwrap();
        assert_eq!(store.keys().await.unwrap(), ["b"]);
    });
}

#[test]
fn a_number_begins_at_zero_and_is_eight_bytes_the_smallest_first() {
    run(async |store| {
        assert_eq!(store.increment("count", 3).await.unwrap(), 3);
        assert_eq!(store.increment("count", -1).await.unwrap(), 2);
        assert_eq!(store.get("count").await.unwrap(), Some(2_i64.to_le_bytes().to_vec()));
        store.set("text", value("no number")).await.unwrap();
        store.increment("text", 1).await.unwrap_err();
    });
}

#[test]
fn labels_in_one_file_know_nothing_of_each_other_and_the_file_is_kept() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("state.db");
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(1).build().unwrap().block_on(async {
        let one = Sqlite::open(&file, "one").unwrap();
        one.set("key", value("kept")).await.unwrap();
        let other = Sqlite::open(&file, "other").unwrap();
        assert!(!other.exists("key").await.unwrap());
        drop((one, other));
        let again = Sqlite::open(&file, "one").unwrap();
        assert_eq!(again.get("key").await.unwrap(), Some(value("kept")));
    });
}
