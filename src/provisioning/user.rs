//! SCIM users: what an identity provider sees of a person in one team.
//!
//! A SCIM user is linked to one account for as long as it exists. It is `active` exactly while that account is
//! a member of the team.

mod create;
mod delete;
mod email_change;
pub(crate) mod index;
mod update;

pub use create::create;
pub use delete::delete;
pub(crate) use index::index_entries;
pub use update::{Changed, update};

use serde_json::{Map, Value};
use thiserror::Error;

use super::account::{self, Account};
use super::event::{self, Action, Event, Subject};
use super::membership::{self, Membership, Role, Via};
use super::team::Team;
use super::{Context, OperationError, TeamId, record};
use crate::case::to_lower_case;
use crate::email::Email;
use crate::gather::Gather as _;
use crate::host::Timestamp;
use crate::json::typed::record;
use crate::store::{Expected, StoreError, Transaction, key};

/// A SCIM user as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    /// The id, chosen by us, never used twice.
    pub id: String,
    /// The account that it stands for.
    pub account: String,
    /// Whether the account is a member of the team.
    pub active: bool,
    /// Whether the identity provider has taken `active` away. It is not shown then, until it is given again; the
    /// membership is as it was.
    pub active_unassigned: bool,
    /// What others find it by, and see of it.
    pub names: Names,
    /// All attributes that the identity provider wrote, `active` left out.
    pub attributes: Map<String, Value>,
    /// Counts the changes, from 1.
    pub version: u64,
    /// When it was made.
    pub created: Timestamp,
    /// When it was changed last.
    pub last_modified: Timestamp,
}

record!(User {
    id,
    account,
    active,
    active_unassigned: sparse,
    names,
    attributes,
    version,
    created,
    last_modified,
});

/// What a SCIM user is found by, and shown as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// `userName`, unique in the team without regard to case.
    pub user_name: String,
    /// `externalId`, unique in the team.
    pub external_id: Option<String>,
    /// All its e-mail addresses, as they were written.
    pub emails: Vec<String>,
    /// The name to show for the person, where it is not the `userName`.
    pub display_name: Option<String>,
}

record!(Names { user_name, external_id, emails: default, display_name });

impl Names {
    /// The name to show for the person.
    pub fn shown(&self) -> &str {
        self.display_name.as_deref().unwrap_or(&self.user_name)
    }
}

/// A SCIM user as an identity provider wants it.
#[derive(Clone, Debug)]
pub struct UserWrite {
    /// What it is found by.
    pub names: Names,
    /// The address that the account is known by.
    pub email: Email,
    /// Whether the person is to be a member. `None` leaves that as it is and [unassigned](User::active_unassigned),
    /// and means yes for a new one.
    pub active: Option<bool>,
    /// All attributes, `active` left out.
    pub attributes: Map<String, Value>,
}

/// Why a SCIM user stays as it is.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum UserRefusal {
    /// There is none with this id.
    #[error("there is no such user")]
    NotFound,
    /// Another SCIM user has this `userName`.
    #[error("another user of this team has this userName")]
    UserNameTaken,
    /// Another SCIM user has this `externalId`.
    #[error("another user of this team has this externalId")]
    ExternalIdTaken,
    /// Another SCIM user stands for the person with this address.
    #[error("another user of this team has this e-mail address")]
    EmailTaken,
    /// The address is another account's.
    #[error("this e-mail address belongs to another account")]
    EmailOfAnotherAccount,
    /// The address lies outside the team's domains.
    #[error("the e-mail address is outside the verified domains of this team")]
    EmailOutsideDomains,
    /// The team has no say over the account whose address would change.
    #[error(
        "the e-mail address of this account cannot be changed by this team's identity provider: \
         the account was not created by it alone and its address is outside the team's verified \
         domains"
    )]
    EmailNotOurs,
    /// An owner would lose their membership.
    #[error(
        "an owner of the team cannot be deprovisioned; another owner has to take the owner role \
         away first"
    )]
    Owner,
    /// The resource is not in the state that the client expects.
    #[error("the user was changed in the meantime")]
    VersionMismatch,
}

/// Refuses to take the membership of an owner.
fn refuse_owner_deprovisioning(role: Option<Role>) -> Result<(), UserRefusal> {
    match role {
        Some(Role::Owner) => Err(UserRefusal::Owner),
        Some(Role::Admin | Role::Member) | None => Ok(()),
    }
}

/// Refuses an address outside the team's verified domains, where it has any.
fn refuse_email_outside_domains(team: &Team, email: &Email) -> Result<(), UserRefusal> {
    let domains = &team.verified_domains;
    if domains.is_empty() || domains.iter().any(|domain| email.is_within(domain)) {
        return Ok(());
    }
    Err(UserRefusal::EmailOutsideDomains)
}

/// The SCIM user with `id`.
pub fn find(
    transaction: &mut impl Transaction,
    team: &TeamId,
    id: &str,
) -> Result<Option<Box<User>>, StoreError> {
    if !super::is_id(id) {
        return Ok(None);
    }
    record::load(transaction, &key::user(team.as_str(), id))
}

/// Hears that the SCIM users with these `ids` are about to be looked for.
pub fn expect(transaction: &mut impl Transaction, team: &TeamId, ids: &[&str]) {
    let keys = ids.iter().map(|id| key::user(team.as_str(), id)).gather();
    transaction.expect(Expected::keys(keys));
}

