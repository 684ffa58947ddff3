use std::cell::Cell;
use std::time::Duration;

use super::*;
use crate::host::{Clock, Entropy, Level, Log, ManualHost, Timestamp};
use crate::store::Transaction;
use crate::store::memory::Memory;
use crate::store::suite::block_on;
use crate::store::suite::waiting::Waiting;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A host that counts how often an operation lets others go first.
#[derive(Default)]
struct Patient {
    host: ManualHost,
    pauses: Cell<u32>,
}

impl Clock for Patient {
    fn now(&self) -> Timestamp {
        self.host.now()
    }

    fn uptime(&self) -> Duration {
        self.host.uptime()
    }
}

impl Entropy for Patient {
    fn fill(&self, bytes: &mut [u8]) {
        self.host.fill(bytes);
    }
}

impl Log for Patient {
    fn log(&self, level: Level, line: &str) {
        self.host.log(level, line);
    }
}

impl Host for Patient {
    async fn pause(&self) {
        self.pauses.set(self.pauses.get() + 1);
    }
}

/// Adds 1 to a number while somebody else does the same in its first `rivals` runs. Answers the number after it,
/// the runs and the pauses.
fn add_one_against(rivals: u32) -> (Result<u8, StoreError>, u32, u32) {
    let (store, host) = (Memory::new(), Patient::default());
    let runs = Cell::new(0);
    let outcome = block_on(transact(&store, &host, |transaction, _| {
        let before = transaction.get("n")?.and_then(|value| value.first().copied());
        runs.set(runs.get() + 1);
        if runs.get() <= rivals {
            let mut rival = block_on(store.begin())?;
            rival.put("n", vec![before.unwrap_or(0) + 1])?;
            block_on(rival.commit())?;
        }
        let after = before.unwrap_or(0) + 1;
        transaction.put("n", vec![after])?;
        Ok::<_, StoreError>(after)
    }));
    (outcome, runs.get(), host.pauses.get())
}

#[test]
fn an_operation_runs_again_on_what_another_commit_left() {
    assert_eq!(add_one_against(0), (Ok(1), 1, 0));
    assert_eq!(add_one_against(3), (Ok(4), 4, 0));
}

#[test]
fn an_operation_that_meets_many_commits_lets_them_go_first() {
    let (outcome, runs, pauses) = add_one_against(20);
    assert_eq!((outcome, runs, pauses), (Ok(21), 21, 20 / IMMEDIATE_RUNS));
}

#[test]
fn an_operation_that_never_gets_through_ends() {
    let (outcome, runs, _) = add_one_against(u32::MAX);
    assert!(outcome.as_ref().is_err_and(StoreError::is_unavailable));
    assert_eq!(runs, RUNS);
}

#[test]
fn an_operation_that_fails_leaves_nothing() {
    let (store, host) = (Memory::new(), Patient::default());
    let outcome = block_on(transact(&store, &host, |transaction, _| {
        transaction.put("n", vec![1])?;
        Err::<(), _>(StoreError::unknown("on purpose"))
    }));
    assert!(outcome.as_ref().is_err_and(StoreError::is_unknown));
    let left = block_on(async { store.begin().await?.get("n") });
    assert_eq!(left, Ok(None));
}

/// Reads three values, each under the name that the one before it is, and writes what it has read.
fn follow(transaction: &mut impl Transaction, run: &Run<'_>) -> Result<(u8, Vec<u8>), StoreError> {
    let mut drawn = [0];
    run.fill(&mut drawn);
    transaction.put("drawn", drawn.to_vec())?;
    let mut read = Vec::new();
    for _ in 0..3 {
        let key = read.last().map_or("0".to_owned(), u8::to_string);
        read.extend(transaction.get(&key)?.unwrap_or_default());
        let before = transaction.get("read")?.unwrap_or_default();
        assert_eq!(before, read[..read.len() - 1], "what an earlier run has done is undone");
        transaction.put("read", read.clone())?;
    }
    Ok((drawn[0], read))
}

#[test]
fn an_operation_runs_again_with_what_it_lacked() {
    let (store, host) = (Waiting::default(), Patient::default());
    let filled = block_on(transact(&store, &host, |transaction, _| {
        for (key, value) in [("0", 7), ("7", 5), ("5", 9)] {
            transaction.put(key, vec![value])?;
        }
        Ok::<_, StoreError>(())
    }));
    filled.unwrap();
    let runs = Cell::new(0);
    let (drawn, read) = block_on(transact(&store, &host, |transaction, run| {
        runs.set(runs.get() + 1);
        follow(transaction, run)
    }))
    .unwrap();
    assert_eq!(read, [7, 5, 9]);
    assert!(runs.get() > 3, "{}", runs.get());
    let kept = |key| {
        block_on(async { store.begin().await.unwrap().fetched(|t| t.get(key)).await.unwrap() })
    };
    assert_eq!((kept("drawn"), kept("read")), (Some(vec![drawn]), Some(read)));
}

#[test]
fn an_operation_that_lacks_something_else_each_time_ends() {
    let (store, host) = (Waiting::default(), Patient::default());
    let runs = Cell::new(0);
    let outcome = block_on(transact(&store, &host, |transaction, _| {
        runs.set(runs.get() + 1);
        transaction.get(&runs.get().to_string())
    }));
    assert!(outcome.as_ref().is_err_and(StoreError::is_unavailable), "{outcome:?}");
    assert_eq!(runs.get(), FETCHES);
}
