//! A store of `wasi:keyvalue` (0.2.0-draft2), as Spin has it on SQLite, Redis, Azure Cosmos DB and AWS DynamoDB, used so
//! that no answer of a swap has to be believed.
//!
//! | module | decides |
//! |---|---|
//! | `probe` | whether the store can be written to at all, shown on keys of its own |
//! | `genesis` | how the first head comes to be where a swap from *absent* overwrites |
//!
//! Swaps and batches block everything in this instance until they are answered, and cannot be given up. So each comes
//! right behind an answer to a call that could be: a store that is gone is noticed there.

mod genesis;
mod probe;

use std::cell::{Cell, RefCell};

use self::genesis::Cell as GenesisCell;
use self::probe::{FromAbsent, Proof};
use super::{HEAD, KeyValue, KeyValueError};
use crate::gather::Gather as _;
use crate::host::{Clock, Entropy};

/// How many entries are written at once: DynamoDB takes no more.
const BATCH_MAX: usize = 25;

/// The swaps that one commit may need: its own, and one more to find out what became of it.
const SWAPS_PER_COMMIT: usize = 2;

/// What a store of `wasi:keyvalue` can do.
#[expect(async_fn_in_trait, reason = "hosts are single-threaded, no future has to be Send")]
pub trait Bucket {
    /// A value as it was read, to be swapped if it is still that.
    type Handle;

    /// The value of `key`. Given up after a while.
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError>;

    /// Sets `key`. Given up after a while.
    async fn set(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError>;

    /// Removes `key`. Given up after a while.
    async fn delete(&self, key: &str) -> Result<(), KeyValueError>;

    /// Sets each of `entries`. Blocks.
    fn set_many(&self, entries: &[(String, &[u8])]) -> Result<(), KeyValueError>;

    /// Removes each of `keys`. Blocks.
    fn delete_many(&self, keys: &[String]) -> Result<(), KeyValueError>;

    /// Adds 1 to the counter at `key`, which begins at 0. Blocks.
    fn increment(&self, key: &str) -> Result<i64, KeyValueError>;

    /// The value of `key`, with a handle for [`swap`](Self::swap). Blocks.
    fn read(&self, key: &str) -> Result<(Option<Vec<u8>>, Self::Handle), KeyValueError>;

    /// Sets the value that `handle` was read from, if it is still that. The answer says only whether there was one.
    /// Blocks.
    fn swap(&self, handle: Self::Handle, value: &[u8]) -> Result<(), KeyValueError>;

    /// Whether the last call that could be given up was answered.
    fn answers(&self) -> bool;

    /// How many swaps can still be made.
    fn swaps_left(&self) -> usize;
}

/// A [`Bucket`] that is written to only after it was shown to swap as it must.
#[derive(Debug)]
pub struct Proven<B, H> {
    bucket: B,
    host: H,
    proof: Cell<Option<Proof>>,
    /// Where the head is, once that is known: it never changes.
    head: RefCell<Option<String>>,
}

impl<B: Bucket, H: Clock + Entropy> Proven<B, H> {
    /// Uses `bucket`, of which nothing is known yet.
    pub fn new(bucket: B, host: H) -> Self {
        Self { bucket, host, proof: Cell::new(None), head: RefCell::new(None) }
    }

    /// What this store does with a swap from absent, and an error unless it may be written to.
    async fn prove(&self) -> Result<FromAbsent, KeyValueError> {
        let now = self.host.now();
        if let Some(proof) = self.proof.get().filter(|proof| proof.holds_at(now)) {
            return Ok(proof.from_absent);
        }
        let proof = match Proof::remembered(&self.bucket, now).await? {
            Some(proof) => proof,
            None => {
                let proof = probe::run(&self.bucket, &self.host).await?;
                proof.remember(&self.bucket).await;
                proof
            }
        };
        self.proof.set(Some(proof));
        Ok(proof.from_absent)
    }

    /// Refuses what could not be committed: a handle that was swapped stays with the host for as long as this instance.
    fn refuse_worn_out(&self) -> Result<(), KeyValueError> {
        if self.bucket.swaps_left() < SWAPS_PER_COMMIT {
            return Err(KeyValueError::new(
                "this instance has made as many swaps as its host lets it make".to_owned(),
            ));
        }
        Ok(())
    }

