//! Writes a team as a file, page by page, each in a transaction of its own.
//!
//! All pages are of one state: every write of a team's records is an event, so while the newest event is the same,
//! nothing has changed. That somebody exports a team, the digest of its token with it, is an event itself: the first page
//! writes it, and all pages are of the state after it.

use super::ExportRefusal;
use super::line::{
    Checksum, EventLine, FORMAT, GroupLine, Line, MEMBERS_OF_LINE, MemberEntry, MembersLine,
    PersonLine, TeamLine,
};
use crate::gather::Gather as _;
use crate::json::typed::{names, record};
use crate::provisioning::account::Account;
use crate::provisioning::event::{self, Action, Event, Subject};
use crate::provisioning::membership::{self, Deprovisioning};
use crate::provisioning::team::Team;
use crate::provisioning::user::User;
use crate::provisioning::{
    Context, OperationError, Refuse as _, TeamId, account, record, team, user,
};
use crate::store::{Expected, StoreError, Transaction, key};

/// A page ends with the line that reaches this many bytes.
const PAGE_BYTES: usize = 1000 * 1000;

/// How many records are looked at for a page at the most. Most of them make a line; who was in an earlier one makes
/// none.
const LOOKED_AT_MAX: usize = 4_000;

/// How many records are read at once.
const STEP: usize = 64;

/// What comes in which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Section {
    /// SCIM users.
    Users,
    /// Members who are no SCIM users.
    Members,
    /// Whom the identity provider has taken out, and who are no SCIM users any more.
    Deprovisioned,
    Groups,
    GroupMembers,
    Events,
    End,
}

names!(Section {
    Users = "users",
    Members = "members",
    Deprovisioned = "deprovisioned",
    Groups = "groups",
    GroupMembers = "groupmembers",
    Events = "events",
    End = "end",
});

/// Where a page ended, and what is needed to write the next one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    team: TeamId,
    /// The number of the team's newest event.
    newest: u64,
    section: Section,
    /// The last key of the section that was looked at, without what all its keys begin with.
    after: Option<String>,
    lines: u64,
    /// The state of the SHA-256.
    sha256: String,
}

record!(Cursor { team, newest, section, after, lines, sha256 });

/// A part of the file.
#[derive(Clone, Debug)]
pub struct Page {
    /// Whole lines.
    pub bytes: Vec<u8>,
    /// Where the next part begins; `None` where this is the last.
    pub next: Option<Cursor>,
}

/// Writes the first page of a team's file, or the one at `cursor`.
pub fn export(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    id: &TeamId,
    cursor: Option<&Cursor>,
) -> Result<Page, OperationError<ExportRefusal>> {
    let team = team::find(transaction, id)?.ok_or(ExportRefusal::NoTeam).or_refuse()?;
    if cursor.is_none() {
        let event = Event::done(Action::TeamExport, Subject::default());
        event::append(transaction, context, id, event)?;
    }
    let newest = event::newest(transaction, id)?;
    let mut writer = match cursor {
        None => Writer::at_start(id, newest, *team)?,
        Some(cursor) => Writer::at(id, newest, cursor).or_refuse()?,
    };
    while !writer.is_full() && writer.section != Section::End {
        writer.step(transaction)?;
    }
    Ok(writer.finish()?)
}

struct Writer<'t> {
    id: &'t TeamId,
    newest: u64,
    section: Section,
    after: Option<String>,
    checksum: Checksum,
    bytes: Vec<u8>,
    looked_at: usize,
}

impl<'t> Writer<'t> {
    fn at_start(id: &'t TeamId, newest: u64, team: Team) -> Result<Self, StoreError> {
        let (checksum, bytes) = (Checksum::default(), Vec::new());
        let section = Section::Users;
        let mut writer = Self { id, newest, section, after: None, checksum, bytes, looked_at: 0 };
        let line = TeamLine { format: FORMAT, id: id.clone(), team };
        writer.push(&Line::Team(Box::new(line)))?;
        Ok(writer)
    }

