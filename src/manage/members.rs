//! `/v1/teams/<team>/members[/<e-mail>]`

use http::StatusCode;
use serde_json::Value;

use super::problem::Problem;
use super::{Answer, Caller, body, json, no_content};
use crate::email::Email;
use crate::gather::Gather as _;
use crate::http::Request;
use crate::json::typed::{object, record};
use crate::provisioning::account::Account;
use crate::provisioning::membership::{self, MemberWrite, Membership, Role};
use crate::provisioning::{Context, OperationError, TeamId};
use crate::store::Transaction;

/// The most members in one answer.
const PAGE_MAX: u64 = 200;
const PAGE_DEFAULT: u64 = 100;

struct MemberBody {
    role: Option<Role>,
    on_behalf_of: Option<Email>,
}

record!(read strict MemberBody { role, on_behalf_of });

/// A page of members, in the order of their account ids.
pub(super) fn list(
    transaction: &mut impl Transaction,
    caller: &Caller,
    team: &TeamId,
    request: &Request,
) -> Answer {
    caller.require_platform_or_owner(transaction, team)?;
    let limit = body::query_limit(request, PAGE_DEFAULT, PAGE_MAX)?;
    let after = body::query_text(request, "after");
    let page = membership::list(transaction, team, after.as_deref(), limit)?;
    let next = page.last().filter(|_| page.len() == limit).map(|(account, _)| account.id.clone());
    let members: Vec<Value> = page.iter().map(|(a, m)| document(a, m)).gather();
    Ok(json(StatusCode::OK, &object!({ "members": members, "next": next })))
}

/// One member.
pub(super) fn read(
    transaction: &mut impl Transaction,
    caller: &Caller,
    team: &TeamId,
    email: &str,
) -> Answer {
    caller.require_platform_or_owner(transaction, team)?;
    let email = body::parse_email(email)?;
    match membership::find_by_email(transaction, team, &email)? {
        Some((account, membership)) => Ok(json(StatusCode::OK, &document(&account, &membership))),
        None => Err(OperationError::Refused(Problem::not_found("member"))),
    }
}

/// Adds a member or changes their role.
pub(super) fn put(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    caller: &Caller,
    team: &TeamId,
    email: &str,
    request: &Request,
) -> Answer {
    caller.require_platform_or_owner(transaction, team)?;
    let email = body::parse_email(email)?;
    let body: MemberBody = body::parse_optional(request)?;
    let owner = body.on_behalf_of.as_ref();
    let by_owner = !(caller == &Caller::Platform && owner.is_none());
    if by_owner {
        caller.require_owner(transaction, team, owner)?;
    }
    let context = &Context { actor: &caller.actor_for(owner), ..*context };
    let write = MemberWrite { role: body.role, by_owner };
    let (account, membership, new) = membership::put(transaction, context, team, &email, write)
        .map_err(|e| e.map(Into::into))?;
    let status = if new { StatusCode::CREATED } else { StatusCode::OK };
    Ok(json(status, &document(&account, &membership)))
}

/// Takes a member out.
pub(super) fn remove(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    caller: &Caller,
    team: &TeamId,
    email: &str,
) -> Answer {
    caller.require_platform_or_owner(transaction, team)?;
    let email = body::parse_email(email)?;
    membership::remove(transaction, context, team, &email).map_err(|e| e.map(Into::into))?;
    Ok(no_content())
}

fn document(account: &Account, membership: &Membership) -> Value {
    object!({
        "account_id": account.id,
        "email": account.email.as_str(),
        "role": membership.role.as_str(),
        "since": membership.since.to_rfc3339(),
        "via": membership.via.as_str(),
    })
}
