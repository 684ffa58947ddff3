//! Operations that follow each other: done in one transaction while none of them fails, as a commit costs the same for
//! eight as for one, and some hosts let an instance make only so many. Where one fails none of them is done yet, and each
//! is done for itself.

use super::{Service, error_response, note, result, target, to_request};
use crate::gather::Gather as _;
use crate::host::Host;
use crate::http::{Request, Response};
use crate::provisioning::{OperationError, transact_unsettled};
use crate::router::ScimEndpoint;
use crate::scim::ScimError;
use crate::scim::bulk::{BulkOperation, BulkResult, Made};
use crate::service::scim::refused;
use crate::store::{Receipt, Store};

/// What one operation asks for, and what came of it.
struct Performed {
    request: Request,
    target: ScimEndpoint,
    answer: Response,
}

impl<S: Store, H: Host> Service<S, H> {
    /// Does `operations`, up to the one that makes `errors_left` of them fail, and notes what they have made.
    pub(super) async fn run_batch(
        &self,
        endpoint: &str,
        bulk: &Request,
        operations: &[&BulkOperation],
        made: &mut Made,
        errors_left: Option<u64>,
    ) -> (Vec<BulkResult>, Receipt) {
        if operations.len() > 1
            && let Some(done) = self.run_together(endpoint, bulk, operations, made).await
        {
            return done;
        }
        let (mut results, mut last, mut failed) = (Vec::new(), Receipt::default(), 0_u64);
        for operation in operations {
            let (result, receipt) = self.run_operation(endpoint, bulk, operation, made).await;
            last = last.max(receipt);
            failed += u64::from(result.error.is_some());
            results.push(result);
            if errors_left.is_some_and(|left| failed >= left) {
                break;
            }
        }
        (results, last)
    }

    /// Does all of `operations` in one transaction; `None` where none of them was done.
    async fn run_together(
        &self,
        endpoint: &str,
        bulk: &Request,
        operations: &[&BulkOperation],
        made: &mut Made,
    ) -> Option<(Vec<BulkResult>, Receipt)> {
        let (outcome, receipt) = transact_unsettled(&self.store, &self.host, |transaction, run| {
            let mut known = made.clone();
            let mut performed = Vec::with_capacity(operations.len());
            for operation in operations {
                let (request, target) =
                    prepare(endpoint, bulk, operation, &known).map_err(refused)?;
                let answer = self.perform(transaction, run, endpoint, Some(&target), &request)?;
                note(operation, &answer, &mut known);
                performed.push(Performed { request, target, answer });
            }
            Ok::<_, OperationError<_>>((performed, known))
        })
        .await;
        match outcome {
            Ok((performed, known)) => {
                *made = known;
                let answered = operations.iter().zip(&performed);
                let results = answered.map(|(operation, done)| {
                    let (target, answer) = (&done.target, &done.answer);
                    self.note_request(endpoint, Some(target), &done.request, answer.status, None);
                    result(operation, answer, self.place_of(endpoint, operation, target))
                });
                Some((results.gather(), receipt))
            }
            // They may have been done, so they are not done again.
            Err(error) if matches!(&error, OperationError::Store(error) if error.is_unknown()) => {
                let answer = self.scim_error(&error);
                let results = operations.iter().map(|operation| {
                    note(operation, &answer, made);
                    result(operation, &answer, None)
                });
                Some((results.gather(), receipt))
            }
            Err(_) => None,
        }
    }

    async fn run_operation(
        &self,
        endpoint: &str,
        bulk: &Request,
        operation: &BulkOperation,
        made: &mut Made,
    ) -> (BulkResult, Receipt) {
        let (answer, receipt, place) = match prepare(endpoint, bulk, operation, made) {
            Ok((request, target)) => {
                let (answer, receipt) =
                    self.handle_operation(endpoint, Some(&target), &request).await;
                (answer, receipt, self.place_of(endpoint, operation, &target))
            }
            Err(error) => (error_response(&error), Receipt::default(), None),
        };
        note(operation, &answer, made);
        (result(operation, &answer, place), receipt)
    }

    /// Where what an operation is about was before it.
    fn place_of(
        &self,
        endpoint: &str,
        operation: &BulkOperation,
        target: &ScimEndpoint,
    ) -> Option<String> {
        if operation.makes() {
            return None;
        }
        let base = self.base_url(endpoint);
        match target {
            ScimEndpoint::User(id) => Some(format!("{base}/Users/{id}")),
            ScimEndpoint::Group(id) => Some(format!("{base}/Groups/{id}")),
            _ => None,
        }
    }
}

/// The request that an operation stands for, and what it is for.
fn prepare(
    endpoint: &str,
    bulk: &Request,
    operation: &BulkOperation,
    made: &Made,
) -> Result<(Request, ScimEndpoint), ScimError> {
    let task = operation.task.clone()?.resolve(made)?;
    let target = target(&task.path)?;
    Ok((to_request(endpoint, bulk, task)?, target))
}
