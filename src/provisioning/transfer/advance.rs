//! From the commit point on: the former records go, and what is staged is moved to its place, in batches that any node can
//! go on with. How far it has come is part of each batch's transaction.
//!
//! Which account a person has here is decided now, in the transaction that writes them: an address that has an account
//! keeps it, with its id.

use super::stage::StagedPerson;
use super::{Importing, Phase};
use crate::provisioning::account::{self, Account};
use crate::provisioning::event::{self, Action, Event, Subject};
use crate::provisioning::group::{self, Group};
use crate::provisioning::membership::{Deprovisioning, Role};
use crate::provisioning::team::Team;
use crate::provisioning::user::{self, User};
use crate::provisioning::{Context, TeamId, record, team};
use crate::store::{Entry, Expected, StoreError, Transaction, key};

/// How many people are moved at once. Each is compared with two accounts, and etcd compares no more than 128 keys.
const PERSONS: usize = 32;

/// How many records of other kinds are moved, or removed, at once.
const RECORDS: usize = 128;

/// A batch ends with the record that reaches this many bytes.
const BATCH_BYTES: usize = 256 * 1024;

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advance {
    /// There is nothing to go on with.
    Nothing,
    /// There is more to be done.
    More,
    /// The team is as the file says.
    Done,
}

/// Does one batch of what is left of an import of `id` that was committed.
pub fn advance(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    id: &TeamId,
) -> Result<Advance, StoreError> {
    let Some(mut team) = team::find(transaction, id)? else { return Ok(Advance::Nothing) };
    let Some(importing) = team.importing.take() else { return Ok(Advance::Nothing) };
    let mover = Mover { id, context, importing: &importing };
    let after = match importing.phase {
        Phase::Removing => mover.remove(transaction)?,
        Phase::Persons => mover.move_persons(transaction)?,
        Phase::Groups | Phase::Members | Phase::Events => mover.move_records(transaction)?,
    };
    let next = match (after, importing.phase.next()) {
        (Some(after), _) => (importing.phase, Some(after)),
        (None, Some(phase)) => (phase, None),
        (None, None) => {
            finish(transaction, context, id, &importing, &team)?;
            return Ok(Advance::Done);
        }
    };
    let (phase, after) = next;
    team.importing = Some(Importing { phase, after, at: context.now, ..importing });
    team::save(transaction, id, &team)?;
    Ok(Advance::More)
}

impl Phase {
    fn next(self) -> Option<Self> {
        match self {
            Self::Removing => Some(Self::Persons),
            Self::Persons => Some(Self::Groups),
            Self::Groups => Some(Self::Members),
            Self::Members => Some(Self::Events),
            Self::Events => None,
        }
    }
}

/// The last step: from here on the team is one like any other.
fn finish(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    id: &TeamId,
    importing: &Importing,
    team: &Team,
) -> Result<(), StoreError> {
    transaction.delete(&key::import(id.as_str(), &importing.import));
    team::save(transaction, id, team)?;
    let event = Event::done(Action::TeamImport, Subject::default());
    event::append(transaction, context, id, event)
}

struct Mover<'m> {
    id: &'m TeamId,
    context: &'m Context<'m>,
    importing: &'m Importing,
}

