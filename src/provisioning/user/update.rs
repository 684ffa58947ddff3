//! Update: PUT and PATCH, deactivation and reactivation among them.

use super::{
    User, UserRefusal, UserWrite, email_change, find, index, linked_account, log,
    refuse_owner_deprovisioning, settle_membership,
};
use crate::email::Email;
use crate::provisioning::account::Account;
use crate::provisioning::connection::Provisioner;
use crate::provisioning::event::Action;
use crate::provisioning::{Context, OperationError, Refuse as _, group, membership};
use crate::store::Transaction;

/// What came of an update.
#[derive(Clone, Debug, PartialEq)]
pub enum Changed {
    /// The user as it is now.
    Yes(Box<User>),
    /// Nothing differed; the user as it was, its version too.
    No(Box<User>),
}

impl Changed {
    /// The user.
    pub fn into_user(self) -> Box<User> {
        match self {
            Self::Yes(user) | Self::No(user) => user,
        }
    }
}

/// Makes the SCIM user with `id` be what `revise` makes of it.
///
/// `revise` is given the user as it is, in the same transaction, with the address that its account is known by.
pub fn update<E>(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    provisioner: &Provisioner,
    id: &str,
    revise: impl FnOnce(&User, &Email) -> Result<UserWrite, E>,
) -> Result<Changed, OperationError<E>>
where
    E: From<UserRefusal>,
{
    let team = &provisioner.team_id;
    let user = find(transaction, team, id)?;
    let user = user.ok_or(UserRefusal::NotFound).map_err(E::from).or_refuse()?;
    let account = linked_account(transaction, &user)?;
    let write = revise(&user, &account.email).or_refuse()?;
    write_changes(transaction, context, provisioner, user, account, write)
        .map_err(|error| error.map(E::from))
}

fn write_changes(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    provisioner: &Provisioner,
    mut user: Box<User>,
    mut account: Account,
    write: UserWrite,
) -> Result<Changed, OperationError<UserRefusal>> {
    let team = &provisioner.team_id;
    let active = write.active.unwrap_or(user.active);
    if !active {
        let membership = membership::find(transaction, team, &user.account)?;
        refuse_owner_deprovisioning(membership.map(|m| m.role)).or_refuse()?;
    }
    let unchanged = user.attributes == write.attributes
        && user.active == active
        && user.active_unassigned == write.active.is_none()
        && user.names == write.names
        && account.email == write.email;
    if unchanged {
        return Ok(Changed::No(user));
    }
    index::refuse_taken_names(transaction, team, &write.names, &user.id)?;
    email_change::settle(transaction, provisioner, &mut account, &write.email)?;

    let action = match (user.active, active) {
        (true, false) => Action::UserDeactivate,
        (false, true) => Action::UserReactivate,
        _ => Action::UserUpdate,
    };
    if user.active != active {
        settle_membership(transaction, context, team, &user.account, active)?;
        index::count_inactive(transaction, team, &user.id, Some(user.active), Some(active))?;
    }
    index::update(transaction, team, &user.id, Some(&user.names), Some(&write.names))?;
    if user.names.shown() != write.names.shown() {
        group::rename_member(transaction, context, team, &user.id, write.names.shown())?;
    }
    user.active = active;
    user.active_unassigned = write.active.is_none();
    user.names = write.names;
    user.attributes = write.attributes;
    user.touch(context);
    user.save(transaction, team)?;
    log(transaction, context, team, action, &user, &write.email)?;
    Ok(Changed::Yes(user))
}
