//! Create, and what comes to the same: an identity provider that lost its link creates again.

use super::{
    User, UserRefusal, UserWrite, email_change, find_by_account, find_by_external_id,
    find_by_user_name, fold, index, linked_account, log, refuse_email_outside_domains,
    settle_membership,
};
use crate::gather::Gather as _;
use crate::provisioning::account::{self, Origin};
use crate::provisioning::connection::Provisioner;
use crate::provisioning::event::Action;
use crate::provisioning::{Context, OperationError, Refuse as _, group};
use crate::store::{Expected, StoreError, Transaction, key};

/// Makes a SCIM user, with an account and a membership where there are none.
///
/// Where an *inactive* SCIM user has the same `userName`, `externalId` or account, that one is
/// taken up again under its id.
pub fn create(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    provisioner: &Provisioner,
    write: UserWrite,
) -> Result<Box<User>, OperationError<UserRefusal>> {
    refuse_email_outside_domains(&provisioner.team, &write.email).or_refuse()?;
    match find_same_person(transaction, provisioner, &write)? {
        Some(user) => take_up_again(transaction, context, provisioner, user, write),
        None => create_new(transaction, context, provisioner, write),
    }
}

/// A user that already is who `write` would create, with what they have in common.
struct Candidate {
    user: Box<User>,
    in_common: UserRefusal,
}

/// The one inactive user that `write` means.
fn find_same_person(
    transaction: &mut impl Transaction,
    provisioner: &Provisioner,
    write: &UserWrite,
) -> Result<Option<Box<User>>, OperationError<UserRefusal>> {
    refuse_ambiguity(candidates(transaction, provisioner, write)?).or_refuse()
}

fn candidates(
    transaction: &mut impl Transaction,
    provisioner: &Provisioner,
    write: &UserWrite,
) -> Result<Vec<Candidate>, StoreError> {
    let team = &provisioner.team_id;
    let by_name = key::user_name(team.as_str(), &fold(&write.names.user_name));
    let by_external_id = write.names.external_id.as_ref();
    let by_external_id = by_external_id.map(|id| key::external_id(team.as_str(), id));
    let by_email = key::account(write.email.folded());
    let keys = [Some(by_name), by_external_id, Some(by_email)].into_iter().flatten().gather();
    transaction.expect(Expected::keys(keys));
    let mut found = Vec::new();
    let mut note = |user: Option<Box<User>>, in_common| {
        found.extend(user.map(|user| Candidate { user, in_common }));
    };
    let by_name = find_by_user_name(transaction, team, &write.names.user_name)?;
    note(by_name, UserRefusal::UserNameTaken);
    if let Some(external_id) = &write.names.external_id {
        let by_external_id = find_by_external_id(transaction, team, external_id)?;
        note(by_external_id, UserRefusal::ExternalIdTaken);
    }
    if let Some(account) = account::find(transaction, &write.email)? {
        let by_account = find_by_account(transaction, team, &account.id)?;
        note(by_account, UserRefusal::EmailTaken);
    }
    Ok(found)
}

/// Refuses to create a user that is there and active, or one that two inactive users could be.
fn refuse_ambiguity(found: Vec<Candidate>) -> Result<Option<Box<User>>, UserRefusal> {
    if let Some(live) = found.iter().find(|candidate| candidate.user.active) {
        return Err(live.in_common.clone());
    }
    let mut found = found.into_iter();
    let Some(first) = found.next() else {
        return Ok(None);
    };
    match found.find(|other| other.user.id != first.user.id) {
        Some(other) => Err(other.in_common),
        None => Ok(Some(first.user)),
    }
}

fn create_new(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    provisioner: &Provisioner,
    write: UserWrite,
) -> Result<Box<User>, OperationError<UserRefusal>> {
    let team = &provisioner.team_id;
    let origin = Origin::Scim { team: team.clone() };
    let account = account::find_or_create(transaction, context, &write.email, origin)?;
    let user = Box::new(User {
        id: context.new_id(),
        account: account.id,
        active: write.active.unwrap_or(true),
        active_unassigned: false,
        names: write.names,
        attributes: write.attributes,
        version: 1,
        created: context.now,
        last_modified: context.now,
    });
    let link = key::account_team(&user.account, team.as_str());
    transaction.put(&link, user.id.as_bytes().to_vec())?;
    settle_membership(transaction, context, team, &user.account, user.active)?;
    index::update(transaction, team, &user.id, None, Some(&user.names))?;
    index::count_inactive(transaction, team, &user.id, None, Some(user.active))?;
    user.save(transaction, team)?;
    log(transaction, context, team, Action::UserCreate, &user, &write.email)?;
    Ok(user)
}

fn take_up_again(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    provisioner: &Provisioner,
    mut user: Box<User>,
    write: UserWrite,
) -> Result<Box<User>, OperationError<UserRefusal>> {
    let team = &provisioner.team_id;
    let mut account = linked_account(transaction, &user)?;
    email_change::settle(transaction, provisioner, &mut account, &write.email)?;

    let active = write.active.unwrap_or(true);
    index::count_inactive(transaction, team, &user.id, Some(user.active), Some(active))?;
    user.active = active;
    user.active_unassigned = false;
    settle_membership(transaction, context, team, &user.account, user.active)?;
    index::update(transaction, team, &user.id, Some(&user.names), Some(&write.names))?;
    if user.names.shown() != write.names.shown() {
        group::rename_member(transaction, context, team, &user.id, write.names.shown())?;
    }
    user.names = write.names;
    user.attributes = write.attributes;
    user.touch(context);
    user.save(transaction, team)?;
    let action = if user.active { Action::UserReactivate } else { Action::UserUpdate };
    log(transaction, context, team, action, &user, &write.email)?;
    Ok(user)
}
