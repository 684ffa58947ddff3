use std::fmt;

use thiserror::Error;

/// An invariant that is broken, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The key of the entry that shows it.
    pub key: String,
    /// What is wrong with it.
    pub flaw: Flaw,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What a client chose may have anything in it.
        let key = self.key.escape_debug();
        write!(f, "{key}: {}", self.flaw)
    }
}

/// What can be wrong with an entry.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Flaw {
    /// No record of ours lies under such a key.
    #[error("is no key of scim-edge's")]
    UnknownKey,
    /// The value is no such record.
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// The record says that it lies elsewhere.
    #[error("holds the record of another id or name")]
    Misplaced,
    /// Something of a team is there, and the team is not.
    #[error("belongs to a team that is not there")]
    TeamMissing,
    /// A team that nobody may decide on.
    #[error("is a team without an owner")]
    NoOwner,
    /// SCIM without single sign-on.
    #[error("has a SCIM connection and no single sign-on")]
    ConnectionWithoutSso,
    /// An account is needed that is not there.
    #[error("has no account")]
    AccountMissing,
    /// Id and address of an account do not lead to each other.
    #[error("is not the id and address of one account")]
    AccountNotPaired,
    /// From the account, its place in the team cannot be found, or is another's.
    #[error("is not linked to from its account")]
    LinkMissing,
    /// An account is linked to a team in which it has no place.
    #[error("links an account to a team in which it has no place")]
    LinkToNothing,
    /// The account was taken out, and is in.
    #[error("is a member who is marked as taken out by the identity provider")]
    MemberAndDeprovisioned,
    /// The owner cannot be found among the owners.
    #[error("is an owner who is not listed among the owners")]
    OwnerNotListed,
    /// Somebody is listed who does not own the team.
    #[error("lists somebody who is no owner among the owners")]
    ListedWithoutOwning,
    /// `active`, without being let in.
    #[error("is active, and its account is no member")]
    ActiveWithoutMembership,
    /// Let in, without being `active`.
    #[error("is inactive, and its account is a member")]
    InactiveMember,
    /// `active`, and counted among the inactive.
    #[error("is active, and counted as inactive")]
    CountedInactive,
    /// Not `active`, and not counted as such.
    #[error("is inactive, and not counted as such")]
    NotCountedInactive,
    /// A record cannot be found by something it is found by.
    #[error("is not found by its {0}")]
    NotFoundBy(&'static str),
    /// An index entry whose record is not there, or has another name.
    #[error("leads to nobody of that name")]
    LeadsToNobody,
    /// A value that has to be something fixed.
    #[error("is a mark with something else in it than a mark has")]
    NoMark,
    /// A member's group is not there.
    #[error("is a member of a group that is not there")]
    GroupMissing,
    /// From the member, the group cannot be found.
    #[error("is a member from whom the group is not found")]
    NotFoundFromMember,
    /// From the group, the member cannot be found.
    #[error("leads from a member to a group that it is not in")]
    NotInGroup,
    /// What a member is said to be.
    #[error("is a member who is not what it is said to be")]
    MemberKind,
    /// What a member is called.
    #[error("is a member who is called something else")]
    MemberName,
    /// Groups that contain each other.
    #[error("is a group that is in itself")]
    Loop,
    /// An event is missing.
    #[error("is an event with a gap before it, after number {0}")]
    EventGap(u64),
    /// Fewer events than are kept.
    #[error("is the first event, and fewer are there than are kept")]
    EventsLost,
    /// A team whose import has been accepted and is not carried out yet. Nothing else is told of it.
    #[error("is a team that is half imported")]
    HalfImported,
    /// What was staged for a team that was begun to be imported.
    #[error("is what an import left that has not ended")]
    AbandonedImport,
}
