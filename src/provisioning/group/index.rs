//! The indexes that groups are found by, kept in step with the groups in the same transaction.

use super::{Group, GroupNames, GroupRefusal};
use crate::map::Set;
use crate::provisioning::index::{is_anothers, named_id, replace};
use crate::provisioning::user::fold;
use crate::provisioning::{OperationError, TeamId};
use crate::store::{StoreError, Transaction, key};

/// The group that the index entry at `index_key` names.
pub(super) fn follow(
    transaction: &mut impl Transaction,
    team: &TeamId,
    index_key: &str,
) -> Result<Option<Box<Group>>, StoreError> {
    let Some(id) = named_id(transaction, index_key)? else {
        return Ok(None);
    };
    match super::find(transaction, team, &id)? {
        Some(group) => Ok(Some(group)),
        None => Err(StoreError::corrupt("an index names a group that is not there")),
    }
}

/// Refuses names that another group than `own` has.
pub(super) fn refuse_taken_names(
    transaction: &mut impl Transaction,
    team: &TeamId,
    names: &GroupNames,
    own: Option<&str>,
) -> Result<(), OperationError<GroupRefusal>> {
    let by_name = key::group_name(team.as_str(), &fold(&names.display_name));
    if is_anothers(transaction, &by_name, own)? {
        return Err(OperationError::Refused(GroupRefusal::DisplayNameTaken));
    }
    if let Some(external_id) = &names.external_id {
        let by_external_id = key::group_external_id(team.as_str(), external_id);
        if is_anothers(transaction, &by_external_id, own)? {
            return Err(OperationError::Refused(GroupRefusal::ExternalIdTaken));
        }
    }
    Ok(())
}

/// Writes what differs between the index entries of `before` and those of `after`.
pub(crate) fn update(
    transaction: &mut impl Transaction,
    team: &TeamId,
    id: &str,
    before: Option<&GroupNames>,
    after: Option<&GroupNames>,
) -> Result<(), StoreError> {
    let keys = |names| index_entries(team.as_str(), names).map(|(_, key)| key).collect();
    let old: Set = before.map(keys).unwrap_or_default();
    let new = after.map(keys).unwrap_or_default();
    replace(transaction, id, &old, &new)
}

/// The keys under which a group is found, each with what it is found by.
pub(crate) fn index_entries(
    team: &str,
    names: &GroupNames,
) -> impl Iterator<Item = (&'static str, String)> {
    let by_name = ("displayName", key::group_name(team, &fold(&names.display_name)));
    let external_id = names.external_id.as_deref();
    let by_external_id = external_id.map(|it| ("externalId", key::group_external_id(team, it)));
    [by_name].into_iter().chain(by_external_id)
}
