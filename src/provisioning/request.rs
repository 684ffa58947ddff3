//! What the settings page shows of the identity provider's requests: the last one, and the last that was turned away.
//!
//! These records are not part of the team's, so that to write one meets no other commit; and they are no part of a team's
//! file either.

use serde::{Deserialize, Serialize};

use super::{TeamId, record};
use crate::host::Timestamp;
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

/// A request as it is remembered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenRequest {
    /// When.
    pub at: Timestamp,
    /// Method and kind of resource, such as `GET /Users`.
    pub request: String,
    /// The status that it was answered with.
    pub status: u16,
    /// What the client calls itself, cut short.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub user_agent: Option<String>,
    /// Why it was turned away.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
}

/// The request of `team` that is remembered.
pub async fn find(
    transaction: &mut impl Transaction,
    team: &TeamId,
    which: Which,
) -> Result<Option<SeenRequest>, StoreError> {
    record::load(transaction, &key::request(team.as_str(), which.name())).await
}

/// Remembers a request in place of the one before.
pub(crate) async fn save(
    transaction: &mut impl Transaction,
    team: &TeamId,
    which: Which,
    request: &SeenRequest,
) -> Result<(), StoreError> {
    record::save(transaction, &key::request(team.as_str(), which.name()), request).await
}
