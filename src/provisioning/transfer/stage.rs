//! Staging: what a batch of lines says is written below the import, and compared with what other lines said before.
//!
//! What must not come twice leaves a mark with the number of its line. Who is in a group is looked up among what is staged,
//! since all users and groups come before all members.

use super::ImportRefusal;
use super::import::{Batch, Import};
use super::line::{GroupLine, Line, MemberEntry, MembersLine, PersonLine};
use crate::host::Timestamp;
use crate::json::typed::record;
use crate::map::Set;
use crate::provisioning::account::Account;
use crate::provisioning::group::{GROUPS_OF_MEMBER_MAX, Group, MemberKind, NESTING_MAX, shown};
use crate::provisioning::membership::Membership;
use crate::provisioning::user::{User, fold};
use crate::provisioning::{OperationError, is_id, record};
use crate::store::{Expected, StoreError, Transaction, key};

/// A person as they are staged, their SCIM user left out.
#[derive(Debug)]
pub(super) struct StagedPerson {
    /// Where they stand in the file.
    line: u64,
    pub(super) account: Account,
    pub(super) membership: Option<Membership>,
    pub(super) deprovisioned: Option<Timestamp>,
    /// The id of their SCIM user.
    pub(super) user: Option<String>,
}

record!(StagedPerson { line, account, membership, deprovisioned, user });

type Outcome<T> = Result<T, OperationError<ImportRefusal>>;

impl Import {
    /// Refuses people whose ids are those of other people here. Reads accounts, which are nobody's scope, and is so to
    /// be done in a transaction that writes nothing.
    pub fn refuse_taken_ids(
        &self,
        transaction: &mut impl Transaction,
        batch: &Batch,
    ) -> Outcome<()> {
        let mut keys = Vec::new();
        for (_, person) in batch.persons() {
            keys.push(key::account_email(&person.account.id));
        }
        transaction.expect(Expected::keys(keys));
        for (line, person) in batch.persons() {
            let account = &person.account;
            let holder = transaction.get(&key::account_email(&account.id))?;
            if holder.is_some_and(|email| email != account.email.folded().as_bytes()) {
                let why = "account.id is another person's here";
                return Err(refused(line, why));
            }
        }
        Ok(())
    }

    /// Writes what the lines say where the import keeps it.
    pub fn stage(&self, transaction: &mut impl Transaction, batch: &Batch) -> Outcome<()> {
        transaction.expect(self.expected(batch));
        self.refuse_superseded(transaction)?;
        for (number, line) in &batch.lines {
            match line {
                Line::Person(person) => self.stage_person(transaction, *number, person)?,
                Line::Group(group) => self.stage_group(transaction, *number, group)?,
                Line::Members(members) => {
                    self.stage_members(transaction, *number, members, batch.many_groups)?;
                }
                Line::Event(line) => {
                    let key = self.staged(&format!("events/{:012}", line.event.n));
                    record::save(transaction, &key, &line.event)?;
                }
                Line::Team(_) | Line::End(_) => {}
            }
        }
        Ok(())
    }

    /// What is looked at of what was staged before.
    fn expected(&self, batch: &Batch) -> Expected {
        let mut expected = Expected::default();
        for (_, line) in &batch.lines {
            match line {
                Line::Group(line) => expected.keys.push(self.staged_user(&line.group.id)),
                Line::Members(line) => {
                    expected.keys.push(self.staged_group(&line.group));
                    for MemberEntry { id, .. } in &line.members {
                        expected.keys.push(self.staged_user(id));
                        if batch.many_groups {
                            expected.counts.push(self.staged_groups_of(id));
                        }
                    }
                }
                Line::Person(_) | Line::Event(_) | Line::Team(_) | Line::End(_) => {}
            }
        }
        expected
    }

    fn stage_person(
        &self,
        transaction: &mut impl Transaction,
        line: u64,
        person: &PersonLine,
    ) -> Outcome<()> {
        let account = &person.account;
        self.claim(transaction, line, "account-ids", &account.id, "account.id")?;
        self.claim(transaction, line, "emails", account.email.folded(), "account.email")?;
        if let Some(user) = &person.user {
            let name = fold(&user.names.user_name);
            self.claim(transaction, line, "user-names", &name, "userName")?;
            if let Some(id) = &user.names.external_id {
                self.claim(transaction, line, "external-ids", id, "externalId")?;
            }
            record::save(transaction, &self.staged_user(&user.id), user)?;
        }
        let staged = StagedPerson {
            line,
            account: account.clone(),
            membership: person.membership.clone(),
            deprovisioned: person.deprovisioned,
            user: person.user.as_ref().map(|user| user.id.clone()),
        };
        let key = self.staged(&format!("persons/{}", account.id));
        Ok(record::save(transaction, &key, &staged)?)
    }

    fn stage_group(
        &self,
        transaction: &mut impl Transaction,
        line: u64,
        GroupLine { group }: &GroupLine,
    ) -> Outcome<()> {
        let name = fold(&group.names.display_name);
        self.claim(transaction, line, "group-names", &name, "displayName")?;
        if let Some(id) = &group.names.external_id {
            let what = "externalId of a group";
            self.claim(transaction, line, "group-external-ids", id, what)?;
        }
        // An id names one resource.
        if self.user(transaction, &group.id)?.is_some() {
            return Err(refused(line, "group.id is a user's"));
        }
        Ok(record::save(transaction, &self.staged_group(&group.id), group)?)
    }

