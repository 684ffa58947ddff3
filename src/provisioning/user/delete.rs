//! Delete: the SCIM user, its places in groups and the membership go, the account stays.

use super::{User, UserRefusal, find, index, linked_account, log, settle_membership};
use crate::provisioning::connection::Provisioner;
use crate::provisioning::event::Action;
use crate::provisioning::{Context, OperationError, Refuse as _, group};
use crate::store::{Transaction, key};

/// Deletes the SCIM user with `id`, where `check` agrees to the state that it is in.
pub fn delete(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    provisioner: &Provisioner,
    id: &str,
    check: impl FnOnce(&User) -> Result<(), UserRefusal>,
) -> Result<(), OperationError<UserRefusal>> {
    let team = &provisioner.team_id;
    let user = find(transaction, team, id)?.ok_or(UserRefusal::NotFound).or_refuse()?;
    check(&user).or_refuse()?;
    let account = linked_account(transaction, &user)?;

    settle_membership(transaction, context, team, &user.account, false)?;
    transaction.delete(&key::account_team(&user.account, team.as_str()));
    group::leave_all(transaction, context, team, &user.id)?;
    index::update(transaction, team, &user.id, Some(&user.names), None)?;
    index::count_inactive(transaction, team, &user.id, Some(user.active), None)?;
    transaction.delete(&key::user(team.as_str(), &user.id));
    Ok(log(transaction, context, team, Action::UserDelete, &user, &account.email)?)
}
