//! `/v1/teams/<team>/scim[/rotate]`

use http::StatusCode;

use super::problem::Problem;
use super::{Answer, Caller, body, json, no_content};
use crate::config::Config;
use crate::email::Email;
use crate::http::{Request, Response};
use crate::json::typed::{object, record};
use crate::provisioning::connection::{self, Connection, Credentials, EndpointId};
use crate::provisioning::{Actor, Context, OperationError, TeamId};
use crate::store::Transaction;

struct OnBehalfOf {
    on_behalf_of: Option<Email>,
}

record!(read strict OnBehalfOf { on_behalf_of });

/// How an owner comes by a token.
#[derive(Clone, Copy, Debug)]
pub(super) enum Issue {
    /// By switching SCIM on.
    Enable,
    /// By asking for another one.
    Rotate,
}

/// Makes a token and shows it, this once.
pub(super) fn issue(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    config: &Config,
    caller: &Caller,
    id: &TeamId,
    request: &Request,
    issue: Issue,
) -> Answer {
    let actor = require_owner(transaction, caller, id, request)?;
    let context = &Context { actor: &actor, ..*context };
    let (status, credentials) = match issue {
        Issue::Enable => (StatusCode::CREATED, connection::enable(transaction, context, id)),
        Issue::Rotate => (StatusCode::OK, connection::rotate(transaction, context, id)),
    };
    let credentials = credentials.map_err(|e| e.map(Into::into))?;
    Ok(show_once(status, config, id, &credentials))
}

/// Switches SCIM off.
pub(super) fn disable(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    caller: &Caller,
    id: &TeamId,
) -> Answer {
    caller.require_platform_or_owner(transaction, id)?;
    connection::disable(transaction, context, id).map_err(|e| e.map(Into::into))?;
    Ok(no_content())
}

/// Refuses everybody but an owner. Answers who acts.
fn require_owner(
    transaction: &mut impl Transaction,
    caller: &Caller,
    id: &TeamId,
    request: &Request,
) -> Result<Actor, OperationError<Problem>> {
    let body: OnBehalfOf = body::parse_optional(request)?;
    let owner = body.on_behalf_of.as_ref();
    caller.require_owner(transaction, id, owner)?;
    Ok(caller.actor_for(owner))
}

/// The one answer that shows the token.
fn show_once(
    status: StatusCode,
    config: &Config,
    id: &TeamId,
    credentials: &Credentials,
) -> Response {
    let Connection { endpoint, enabled, token_created, .. } = &credentials.connection;
    let document = object!({
        "endpoint_url": endpoint_url(config, id, endpoint),
        "token": credentials.token.reveal(),
        "enabled_at": enabled.to_rfc3339(),
        "token_created_at": token_created.to_rfc3339(),
    });
    json(status, &document)
}

pub(super) fn endpoint_url(config: &Config, team: &TeamId, random: &str) -> String {
    let endpoint = EndpointId { team: team.clone(), random: random.to_owned() };
    format!("{}/scim/v2/{endpoint}", config.public_url)
}
