//! Teams: what the platform says of them.

use serde_json::{Map, Value};
use thiserror::Error;

use super::connection::{self, Connection};
use super::event::{self, Action, Event, Subject};
use super::transfer::Importing;
use super::{Context, OperationError, Refuse as _, account, membership, record};
use crate::email::{Domain, Email};
use crate::gather::Gather as _;
use crate::host::Timestamp;
use crate::json::typed::{FromJson, RecordError, ToJson, View, names, parsed, record};
use crate::provisioning::membership::{Membership, Role, Via};
use crate::store::{StoreError, Transaction, key};

/// The most owners a team can have.
pub const OWNERS_MAX: usize = 100;
/// The most verified domains a team can have.
pub const DOMAINS_MAX: usize = 100;
/// The longest name in characters.
pub const NAME_MAX: usize = 200;

/// A team's id: up to 63 of `a-z`, `0-9` and `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TeamId(String);

/// Why a text is no team id.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a team id is 1 to 63 of a-z, 0-9 and -")]
pub struct TeamIdError;

impl TeamId {
    /// Reads an id.
    pub fn parse(text: &str) -> Result<Self, TeamIdError> {
        let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if (1..=63).contains(&text.len()) && text.bytes().all(good) {
            Ok(Self(text.to_owned()))
        } else {
            Err(TeamIdError)
        }
    }

    /// An id that no team can have.
    pub(crate) fn nobodys() -> Self {
        Self(String::new())
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromJson for TeamId {
    fn take(value: &mut Value) -> Result<Self, RecordError> {
        parsed(value, Self::parse)
    }
}

impl ToJson for TeamId {
    fn view(&self) -> View<'_> {
        View::Text(&self.0)
    }
}

/// How a team's people sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SsoProtocol {
    /// Without single sign-on.
    None,
    /// SAML 2.0.
    Saml,
    /// OpenID Connect.
    Oidc,
}

names!(SsoProtocol { None = "none", Saml = "saml", Oidc = "oidc" });

/// A team's single sign-on, as far as it concerns provisioning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sso {
    /// The protocol.
    pub protocol: SsoProtocol,
    /// The identity provider, as the settings page shows it.
    pub issuer: Option<String>,
}

record!(strict Sso { protocol as "type", issuer });

/// A team.
#[derive(Clone, Debug, PartialEq)]
pub struct Team {
    /// The name that people see.
    pub name: String,
    /// How its people sign in.
    pub sso: Sso,
    /// E-mail domains that the team has shown to be its own; none means that addresses are not restricted.
    pub verified_domains: Vec<Domain>,
    /// When the platform first told of it.
    pub created: Timestamp,
    /// The SCIM connection, while it is on.
    pub connection: Option<Connection>,
    /// The import that is being carried out, until it is.
    pub importing: Option<Importing>,
}

record!(Team { name, sso, verified_domains, created, connection, importing });

/// What the platform says of a team.
#[derive(Clone, Debug)]
pub struct TeamWrite {
    /// The name.
    pub name: String,
    /// How its people sign in.
    pub sso: Sso,
    /// Its e-mail domains; `None` leaves them as they are.
    pub verified_domains: Option<Vec<Domain>>,
    /// Exactly these people own it; `None` leaves its owners as they are.
    pub owners: Option<Vec<Email>>,
}

/// Why a team cannot be as the platform says.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum TeamRefusal {
    /// A team without an owner.
    #[error("a team needs at least one owner")]
    NoOwner,
}

/// The team with `id`.
pub fn find(
    transaction: &mut impl Transaction,
    id: &TeamId,
) -> Result<Option<Box<Team>>, StoreError> {
    record::load(transaction, &key::team(id.as_str()))
}

/// Whether the records of a team are being written by an import, so that nothing can be said of them yet.
pub fn is_importing(transaction: &mut impl Transaction, id: &TeamId) -> Result<bool, StoreError> {
    let record: Option<Map<String, Value>> = record::load(transaction, &key::team(id.as_str()))?;
    let importing = record.and_then(|mut team| team.remove("importing"));
    Ok(importing.is_some_and(|importing| !importing.is_null()))
}

