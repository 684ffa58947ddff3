//! What the settings page shows of the identity provider's requests: the last one, and the last that was turned away.
//!
//! These records are not part of the team's, so that to write one meets no other commit; and they are no part of a team's
//! file either. They are notes: a store whose commits cost dear keeps them beside the state.

use serde_json::Value;

use super::{TeamId, record};
use crate::host::Timestamp;
use crate::json::to_bytes;
use crate::json::typed::object;
use crate::store::{StoreError, Transaction, key};

/// Which request of a team's endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Which {
    /// The last one with the right token.
    Accepted,
    /// The last one without it.
    TurnedAway,
}

impl Which {
    fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::TurnedAway => "turned-away",
        }
    }
}

/// A request to be remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenRequest {
    /// When.
    pub at: Timestamp,
    /// Method and kind of resource, such as `GET /Users`.
    pub request: String,
    /// The status that it was answered with.
    pub status: u16,
    /// What the client calls itself, cut short.
    pub user_agent: Option<String>,
    /// Why it was turned away.
    pub reason: Option<&'static str>,
}

impl SeenRequest {
    /// The record, which is also what the management API shows.
    fn record(&self) -> Value {
        object!({
            "at": self.at.to_rfc3339(),
            "request": self.request,
            "status": self.status,
            "user_agent": self.user_agent,
            "reason": self.reason,
        })
    }
}

/// The record of the request of `team` that is remembered, unless it was before `since`.
pub fn find(
    transaction: &mut impl Transaction,
    team: &TeamId,
    which: Which,
    since: Timestamp,
) -> Result<Option<Value>, StoreError> {
    let key = key::request(team.as_str(), which.name());
    let found: Option<Value> = match transaction.noted(&key)? {
        Some(value) => Some(record::decode(&key, &value)?),
        None => None,
    };
    // All times are written alike, so that their texts are in their order.
    let since = since.to_rfc3339();
    let at = |record: &Value| record.get("at").and_then(Value::as_str).map(str::to_owned);
    Ok(found.filter(|record| at(record).is_some_and(|at| at >= since)))
}

/// Remembers a request in place of the one before.
pub(crate) fn save(
    transaction: &mut impl Transaction,
    team: &TeamId,
    which: Which,
    request: &SeenRequest,
) -> Result<(), StoreError> {
    let key = key::request(team.as_str(), which.name());
    transaction.note(&key, to_bytes(&request.record()))
}
