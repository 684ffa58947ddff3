//! The indexes that SCIM users are found by, kept in step with the users in the same transaction.

use super::{Names, User, UserRefusal, fold};
use crate::gather::Gather as _;
use crate::map::Set;
use crate::provisioning::index::{is_anothers, named_id, replace};
use crate::provisioning::{OperationError, TeamId};
use crate::store::{StoreError, Transaction, key};

/// The user that the index entry at `index_key` names.
pub(super) fn follow(
    transaction: &mut impl Transaction,
    team: &TeamId,
    index_key: &str,
) -> Result<Option<Box<User>>, StoreError> {
    let Some(id) = named_id(transaction, index_key)? else {
        return Ok(None);
    };
    match super::find(transaction, team, &id)? {
        Some(user) => Ok(Some(user)),
        None => Err(StoreError::corrupt("an index names a user that is not there")),
    }
}

/// The users with an address.
pub(super) fn by_email(
    transaction: &mut impl Transaction,
    team: &TeamId,
    email: &str,
    limit: usize,
) -> Result<Vec<User>, StoreError> {
    let prefix = key::user_emails(team.as_str(), &fold(email));
    let mut users = Vec::new();
    let entries = transaction.range(&prefix, None, 0, limit)?;
    // An address with a slash in it can begin like a shorter one followed by an id; what follows is
    // no id then, and finds nobody.
    let ids = entries.iter().map(|(key, _)| key.strip_prefix(&prefix).unwrap_or_default());
    let ids: Vec<&str> = ids.gather();
    super::expect(transaction, team, &ids);
    for id in ids {
        users.extend(super::find(transaction, team, id)?.map(|user| *user));
    }
    Ok(users)
}

/// Refuses names that another user than `own` has.
pub(super) fn refuse_taken_names(
    transaction: &mut impl Transaction,
    team: &TeamId,
    names: &Names,
    own: &str,
) -> Result<(), OperationError<UserRefusal>> {
    let by_name = key::user_name(team.as_str(), &fold(&names.user_name));
    if is_anothers(transaction, &by_name, Some(own))? {
        return Err(OperationError::Refused(UserRefusal::UserNameTaken));
    }
    if let Some(external_id) = &names.external_id {
        let by_external_id = key::external_id(team.as_str(), external_id);
        if is_anothers(transaction, &by_external_id, Some(own))? {
            return Err(OperationError::Refused(UserRefusal::ExternalIdTaken));
        }
    }
    Ok(())
}

/// Writes what differs between the index entries of `before` and those of `after`.
pub(crate) fn update(
    transaction: &mut impl Transaction,
    team: &TeamId,
    id: &str,
    before: Option<&Names>,
    after: Option<&Names>,
) -> Result<(), StoreError> {
    let keys = |names| index_entries(team.as_str(), id, names).map(|(_, key)| key).collect();
    let old: Set = before.map(keys).unwrap_or_default();
    let new = after.map(keys).unwrap_or_default();
    replace(transaction, id, &old, &new)
}

/// Keeps count of the inactive: `before` and `after` are whether the user is active, `None` where it is not there.
pub(crate) fn count_inactive(
    transaction: &mut impl Transaction,
    team: &TeamId,
    id: &str,
    before: Option<bool>,
    after: Option<bool>,
) -> Result<(), StoreError> {
    let key = key::inactive(team.as_str(), id);
    match (before == Some(false), after == Some(false)) {
        (false, true) => transaction.put(&key, b"{}".to_vec()),
        (true, false) => {
            transaction.delete(&key);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// The keys under which the user with `id` is found, each with what it is found by.
pub(crate) fn index_entries(
    team: &str,
    id: &str,
    names: &Names,
) -> impl Iterator<Item = (&'static str, String)> {
    let by_name = ("userName", key::user_name(team, &fold(&names.user_name)));
    let external_id = names.external_id.as_deref();
    let by_external_id = external_id.map(|it| ("externalId", key::external_id(team, it)));
    let email = |email: &String| ("e-mail address", key::user_email(team, &fold(email), id));
    [by_name].into_iter().chain(by_external_id).chain(names.emails.iter().map(email))
}
