//! Users that refer to each other (RFC 7644 §3.7.1): made together, in one transaction. First each is made without what
//! is not there yet, then each is written whole; if one cannot be, none is made.

use std::cell::Cell;

use http::Method;

use super::{Service, id_of, note, result, to_request};
use crate::gather::Gather as _;
use crate::host::Host;
use crate::http::{Request, header};
use crate::provisioning::{OperationError, transact_unsettled};
use crate::router::ScimEndpoint;
use crate::scim::bulk::{BulkOperation, BulkResult, Made};
use crate::scim::{ScimError, ScimErrorKind};
use crate::service::scim::refused;
use crate::store::{Receipt, Store};

impl<S: Store, H: Host> Service<S, H> {
    /// Does all of a circle's operations or none, and notes what they have made.
    pub(super) async fn run_circle(
        &self,
        endpoint: &str,
        bulk: &Request,
        circle: &[&BulkOperation],
        made: &mut Made,
    ) -> (Vec<BulkResult>, Receipt) {
        let at = Cell::new(0);
        let (outcome, receipt) = transact_unsettled(&self.store, &self.host, |transaction, run| {
            let mut known = made.clone();
            let mut answers = Vec::with_capacity(circle.len());
            for (position, operation) in circle.iter().enumerate() {
                at.set(position);
                let first = create(endpoint, bulk, operation, &known).map_err(refused)?;
                let users = Some(&ScimEndpoint::Users);
                let answer = self.perform(transaction, run, endpoint, users, &first)?;
                note(operation, &answer, &mut known);
                answers.push(answer);
            }
            for (position, (operation, answer)) in circle.iter().zip(&mut answers).enumerate() {
                at.set(position);
                let id = id_of(answer).unwrap_or_default();
                let whole = replace(endpoint, bulk, operation, &known, &id).map_err(refused)?;
                let user = ScimEndpoint::User(id);
                let written = self.perform(transaction, run, endpoint, Some(&user), &whole)?;
                if let Some(version) = written.headers.text(header::ETAG) {
                    let _ = answer.headers.set(header::ETAG, version);
                }
            }
            Ok::<_, OperationError<_>>((answers, known))
        })
        .await;
        let results = match outcome {
            Ok((answers, known)) => {
                *made = known;
                circle
                    .iter()
                    .zip(&answers)
                    .map(|(operation, answer)| result(operation, answer, None))
                    .gather()
            }
            Err(error) => {
                if let OperationError::Refused(failure) = &error
                    && let Some(operation) = circle.get(at.get())
                    && let Ok(request) = create(endpoint, bulk, operation, made)
                {
                    let users = Some(&ScimEndpoint::Users);
                    self.log_refusal(endpoint, users, &request, failure).await;
                }
                made.extend(circle.iter().filter_map(|one| Some((one.bulk_id.clone()?, None))));
                let error = self.scim_error(&error);
                let others = super::error_response(&ScimError::new(
                    ScimErrorKind::Conflict,
                    "it refers to operations that refer to it, and one of them failed",
                ));
                let numbered = circle.iter().enumerate();
                numbered
                    .map(|(n, one)| result(one, if n == at.get() { &error } else { &others }, None))
                    .gather()
            }
        };
        (results, receipt)
    }
}

/// The request that makes an operation's user, without what is not there yet.
fn create(
    endpoint: &str,
    bulk: &Request,
    operation: &BulkOperation,
    made: &Made,
) -> Result<Request, ScimError> {
    let task = operation.task.clone()?.without_references(made).resolve(made)?;
    to_request(endpoint, bulk, task)
}

/// The request that writes it whole.
fn replace(
    endpoint: &str,
    bulk: &Request,
    operation: &BulkOperation,
    made: &Made,
    id: &str,
) -> Result<Request, ScimError> {
    let mut task = operation.task.clone()?.resolve(made)?;
    task.method = Method::PUT;
    task.path = format!("Users/{id}");
    task.version = None;
    to_request(endpoint, bulk, task)
}