/// A record like a team's with SCIM on, which costs as much to read, to compare a token with where there is no team.
pub(crate) fn stand_in() -> Result<Box<Team>, StoreError> {
    const RECORD: &str = concat!(
        r#"{"name":"nobody","sso":{"type":"oidc"},"verified_domains":["example.com"],"created":0,"#,
        r#""connection":{"endpoint":"000000000000000000000000","token_sha256":""#,
        "0000000000000000000000000000000000000000000000000000000000000000",
        r#"","enabled":0,"token_created":0}}"#,
    );
    record::decode("teams", RECORD.as_bytes())
}

pub(crate) fn save(
    transaction: &mut impl Transaction,
    id: &TeamId,
    team: &Team,
) -> Result<(), StoreError> {
    record::save(transaction, &key::team(id.as_str()), team)
}

/// The addresses of a team's owners.
pub fn owners(transaction: &mut impl Transaction, id: &TeamId) -> Result<Vec<Email>, StoreError> {
    let mut emails = Vec::new();
    let owners = membership::owner_ids(transaction, id)?;
    account::expect(transaction, &owners.iter().map(String::as_str).gather())?;
    for owner in &owners {
        if let Some(account) = account::by_id(transaction, owner)? {
            emails.push(account.email);
        }
    }
    Ok(emails)
}

/// Makes or changes a team. Answers whether it is new.
///
/// Who stops being an owner stays a member. Taking the SSO configuration away switches SCIM off.
pub fn put(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    id: &TeamId,
    write: TeamWrite,
) -> Result<bool, OperationError<TeamRefusal>> {
    let before = find(transaction, id)?;
    refuse_having_no_owner(before.is_some(), write.owners.as_deref()).or_refuse()?;

    let mut team = Team {
        name: write.name,
        sso: write.sso,
        verified_domains: write
            .verified_domains
            .or_else(|| before.as_ref().map(|team| team.verified_domains.clone()))
            .unwrap_or_default(),
        created: before.as_ref().map_or(context.now, |team| team.created),
        connection: before.as_ref().and_then(|team| team.connection.clone()),
        importing: before.as_ref().and_then(|team| team.importing.clone()),
    };
    if team.connection.is_some() && team.sso.protocol == SsoProtocol::None {
        connection::close(transaction, context, id, &mut team)?;
    }
    if before.as_deref() != Some(&team) {
        save(transaction, id, &team)?;
        let action = if before.is_none() { Action::TeamCreate } else { Action::TeamUpdate };
        event::append(transaction, context, id, Event::done(action, Subject::default()))?;
    }
    if let Some(owners) = write.owners {
        set_owners(transaction, context, id, &owners)?;
    }
    Ok(before.is_none())
}

fn refuse_having_no_owner(exists: bool, owners: Option<&[Email]>) -> Result<(), TeamRefusal> {
    match owners {
        Some([]) => Err(TeamRefusal::NoOwner),
        None if !exists => Err(TeamRefusal::NoOwner),
        _ => Ok(()),
    }
}

fn set_owners(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    id: &TeamId,
    owners: &[Email],
) -> Result<(), StoreError> {
    let mut listed = Vec::with_capacity(owners.len());
    for email in owners {
        let origin = account::Origin::Platform;
        let account = account::find_or_create(transaction, context, email, origin)?;
        let present = membership::find(transaction, id, &account.id)?;
        if present.is_none_or(|membership| membership.role != Role::Owner) {
            let owner = Membership { role: Role::Owner, since: context.now, via: Via::Platform };
            membership::set(transaction, context, id, &account, owner)?;
        }
        listed.push(account.id);
    }
    for former in membership::owner_ids(transaction, id)? {
        if listed.contains(&former) {
            continue;
        }
        if let Some(account) = account::by_id(transaction, &former)? {
            let member = Membership { role: Role::Member, since: context.now, via: Via::Platform };
            membership::set(transaction, context, id, &account, member)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
