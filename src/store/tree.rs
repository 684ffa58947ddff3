//! An ordered map with transactions on a host that can only get, put and swap single values: a
//! copy-on-write B-tree.
//!
//! Nodes are written once, under names that nothing refers to; then the *head*, the only value that
//! ever changes, is swapped for one that refers to the new root. So a reader sees one state, a commit is all
//! or nothing, and a writer that dies or stalls anywhere leaves nothing behind but unused nodes.
//!
//! | module | decides |
//! |---|---|
//! | `head` | what a state is, and what a head tells about somebody's commit |
//! | `node` | what a node is, when it is split or joined, how it is written |
//! | `names` | which names may be used again, and why that harms nobody |
//! | `transaction` | reads, and changes that are not written yet |
//! | `commit` | writing, swapping, and finding out what became of it |
//! | `check` | whether a stored tree is sound |
//! | `bucket` | how a store of `wasi:keyvalue` is used, whose swap may lie |

mod bucket;
mod bytes;
mod cache;
mod check;
mod commit;
mod head;
mod names;
mod node;
mod transaction;

use std::cell::RefCell;
use std::rc::Rc;

use thiserror::Error;

pub use self::bucket::{Bucket, Proven};
pub use self::cache::CacheLimits;
pub use self::check::{Broken, Report, check};
pub use self::transaction::TreeTransaction;

use self::cache::Cache;
use self::head::Head;
use self::names::Names;
use self::node::{Node, NodeRef, Shape};
use super::{Store, StoreError};
use crate::host::Entropy;

/// Where the head is.
const HEAD: &str = "scim-edge/head";

/// What the names of notes beside the tree begin with.
const NOTES: &str = "scim-edge/notes/";