    fn at(id: &'t TeamId, newest: u64, cursor: &Cursor) -> Result<Self, ExportRefusal> {
        if cursor.team != *id {
            return Err(ExportRefusal::UnknownCursor);
        }
        if cursor.newest != newest {
            return Err(ExportRefusal::Changed);
        }
        let state = hex::decode(&cursor.sha256).unwrap_or_default();
        let checksum =
            Checksum::resume(cursor.lines, &state).ok_or(ExportRefusal::UnknownCursor)?;
        let (section, after) = (cursor.section, cursor.after.clone());
        Ok(Self { id, newest, section, after, checksum, bytes: Vec::new(), looked_at: 0 })
    }

    fn is_full(&self) -> bool {
        self.bytes.len() >= PAGE_BYTES || self.looked_at >= LOOKED_AT_MAX
    }

    fn finish(mut self) -> Result<Page, StoreError> {
        if self.section == Section::End && !self.is_full() {
            let line = Line::End(self.checksum.end());
            self.push(&line)?;
            return Ok(Page { bytes: self.bytes, next: None });
        }
        let next = Cursor {
            team: self.id.clone(),
            newest: self.newest,
            section: self.section,
            after: self.after,
            lines: self.checksum.lines(),
            sha256: hex::encode(self.checksum.state()),
        };
        Ok(Page { bytes: self.bytes, next: Some(next) })
    }

    fn push(&mut self, line: &Line) -> Result<(), StoreError> {
        let bytes = line
            .to_bytes()
            .map_err(|error| StoreError::corrupt(format!("a line cannot be written: {error}")))?;
        self.checksum.add(&bytes);
        self.bytes.extend(bytes);
        Ok(())
    }

    /// Writes the lines of the next few records, up to the page's end.
    fn step(&mut self, transaction: &mut impl Transaction) -> Result<(), StoreError> {
        let prefix = self.section.prefix(self.id);
        let after = self.after.as_ref().map(|after| format!("{prefix}{after}"));
        let limit = if self.section == Section::GroupMembers { MEMBERS_OF_LINE } else { STEP };
        let entries = transaction.range(&prefix, after.as_deref(), 0, limit)?;
        let last = entries.len() < limit;
        if self.section == Section::GroupMembers {
            // Not always all of them make one line: the rest is read again.
            let line = members_line(&prefix, &entries)?;
            if let Some(line) = line {
                self.looked_at += line.members.len();
                let end = line.members.last().map(|member| member.id.as_str());
                self.after = Some(format!("{}/{}", line.group, end.unwrap_or_default()));
                self.push(&Line::Members(line))?;
                return Ok(());
            }
        }
        let mut users = self.expect(transaction, &prefix, &entries)?.into_iter();
        for (key, value) in &entries {
            if self.is_full() {
                return Ok(());
            }
            self.looked_at += 1;
            let rest = key.strip_prefix(&prefix).unwrap_or_default();
            if let Some(line) = self.line(transaction, (key, rest, value), users.next())? {
                self.push(&line)?;
            }
            self.after = Some(rest.to_owned());
        }
        if last {
            (self.section, self.after) = (self.section.next(), None);
        }
        Ok(())
    }

    /// Expects what is read for the lines of `entries`. Gives the users, where that is what they are.
    fn expect(
        &self,
        transaction: &mut impl Transaction,
        prefix: &str,
        entries: &[(String, Vec<u8>)],
    ) -> Result<Vec<User>, StoreError> {
        let team = self.id.as_str();
        let mut users: Vec<User> = Vec::new();
        let (ids, keys): (Vec<&str>, Vec<String>) = match self.section {
            Section::Users => {
                for (key, value) in entries {
                    users.push(record::decode(key, value)?);
                }
                let ids: Vec<&str> = users.iter().map(|user| user.account.as_str()).gather();
                let mut keys = Vec::new();
                for id in &ids {
                    keys.extend([key::member(team, id), key::deprovisioned(team, id)]);
                }
                (ids, keys)
            }
            Section::Members | Section::Deprovisioned => {
                let ids = entries.iter().filter_map(|(key, _)| key.strip_prefix(prefix));
                let ids: Vec<&str> = ids.gather();
                let keys = ids.iter().map(|id| key::account_team(id, team)).gather();
                (ids, keys)
            }
            Section::Groups | Section::GroupMembers | Section::Events | Section::End => {
                return Ok(users);
            }
        };
        transaction.expect(Expected::keys(keys));
        account::expect(transaction, &ids)?;
        Ok(users)
    }

