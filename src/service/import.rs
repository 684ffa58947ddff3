//! A team's file on its way in: what is read of it is staged at once, so that memory holds no more than one batch.
//!
//! After the commit point the work is gone on with here, in turns with other requests, by the node that took the file.
//! Where that node is gone, the next request that meets the team goes on.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::time::Duration;

use thiserror::Error;

use super::Service;
use crate::host::{Host, Level, Timestamp};
use crate::http::{Request, Response};
use crate::manage::transfer::{Wanted, imported, wanted};
use crate::manage::{Caller, Problem, ProblemKind};
use crate::provisioning::transfer::{self, Advance, Batch, Import, ImportRefusal};
use crate::provisioning::{Actor, OperationError, TeamId, run_once, team, transact};
use crate::router::{Endpoint, ManageEndpoint, route};
use crate::store::{Receipt, Store, StoreError};

/// While less than this of a body waits, other requests get their turn after each batch. Above it what arrives is staged
/// before anything else is done, so that a sender who is faster than the store has to wait.
const CALM_BYTES: usize = 1024 * 1024;

/// How many bytes of a body may wait for the store.
pub const WAITING_MAX: usize = 64 * 1024 * 1024;

/// How long an answer waits for the work after the commit point; what is left then is done after it.
const FINISH_WITHIN: Duration = Duration::from_secs(10);

/// For how long nobody must have gone on with an import before somebody else does, in milliseconds.
const GIVEN_UP_AFTER: u64 = 2_000;

/// How many batches are moved before other requests get their turn.
const BATCHES_AT_ONCE: u32 = 4;

/// How often in a row a batch may meet other commits.
const CONFLICTS_MAX: u32 = 1_000;

/// A body that is handed over while it arrives.
#[expect(async_fn_in_trait, reason = "hosts are single-threaded, no future has to be Send")]
pub trait Upload {
    /// The next part; `None` at the end.
    async fn next(&mut self) -> Result<Option<Vec<u8>>, UploadError>;

    /// How many bytes have arrived that were not handed over.
    fn waiting(&self) -> usize;
}

impl<U: Upload> Upload for &mut U {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, UploadError> {
        (**self).next().await
    }

    fn waiting(&self) -> usize {
        (**self).waiting()
    }
}

/// Why there is no next part.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum UploadError {
    /// The client has hung up.
    #[error("the client has hung up")]
    Gone,
    /// More than [`WAITING_MAX`] has arrived that could not be handed over.
    #[error("the file arrives faster than it can be stored")]
    TooFast,
}

/// Teams whose imports this VM has to go on with.
#[derive(Debug, Default)]
pub(super) struct Unfinished {
    waiting: RefCell<VecDeque<TeamId>>,
}

/// A body that is there.
pub(super) struct Whole(pub(super) Option<Vec<u8>>);

impl Upload for Whole {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, UploadError> {
        Ok(self.0.take())
    }

    fn waiting(&self) -> usize {
        0
    }
}

/// The problem of who asks for a team that is being imported.
pub(super) fn under_way() -> Problem {
    Problem::from(ImportRefusal::Importing)
}

type Outcome<T> = Result<T, OperationError<Problem>>;

impl<S: Store, H: Host> Service<S, H> {
    /// Answers an import, whose body is read as it arrives. What is left to be done then, [`Self::go_on`] does.
    pub async fn import(&self, head: &Request, mut body: impl Upload) -> Response {
        match self.try_import(head, &mut body).await {
            Ok(response) => response,
            Err(OperationError::Refused(problem)) => problem.to_response(),
            Err(OperationError::Store(error)) => self.store_problem(&error).to_response(),
        }
    }

    async fn try_import(&self, head: &Request, body: &mut impl Upload) -> Outcome<Response> {
        let caller = Caller::of(head, &self.keys, &self.config).map_err(OperationError::Refused)?;
        let Endpoint::Manage(Some(endpoint @ ManageEndpoint::Import(id))) = &route(&head.path)
        else {
            return Err(OperationError::Refused(Problem::not_found("path")));
        };
        let methods = endpoint.methods();
        if !methods.contains(&head.method) {
            return Err(OperationError::Refused(Problem::method_not_allowed(methods)));
        }
        let Wanted { replace } = wanted(&caller, head)?;
        let actor = caller.actor();
        let begun = transact(&self.store, &self.host, |transaction, run| {
            transfer::begin(transaction, &run.context(&actor), id, replace)
        })
        .await;
        let mut import = match begun {
            Err(OperationError::Refused(ImportRefusal::Importing)) => {
                self.pick_up(id).await;
                return Err(OperationError::Refused(under_way()));
            }
            begun => begun.map_err(|error| error.map(Problem::from))?,
        };
        let new = match self.take(&mut import, &actor, body, replace).await {
            Ok(new) => new,
            Err(error) => {
                self.give_up(&import, id).await;
                return Err(error);
            }
        };
        let finished = self.finish(id, Some(FINISH_WITHIN)).await;
        self.unfinished.leave(id);
        Ok(imported(id, new, finished, import.counts()))
    }

    /// Reads the body to its end and commits the import. Answers whether the team is new.
    async fn take(
        &self,
        import: &mut Import,
        actor: &Actor,
        body: &mut impl Upload,
        replace: bool,
    ) -> Outcome<bool> {
        while let Some(part) = body.next().await.map_err(interrupted)? {
            import.read(&part).map_err(refused)?;
            self.stage(import, body).await?;
        }
        import.finish().map_err(refused)?;
        self.stage(import, body).await?;
        let committed = transact(&self.store, &self.host, |transaction, run| {
            transfer::commit(transaction, &run.context(actor), import, replace)
        });
        committed.await.map_err(|error| error.map(Problem::from))
    }

