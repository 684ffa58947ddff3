//! Accounts: people, known by e-mail address across all teams.
//!
//! Nothing here deletes an account: it outlives every membership.

use super::{Context, TeamId, record};
use crate::email::Email;
use crate::gather::Gather as _;
use crate::host::Timestamp;
use crate::json::typed::{
    Field, Fields, ReadRecord, RecordError, ToJson, View, WriteRecord, none_of, record,
};
use crate::store::{Expected, StoreError, Transaction, key};

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The id, which never changes.
    pub id: String,
    /// The address that the account is known by.
    pub email: Email,
    /// When it was made.
    pub created: Timestamp,
    /// What made it.
    pub origin: Origin,
}

record!(Account { id, email, created, origin });

/// What made an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The platform or a team's owner.
    Platform,
    /// A team's identity provider.
    Scim {
        /// The team.
        team: TeamId,
    },
}

impl ReadRecord for Origin {
    fn read(fields: &mut Fields<'_>) -> Result<Self, RecordError> {
        let kind: String = fields.take("kind")?;
        match kind.as_str() {
            "platform" => Ok(Self::Platform),
            "scim" => Ok(Self::Scim { team: fields.take("team")? }),
            _ => Err(none_of(&["platform", "scim"], &kind.into()).within("kind")),
        }
    }
}

impl ToJson for Origin {
    fn view(&self) -> View<'_> {
        View::Record(self)
    }
}

impl WriteRecord for Origin {
    fn each(&self, to: &mut Field<'_>) {
        match self {
            Self::Platform => to("kind", &"platform"),
            Self::Scim { team } => {
                to("kind", &"scim");
                to("team", team);
            }
        }
    }
}

/// The account that `email` belongs to.
pub fn find(
    transaction: &mut impl Transaction,
    email: &Email,
) -> Result<Option<Account>, StoreError> {
    record::load(transaction, &key::account(email.folded()))
}

/// The account with `id`.
pub fn by_id(transaction: &mut impl Transaction, id: &str) -> Result<Option<Account>, StoreError> {
    match address(transaction, id)? {
        Some(folded) => record::load(transaction, &key::account(&folded)),
        None => Ok(None),
    }
}

/// Hears that the accounts with these `ids` are about to be looked for, and finds out by which addresses.
pub(crate) fn expect(transaction: &mut impl Transaction, ids: &[&str]) -> Result<(), StoreError> {
    let keys = ids.iter().map(|id| key::account_email(id)).gather();
    transaction.expect(Expected::keys(keys));
    let mut keys = Vec::with_capacity(ids.len());
    for id in ids {
        keys.extend(address(transaction, id)?.as_deref().map(key::account));
    }
    transaction.expect(Expected::keys(keys));
    Ok(())
}

/// The folded address of the account with `id`.
fn address(transaction: &mut impl Transaction, id: &str) -> Result<Option<String>, StoreError> {
    let folded = transaction.get(&key::account_email(id))?;
    folded
        .map(String::from_utf8)
        .transpose()
        .map_err(|_| StoreError::corrupt("an account's address is no text"))
}

/// The account that `email` belongs to, a new one where there is none.
pub(crate) fn find_or_create(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    email: &Email,
    origin: Origin,
) -> Result<Account, StoreError> {
    if let Some(account) = find(transaction, email)? {
        return Ok(account);
    }
    let account =
        Account { id: context.new_id(), email: email.clone(), created: context.now, origin };
    save(transaction, &account)?;
    Ok(account)
}

/// Gives `account` another address, which must be nobody's.
pub(crate) fn change_email(
    transaction: &mut impl Transaction,
    account: &mut Account,
    email: Email,
) -> Result<(), StoreError> {
    transaction.delete(&key::account(account.email.folded()));
    account.email = email;
    save(transaction, account)
}

pub(crate) fn save(
    transaction: &mut impl Transaction,
    account: &Account,
) -> Result<(), StoreError> {
    record::save(transaction, &key::account(account.email.folded()), account)?;
    let folded = account.email.folded().as_bytes().to_vec();
    transaction.put(&key::account_email(&account.id), folded)
}

/// Up to `limit` teams that `account` is a member or a SCIM user of.
pub fn teams(
    transaction: &mut impl Transaction,
    account: &str,
    limit: usize,
) -> Result<Vec<String>, StoreError> {
    let prefix = key::account_teams(account);
    let entries = transaction.range(&prefix, None, 0, limit)?;
    Ok(entries.iter().filter_map(|(key, _)| key.strip_prefix(&prefix)).map(str::to_owned).gather())
}