impl Mover<'_> {
    /// The next few records under `prefix`, and the end of the last one's key if there may be more.
    fn next(
        &self,
        transaction: &mut impl Transaction,
        prefix: &str,
        limit: usize,
    ) -> Result<(Vec<Entry>, Option<String>), StoreError> {
        let after = self.importing.after.as_ref().map(|after| format!("{prefix}{after}"));
        let mut entries = transaction.range(prefix, after.as_deref(), 0, limit)?;
        let mut bytes = 0;
        let fitting = entries.iter().take_while(|(_, value)| {
            let fits = bytes < BATCH_BYTES;
            bytes += value.len();
            fits
        });
        let fitting = fitting.count();
        let more = fitting < entries.len() || entries.len() == limit;
        entries.truncate(fitting);
        let last = entries.last().filter(|_| more);
        let after = last.and_then(|(key, _)| key.strip_prefix(prefix)).map(str::to_owned);
        Ok((entries, after))
    }

    fn staged(&self, rest: &str) -> String {
        key::staged(self.id.as_str(), &self.importing.import, rest)
    }

    fn staged_user(&self, id: &str) -> String {
        self.staged(&format!("users/{id}"))
    }

    fn remove(&self, transaction: &mut impl Transaction) -> Result<Option<String>, StoreError> {
        let team = self.id.as_str();
        let (members, users) = (key::members(team), key::users(team));
        let prefix = key::team_prefix(team);
        let (entries, after) = self.next(transaction, &prefix, RECORDS)?;
        for (key, value) in entries {
            if let Some(account) = key.strip_prefix(&members) {
                transaction.delete(&key::account_team(account, team));
            } else if key.starts_with(&users) {
                let user: User = record::decode(&key, &value)?;
                transaction.delete(&key::account_team(&user.account, team));
            }
            transaction.delete(&key);
        }
        Ok(after)
    }

    fn move_persons(
        &self,
        transaction: &mut impl Transaction,
    ) -> Result<Option<String>, StoreError> {
        let (entries, after) = self.next(transaction, &self.staged("persons/"), PERSONS)?;
        let mut persons = Vec::with_capacity(entries.len());
        let mut keys = Vec::new();
        for (key, value) in &entries {
            let person: Box<StagedPerson> = record::decode(key, value)?;
            keys.push(key::account(person.account.email.folded()));
            keys.push(key::account_email(&person.account.id));
            keys.extend(person.user.as_deref().map(|id| self.staged_user(id)));
            persons.push(person);
            transaction.delete(key);
        }
        transaction.expect(Expected::keys(keys));
        for person in persons {
            self.move_person(transaction, *person)?;
        }
        Ok(after)
    }

    fn move_person(
        &self,
        transaction: &mut impl Transaction,
        person: StagedPerson,
    ) -> Result<(), StoreError> {
        let team = self.id.as_str();
        let StagedPerson { account, membership, deprovisioned, user, .. } = person;
        let account = self.settle_account(transaction, account)?.id;
        if let Some(membership) = &membership {
            record::save(transaction, &key::member(team, &account), membership)?;
            if membership.role == Role::Owner {
                transaction.put(&key::owner(team, &account), b"{}".to_vec())?;
            }
        }
        if let Some(at) = deprovisioned {
            let key = key::deprovisioned(team, &account);
            record::save(transaction, &key, &Deprovisioning { at })?;
        }
        let link = key::account_team(&account, team);
        let Some(id) = user else {
            if membership.is_some() {
                transaction.put(&link, Vec::new())?;
            }
            return Ok(());
        };
        let staged = self.staged_user(&id);
        let mut user: User = record::load(transaction, &staged)?
            .ok_or_else(|| StoreError::corrupt("a staged user is not there"))?;
        user.account = account;
        transaction.delete(&staged);
        transaction.put(&link, id.into_bytes())?;
        user::index::update(transaction, self.id, &user.id, None, Some(&user.names))?;
        let active = Some(user.active);
        user::index::count_inactive(transaction, self.id, &user.id, None, active)?;
        record::save(transaction, &key::user(team, &user.id), &user)
    }

    /// The account that this person has here, made where they have none.
    fn settle_account(
        &self,
        transaction: &mut impl Transaction,
        mut exported: Account,
    ) -> Result<Account, StoreError> {
        if let Some(account) = account::find(transaction, &exported.email)? {
            return Ok(account);
        }
        if transaction.get(&key::account_email(&exported.id))?.is_some() {
            // Somebody got the id in the moment since the file was looked at. There is no way back from here.
            exported.id = self.context.new_id();
        }
        account::save(transaction, &exported)?;
        Ok(exported)
    }

    fn move_records(
        &self,
        transaction: &mut impl Transaction,
    ) -> Result<Option<String>, StoreError> {
        let team = self.id.as_str();
        let folder = match self.importing.phase {
            Phase::Groups => "groups/",
            Phase::Members => "group-members/",
            _ => "events/",
        };
        let prefix = self.staged(folder);
        let (entries, after) = self.next(transaction, &prefix, RECORDS)?;
        for (key, value) in entries {
            let rest = key.strip_prefix(&prefix).unwrap_or_default();
            match self.importing.phase {
                Phase::Groups => {
                    let group: Group = record::decode(&key, &value)?;
                    let names = Some(&group.names);
                    group::index::update(transaction, self.id, &group.id, None, names)?;
                }
                Phase::Members => {
                    let (group, member) = rest.split_once('/').unwrap_or_default();
                    let reverse = key::member_group(team, member, group);
                    transaction.put(&reverse, b"{}".to_vec())?;
                }
                _ => {}
            }
            transaction.delete(&key);
            transaction.put(&format!("{}{folder}{rest}", key::team_prefix(team)), value)?;
        }
        Ok(after)
    }
}
