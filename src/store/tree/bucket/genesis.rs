//! The first head, where a swap from *absent* overwrites whatever has come in between, as on SQLite.
//!
//! There no call puts a value only if there is none. But a counter does begin once, and a swap from a value that is there
//! is a true one. So each who finds no head counts itself, writes a first head under a key with its number, where nobody
//! looks, and swaps that number into the counter. The counter's upper half then names the head for ever; whoever counts
//! itself later changes the lower half alone. Nobody waits for anybody, so nobody who dies holds anybody up, and nobody
//! writes on top of a head, however late.

use super::Bucket;
use crate::store::tree::KeyValueError;

/// Where the counter is.
const COUNTER: &str = "scim-edge:genesis";

/// How often a swap may meet others who count themselves.
const TRIES: usize = 64;

/// How many bits the count has.
const COUNT_BITS: u32 = 32;

/// What the counter says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell(i64);

impl Cell {
    /// Reads the counter.
    pub(super) async fn look<B: Bucket>(bucket: &B) -> Result<Self, KeyValueError> {
        Self::decode(bucket.get(COUNTER).await?)
    }

    /// Where the head is, if that is decided.
    pub(super) fn head(self) -> Option<String> {
        let chosen = self.0 >> COUNT_BITS;
        (chosen != 0).then(|| key(chosen))
    }

    fn choosing(self, number: i64) -> Self {
        Self(self.0 | number << COUNT_BITS)
    }

    fn decode(bytes: Option<Vec<u8>>) -> Result<Self, KeyValueError> {
        let Some(bytes) = bytes else { return Ok(Self(0)) };
        let bytes = bytes.try_into().map_err(|_| {
            KeyValueError::new("the store's counters are not written as SQLite's are")
        })?;
        Ok(Self(i64::from_le_bytes(bytes)))
    }
}

/// Whether anybody has counted itself.
pub(super) async fn is_begun<B: Bucket>(bucket: &B) -> Result<bool, KeyValueError> {
    Ok(Cell::look(bucket).await? != Cell(0))
}

/// Where the head with this number is.
fn key(number: i64) -> String {
    format!("scim-edge:head:{number}")
}

/// Sees to it that there is a head: `value`, or another's.
pub(super) async fn begin<B: Bucket>(bucket: &B, value: &[u8]) -> Result<(), KeyValueError> {
    if Cell::look(bucket).await?.head().is_some() {
        return Ok(());
    }
    let number = bucket.increment(COUNTER)?;
    if number <= 0 || number >> COUNT_BITS != 0 {
        // Decided in between.
        return Ok(());
    }
    bucket.set(&key(number), value).await?;
    for _ in 0..TRIES {
        if Cell::look(bucket).await?.head().is_some() {
            return Ok(());
        }
        let (bytes, handle) = bucket.read(COUNTER)?;
        let cell = Cell::decode(bytes)?;
        if cell.head().is_none() {
            bucket.swap(handle, &cell.choosing(number).0.to_le_bytes())?;
        }
    }
    Err(KeyValueError::new("no head could be agreed on"))
}
