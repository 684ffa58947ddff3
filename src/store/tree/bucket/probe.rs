//! Shows, on keys of its own, that a store can be written to without losing anything. No answer to a swap is believed:
//! after each step the value is read.

use std::fmt;

use super::Bucket;
use crate::host::{Clock, Entropy, Timestamp};
use crate::store::tree::KeyValueError;

/// Where it is kept that the store was looked at.
const PROOF: &str = "scim-edge:proof";

/// For how long it need not be looked at again, in milliseconds.
const HOLDS_MS: u64 = 60 * 60 * 1000;

/// How many swaps from absent must do nothing before it is said that the store refuses them: one that got lost looks the
/// same, and on a store that overwrites it would make two histories of one.
const TRIALS: usize = 4;

/// What a store does with a swap by somebody who found no value, when there is one by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FromAbsent {
    /// Nothing.
    Refuses,
    /// It overwrites the value.
    Overwrites,
}

impl FromAbsent {
    const ALL: [Self; 2] = [Self::Refuses, Self::Overwrites];
}

impl fmt::Display for FromAbsent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refuses => "refuses",
            Self::Overwrites => "overwrites",
        })
    }
}

/// That a store was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Proof {
    at: Timestamp,
    pub(super) from_absent: FromAbsent,
}

impl Proof {
    /// Whether the store need not be looked at again yet.
    pub(super) fn holds_at(self, now: Timestamp) -> bool {
        now.0.checked_sub(self.at.0).is_some_and(|age| age < HOLDS_MS)
    }

    /// What somebody found out of this store not long ago.
    pub(super) async fn remembered<B: Bucket>(
        bucket: &B,
        now: Timestamp,
    ) -> Result<Option<Self>, KeyValueError> {
        let kept = bucket.get(PROOF).await?;
        Ok(kept.and_then(|bytes| Self::parse(&bytes)).filter(|proof| proof.holds_at(now)))
    }

    /// Tells others.
    pub(super) async fn remember<B: Bucket>(self, bucket: &B) {
        let line = format!("{} {}", self.at.0, self.from_absent);
        // Where it cannot be kept, the next one looks again.
        let _untrusted = bucket.set(PROOF, line.as_bytes()).await;
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (at, word) = std::str::from_utf8(bytes).ok()?.split_once(' ')?;
        let from_absent = FromAbsent::ALL.into_iter().find(|kind| kind.to_string() == word)?;
        Some(Self { at: Timestamp(at.parse().ok()?), from_absent })
    }
}

/// Looks at the store. The error says which step went wrong.
pub(super) async fn run<B: Bucket>(
    bucket: &B,
    host: &(impl Clock + Entropy),
) -> Result<Proof, KeyValueError> {
    let at = host.now();
    let mut from_absent = FromAbsent::Refuses;
    for _ in 0..TRIALS {
        from_absent =
            on_own_key(bucket, host, async |key| from_absent_at(bucket, key).await).await?;
        if from_absent == FromAbsent::Overwrites {
            break;
        }
    }
    on_own_key(bucket, host, async |key| look_at(bucket, key).await).await?;
    Ok(Proof { at, from_absent })
}

/// What `look` finds at a key that nobody else has.
async fn on_own_key<B: Bucket, T>(
    bucket: &B,
    entropy: &impl Entropy,
    look: impl AsyncFnOnce(&str) -> Result<T, KeyValueError>,
) -> Result<T, KeyValueError> {
    let key = format!("scim-edge:probe:{}", random(entropy));
    let found = look(&key).await;
    // Whatever was found, the key is of no use any more, and one that stays is only garbage.
    let _untrusted = bucket.delete(&key).await;
    found
}

async fn from_absent_at<B: Bucket>(bucket: &B, key: &str) -> Result<FromAbsent, KeyValueError> {
    let value = async || bucket.get(key).await;

    if value().await?.is_some() {
        return Err(failed("a key that nobody has written to has a value"));
    }
    let (first, second) = (bucket.read(key)?, bucket.read(key)?);
    swap(bucket, first, None, b"first")?;
    if value().await?.as_deref() != Some(b"first") {
        return Err(failed("a swap from no value did not write it"));
    }
    swap(bucket, second, None, b"second")?;
    match value().await?.as_deref() {
        Some(b"first") => Ok(FromAbsent::Refuses),
        Some(b"second") => Ok(FromAbsent::Overwrites),
        _ => Err(failed("after two swaps from no value there is neither")),
    }
}

async fn look_at<B: Bucket>(bucket: &B, key: &str) -> Result<(), KeyValueError> {
    let value = async || bucket.get(key).await;

    bucket.set(key, b"set").await?;
    if value().await?.as_deref() != Some(b"set") {
        return Err(failed("what was set is not read back"));
    }
    let (first, second) = (bucket.read(key)?, bucket.read(key)?);
    swap(bucket, first, Some(b"set"), b"swapped")?;
    if value().await?.as_deref() != Some(b"swapped") {
        return Err(failed("a swap with a handle that was current did not write"));
    }
    swap(bucket, second, Some(b"set"), b"outdated")?;
    if value().await?.as_deref() != Some(b"swapped") {
        return Err(failed("a swap with an outdated handle was carried out"));
    }
    Ok(())
}

fn swap<B: Bucket>(
    bucket: &B,
    (current, handle): (Option<Vec<u8>>, B::Handle),
    expected: Option<&[u8]>,
    value: &[u8],
) -> Result<(), KeyValueError> {
    if current.as_deref() != expected {
        return Err(failed("a handle has another value than was read"));
    }
    bucket.swap(handle, value)
}

fn random(entropy: &impl Entropy) -> String {
    let mut bytes = [0; 8];
    entropy.fill(&mut bytes);
    format!("{:016x}", u64::from_le_bytes(bytes))
}

fn failed(step: &str) -> KeyValueError {
    KeyValueError::new(format!("the store cannot be relied on: {step}"))
}
