//! Memberships: an account's place in one team, and who may give or take it.

use thiserror::Error;

use super::account::{self, Account};
use super::event::{self, Action, Event, Subject};
use super::{Context, OperationError, Refuse as _, TeamId, record, user};
use crate::email::Email;
use crate::gather::Gather as _;
use crate::host::Timestamp;
use crate::json::typed::{names, record};
use crate::store::{StoreError, Transaction, key};

/// What a member may do in the product behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Decides on the team itself, SCIM included.
    Owner,
    /// As the product defines it.
    Admin,
    /// As the product defines it.
    Member,
}

names!(Role { Owner = "owner", Admin = "admin", Member = "member" });

/// How a membership came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// The team's identity provider.
    Scim,
    /// The platform, such as after an invitation or at a first sign-in.
    Platform,
    /// An owner of the team.
    Owner,
}

names!(Via { Scim = "scim", Platform = "platform", Owner = "owner" });

/// An account's place in a team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The role.
    pub role: Role,
    /// Since when.
    pub since: Timestamp,
    /// How it came about.
    pub via: Via,
}

record!(Membership { role, since, via });

/// That the identity provider took somebody out of a team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Deprovisioning {
    /// When.
    pub(crate) at: Timestamp,
}

record!(Deprovisioning { at });

/// Why a membership stays as it is.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum MembershipRefusal {
    /// The identity provider took this person out; signing in does not undo that.
    #[error(
        "the team's identity provider deactivated this person; only an owner of the team can add \
         them again"
    )]
    Deprovisioned,
    /// The team would be without an owner.
    #[error("this is the team's only owner; make somebody else an owner first")]
    LastOwner,
    /// There is nobody to take out.
    #[error("there is no such member")]
    NotAMember,
}

/// Refuses to undo what the identity provider did, unless an owner asks for it.
fn refuse_undoing_deprovisioning(
    deprovisioned: bool,
    asked_by_owner: bool,
) -> Result<(), MembershipRefusal> {
    if deprovisioned && !asked_by_owner {
        return Err(MembershipRefusal::Deprovisioned);
    }
    Ok(())
}

/// Refuses to leave a team without an owner.
fn refuse_losing_the_last_owner(
    now: Option<Role>,
    then: Option<Role>,
    owners: u64,
) -> Result<(), MembershipRefusal> {
    if now == Some(Role::Owner) && then != Some(Role::Owner) && owners <= 1 {
        return Err(MembershipRefusal::LastOwner);
    }
    Ok(())
}

/// The membership of `account` in `team`.
pub fn find(
    transaction: &mut impl Transaction,
    team: &TeamId,
    account: &str,
) -> Result<Option<Membership>, StoreError> {
    record::load(transaction, &key::member(team.as_str(), account))
}

/// The membership of whoever `email` belongs to, with their account.
pub fn find_by_email(
    transaction: &mut impl Transaction,
    team: &TeamId,
    email: &Email,
) -> Result<Option<(Account, Membership)>, StoreError> {
    let Some(account) = account::find(transaction, email)? else {
        return Ok(None);
    };
    let membership = find(transaction, team, &account.id)?;
    Ok(membership.map(|membership| (account, membership)))
}

/// The ids of the accounts that own `team`, up to the most it can have.
pub(crate) fn owner_ids(
    transaction: &mut impl Transaction,
    team: &TeamId,
) -> Result<Vec<String>, StoreError> {
    let prefix = key::owners(team.as_str());
    let entries = transaction.range(&prefix, None, 0, super::team::OWNERS_MAX)?;
    Ok(entries.iter().filter_map(|(key, _)| key.strip_prefix(&prefix)).map(str::to_owned).gather())
}

/// Up to `limit` members whose account ids come after `after`, with their accounts.
pub fn list(
    transaction: &mut impl Transaction,
    team: &TeamId,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<(Account, Membership)>, StoreError> {
    let prefix = key::members(team.as_str());
    let after = after.map(|account| key::member(team.as_str(), account));
    let mut members = Vec::new();
    let entries = transaction.range(&prefix, after.as_deref(), 0, limit)?;
    let ids = entries.iter().map(|(key, _)| key.strip_prefix(&prefix).unwrap_or_default());
    account::expect(transaction, &ids.gather())?;
    for (key, value) in &entries {
        let membership = record::decode(key, value)?;
        let id = key.strip_prefix(&prefix).unwrap_or_default();
        let account = account::by_id(transaction, id)?
            .ok_or_else(|| StoreError::corrupt("a member has no account"))?;
        members.push((account, membership));
    }
    Ok(members)
}

/// What the platform or an owner asks for with "add member".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberWrite {
    /// The role; `None` leaves a member's role and makes a new one a `member`.
    pub role: Option<Role>,
    /// Whether an owner asks, not only the platform.
    pub by_owner: bool,
}

