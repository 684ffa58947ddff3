//! The key-value stores behind a label, each with the behaviour of the provider that Spin has for it.

mod fault;
mod memory;
mod redis;
mod sqlite;
mod turns;

use std::sync::Arc;

use async_trait::async_trait;

pub use fault::{Call, Fault, Faults, Kind, Random};
pub use memory::{Memory, Swaps};
pub use redis::Redis;
pub use sqlite::Sqlite;
pub use turns::Turns;

/// Why a call fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Too many stores are open in the instance.
    StoreTableFull,
    /// Nothing is configured for the label.
    NoSuchStore,
    /// The manifest does not grant the label.
    AccessDenied,
    /// What the provider says.
    Other(String),
    /// No answer at all: the instance dies.
    Crash,
}

/// Why a swap fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SwapFailure {
    /// The value has changed, or so the provider says.
    Changed,
    /// Something else.
    Failed(Failure),
}

impl From<Failure> for SwapFailure {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// A key with its value, if it has one.
pub type Entry = (String, Option<Vec<u8>>);

/// One store of a provider.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Gets it ready; called whenever a component opens it.
    async fn open(&self) -> Result<(), Failure> {
        Ok(())
    }

    /// The value of a key.
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Failure>;

    /// Sets a key.
    async fn set(&self, key: &str, value: Vec<u8>) -> Result<(), Failure>;

    /// Removes a key, if it is there.
    async fn delete(&self, key: &str) -> Result<(), Failure>;

    /// Whether a key is there.
    async fn exists(&self, key: &str) -> Result<bool, Failure>;

    /// All keys, in any order.
    async fn keys(&self) -> Result<Vec<String>, Failure>;

    /// The values of some keys.
    async fn get_many(&self, keys: Vec<String>) -> Result<Vec<Entry>, Failure>;

    /// Sets some keys.
    async fn set_many(&self, entries: Vec<(String, Vec<u8>)>) -> Result<(), Failure>;

    /// Removes some keys.
    async fn delete_many(&self, keys: Vec<String>) -> Result<(), Failure>;

    /// Adds to a number, and says what it is then.
    async fn increment(&self, key: &str, delta: i64) -> Result<i64, Failure>;

    /// Begins a compare-and-swap of a key.
    async fn compare_and_swap(&self, key: &str) -> Result<Arc<dyn Swap>, Failure>;
}

/// A compare-and-swap that has begun.
#[async_trait]
pub trait Swap: Send + Sync + 'static {
    /// The value to compare with, from now on.
    async fn current(&self) -> Result<Option<Vec<u8>>, Failure>;

    /// Sets the value, if it is still [`Swap::current`].
    async fn swap(&self, value: Vec<u8>) -> Result<(), SwapFailure>;
}

fn other(error: impl std::fmt::Debug) -> Failure {
    Failure::Other(format!("{error:?}"))
}
