use std::cell::Cell;
use std::time::Duration;

use super::*;
use crate::host::{Clock, Entropy, Level, Log, ManualHost, Timestamp};
use crate::store::memory::Memory;
use crate::store::suite::block_on;

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
    let outcome = block_on(transact(&store, &host, async |transaction| {
        let before = transaction.get("n").await?.and_then(|value| value.first().copied());
        runs.set(runs.get() + 1);
        if runs.get() <= rivals {
            let mut rival = store.begin().await?;
            rival.put("n", vec![before.unwrap_or(0) + 1])?;
            rival.commit().await?;
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
    let outcome = block_on(transact(&store, &host, async |transaction| {
        transaction.put("n", vec![1])?;
        Err::<(), _>(StoreError::unknown("on purpose"))
    }));
    assert!(outcome.as_ref().is_err_and(StoreError::is_unknown));
    let left = block_on(async { store.begin().await?.get("n").await });
    assert_eq!(left, Ok(None));
}
