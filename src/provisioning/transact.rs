//! Runs an operation until its commit goes through.

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
/// The operation's own; [`StoreError::Unavailable`] where every run met a conflict.
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
    let mut turn = None;
    for run in 1..=RUNS {
        match once(store, &operation).await {
            (Err(error), _) if error.as_store_error() == Some(&StoreError::Conflict) => {
                if turn.is_none() {
                    turn = Some(store.turn().await);
                }
                if run.is_multiple_of(IMMEDIATE_RUNS) {
                    host.pause().await;
                }
            }
            outcome => return outcome,
        }
    }
    let error = StoreError::Unavailable(format!("{RUNS} runs in a row met other commits"));
    (Err(error.into()), Receipt::default())
}

async fn once<S, T, E>(
    store: &S,
    operation: impl AsyncFn(&mut S::Transaction<'_>) -> Result<T, E>,
) -> (Result<T, E>, Receipt)
where
    S: Store,
    E: From<StoreError>,
{
    let mut transaction = match store.begin().await {
        Ok(transaction) => transaction,
        Err(error) => return (Err(error.into()), Receipt::default()),
    };
    match operation(&mut transaction).await {
        Ok(value) => match transaction.commit().await {
            Ok(receipt) => (Ok(value), receipt),
            Err(error) => (Err(error.into()), Receipt::default()),
        },
        // A refusal may say as much as a commit: that somebody is no member any more.
        Err(error) => (Err(error), transaction.witnessed()),
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
