//! Groups of a team's people (RFC 7643 §4.2), as its identity provider writes them.
//!
//! A group gives nobody a role and lets nobody in. Its members are SCIM users, active or not, other groups, and whoever
//! else the identity provider names: its lists may still have people who were deleted here. They are kept one by one
//! beside the group's own record, so that a change of a few costs the same in a group of any size. Who is deleted
//! leaves all groups.

mod create;
mod delete;
mod follow;
pub(crate) mod index;
mod members;
mod nesting;
mod update;

pub use create::create;
pub use delete::delete;
pub(crate) use follow::{leave_all, rename_member};
pub(crate) use index::index_entries;
pub use members::{MemberChange, MemberFilter, Reference};
pub use nesting::{GroupOf, Nesting, containing, users_within};
pub use update::update;

use serde_json::{Map, Value};
use thiserror::Error;

use super::event::{self, Action, Event, MembersChanged, Subject};
use super::{Context, TeamId, record};
use crate::gather::Gather as _;
use crate::host::Timestamp;
use crate::json::quoted;
use crate::json::typed::{names, record};
use crate::store::{Expected, StoreError, Transaction, key};

/// How many members a group has at the most.
pub const MEMBERS_MAX: u64 = 50_000;

/// How many groups a user or a group can be in directly.
pub const GROUPS_OF_MEMBER_MAX: u64 = 1_000;

/// How many groups are looked at to find those that a user or a group is in, directly or through others.
pub const NESTING_MAX: usize = 2_000;

/// How many characters a name of a member has at the most; as much of our own name of it is kept with its place.
pub const DISPLAY_MAX: usize = 256;

/// How many characters the id of a member has at the most.
pub const MEMBER_ID_MAX: usize = 256;

/// How many members are read at once.
const STEP: usize = 1_000;

/// A group as it is kept, without its members.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The id, chosen by us, never used twice.
    pub id: String,
    /// What others find it by.
    pub names: GroupNames,
    /// All attributes that the identity provider wrote, `members` left out.
    pub attributes: Map<String, Value>,
    /// Counts the changes, those of members included, from 1.
    pub version: u64,
    /// When it was made.
    pub created: Timestamp,
    /// When it was changed last.
    pub last_modified: Timestamp,
}

record!(Group { id, names, attributes, version, created, last_modified });

/// What a group is found by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupNames {
    /// `displayName`, unique in the team without regard to case.
    pub display_name: String,
    /// `externalId`, unique among the groups of the team.
    pub external_id: Option<String>,
}

record!(GroupNames { display_name, external_id });

/// A group as an identity provider wants it, but for its members.
#[derive(Clone, Debug)]
pub struct GroupWrite {
    /// What it is found by.
    pub names: GroupNames,
    /// All attributes, `members` left out.
    pub attributes: Map<String, Value>,
}

/// What a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberKind {
    /// A SCIM user.
    User,
    /// Another group.
    Group,
}

names!(MemberKind { User = "user", Group = "group" });

/// Somebody in a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its id.
    pub id: String,
    /// What it is; `None` where it is neither a user nor a group of the team.
    pub kind: Option<MemberKind>,
    /// What it is called.
    pub name: MemberName,
}

/// What a member is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MemberName {
    /// As the identity provider calls it in this group, which stays so.
    Given(String),
    /// As the team calls the user or the group, cut at [`DISPLAY_MAX`]; follows it.
    Ours(String),
    /// Nobody has said.
    None,
}

/// A member's place in a group as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) kind: Option<MemberKind>,
    pub(crate) display: Option<String>,
    /// Whether the identity provider gave the name.
    pub(crate) given: bool,
}

record!(Place { kind, display, given: sparse });

/// What was said of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The member.
    pub id: String,
    /// What it was said to be.
    pub claimed: String,
}