    /// Refuses to clear away what could not be written: its writer is to hear of it soon.
    fn refuse_silent(&self) -> Result<(), KeyValueError> {
        if self.bucket.answers() {
            return Ok(());
        }
        Err(KeyValueError::new("no answer to the call before"))
    }

    /// Where the head is; `None` while there is none.
    async fn head(&self) -> Result<Option<String>, KeyValueError> {
        if let Some(known) = self.head.borrow().clone() {
            return Ok(Some(known));
        }
        let plain = name(HEAD);
        let found = match self.bucket.get(&plain).await? {
            Some(_) => Some(plain),
            None => GenesisCell::look(&self.bucket).await?.head(),
        };
        self.head.borrow_mut().clone_from(&found);
        Ok(found)
    }
}

/// `key` as it is called in the store: Cosmos DB takes no slash.
fn name(key: &str) -> String {
    key.replace('/', ":")
}

impl<B: Bucket, H: Clock + Entropy> KeyValue for Proven<B, H> {
    /// The value itself: no two heads are the same.
    type Version = Vec<u8>;

    const HONEST_SWAP: bool = false;

    const DELETES: bool = true;

    const SWAPS_BLOCK: bool = true;

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        self.bucket.get(&name(key)).await
    }

    async fn get_versioned(&self, key: &str) -> Result<Option<(Vec<u8>, Vec<u8>)>, KeyValueError> {
        let key = match key {
            HEAD => self.head().await?,
            key => Some(name(key)),
        };
        let Some(key) = key else { return Ok(None) };
        let value = self.bucket.get(&key).await?;
        if value.is_none() {
            // Somebody has emptied the store.
            self.head.borrow_mut().take();
        }
        Ok(value.map(|value| (value.clone(), value)))
    }

    async fn set(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        self.refuse_worn_out()?;
        self.prove().await?;
        self.bucket.set(&name(key), value).await
    }

    /// How the store swaps makes no difference to it, nor how many swaps are left.
    async fn note(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        self.bucket.set(&name(key), value).await
    }

    async fn set_all(&self, entries: &[(String, &[u8])]) -> Result<(), KeyValueError> {
        if let [(key, value)] = entries {
            return self.set(key, value).await;
        }
        self.refuse_worn_out()?;
        self.prove().await?;
        for batch in entries.chunks(BATCH_MAX) {
            let Some((first, _)) = batch.first() else { continue };
            self.bucket.get(&name(first)).await?;
            let named: Vec<_> = batch.iter().map(|(key, value)| (name(key), *value)).gather();
            self.bucket.set_many(&named)?;
        }
        Ok(())
    }

    async fn create(&self, key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        self.refuse_worn_out()?;
        let from_absent = self.prove().await?;
        // Whoever counts itself has seen that this store overwrites.
        if from_absent == FromAbsent::Overwrites || genesis::is_begun(&self.bucket).await? {
            return genesis::begin(&self.bucket, value).await;
        }
        let key = name(key);
        if self.bucket.get(&key).await?.is_none()
            && let (None, handle) = self.bucket.read(&key)?
        {
            self.bucket.swap(handle, value)?;
        }
        Ok(())
    }

    async fn swap(
        &self,
        key: &str,
        expected: Vec<u8>,
        value: &[u8],
    ) -> Result<bool, KeyValueError> {
        let key = match key {
            HEAD => self.head().await?.ok_or_else(|| KeyValueError::new("no head"))?,
            key => name(key),
        };
        if self.bucket.get(&key).await?.as_ref() != Some(&expected) {
            return Ok(false);
        }
        let (current, handle) = self.bucket.read(&key)?;
        if current != Some(expected) {
            return Ok(false);
        }
        self.bucket.swap(handle, value)?;
        Ok(true)
    }

    async fn delete(&self, key: &str) -> Result<(), KeyValueError> {
        self.refuse_silent()?;
        self.bucket.delete(&name(key)).await
    }

    async fn delete_all(&self, keys: &[String]) -> Result<(), KeyValueError> {
        if let [key] = keys {
            return self.delete(key).await;
        }
        self.refuse_silent()?;
        for batch in keys.chunks(BATCH_MAX) {
            let Some(first) = batch.first() else { continue };
            self.bucket.get(&name(first)).await?;
            let named: Vec<_> = batch.iter().map(|key| name(key)).gather();
            self.bucket.delete_many(&named)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod fake;
#[cfg(test)]
mod tests;
