//! Runs an operation until it lacks nothing and its commit goes through.

use std::cell::RefCell;

use super::Run;
use crate::host::Host;
use crate::store::{Receipt, Store, StoreError, Transaction as _};

/// How often an operation is run, at once each time somebody else's commit came first, before it lets others go on.
const IMMEDIATE_RUNS: u32 = 8;

/// How often it is run in all.
const RUNS: u32 = 25 * IMMEDIATE_RUNS;

/// How often what an operation lacks is fetched.
const FETCHES: u32 = 20_000;

/// Runs `operation` in a transaction and commits it; again from the start where another commit came first. Comes back once
/// its client can be told, whatever came of it.
///
/// An operation that fails commits nothing. Its error type must be able to say whether it was a conflict.
///
/// # Errors
/// The operation's own; [`StoreError::unavailable`] where every run met a conflict.
pub async fn transact<S, H, T, E>(
    store: &S,
    host: &H,
    operation: impl Fn(&mut S::Transaction<'_>, &Run<'_>) -> Result<T, E>,
) -> Result<T, E>
where
    S: Store,
    H: Host,
    E: From<StoreError> + AsStoreError,
{
    let (outcome, receipt) = transact_unsettled(store, host, operation).await;
    store.settle(receipt).await;
    outcome
}

/// The same without waiting: for operations that only read, and for those of many whose client is told at the end of all,
/// for which the receipt is.
pub async fn transact_unsettled<S, H, T, E>(
    store: &S,
    host: &H,
    operation: impl Fn(&mut S::Transaction<'_>, &Run<'_>) -> Result<T, E>,
) -> (Result<T, E>, Receipt)
where
    S: Store,
    H: Host,
    E: From<StoreError> + AsStoreError,
{
    let operation = Kept::new(operation);
    let ended = run(store, host, &operation).await;
    operation.into_outcome(ended)
}

/// The same once: where another commit came first that is an error.
pub async fn run_once<S, H, T, E>(
    store: &S,
    host: &H,
    operation: impl Fn(&mut S::Transaction<'_>, &Run<'_>) -> Result<T, E>,
) -> (Result<T, E>, Receipt)
where
    S: Store,
    H: Host,
    E: From<StoreError> + AsStoreError,
{
    let operation = Kept::new(operation);
    let ended = once(store, host, &operation).await;
    operation.into_outcome(ended)
}

/// What is to be done with the transaction of an operation that has run.
enum End {
    Commit,
    Leave,
    /// It is to be run again with what it lacked.
    Fetch,
    /// It is to be run again on what another commit left.
    RunAgain,
}

/// An operation whose type is not told: what runs operations would else be in the module once for each of them.
trait Operation<S: Store> {
    fn run(&self, transaction: &mut S::Transaction<'_>, run: &Run<'_>) -> End;
}

/// An operation that keeps what came of it the last time.
struct Kept<O, T, E> {
    operation: O,
    outcome: RefCell<Result<T, E>>,
}

impl<O, T, E: From<StoreError>> Kept<O, T, E> {
    fn new(operation: O) -> Self {
        // Until it has run through it is as if another commit had come first.
        Self { operation, outcome: RefCell::new(Err(StoreError::conflict().into())) }
    }

    fn into_outcome(self, ended: Result<Receipt, StoreError>) -> (Result<T, E>, Receipt) {
        match ended {
            Ok(receipt) => (self.outcome.into_inner(), receipt),
            Err(error) => (Err(error.into()), Receipt::default()),
        }
    }
}

impl<S, O, T, E> Operation<S> for Kept<O, T, E>
where
    S: Store,
    O: Fn(&mut S::Transaction<'_>, &Run<'_>) -> Result<T, E>,
    E: AsStoreError,
{
    fn run(&self, transaction: &mut S::Transaction<'_>, run: &Run<'_>) -> End {
        let outcome = (self.operation)(transaction, run);
        let end = match outcome.as_ref().err().map(E::as_store_error) {
            None => End::Commit,
            Some(Some(error)) if error.is_lacking() => End::Fetch,
            Some(Some(error)) if error.is_conflict() => End::RunAgain,
            Some(_) => End::Leave,
        };
        *self.outcome.borrow_mut() = outcome;
        end
    }
}

async fn run<S: Store>(
    store: &S,
    host: &impl Host,
    operation: &dyn Operation<S>,
) -> Result<Receipt, StoreError> {
    let mut turn = None;
    for run in 1..=RUNS {
        match once(store, host, operation).await {
            Err(error) if error.is_conflict() => {
                if turn.is_none() {
                    turn = Some(store.turn().await);
                }
                if run.is_multiple_of(IMMEDIATE_RUNS) {
                    host.pause().await;
                }
            }
            ended => return ended,
        }
    }
    Err(StoreError::unavailable(format!("{RUNS} runs in a row met other commits")))
}

async fn once<S: Store>(
    store: &S,
    host: &impl Host,
    operation: &dyn Operation<S>,
) -> Result<Receipt, StoreError> {
    let mut transaction = store.begin().await?;
    let run = Run::new(host);
    for _ in 0..FETCHES {
        match operation.run(&mut transaction, &run) {
            End::Commit => return transaction.commit().await,
            // A refusal may say as much as a commit: that somebody is no member any more.
            End::Leave => return Ok(transaction.witnessed()),
            End::RunAgain => return Err(StoreError::conflict()),
            End::Fetch => {
                transaction.fetch().await?;
                transaction.undo();
                run.rewind();
            }
        }
    }
    Err(StoreError::unavailable(format!("something was lacking {FETCHES} times in a row")))
}

/// An error that may be the store's.
pub trait AsStoreError {
    /// The store's error in it.
    fn as_store_error(&self) -> Option<&StoreError>;
}

impl AsStoreError for StoreError {
    fn as_store_error(&self) -> Option<&StoreError> {
        Some(self)
    }
}

impl<R> AsStoreError for super::OperationError<R> {
    fn as_store_error(&self) -> Option<&StoreError> {
        match self {
            Self::Refused(_) => None,
            Self::Store(error) => Some(error),
        }
    }
}

#[cfg(test)]
mod tests;
