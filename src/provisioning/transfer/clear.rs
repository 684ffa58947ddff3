//! Takes away what imports have staged and nobody needs: of those that are finished, were given up, or lost their node.

use crate::provisioning::TeamId;
use crate::store::{StoreError, Transaction, key};

/// How many keys go at once.
const RECORDS: usize = 1_000;

/// Removes some of what imports of `id` staged that have not begun any more, behind the key `after`. Answers where to go
/// on; `None` when nothing is left.
pub fn clear(
    transaction: &mut impl Transaction,
    id: &TeamId,
    after: Option<&str>,
) -> Result<Option<String>, StoreError> {
    let prefix = key::all_staged(id.as_str());
    let entries = transaction.range(&prefix, after, 0, RECORDS)?;
    let mut looked_up: Option<(&str, bool)> = None;
    for (key, _) in &entries {
        let import = key.strip_prefix(&prefix).and_then(|rest| rest.split('/').next());
        let import = import.unwrap_or_default();
        let has_begun = match looked_up {
            Some((last, has_begun)) if last == import => has_begun,
            _ => transaction.get(&key::import(id.as_str(), import))?.is_some(),
        };
        looked_up = Some((import, has_begun));
        if has_begun {
            // All of it is somebody's: on behind its last key.
            return Ok(Some(format!("{prefix}{import}0")));
        }
        transaction.delete(key);
    }
    let more = entries.len() == RECORDS;
    Ok(entries.last().filter(|_| more).map(|(key, _)| key.clone()))
}
