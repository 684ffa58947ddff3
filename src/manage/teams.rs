//! `/v1/teams/<team>`

use http::StatusCode;

use super::problem::{Problem, ProblemKind};
use super::{Answer, Caller, body, json};
use crate::email::{Domain, Email};
use crate::http::Request;
use crate::json::typed::{object, record};
use crate::provisioning::team::{self, DOMAINS_MAX, NAME_MAX, OWNERS_MAX, Sso, TeamWrite};
use crate::provisioning::{Context, OperationError, Refuse as _, TeamId};
use crate::store::{Transaction, key};

struct TeamBody {
    name: String,
    sso: Sso,
    verified_domains: Option<Vec<Domain>>,
    owners: Option<Vec<Email>>,
}

record!(read strict TeamBody { name, sso, verified_domains, owners });

/// Makes or changes a team.
pub(super) fn put(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    caller: &Caller,
    id: &TeamId,
    request: &Request,
) -> Answer {
    caller.require_platform()?;
    let body: TeamBody = body::parse(request)?;
    refuse_excess(&body).or_refuse()?;
    let write = TeamWrite {
        name: body.name,
        sso: body.sso,
        verified_domains: body.verified_domains,
        owners: body.owners,
    };
    let new = team::put(transaction, context, id, write).map_err(|e| e.map(Into::into))?;
    let status = if new { StatusCode::CREATED } else { StatusCode::OK };
    respond(transaction, id, status)
}

/// What is known of a team.
pub(super) fn read(transaction: &mut impl Transaction, caller: &Caller, id: &TeamId) -> Answer {
    caller.require_platform_or_owner(transaction, id)?;
    respond(transaction, id, StatusCode::OK)
}

fn respond(transaction: &mut impl Transaction, id: &TeamId, status: StatusCode) -> Answer {
    let Some(team) = team::find(transaction, id)? else {
        return Err(OperationError::Refused(Problem::not_found("team")));
    };
    let document = object!({
        "id": id.as_str(),
        "name": team.name,
        "sso": team.sso,
        "verified_domains": team.verified_domains,
        "owners": team::owners(transaction, id)?,
        "members": transaction.count(&key::members(id.as_str()))?,
        "scim_enabled": team.connection.is_some(),
        "created": team.created.to_rfc3339(),
    });
    Ok(json(status, &document))
}

fn refuse_excess(body: &TeamBody) -> Result<(), Problem> {
    let owners = body.owners.as_ref().map_or(0, Vec::len);
    let domains = body.verified_domains.as_ref().map_or(0, Vec::len);
    let issuer = body.sso.issuer.as_deref().unwrap_or_default();
    let problem = if body.name.trim().is_empty() || body.name.chars().count() > NAME_MAX {
        format!("name must have 1 to {NAME_MAX} characters")
    } else if owners > OWNERS_MAX {
        format!("owners can be {OWNERS_MAX} at the most")
    } else if domains > DOMAINS_MAX {
        format!("verified_domains can be {DOMAINS_MAX} at the most")
    } else if issuer.chars().count() > NAME_MAX {
        format!("sso.issuer can have {NAME_MAX} characters at the most")
    } else {
        return Ok(());
    };
    Err(Problem::new(ProblemKind::InvalidBody, problem))
}