/// The SCIM user with a `userName`, without regard to case.
pub fn find_by_user_name(
    transaction: &mut impl Transaction,
    team: &TeamId,
    user_name: &str,
) -> Result<Option<Box<User>>, StoreError> {
    index::follow(transaction, team, &key::user_name(team.as_str(), &fold(user_name)))
}

/// The SCIM user with an `externalId`.
pub fn find_by_external_id(
    transaction: &mut impl Transaction,
    team: &TeamId,
    external_id: &str,
) -> Result<Option<Box<User>>, StoreError> {
    index::follow(transaction, team, &key::external_id(team.as_str(), external_id))
}

/// The SCIM user that an account is linked to.
pub fn find_by_account(
    transaction: &mut impl Transaction,
    team: &TeamId,
    account: &str,
) -> Result<Option<Box<User>>, StoreError> {
    index::follow(transaction, team, &key::account_team(account, team.as_str()))
}

/// The id of the SCIM user that an account is linked to.
pub(crate) fn find_link(
    transaction: &mut impl Transaction,
    team: &TeamId,
    account: &str,
) -> Result<Option<String>, StoreError> {
    super::index::named_id(transaction, &key::account_team(account, team.as_str()))
}

/// Up to `limit` SCIM users that have an address, primary or not, without regard to case. Some of them may
/// have another address: the caller checks.
pub fn find_by_email(
    transaction: &mut impl Transaction,
    team: &TeamId,
    email: &str,
    limit: usize,
) -> Result<Vec<User>, StoreError> {
    index::by_email(transaction, team, email, limit)
}

/// How many SCIM users `team` has, active or not.
pub fn count(transaction: &mut impl Transaction, team: &TeamId) -> Result<u64, StoreError> {
    transaction.count(&key::users(team.as_str()))
}

/// How many of them are active.
pub fn count_active(transaction: &mut impl Transaction, team: &TeamId) -> Result<u64, StoreError> {
    let inactive = transaction.count(&key::all_inactive(team.as_str()))?;
    Ok(count(transaction, team)?.saturating_sub(inactive))
}

/// Up to `limit` SCIM users in the order of their creation: those behind the one with the id `after` (where
/// given), the first `skip` of them left out.
pub fn list(
    transaction: &mut impl Transaction,
    team: &TeamId,
    after: Option<&str>,
    skip: u64,
    limit: usize,
) -> Result<Vec<User>, StoreError> {
    let after = after.map(|id| key::user(team.as_str(), id));
    record::list(transaction, &key::users(team.as_str()), after.as_deref(), skip, limit)
}

/// Makes the SCIM user that `account` is linked to follow its membership. Writes no event: the caller's says
/// what happened.
pub(crate) fn set_active(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    team: &TeamId,
    account: &str,
    active: bool,
) -> Result<(), StoreError> {
    match find_by_account(transaction, team, account)? {
        Some(mut user) if user.active != active => {
            let before = Some(user.active);
            index::count_inactive(transaction, team, &user.id, before, Some(active))?;
            user.active = active;
            user.active_unassigned = false;
            user.touch(context);
            user.save(transaction, team)
        }
        _ => Ok(()),
    }
}

impl User {
    /// Counts a change.
    fn touch(&mut self, context: &Context<'_>) {
        self.version = self.version.saturating_add(1);
        self.last_modified = context.now;
    }

    fn save(&self, transaction: &mut impl Transaction, team: &TeamId) -> Result<(), StoreError> {
        record::save(transaction, &key::user(team.as_str(), &self.id), self)
    }
}

/// The form that all spellings of a `userName` have in common (RFC 7643 §4.1.1: not case-sensitive).
pub(crate) fn fold(user_name: &str) -> String {
    to_lower_case(user_name)
}

/// Makes the membership of a linked account be as `active` says. An existing membership keeps its role.
fn settle_membership(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    team: &TeamId,
    account: &str,
    active: bool,
) -> Result<(), OperationError<UserRefusal>> {
    let present = membership::find(transaction, team, account)?;
    if active {
        let membership = present.unwrap_or(Membership {
            role: Role::Member,
            since: context.now,
            via: Via::Scim,
        });
        membership::grant(transaction, team, account, &membership)?;
    } else {
        let role = present.map(|membership| membership.role);
        refuse_owner_deprovisioning(role).map_err(OperationError::Refused)?;
        membership::revoke(transaction, team, account)?;
        membership::mark_deprovisioned(transaction, context, team, account)?;
    }
    Ok(())
}

fn linked_account(transaction: &mut impl Transaction, user: &User) -> Result<Account, StoreError> {
    account::by_id(transaction, &user.account)?
        .ok_or_else(|| StoreError::corrupt("a SCIM user has no account"))
}

fn log(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    team: &TeamId,
    action: Action,
    user: &User,
    email: &Email,
) -> Result<(), StoreError> {
    let subject = Subject {
        email: Some(email.as_str().to_owned()),
        user_id: Some(user.id.clone()),
        ..Subject::default()
    };
    event::append(transaction, context, team, Event::done(action, subject))
}

#[cfg(test)]
mod tests;
