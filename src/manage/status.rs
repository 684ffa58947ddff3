//! `GET /v1/teams/<team>/scim`: how things are, for the platform, for owners, and, without what only they need, for members.

use http::StatusCode;
use serde_json::Value;

use super::connection::endpoint_url;
use super::problem::Problem;
use super::{Answer, Caller, json};
use crate::config::Config;
use crate::json::typed::object;
use crate::provisioning::connection::Connection;
use crate::provisioning::membership::{self, Membership, Role};
use crate::provisioning::request::{self, Which};
use crate::provisioning::team::{self, Team};
use crate::provisioning::{OperationError, TeamId, event, user};
use crate::store::{StoreError, Transaction, key};

/// Whether SCIM is on, since when, and what comes of it. Never the token.
pub(super) fn read(
    transaction: &mut impl Transaction,
    config: &Config,
    caller: &Caller,
    id: &TeamId,
) -> Answer {
    let role = role_of(transaction, caller, id)?;
    if matches!(role, None | Some(Role::Owner)) {
        caller.require_platform_or_owner(transaction, id)?;
    }
    let Some(team) = team::find(transaction, id)? else {
        return Err(OperationError::Refused(Problem::not_found("team")));
    };
    let mut document = object!({
        "enabled": team.connection.is_some(),
        "sso": team.sso,
        "team": object!({ "id": id.as_str(), "name": team.name }),
        "role": role,
        "users": user::count(transaction, id)?,
        "active": user::count_active(transaction, id)?,
        "members": transaction.count(&key::members(id.as_str()))?,
    });
    let more = match role {
        Some(Role::Admin | Role::Member) => {
            object!({ "owners": team::owners(transaction, id)? })
        }
        None | Some(Role::Owner) => for_owners(transaction, config, id, &team)?,
    };
    if let (Value::Object(document), Value::Object(more)) = (&mut document, more) {
        document.extend(more);
    }
    Ok(json(StatusCode::OK, &document))
}

/// What only owners and the platform are told.
fn for_owners(
    transaction: &mut impl Transaction,
    config: &Config,
    id: &TeamId,
    team: &Team,
) -> Result<Value, StoreError> {
    let newest_event = event::newest(transaction, id)?;
    let Some(Connection { endpoint, enabled, token_created, .. }) = &team.connection else {
        return Ok(object!({
            "verified_domains": team.verified_domains,
            "newest_event": newest_event,
        }));
    };
    let accepted = request::find(transaction, id, Which::Accepted, *enabled)?;
    let turned_away = request::find(transaction, id, Which::TurnedAway, *enabled)?;
    Ok(object!({
        "verified_domains": team.verified_domains,
        "newest_event": newest_event,
        "endpoint_url": endpoint_url(config, id, endpoint),
        "enabled_at": enabled.to_rfc3339(),
        "token_created_at": token_created.to_rfc3339(),
        "last_request": accepted,
        "last_refusal": turned_away,
    }))
}

/// The role of a person who calls; `None` for the platform, and for who is nobody here.
fn role_of(
    transaction: &mut impl Transaction,
    caller: &Caller,
    id: &TeamId,
) -> Result<Option<Role>, StoreError> {
    let Caller::Person(identity) = caller else { return Ok(None) };
    let found = membership::find_by_email(transaction, id, &identity.email)?;
    Ok(found.map(|(_, Membership { role, .. })| role))
}
