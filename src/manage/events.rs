//! `/v1/teams/<team>/events`

use http::StatusCode;
use serde_json::Value;

use super::{Answer, Caller, body, json};
use crate::gather::Gather as _;
use crate::http::Request;
use crate::json::typed::object;
use crate::provisioning::TeamId;
use crate::provisioning::event::{self, LoggedEvent};
use crate::store::Transaction;

/// The most events in one answer.
const PAGE_MAX: u64 = 200;
const PAGE_DEFAULT: u64 = 50;

/// A page of the event log, newest first.
pub(super) fn list(
    transaction: &mut impl Transaction,
    caller: &Caller,
    team: &TeamId,
    request: &Request,
) -> Answer {
    caller.require_platform_or_owner(transaction, team)?;
    let limit = body::query_limit(request, PAGE_DEFAULT, PAGE_MAX)?;
    let before = body::query_number(request, "before", u64::MAX)?;
    let after = body::query_number(request, "after", u64::MAX)?.unwrap_or(0);
    let mut page = event::list(transaction, team, before, limit)?;
    let whole = page.len() == limit;
    page.retain(|logged| logged.n > after);
    let next = page.last().map(|logged| logged.n).filter(|n| whole && *n > after.saturating_add(1));
    let events: Vec<Value> = page.iter().map(document).gather();
    Ok(json(StatusCode::OK, &object!({ "events": events, "next": next })))
}

fn document(logged: &LoggedEvent) -> Value {
    object!({
        "n": logged.n,
        "at": logged.at.to_rfc3339(),
        "actor": logged.actor,
        "action": logged.event.action.as_str(),
        "subject": logged.event.subject,
        "outcome": logged.event.outcome.as_str(),
        "reason": logged.event.reason,
        "members": logged.event.members,
    })
}
