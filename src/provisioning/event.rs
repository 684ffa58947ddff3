//! The event log of a team: who did what to whom, when, and with what outcome.

use super::record;
use super::{Context, TeamId};
use crate::host::Timestamp;
use crate::json::typed::{
    Field, Fields, ReadRecord, RecordError, ToJson, View, WriteRecord, names, none_of, record,
};
use crate::store::{StoreError, Transaction, key};

/// How many events a team keeps at least; the oldest go first.
pub const KEPT: u64 = 10_000;

/// How many of the oldest go at once, so that not every event costs a second place to be written.
pub(crate) const TRIMMED: u64 = 100;

/// Who asked for something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The team's identity provider, through SCIM.
    IdentityProvider,
    /// The platform, with its key.
    Platform {
        /// The owner that it acted for.
        on_behalf_of: Option<String>,
    },
    /// A person.
    Person {
        /// Their address.
        email: String,
    },
}

impl ReadRecord for Actor {
    fn read(fields: &mut Fields<'_>) -> Result<Self, RecordError> {
        let kind: String = fields.take("kind")?;
        match kind.as_str() {
            "identity_provider" => Ok(Self::IdentityProvider),
            "platform" => Ok(Self::Platform { on_behalf_of: fields.take("on_behalf_of")? }),
            "person" => Ok(Self::Person { email: fields.take("email")? }),
            _ => {
                Err(none_of(&["identity_provider", "platform", "person"], &kind.into())
                    .within("kind"))
            }
        }
    }
}

impl ToJson for Actor {
    fn view(&self) -> View<'_> {
        View::Record(self)
    }
}

impl WriteRecord for Actor {
    fn each(&self, to: &mut Field<'_>) {
        match self {
            Self::IdentityProvider => to("kind", &"identity_provider"),
            Self::Platform { on_behalf_of } => {
                to("kind", &"platform");
                to("on_behalf_of", on_behalf_of);
            }
            Self::Person { email } => {
                to("kind", &"person");
                to("email", email);
            }
        }
    }
}

/// What was done or asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Action {
    TeamCreate,
    TeamUpdate,
    TeamExport,
    TeamImport,
    ScimEnable,
    ScimRotate,
    ScimDisable,
    MemberAdd,
    MemberUpdate,
    MemberRemove,
    UserCreate,
    UserUpdate,
    UserDeactivate,
    UserReactivate,
    UserDelete,
    GroupCreate,
    GroupUpdate,
    GroupDelete,
}

names!(Action {
    TeamCreate = "team.create",
    TeamUpdate = "team.update",
    TeamExport = "team.export",
    TeamImport = "team.import",
    ScimEnable = "scim.enable",
    ScimRotate = "scim.rotate",
    ScimDisable = "scim.disable",
    MemberAdd = "member.add",
    MemberUpdate = "member.update",
    MemberRemove = "member.remove",
    UserCreate = "user.create",
    UserUpdate = "user.update",
    UserDeactivate = "user.deactivate",
    UserReactivate = "user.reactivate",
    UserDelete = "user.delete",
    GroupCreate = "group.create",
    GroupUpdate = "group.update",
    GroupDelete = "group.delete",
});

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// A rule said no.
    Refused,
}

names!(Outcome { Done = "done", Refused = "refused" });

/// Whom or what it was done to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// The person's address.
    pub email: Option<String>,
    /// The SCIM user's id.
    pub user_id: Option<String>,
    /// The group's id.
    pub group_id: Option<String>,
    /// The group's `displayName`.
    pub group_name: Option<String>,
}

record!(Subject { email, user_id, group_id, group_name });

/// How many members of a group came and went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MembersChanged {
    /// How many came.
    pub added: u64,
    /// How many went.
    pub removed: u64,
}

record!(MembersChanged { added, removed });