/// The host did not do what it was asked, or did and failed to say so.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{}", .0.0)]
// A pointer, as `StoreError`.
pub struct KeyValueError(Box<Reason>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Reason(String);

impl KeyValueError {
    /// An error that says `reason`.
    pub fn new(reason: impl Into<String>) -> Self {
        Self(Box::new(Reason(reason.into())))
    }
}

impl From<KeyValueError> for StoreError {
    fn from(error: KeyValueError) -> Self {
        Self::unavailable(error.0.0)
    }
}

/// What a host's key-value store can do with one value.
///
/// The tree trusts little of it. What it must be able to rely on:
///
/// - a [`get`](Self::get) that begins after a [`set`](Self::set) or a [`swap`](Self::swap) was carried out
///   sees it;
/// - `set` that answers `Ok` was carried out;
/// - `swap` changes the value only if it is still the one that was read with `expected`;
/// - `create` never replaces a value.
#[expect(async_fn_in_trait, reason = "hosts are single-threaded, no future has to be Send")]
pub trait KeyValue {
    /// What [`swap`](Self::swap) compares: a number or a handle that came with the value.
    type Version;

    /// Whether a plain `true` or `false` from [`swap`](Self::swap) is always the truth. If not, every commit
    /// reads the head once more, and so many others following at once make its outcome unknown.
    const HONEST_SWAP: bool;

    /// Whether [`delete`](Self::delete) works. If not, names are used again instead.
    const DELETES: bool;

    /// Whether a [`swap`](Self::swap) holds up all else that its VM has under way, and a VM can make only so many: then
    /// what nothing depends on is not worth one.
    const SWAPS_BLOCK: bool = false;

    /// The value of `key`.
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError>;

    /// The value of `key`, and what is needed to swap it.
    async fn get_versioned(
        &self,
        key: &str,
    ) -> Result<Option<(Vec<u8>, Self::Version)>, KeyValueError>;

    /// Sets `key` to what nothing depends on, where [`SWAPS_BLOCK`](Self::SWAPS_BLOCK).
    async fn note(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        self.set(key, value).await
    }

    /// Sets `key`, whatever it was. An error may mean that it was set, or will be.
    async fn set(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError>;

    /// Sets each of `entries`, at once where the host can, in any order. An error may mean that any of them was set, or
    /// will be.
    async fn set_all(&self, entries: &[(String, &[u8])]) -> Result<(), KeyValueError> {
        for (key, value) in entries {
            self.set(key, value).await?;
        }
        Ok(())
    }

    /// Sets `key` unless it has a value. The answer is not trusted: the tree reads `key` again.
    async fn create(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError>;

    /// Sets `key` if its value is still the `expected` one, and says whether it was. An error, and where
    /// [`HONEST_SWAP`](Self::HONEST_SWAP) is false any answer, may mean that it was set, or will be.
    async fn swap(
        &self,
        key: &str,
        expected: Self::Version,
        value: &[u8],
    ) -> Result<bool, KeyValueError>;

    /// Removes `key`. An error may mean that it was removed, or will be. Never called where
    /// [`DELETES`](Self::DELETES) is false.
    async fn delete(&self, key: &str) -> Result<(), KeyValueError>;

    /// Removes each of `keys`, at once where the host can. An error may mean that any of them was removed, or will be.
    async fn delete_all(&self, keys: &[String]) -> Result<(), KeyValueError> {
        // One that stays is only garbage, and no reason to leave the others.
        let mut outcome = Ok(());
        for key in keys {
            outcome = self.delete(key).await.and(outcome);
        }
        outcome
    }
}

/// The engine: one per VM, kept for the VM's life.
///
/// All VMs of a host may have one on the same values.
#[derive(Debug)]
pub struct Tree<K, E> {
    host: K,
    entropy: E,
    shape: Shape,
    cache: Cache,
    names: RefCell<Names>,
}

/// What the host has under a node's name.
enum Fetched {
    Node(Rc<Node>, usize),
    Missing,
    /// Another transaction's node.
    OtherStamp,
}

impl<K: KeyValue, E: Entropy> Tree<K, E> {
    /// An engine on what `host` holds, which may be nothing yet.
    pub fn new(host: K, entropy: E, cache: CacheLimits) -> Self {
        Self::with_shape(host, entropy, cache, Shape::DEFAULT)
    }

    fn with_shape(host: K, entropy: E, cache: CacheLimits, shape: Shape) -> Self {
        Self { host, entropy, shape, cache: Cache::new(cache), names: RefCell::default() }
    }

    fn random(&self) -> u64 {
        let mut bytes = [0; 8];
        self.entropy.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    /// The present head, if there is one.
    async fn head(&self) -> Result<Option<(Head, K::Version)>, StoreError> {
        match self.host.get_versioned(HEAD).await? {
            Some((bytes, version)) => Ok(Some((Head::decode(&bytes)?, version))),
            None => Ok(None),
        }
    }

    /// The present head, which is made if there is none.
    async fn head_or_genesis(&self) -> Result<(Head, K::Version), StoreError> {
        if let Some(found) = self.head().await? {
            return Ok(found);
        }
        let created = self.host.create(HEAD, &Head::default().encode()).await;
        self.head().await?.ok_or_else(|| {
            created.err().map_or_else(|| StoreError::unavailable("no head"), StoreError::from)
        })
    }

    /// What the host has for `reference`.
    async fn fetch(&self, reference: &NodeRef) -> Result<Fetched, StoreError> {
        let Some(bytes) = self.host.get(&reference.name.to_string()).await? else {
            return Ok(Fetched::Missing);
        };
        if node::stamp(&bytes)? != reference.stamp {
            return Ok(Fetched::OtherStamp);
        }
        Ok(Fetched::Node(Rc::new(node::decode(&bytes)?), bytes.len()))
    }

    /// The node at `reference` of the state `base`, which holds `count` entries: [`StoreError::conflict`] if it
    /// is gone because that state is. What is in the cache was counted when it got there.
    async fn load(
        &self,
        reference: &NodeRef,
        count: u64,
        base: &Head,
    ) -> Result<Rc<Node>, StoreError> {
        if let Some(node) = self.cache.find(reference) {
            return Ok(node);
        }
        if let Fetched::Node(node, size) = self.fetch(reference).await? {
            if node.count() != count {
                return Err(StoreError::corrupt("a node's count is wrong"));
            }
            self.cache.keep(*reference, Rc::clone(&node), size);
            return Ok(node);
        }
        match self.head().await? {
            Some((head, _)) if head == *base => {
                Err(StoreError::corrupt(format!("node {} is missing", reference.name)))
            }
            _ => Err(StoreError::conflict()),
        }
    }
}

impl<K: KeyValue, E: Entropy> Store for Tree<K, E> {
    type Transaction<'s>
        = TreeTransaction<'s, K, E>
    where
        Self: 's;

    async fn begin(&self) -> Result<TreeTransaction<'_, K, E>, StoreError> {
        let (head, version) = self.head_or_genesis().await?;
        Ok(TreeTransaction::new(self, head, version))
    }
}

#[cfg(test)]
mod fake;
#[cfg(test)]
mod tests;
