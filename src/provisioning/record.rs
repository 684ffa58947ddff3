//! Records as the store holds them: JSON.

use std::fmt::Display;

use crate::gather::Gather as _;
use crate::json::typed::{FromJson, ToJson, from_slice, to_vec};
use crate::store::{StoreError, Transaction};

/// Reads the record at `key`.
pub(crate) fn load<R: FromJson>(
    transaction: &mut impl Transaction,
    key: &str,
) -> Result<Option<R>, StoreError> {
    match transaction.get(key)? {
        Some(value) => decode(key, &value).map(Some),
        None => Ok(None),
    }
}

/// Reads up to `limit` records under `prefix`, those behind the key `after` (where given), the first `skip` left out.
pub(crate) fn list<R: FromJson>(
    transaction: &mut impl Transaction,
    prefix: &str,
    after: Option<&str>,
    skip: u64,
    limit: usize,
) -> Result<Vec<R>, StoreError> {
    let entries = transaction.range(prefix, after, skip, limit)?;
    entries.iter().map(|(key, value)| decode(key, value)).try_gather()
}

/// Understands the value found at `key`.
pub(crate) fn decode<R: FromJson>(key: &str, value: &[u8]) -> Result<R, StoreError> {
    from_slice(value).map_err(|error| corrupt(key, &error))
}

fn corrupt(key: &str, error: &dyn Display) -> StoreError {
    // The key may hold an address: only its first part is told.
    let kind = key.split('/').next().unwrap_or_default();
    StoreError::corrupt(format!("a record under {kind}/ cannot be read: {error}"))
}

/// Writes `record` at `key`.
pub(crate) fn save(
    transaction: &mut impl Transaction,
    key: &str,
    record: &impl ToJson,
) -> Result<(), StoreError> {
    let value = to_vec(record).map_err(|error| unwritten(&error))?;
    transaction.put(key, value)
}

fn unwritten(error: &serde_json::Error) -> StoreError {
    StoreError::corrupt(format!("a record cannot be written: {error}"))
}

#[cfg(test)]
mod tests;