    /// The line for a record, which has a key, what follows the section's prefix in it, and a value: `user`, where that is
    /// decoded already. `None` where it has been in another one's line.
    fn line(
        &self,
        transaction: &mut impl Transaction,
        (key, rest, value): (&str, &str, &[u8]),
        user: Option<User>,
    ) -> Result<Option<Line>, StoreError> {
        Ok(match self.section {
            Section::Users => {
                let user = user.map_or_else(|| record::decode(key, value), Ok)?;
                let id = user.account.clone();
                let mut line = PersonLine::new(account_of(transaction, &id)?);
                line.membership = membership::find(transaction, self.id, &id)?;
                if line.membership.is_none() {
                    line.deprovisioned = deprovisioned(transaction, self.id, &id)?;
                }
                line.user = Some(user);
                Some(Line::Person(Box::new(line)))
            }
            Section::Members | Section::Deprovisioned => {
                if user::find_link(transaction, self.id, rest)?.is_some() {
                    return Ok(None);
                }
                let mut line = PersonLine::new(account_of(transaction, rest)?);
                if self.section == Section::Members {
                    line.membership = Some(record::decode(key, value)?);
                } else {
                    let mark: Deprovisioning = record::decode(key, value)?;
                    line.deprovisioned = Some(mark.at);
                }
                Some(Line::Person(Box::new(line)))
            }
            Section::Groups => {
                Some(Line::Group(Box::new(GroupLine { group: record::decode(key, value)? })))
            }
            Section::Events => {
                Some(Line::Event(Box::new(EventLine { event: record::decode(key, value)? })))
            }
            Section::GroupMembers | Section::End => None,
        })
    }
}

impl Section {
    fn prefix(self, id: &TeamId) -> String {
        let team = id.as_str();
        match self {
            Self::Users => key::users(team),
            Self::Members => key::members(team),
            Self::Deprovisioned => key::all_deprovisioned(team),
            Self::Groups => key::groups(team),
            Self::GroupMembers => key::all_group_members(team),
            Self::Events | Self::End => key::events(team),
        }
    }

    fn next(self) -> Self {
        match self {
            Self::Users => Self::Members,
            Self::Members => Self::Deprovisioned,
            Self::Deprovisioned => Self::Groups,
            Self::Groups => Self::GroupMembers,
            Self::GroupMembers => Self::Events,
            Self::Events | Self::End => Self::End,
        }
    }
}

impl PersonLine {
    fn new(account: Account) -> Self {
        Self { account, membership: None, deprovisioned: None, user: None }
    }
}

/// The line for the members of the first group among `entries`.
fn members_line(
    prefix: &str,
    entries: &[(String, Vec<u8>)],
) -> Result<Option<MembersLine>, StoreError> {
    let mut line: Option<MembersLine> = None;
    for (key, value) in entries {
        let rest = key.strip_prefix(prefix).unwrap_or_default();
        let Some((group, member)) = rest.split_once('/') else {
            return Err(StoreError::corrupt("a member is in no group"));
        };
        let line = line
            .get_or_insert_with(|| MembersLine { group: group.to_owned(), members: Vec::new() });
        if line.group != group {
            break;
        }
        line.members.push(MemberEntry::new(member, record::decode(key, value)?));
    }
    Ok(line)
}

fn account_of(transaction: &mut impl Transaction, id: &str) -> Result<Account, StoreError> {
    account::by_id(transaction, id)?
        .ok_or_else(|| StoreError::corrupt("somebody in a team has no account"))
}

fn deprovisioned(
    transaction: &mut impl Transaction,
    team: &TeamId,
    account: &str,
) -> Result<Option<crate::host::Timestamp>, StoreError> {
    let key = key::deprovisioned(team.as_str(), account);
    let mark: Option<Deprovisioning> = record::load(transaction, &key)?;
    Ok(mark.map(|mark| mark.at))
}
