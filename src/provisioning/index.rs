//! Index entries: keys that name the record somebody is found by, kept in step with it in the same transaction.

use crate::map::Set;
use crate::store::{StoreError, Transaction};

/// The id that the entry at `index_key` names.
pub(crate) fn named_id(
    transaction: &mut impl Transaction,
    index_key: &str,
) -> Result<Option<String>, StoreError> {
    match transaction.get(index_key)? {
        // An account that is only a member is linked to no user.
        Some(id) if id.is_empty() => Ok(None),
        Some(id) => String::from_utf8(id)
            .map(Some)
            .map_err(|_| StoreError::corrupt("an index entry is no id")),
        None => Ok(None),
    }
}

/// Whether the entry at `index_key` names another one than `own`.
pub(crate) fn is_anothers(
    transaction: &mut impl Transaction,
    index_key: &str,
    own: Option<&str>,
) -> Result<bool, StoreError> {
    Ok(named_id(transaction, index_key)?.is_some_and(|id| Some(id.as_str()) != own))
}

/// Writes what differs between the entries `old` and `new` of the record with `id`.
pub(crate) fn replace(
    transaction: &mut impl Transaction,
    id: &str,
    old: &Set,
    new: &Set,
) -> Result<(), StoreError> {
    for gone in old.iter().filter(|key| !new.contains(key)) {
        transaction.delete(gone);
    }
    for added in new.iter().filter(|key| !old.contains(key)) {
        transaction.put(added, id.as_bytes().to_vec())?;
    }
    Ok(())
}