/// Adds a member or changes their role. Answers whether they are new.
pub fn put(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    team: &TeamId,
    email: &Email,
    write: MemberWrite,
) -> Result<(Account, Membership, bool), OperationError<MembershipRefusal>> {
    let account = account::find_or_create(transaction, context, email, account::Origin::Platform)?;
    let present = find(transaction, team, &account.id)?;
    let deprovisioned = is_deprovisioned(transaction, team, &account.id)?;
    refuse_undoing_deprovisioning(deprovisioned, write.by_owner).or_refuse()?;

    let now = present.as_ref().map(|membership| membership.role);
    let role = write.role.or(now).unwrap_or(Role::Member);
    if now == Some(role)
        && let Some(membership) = present
    {
        return Ok((account, membership, false));
    }
    let owners = transaction.count(&key::owners(team.as_str()))?;
    refuse_losing_the_last_owner(now, Some(role), owners).or_refuse()?;

    let via = if write.by_owner { Via::Owner } else { Via::Platform };
    let membership = match present {
        Some(before) => Membership { role, ..before },
        None => Membership { role, since: context.now, via },
    };
    set(transaction, context, team, &account, membership.clone())?;
    Ok((account, membership, now.is_none()))
}

/// Takes a member out at the platform's or an owner's wish.
pub fn remove(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    team: &TeamId,
    email: &Email,
) -> Result<(), OperationError<MembershipRefusal>> {
    let found = find_by_email(transaction, team, email)?;
    let (account, membership) = found.ok_or(MembershipRefusal::NotAMember).or_refuse()?;
    let owners = transaction.count(&key::owners(team.as_str()))?;
    refuse_losing_the_last_owner(Some(membership.role), None, owners).or_refuse()?;

    revoke(transaction, team, &account.id)?;
    user::set_active(transaction, context, team, &account.id, false)?;
    let event = Event::done(Action::MemberRemove, subject(&account));
    Ok(event::append(transaction, context, team, event)?)
}

/// Gives `account` this membership, with its event; the SCIM user linked to it becomes active.
pub(crate) fn set(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    team: &TeamId,
    account: &Account,
    membership: Membership,
) -> Result<(), StoreError> {
    let present = find(transaction, team, &account.id)?;
    let action = if present.is_some() { Action::MemberUpdate } else { Action::MemberAdd };
    grant(transaction, team, &account.id, &membership)?;
    user::set_active(transaction, context, team, &account.id, true)?;
    event::append(transaction, context, team, Event::done(action, subject(account)))
}

/// Writes a membership and all that goes with it.
pub(crate) fn grant(
    transaction: &mut impl Transaction,
    team: &TeamId,
    account: &str,
    membership: &Membership,
) -> Result<(), StoreError> {
    let team = team.as_str();
    record::save(transaction, &key::member(team, account), membership)?;
    if membership.role == Role::Owner {
        transaction.put(&key::owner(team, account), b"{}".to_vec())?;
    } else {
        transaction.delete(&key::owner(team, account));
    }
    let link = key::account_team(account, team);
    if transaction.get(&link)?.is_none() {
        transaction.put(&link, Vec::new())?;
    }
    transaction.delete(&key::deprovisioned(team, account));
    Ok(())
}

/// Removes a membership and all that goes with it. The account stays.
pub(crate) fn revoke(
    transaction: &mut impl Transaction,
    team: &TeamId,
    account: &str,
) -> Result<(), StoreError> {
    let team = team.as_str();
    transaction.delete(&key::member(team, account));
    transaction.delete(&key::owner(team, account));
    let link = key::account_team(account, team);
    if transaction.get(&link)?.is_some_and(|user| user.is_empty()) {
        transaction.delete(&link);
    }
    Ok(())
}

/// Notes that the identity provider wants `account` out of the team.
pub(crate) fn mark_deprovisioned(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    team: &TeamId,
    account: &str,
) -> Result<(), StoreError> {
    let mark = Deprovisioning { at: context.now };
    record::save(transaction, &key::deprovisioned(team.as_str(), account), &mark)
}

fn is_deprovisioned(
    transaction: &mut impl Transaction,
    team: &TeamId,
    account: &str,
) -> Result<bool, StoreError> {
    Ok(transaction.get(&key::deprovisioned(team.as_str(), account))?.is_some())
}

fn subject(account: &Account) -> Subject {
    Subject { email: Some(account.email.as_str().to_owned()), ..Subject::default() }
}

#[cfg(test)]
mod tests;