/// An event without its number and time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What.
    pub action: Action,
    /// To whom.
    pub subject: Subject,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it was refused.
    pub reason: Option<String>,
    /// What became of a group's members.
    pub members: Option<MembersChanged>,
}

record!(Event { action, subject, outcome, reason, members });

impl Event {
    /// Something that was done.
    pub fn done(action: Action, subject: Subject) -> Self {
        Self { action, subject, outcome: Outcome::Done, reason: None, members: None }
    }

    /// Something that was refused.
    pub fn refused(action: Action, subject: Subject, reason: String) -> Self {
        let (outcome, reason) = (Outcome::Refused, Some(reason));
        Self { action, subject, outcome, reason, members: None }
    }

    /// The same, with what became of a group's members.
    #[must_use]
    pub fn with_members(self, members: MembersChanged) -> Self {
        Self { members: Some(members), ..self }
    }
}

/// An event as it stands in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedEvent {
    /// Its place in the team's log, counted from 1.
    pub n: u64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What, to whom, and how it ended.
    pub event: Event,
}

impl ReadRecord for LoggedEvent {
    fn read(fields: &mut Fields<'_>) -> Result<Self, RecordError> {
        Ok(Self {
            n: fields.take("n")?,
            at: fields.take("at")?,
            actor: fields.take("actor")?,
            event: Event::read(fields)?,
        })
    }
}

impl ToJson for LoggedEvent {
    fn view(&self) -> View<'_> {
        View::Record(self)
    }
}

impl WriteRecord for LoggedEvent {
    fn each(&self, to: &mut Field<'_>) {
        to("n", &self.n);
        to("at", &self.at);
        to("actor", &self.actor);
        self.event.each(to);
    }
}

/// Writes an event.
pub fn append(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    team: &TeamId,
    event: Event,
) -> Result<(), StoreError> {
    let n = newest(transaction, team)?.saturating_add(1);
    let logged = LoggedEvent { n, at: context.now, actor: context.actor.clone(), event };
    record::save(transaction, &key::event(team.as_str(), n), &logged)?;
    if n > KEPT && n.is_multiple_of(TRIMMED) {
        let last = n.saturating_sub(KEPT);
        for oldest in last.saturating_sub(TRIMMED)..=last {
            transaction.delete(&key::event(team.as_str(), oldest));
        }
    }
    Ok(())
}

/// Up to `limit` events with a number below `before` (where given), newest first.
pub fn list(
    transaction: &mut impl Transaction,
    team: &TeamId,
    before: Option<u64>,
    limit: usize,
) -> Result<Vec<LoggedEvent>, StoreError> {
    // Numbers have no gaps, so the page's first number tells where to start.
    let newest = newest(transaction, team)?;
    let end = before.unwrap_or(u64::MAX).min(newest.saturating_add(1));
    let start = end.saturating_sub(u64::try_from(limit).unwrap_or(u64::MAX));
    let after = start.checked_sub(1).map(|n| key::event(team.as_str(), n));
    let entries = transaction.range(&key::events(team.as_str()), after.as_deref(), 0, limit)?;
    let mut page = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        let logged: LoggedEvent = record::decode(&key, &value)?;
        if logged.n < end {
            page.push(logged);
        }
    }
    page.reverse();
    Ok(page)
}

/// The number of the newest event, 0 where there is none.
pub(crate) fn newest(transaction: &mut impl Transaction, team: &TeamId) -> Result<u64, StoreError> {
    let prefix = key::events(team.as_str());
    let Some(last) = transaction.count(&prefix)?.checked_sub(1) else {
        return Ok(0);
    };
    let entries = transaction.range(&prefix, None, last, 1)?;
    match entries.first() {
        Some((key, _)) => key
            .strip_prefix(&prefix)
            .and_then(|n| n.parse().ok())
            .ok_or_else(|| StoreError::corrupt("an event's key is no number")),
        None => Err(StoreError::corrupt("events were counted that are not there")),
    }
}

#[cfg(test)]
mod tests;