    async fn stage(&self, import: &mut Import, body: &impl Upload) -> Outcome<()> {
        while let Some(batch) = import.next_batch() {
            self.stage_batch(import, &batch).await.map_err(|error| error.map(Problem::from))?;
            if body.waiting() < CALM_BYTES {
                self.host.pause().await;
            }
        }
        Ok(())
    }

    async fn stage_batch(
        &self,
        import: &Import,
        batch: &Batch,
    ) -> Result<(), OperationError<ImportRefusal>> {
        transact(&self.store, &self.host, |transaction, _| {
            import.refuse_taken_ids(transaction, batch)
        })
        .await?;
        transact(&self.store, &self.host, |transaction, _| import.stage(transaction, batch)).await
    }

    /// Leaves what was staged to be cleared away.
    async fn give_up(&self, import: &Import, id: &TeamId) {
        let given_up = transact(&self.store, &self.host, |transaction, _| {
            transfer::give_up(transaction, import);
            Ok::<_, StoreError>(())
        });
        if let Err(error) = given_up.await {
            self.log_store_error(&error);
        }
        self.unfinished.leave(id);
    }

    /// Sees to it that somebody goes on with the import of a team: this VM, where nobody has done so for a while.
    pub(super) async fn pick_up(&self, id: &TeamId) {
        let found = transact(&self.store, &self.host, |transaction, _| team::find(transaction, id));
        let Ok(Some(team)) = found.await else { return };
        let given_up = |at: Timestamp| self.host.now().0.saturating_sub(at.0) >= GIVEN_UP_AFTER;
        if team.importing.is_some_and(|importing| given_up(importing.at)) {
            self.unfinished.leave(id);
        }
    }

    /// Does what requests have left to be done behind their answers: imports that are unfinished, and notes for the settings
    /// page. To be awaited after each request, when its answer is sent; returns at once where there is nothing to do.
    pub async fn go_on(&self) {
        self.write_noted_requests().await;
        while let Some(id) = self.unfinished.next() {
            if self.finish(&id, None).await {
                self.clear(&id).await;
            }
        }
    }

    /// Moves a committed import to its end, or as far as it comes `within` that time. Answers whether it is at its end.
    async fn finish(&self, id: &TeamId, within: Option<Duration>) -> bool {
        let begun = self.host.uptime();
        let (mut receipt, mut conflicts, mut batches) = (Receipt::default(), 0, 0_u32);
        let finished = loop {
            match self.advance(id).await {
                Ok((Advance::Done | Advance::Nothing, last)) => {
                    receipt = receipt.max(last);
                    break true;
                }
                Ok((Advance::More, last)) => (receipt, conflicts) = (receipt.max(last), 0),
                Err(error) if error.is_conflict() && conflicts < CONFLICTS_MAX => conflicts += 1,
                Err(error) => {
                    self.log_store_error(&error);
                    break false;
                }
            }
            if within.is_some_and(|within| self.host.uptime().saturating_sub(begun) >= within) {
                break false;
            }
            batches += 1;
            if conflicts > 0 || batches.is_multiple_of(BATCHES_AT_ONCE) {
                self.host.pause().await;
            }
        };
        self.store.settle(receipt).await;
        finished
    }

    /// Moves one batch. Is not waited for until other nodes have forgotten what it replaced: nobody is told of it yet.
    async fn advance(&self, id: &TeamId) -> Result<(Advance, Receipt), StoreError> {
        let actor = Actor::Platform { on_behalf_of: None };
        let (advance, receipt) = run_once(&self.store, &self.host, |transaction, run| {
            transfer::advance(transaction, &run.context(&actor), id)
        })
        .await;
        Ok((advance?, receipt))
    }

    async fn clear(&self, id: &TeamId) {
        let mut after: Option<String> = None;
        loop {
            let cleared = transact(&self.store, &self.host, |transaction, _| {
                transfer::clear(transaction, id, after.as_deref())
            });
            match cleared.await {
                Ok(Some(next)) => after = Some(next),
                Ok(None) => return,
                Err(error) => {
                    self.host.log(Level::Warn, "what an import staged is left in the store");
                    return self.log_store_error(&error);
                }
            }
            self.host.pause().await;
        }
    }
}

impl Unfinished {
    /// Leaves a team for [`Service::go_on`].
    fn leave(&self, id: &TeamId) {
        let mut waiting = self.waiting.borrow_mut();
        if !waiting.contains(id) {
            waiting.push_back(id.clone());
        }
    }

    fn next(&self) -> Option<TeamId> {
        self.waiting.borrow_mut().pop_front()
    }
}

fn refused(refusal: ImportRefusal) -> OperationError<Problem> {
    OperationError::Refused(Problem::from(refusal))
}

fn interrupted(error: UploadError) -> OperationError<Problem> {
    let problem = match error {
        UploadError::Gone => Problem::new(ProblemKind::InvalidImport, error.to_string()),
        UploadError::TooFast => {
            let detail = format!("{error}; send it more slowly, such as with curl --limit-rate");
            Problem::new(ProblemKind::UploadTooFast, detail)
        }
    };
    OperationError::Refused(problem)
}