    fn stage_members(
        &self,
        transaction: &mut impl Transaction,
        line: u64,
        MembersLine { group, members }: &MembersLine,
        many_groups: bool,
    ) -> Outcome<()> {
        if self.group(transaction, group)?.is_none() {
            return Err(refused(line, "there is no such group"));
        }
        for member in members {
            let (kind, ours) = self.look_up(transaction, &member.id)?;
            refuse_other_member(member, kind, ours.as_deref()).map_err(|why| refused(line, why))?;
            if kind == Some(MemberKind::Group) && self.is_around(transaction, &member.id, group)? {
                return Err(refused(line, "groups would contain each other"));
            }
            let reverse = self.staged_groups_of(&member.id);
            if many_groups && transaction.count(&reverse)? >= GROUPS_OF_MEMBER_MAX {
                let why = format!("a member is in more than {GROUPS_OF_MEMBER_MAX} groups");
                return Err(refused(line, why));
            }
            if many_groups || kind == Some(MemberKind::Group) {
                transaction.put(&format!("{reverse}{group}"), b"{}".to_vec())?;
            }
            let key = self.staged(&format!("group-members/{group}/{}", member.id));
            record::save(transaction, &key, &member.place())?;
        }
        Ok(())
    }

    /// Marks a value that must not come twice.
    fn claim(
        &self,
        transaction: &mut impl Transaction,
        line: u64,
        kind: &str,
        value: &str,
        what: &str,
    ) -> Outcome<()> {
        let key = self.staged(&format!("marks/{kind}/{value}"));
        if self.known.insert(&key)
            && let Some(first) = transaction.get(&key)?
        {
            let first = String::from_utf8_lossy(&first).into_owned();
            return Err(refused(line, format!("the {what} is that of line {first} too")));
        }
        Ok(transaction.put(&key, line.to_string().into_bytes())?)
    }

    /// What has this id in the file, and its name.
    fn look_up(
        &self,
        transaction: &mut impl Transaction,
        id: &str,
    ) -> Result<(Option<MemberKind>, Option<String>), StoreError> {
        if is_id(id) {
            if let Some(user) = self.user(transaction, id)? {
                return Ok((Some(MemberKind::User), Some(shown(user.names.shown()))));
            }
            if let Some(group) = self.group(transaction, id)? {
                return Ok((Some(MemberKind::Group), Some(shown(&group.names.display_name))));
            }
        }
        Ok((None, None))
    }

    fn user(
        &self,
        transaction: &mut impl Transaction,
        id: &str,
    ) -> Result<Option<Box<User>>, StoreError> {
        record::load(transaction, &self.staged_user(id))
    }

    fn group(
        &self,
        transaction: &mut impl Transaction,
        id: &str,
    ) -> Result<Option<Box<Group>>, StoreError> {
        record::load(transaction, &self.staged_group(id))
    }

    /// Whether `outer` contains `inner`, directly or through others, as far as staged. True also where that takes looking
    /// at more groups than a change of a group would.
    fn is_around(
        &self,
        transaction: &mut impl Transaction,
        outer: &str,
        inner: &str,
    ) -> Result<bool, StoreError> {
        let mut seen = Set::new();
        let mut pending = vec![inner.to_owned()];
        while let Some(id) = pending.pop() {
            if id == outer || seen.len() > NESTING_MAX {
                return Ok(true);
            }
            let prefix = self.staged_groups_of(&id);
            for (key, _) in transaction.range(&prefix, None, 0, NESTING_MAX)? {
                let parent = key.strip_prefix(&prefix).unwrap_or_default().to_owned();
                if seen.insert(parent.clone()) {
                    pending.push(parent);
                }
            }
        }
        Ok(false)
    }

    fn staged_user(&self, id: &str) -> String {
        self.staged(&format!("users/{id}"))
    }

    fn staged_group(&self, id: &str) -> String {
        self.staged(&format!("groups/{id}"))
    }

    /// Where it is staged which groups somebody is in.
    fn staged_groups_of(&self, id: &str) -> String {
        let team = self.team.as_str();
        let key = key::member_groups(team, id);
        self.staged(key.strip_prefix(&key::team_prefix(team)).unwrap_or_default())
    }
}

impl Batch {
    fn persons(&self) -> impl Iterator<Item = (u64, &PersonLine)> {
        self.lines.iter().filter_map(|(number, line)| match line {
            Line::Person(person) => Some((*number, person.as_ref())),
            _ => None,
        })
    }
}

/// Refuses a member that is said to be what it is not, or to have our name, which is another one.
fn refuse_other_member(
    member: &MemberEntry,
    kind: Option<MemberKind>,
    ours: Option<&str>,
) -> Result<(), &'static str> {
    if member.kind != kind {
        return Err("a member's type is not that of who has its id");
    }
    if !member.given && member.display.as_deref() != ours {
        return Err("a member's display is not the name of who has its id");
    }
    Ok(())
}

fn refused(line: u64, why: impl Into<String>) -> OperationError<ImportRefusal> {
    OperationError::Refused(ImportRefusal::Line { line, why: why.into() })
}
