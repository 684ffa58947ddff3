//! Runs an operation until its commit goes through.

use std::cell::RefCell;
use std::pin::Pin;

use crate::host::Host;
use crate::store::{Receipt, Store, StoreError, Transaction as _};

/// How often an operation is run, at once each time somebody else's commit came first, before it lets others go on.
const IMMEDIATE_RUNS: u32 = 8;

/// How often it is run in all.
const RUNS: u32 = 25 * IMMEDIATE_RUNS;

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
    operation: impl AsyncFn(&mut S::Transaction<'_>) -> Result<T, E>,
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
    operation: impl AsyncFn(&mut S::Transaction<'_>) -> Result<T, E>,
) -> (Result<T, E>, Receipt)
where
    S: Store,
    H: Host,
    E: From<StoreError> + AsStoreError,
{
    // Until it has run through it is as if another commit had come first.
    let operation = Kept { operation, outcome: RefCell::new(Err(StoreError::conflict().into())) };
    match run(store, host, &operation).await {
        Ok(receipt) => (operation.outcome.into_inner(), receipt),
        Err(error) => (Err(error.into()), Receipt::default()),
    }
}

/// What is to be done with the transaction of an operation that has run.
enum End {
    Commit,
    Leave,
    RunAgain,
}

/// An operation whose type is not told: what runs operations would else be in the module once for each of them.
trait Operation<S: Store> {
    fn run<'r>(
        &'r self,
        transaction: &'r mut S::Transaction<'_>,
    ) -> Pin<Box<dyn Future<Output = End> + 'r>>;
}

/// An operation that keeps what came of it the last time.
struct Kept<O, T, E> {
    operation: O,
    outcome: RefCell<Result<T, E>>,
}

impl<S, O, T, E> Operation<S> for Kept<O, T, E>
where
    S: Store,
    O: AsyncFn(&mut S::Transaction<'_>) -> Result<T, E>,
    E: AsStoreError,
{
    fn run<'r>(
        &'r self,
        transaction: &'r mut S::Transaction<'_>,
    ) -> Pin<Box<dyn Future<Output = End> + 'r>> {
        Box::pin(async move {
            let outcome = (self.operation)(transaction).await;
            let end = match &outcome {
                Ok(_) => End::Commit,
                Err(error) if error.as_store_error().is_some_and(StoreError::is_conflict) => {
                    End::RunAgain
                }
                Err(_) => End::Leave,
            };
            *self.outcome.borrow_mut() = outcome;
            end
        })
    }
}

async fn run<S: Store>(
    store: &S,
    host: &impl Host,
    operation: &dyn Operation<S>,
) -> Result<Receipt, StoreError> {
    let mut turn = None;
    for run in 1..=RUNS {
        match once(store, operation).await {
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

async fn once<S: Store>(store: &S, operation: &dyn Operation<S>) -> Result<Receipt, StoreError> {
    let mut transaction = store.begin().await?;
    match operation.run(&mut transaction).await {
        End::Commit => transaction.commit().await,
        // A refusal may say as much as a commit: that somebody is no member any more.
        End::Leave => Ok(transaction.witnessed()),
        End::RunAgain => Err(StoreError::conflict()),
    }
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