/// Why a group stays as it is.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum GroupRefusal {
    /// There is none with this id.
    #[error("there is no such group")]
    NotFound,
    /// Another group has this `displayName`.
    #[error("another group of this team has this displayName")]
    DisplayNameTaken,
    /// Another group has this `externalId`.
    #[error("another group of this team has this externalId")]
    ExternalIdTaken,
    /// No member can have this id.
    #[error(
        "members: {} cannot be the id of a member, which has 1 to {MEMBER_ID_MAX} characters, \
         no control characters among them",
        quoted(.0)
    )]
    UnusableId(Box<str>),
    /// The name that a member is given is too long.
    #[error("members: the display of {} is longer than {DISPLAY_MAX} characters", quoted(.0))]
    LongDisplay(Box<str>),
    /// A member was said to be what it is not.
    #[error("members: {} is no {}", .0.id, .0.claimed)]
    OtherKind(Box<Claim>),
    /// A group would be in itself.
    #[error("members: the group {0} cannot be in itself, directly or through other groups")]
    Loop(Box<str>),
    /// The group is in so many groups that a loop could not be found.
    #[error(
        "this group is in more than {NESTING_MAX} groups, directly or through others, so that no \
         group can be added to it"
    )]
    NestedTooFar,
    /// The group would be too large.
    #[error("a group can have {MEMBERS_MAX} members at the most")]
    TooManyMembers,
    /// The member is in too many groups.
    #[error("members: {0} is in {GROUPS_OF_MEMBER_MAX} groups, which is as many as can be")]
    TooManyGroups(Box<str>),
    /// A filter picks no member.
    #[error("no member matches the filter in the path")]
    NobodyPicked,
    /// The resource is not in the state that the client expects.
    #[error("the group was changed in the meantime")]
    VersionMismatch,
}

impl MemberKind {
    /// The name of its resource type.
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
        }
    }
}

/// The group with `id`.
pub fn find(
    transaction: &mut impl Transaction,
    team: &TeamId,
    id: &str,
) -> Result<Option<Box<Group>>, StoreError> {
    if !super::is_id(id) {
        return Ok(None);
    }
    record::load(transaction, &key::group(team.as_str(), id))
}

/// Hears that the groups with these `ids` are about to be looked for.
pub fn expect(transaction: &mut impl Transaction, team: &TeamId, ids: &[&str]) {
    let keys = ids.iter().map(|id| key::group(team.as_str(), id)).gather();
    transaction.expect(Expected::keys(keys));
}

/// Hears that all members of each of the groups with these `ids` are about to be asked for.
pub fn expect_members(transaction: &mut impl Transaction, team: &TeamId, ids: &[&str]) {
    let ranges = ids.iter().map(|id| key::group_members(team.as_str(), id)).gather();
    transaction.expect(Expected::ranges(ranges));
}

/// The group with a `displayName`, without regard to case.
pub fn find_by_display_name(
    transaction: &mut impl Transaction,
    team: &TeamId,
    display_name: &str,
) -> Result<Option<Box<Group>>, StoreError> {
    let index_key = key::group_name(team.as_str(), &super::user::fold(display_name));
    index::follow(transaction, team, &index_key)
}

/// The group with an `externalId`.
pub fn find_by_external_id(
    transaction: &mut impl Transaction,
    team: &TeamId,
    external_id: &str,
) -> Result<Option<Box<Group>>, StoreError> {
    index::follow(transaction, team, &key::group_external_id(team.as_str(), external_id))
}

/// How many groups `team` has.
pub fn count(transaction: &mut impl Transaction, team: &TeamId) -> Result<u64, StoreError> {
    transaction.count(&key::groups(team.as_str()))
}

/// Up to `limit` groups in the order of their creation: those behind the one with the id `after` (where given),
/// the first `skip` of them left out.
pub fn list(
    transaction: &mut impl Transaction,
    team: &TeamId,
    after: Option<&str>,
    skip: u64,
    limit: usize,
) -> Result<Vec<Group>, StoreError> {
    let after = after.map(|id| key::group(team.as_str(), id));
    record::list(transaction, &key::groups(team.as_str()), after.as_deref(), skip, limit)
}

