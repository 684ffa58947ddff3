//! The event log of a team: who did what to whom, when, and with what outcome.

use serde::{Deserialize, Serialize};

use super::record;
use super::{Context, TeamId};
use crate::host::Timestamp;
use crate::store::{StoreError, Transaction, key};

/// How many events a team keeps at least; the oldest go first.
pub const KEPT: u64 = 10_000;

/// How many of the oldest go at once, so that not every event costs a second place to be written.
pub(crate) const TRIMMED: u64 = 100;

/// Who asked for something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    /// The team's identity provider, through SCIM.
    IdentityProvider,
    /// The platform, with its key.
    Platform {
        /// The owner that it acted for.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        on_behalf_of: Option<String>,
    },
    /// A person.
    Person {
        /// Their address.
        email: String,
    },
}

/// What was done or asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Action {
    #[serde(rename = "team.create")]
    TeamCreate,
    #[serde(rename = "team.update")]
    TeamUpdate,
    #[serde(rename = "team.export")]
    TeamExport,
    #[serde(rename = "team.import")]
    TeamImport,
    #[serde(rename = "scim.enable")]
    ScimEnable,
    #[serde(rename = "scim.rotate")]
    ScimRotate,
    #[serde(rename = "scim.disable")]
    ScimDisable,
    #[serde(rename = "member.add")]
    MemberAdd,
    #[serde(rename = "member.update")]
    MemberUpdate,
    #[serde(rename = "member.remove")]
    MemberRemove,
    #[serde(rename = "user.create")]
    UserCreate,
    #[serde(rename = "user.update")]
    UserUpdate,
    #[serde(rename = "user.deactivate")]
    UserDeactivate,
    #[serde(rename = "user.reactivate")]
    UserReactivate,
    #[serde(rename = "user.delete")]
    UserDelete,
    #[serde(rename = "group.create")]
    GroupCreate,
    #[serde(rename = "group.update")]
    GroupUpdate,
    #[serde(rename = "group.delete")]
    GroupDelete,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done.
    Done,
    /// A rule said no.
    Refused,
}

/// Whom or what it was done to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The person's address.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub email: Option<String>,
    /// The SCIM user's id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub user_id: Option<String>,
    /// The group's id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub group_id: Option<String>,
    /// The group's `displayName`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub group_name: Option<String>,
}

/// How many members of a group came and went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MembersChanged {
    /// How many came.
    pub added: u64,
    /// How many went.
    pub removed: u64,
}

/// An event without its number and time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Event {
    /// What.
    pub action: Action,
    /// To whom.
    pub subject: Subject,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What became of a group's members.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub members: Option<MembersChanged>,
}

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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Flat")]
pub struct LoggedEvent {
    /// Its place in the team's log, counted from 1.
    pub n: u64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What, to whom, and how it ended.
    #[serde(flatten)]
    pub event: Event,
}

/// A [`LoggedEvent`] as it is read: serde reads flattened fields by much more code.
#[derive(Deserialize)]
struct Flat {
    n: u64,
    at: Timestamp,
    actor: Actor,
    action: Action,
    subject: Subject,
    outcome: Outcome,
    reason: Option<String>,
    members: Option<MembersChanged>,
}

impl From<Flat> for LoggedEvent {
    fn from(flat: Flat) -> Self {
        let Flat { n, at, actor, action, subject, outcome, reason, members } = flat;
        Self { n, at, actor, event: Event { action, subject, outcome, reason, members } }
    }
}

/// Writes an event.
pub async fn append(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    team: &TeamId,
    event: Event,
) -> Result<(), StoreError> {
    let n = newest(transaction, team).await?.saturating_add(1);
    let logged = LoggedEvent { n, at: context.now, actor: context.actor.clone(), event };
    record::save(transaction, &key::event(team.as_str(), n), &logged).await?;
    if n > KEPT && n.is_multiple_of(TRIMMED) {
        let last = n.saturating_sub(KEPT);
        for oldest in last.saturating_sub(TRIMMED)..=last {
            transaction.delete(&key::event(team.as_str(), oldest)).await?;
        }
    }
    Ok(())
}

/// Up to `limit` events with a number below `before` (where given), newest first.
pub async fn list(
    transaction: &mut impl Transaction,
    team: &TeamId,
    before: Option<u64>,
    limit: usize,
) -> Result<Vec<LoggedEvent>, StoreError> {
    // Numbers have no gaps, so the page's first number tells where to start.
    let newest = newest(transaction, team).await?;
    let end = before.unwrap_or(u64::MAX).min(newest.saturating_add(1));
    let start = end.saturating_sub(u64::try_from(limit).unwrap_or(u64::MAX));
    let after = start.checked_sub(1).map(|n| key::event(team.as_str(), n));
    let entries =
        transaction.range(&key::events(team.as_str()), after.as_deref(), 0, limit).await?;
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
pub(crate) async fn newest(
    transaction: &mut impl Transaction,
    team: &TeamId,
) -> Result<u64, StoreError> {
    let prefix = key::events(team.as_str());
    let Some(last) = transaction.count(&prefix).await?.checked_sub(1) else {
        return Ok(0);
    };
    let entries = transaction.range(&prefix, None, last, 1).await?;
    match entries.first() {
        Some((key, _)) => key
            .strip_prefix(&prefix)
            .and_then(|n| n.parse().ok())
            .ok_or_else(|| StoreError::Corrupt("an event's key is no number".to_owned())),
        None => Err(StoreError::Corrupt("events were counted that are not there".to_owned())),
    }
}

#[cfg(test)]
mod tests;
