//! What a writer is told, whatever the host told the writer's engine.

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::{TINY, engine, get, put};
use crate::store::suite::{Seeded, block_on};
use crate::store::tree::fake::{Disk, Fake, Faults};
use crate::store::tree::head::WINDOW;
use crate::store::tree::{CacheLimits, KeyValue, KeyValueError, Tree};
use crate::store::{Store, StoreError, Transaction as _};

/// Stops a writer when its swap was carried out, lets `others` commit, and lets it go on.
fn overtaken_after_swap<const HONEST: bool>(others: usize) -> Result<(), StoreError> {
    let disk = Disk::new(1);
    let slow = engine::<HONEST, false>(&disk, 1, TINY);
    let fast = engine::<HONEST, false>(&disk, 2, TINY);
    block_on(put(&slow, "first", vec![])).unwrap();
    disk.faults.set(Faults { pauses: true, ..Faults::default() });
    let head = || disk.values.borrow().get(super::super::HEAD).cloned();
    let before = head();
    let mut writer = pin!(put(&slow, "mine", vec![1]));
    while head() == before {
        let polled = writer.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert_eq!(polled, Poll::Pending);
    }
    for number in 0..others {
        block_on(put(&fast, &number.to_string(), vec![2])).unwrap();
    }
    assert_eq!(block_on(get(&fast, "mine")), Ok(Some(vec![1])));
    block_on(writer)
}

#[test]
fn a_writer_overtaken_after_its_swap_is_not_told_conflict() {
    for others in [0, 1, WINDOW - 1] {
        assert_eq!(overtaken_after_swap::<false>(others), Ok(()), "{others}");
        assert_eq!(overtaken_after_swap::<true>(others), Ok(()), "{others}");
    }
}

#[test]
fn a_writer_overtaken_beyond_the_window_is_told_unknown_unless_the_host_is_honest() {
    for others in [WINDOW, WINDOW + 1, 3 * WINDOW] {
        let told = overtaken_after_swap::<false>(others);
        assert!(told.as_ref().is_err_and(StoreError::is_unknown), "{others}: {told:?}");
        assert_eq!(overtaken_after_swap::<true>(others), Ok(()), "{others}");
    }
}

/// How a [`Scripted`] host treats a swap.
#[derive(Clone, Copy, Debug)]
enum Swap {
    /// Carries it out and says that it failed, as Spin's Redis provider does every time.
    Denied,
    /// Carries it out and reports an error.
    Failed,
    /// Does nothing and says it was done.
    Invented,
    /// Does nothing and reports an error.
    Lost,
    /// Does nothing now, reports an error, and carries it out before the next swap.
    Late,
    /// Carries it out, and cannot be asked afterwards.
    Cut,
}

/// A host that treats its first swap as told and is honest about the others.
struct Scripted {
    host: Fake<false, true>,
    script: std::cell::Cell<Option<Swap>>,
    late: std::cell::RefCell<Option<(String, u64, Vec<u8>)>>,
    cut: std::cell::Cell<bool>,
}

fn failure<T>() -> Result<T, KeyValueError> {
    Err(KeyValueError::new("timeout"))
}

impl KeyValue for Scripted {
    type Version = u64;
    const HONEST_SWAP: bool = false;
    const DELETES: bool = true;

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        self.host.get(key).await
    }
    async fn get_versioned(&self, key: &str) -> Result<Option<(Vec<u8>, u64)>, KeyValueError> {
        if self.cut.take() { failure() } else { self.host.get_versioned(key).await }
    }
    async fn set(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        self.host.set(key, value).await
    }
    async fn create(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        self.host.create(key, value).await
    }
    async fn swap(&self, key: &str, version: u64, value: &[u8]) -> Result<bool, KeyValueError> {
        let late = self.late.take();
        if let Some((key, version, value)) = late {
            self.host.swap(&key, version, &value).await?;
        }
        match self.script.take() {
            None => self.host.swap(key, version, value).await,
            Some(Swap::Denied) => self.host.swap(key, version, value).await.map(|_| false),
            Some(Swap::Failed) => self.host.swap(key, version, value).await.and(failure()),
            Some(Swap::Invented) => Ok(true),
            Some(Swap::Lost) => failure(),
            Some(Swap::Late) => {
                self.late.replace(Some((key.to_owned(), version, value.to_vec())));
                failure()
            }
            Some(Swap::Cut) => {
                self.cut.set(true);
                self.host.swap(key, version, value).await
            }
        }
    }
    async fn delete(&self, key: &str) -> Result<(), KeyValueError> {
        self.host.delete(key).await
    }
}

/// What a writer is told whose swap is treated by `script`, and whether its change is there.
fn told(script: Swap) -> (Result<(), StoreError>, bool) {
    let host = Scripted {
        host: Fake(Disk::new(3)),
        script: std::cell::Cell::default(),
        late: std::cell::RefCell::default(),
        cut: std::cell::Cell::default(),
    };
    let tree = Tree::with_shape(host, Seeded::new(3), CacheLimits::default(), TINY);
    block_on(async {
        put(&tree, "before", vec![]).await.unwrap();
        tree.host.script.set(Some(script));
        let told = put(&tree, "mine", vec![1]).await;
        // Whatever is still under way arrives with the next commit.
        put(&tree, "behind", vec![]).await.unwrap_or_default();
        (told, get(&tree, "mine").await.unwrap().is_some())
    })
}

#[test]
fn a_swap_carried_out_is_a_commit_whatever_the_host_says() {
    assert_eq!(told(Swap::Denied), (Ok(()), true));
    assert_eq!(told(Swap::Failed), (Ok(()), true));
    assert_eq!(told(Swap::Late), (Ok(()), true));
}

#[test]
fn a_swap_not_carried_out_is_a_conflict_whatever_the_host_says() {
    assert_eq!(told(Swap::Invented), (Err(StoreError::conflict()), false));
    assert_eq!(told(Swap::Lost), (Err(StoreError::conflict()), false));
}

#[test]
fn a_commit_that_cannot_be_looked_up_is_unknown() {
    let (told, there) = told(Swap::Cut);
    assert!(told.as_ref().is_err_and(StoreError::is_unknown), "{told:?}");
    assert!(there);
}

#[test]
fn two_engines_that_start_at_once_agree_on_the_first_head() {
    let disk = Disk::new(4);
    disk.faults.set(Faults { pauses: true, ..Faults::default() });
    let (one, other) =
        (engine::<true, false>(&disk, 4, TINY), engine::<true, false>(&disk, 5, TINY));
    let mut late = pin!(one.begin());
    for _ in 0..3 {
        assert!(late.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    block_on(put(&other, "a", vec![1])).unwrap();
    let mut late = block_on(late).unwrap();
    assert_eq!(block_on(late.fetched(|t| t.get("a"))), Ok(Some(vec![1])));
    assert_eq!(Rc::strong_count(&disk), 3);
}