/// How many members a group has. Costs O(log n).
pub fn member_count(
    transaction: &mut impl Transaction,
    team: &TeamId,
    group: &str,
) -> Result<u64, StoreError> {
    transaction.count(&key::group_members(team.as_str(), group))
}

/// The member of `group` with `id`.
pub fn member(
    transaction: &mut impl Transaction,
    team: &TeamId,
    group: &str,
    id: &str,
) -> Result<Option<Member>, StoreError> {
    if !is_member_id(id) {
        return Ok(None);
    }
    let place: Option<Place> =
        record::load(transaction, &key::group_member(team.as_str(), group, id))?;
    Ok(place.map(|place| Member::new(id, place)))
}

/// Up to `limit` members of `group` in the order of their ids, those behind `after` (where given).
pub fn members(
    transaction: &mut impl Transaction,
    team: &TeamId,
    group: &str,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<Member>, StoreError> {
    let after = after.map(|id| key::group_member(team.as_str(), group, id));
    let prefix = key::group_members(team.as_str(), group);
    let entries = transaction.range(&prefix, after.as_deref(), 0, limit)?;
    let read = |(key, value): &(String, Vec<u8>)| {
        let id = key.strip_prefix(&prefix).unwrap_or_default();
        Member::decode(id, key, value)
    };
    entries.iter().map(read).try_gather()
}

/// Whether `text` can be the id of a member.
pub(crate) fn is_member_id(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= MEMBER_ID_MAX && !text.chars().any(char::is_control)
}

impl Member {
    fn new(id: &str, place: Place) -> Self {
        let name = match place.display {
            Some(name) if place.given => MemberName::Given(name),
            Some(name) => MemberName::Ours(name),
            None => MemberName::None,
        };
        Self { id: id.to_owned(), kind: place.kind, name }
    }

    /// The member with `id`, as it is kept at `key`.
    pub(crate) fn decode(id: &str, key: &str, value: &[u8]) -> Result<Self, StoreError> {
        Ok(Self::new(id, record::decode(key, value)?))
    }

    /// What it is called, if anything.
    pub fn display(&self) -> Option<&str> {
        match &self.name {
            MemberName::Given(name) | MemberName::Ours(name) => Some(name),
            MemberName::None => None,
        }
    }

    fn save(
        &self,
        transaction: &mut impl Transaction,
        team: &TeamId,
        group: &str,
    ) -> Result<(), StoreError> {
        let display = self.display().map(str::to_owned);
        let given = matches!(self.name, MemberName::Given(_));
        let place = Place { kind: self.kind, display, given };
        record::save(transaction, &key::group_member(team.as_str(), group, &self.id), &place)
    }
}

impl Group {
    /// Counts a change.
    fn touch(&mut self, context: &Context<'_>) {
        self.version = self.version.saturating_add(1);
        self.last_modified = context.now;
    }

    fn save(&self, transaction: &mut impl Transaction, team: &TeamId) -> Result<(), StoreError> {
        record::save(transaction, &key::group(team.as_str(), &self.id), self)
    }
}

/// As much of a name as is kept with a member.
pub(crate) fn shown(name: &str) -> String {
    name.chars().take(DISPLAY_MAX).collect()
}

fn log(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    team: &TeamId,
    action: Action,
    group: &Group,
    members: MembersChanged,
) -> Result<(), StoreError> {
    let event = Event::done(action, group.subject()).with_members(members);
    event::append(transaction, context, team, event)
}

impl Group {
    /// The group as the event log names it.
    pub fn subject(&self) -> Subject {
        Subject {
            group_id: Some(self.id.clone()),
            group_name: Some(self.names.display_name.clone()),
            ..Subject::default()
        }
    }
}

#[cfg(test)]
mod tests;
