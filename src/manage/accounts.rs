//! `/v1/accounts/<e-mail>`

use http::StatusCode;
use serde_json::Value;

use super::problem::Problem;
use super::{Answer, Caller, body, json};
use crate::json::typed::object;
use crate::provisioning::account::{self, Account};
use crate::provisioning::{OperationError, TeamId, membership};
use crate::store::Transaction;

/// The most teams in one answer.
const TEAMS_MAX: usize = 200;

/// A person and the teams that they are in.
pub(super) fn read(transaction: &mut impl Transaction, caller: &Caller, email: &str) -> Answer {
    caller.require_platform()?;
    let email = body::parse_email(email)?;
    let Some(Account { id, email, created, origin }) = account::find(transaction, &email)? else {
        return Err(OperationError::Refused(Problem::not_found("account")));
    };
    let mut memberships: Vec<Value> = Vec::new();
    for name in account::teams(transaction, &id, TEAMS_MAX)? {
        let Ok(team) = TeamId::parse(&name) else { continue };
        if let Some(membership) = membership::find(transaction, &team, &id)? {
            memberships.push(object!({ "team": name, "role": membership.role.as_str() }));
        }
    }
    let document = object!({
        "id": id,
        "email": email.as_str(),
        "created": created.to_rfc3339(),
        "origin": origin,
        "memberships": memberships,
    });
    Ok(json(StatusCode::OK, &document))
}
