//! One of two stores, as the configuration says. One type for both: the service is generic, and would else be in the module
//! twice.

use super::{Entry, Expected, Receipt, Store, StoreError, Transaction, Turn};

/// One or the other.
#[derive(Debug)]
pub enum Choice<A, B> {
    /// The first.
    One(A),
    /// The second.
    Other(B),
}

impl<A: Store, B: Store> Store for Choice<A, B> {
    type Transaction<'s>
        = Choice<A::Transaction<'s>, B::Transaction<'s>>
    where
        Self: 's;

    async fn begin(&self) -> Result<Self::Transaction<'_>, StoreError> {
        Ok(match self {
            Self::One(store) => Choice::One(store.begin().await?),
            Self::Other(store) => Choice::Other(store.begin().await?),
        })
    }

    async fn settle(&self, receipt: Receipt) {
        match self {
            Self::One(store) => store.settle(receipt).await,
            Self::Other(store) => store.settle(receipt).await,
        }
    }

    async fn turn(&self) -> Turn<'_> {
        match self {
            Self::One(store) => store.turn().await,
            Self::Other(store) => store.turn().await,
        }
    }
}

impl<A: Transaction, B: Transaction> Transaction for Choice<A, B> {
    fn get(&mut self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        match self {
            Self::One(transaction) => transaction.get(key),
            Self::Other(transaction) => transaction.get(key),
        }
    }

    fn range(
        &mut self,
        prefix: &str,
        after: Option<&str>,
        skip: u64,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        match self {
            Self::One(transaction) => transaction.range(prefix, after, skip, limit),
            Self::Other(transaction) => transaction.range(prefix, after, skip, limit),
        }
    }

    fn expect(&mut self, expected: Expected) {
        match self {
            Self::One(transaction) => transaction.expect(expected),
            Self::Other(transaction) => transaction.expect(expected),
        }
    }

    fn count(&mut self, prefix: &str) -> Result<u64, StoreError> {
        match self {
            Self::One(transaction) => transaction.count(prefix),
            Self::Other(transaction) => transaction.count(prefix),
        }
    }

    fn put(&mut self, key: &str, value: Vec<u8>) -> Result<(), StoreError> {
        match self {
            Self::One(transaction) => transaction.put(key, value),
            Self::Other(transaction) => transaction.put(key, value),
        }
    }

    fn delete(&mut self, key: &str) {
        match self {
            Self::One(transaction) => transaction.delete(key),
            Self::Other(transaction) => transaction.delete(key),
        }
    }

    fn note(&mut self, key: &str, value: Vec<u8>) -> Result<(), StoreError> {
        match self {
            Self::One(transaction) => transaction.note(key, value),
            Self::Other(transaction) => transaction.note(key, value),
        }
    }

    fn noted(&mut self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        match self {
            Self::One(transaction) => transaction.noted(key),
            Self::Other(transaction) => transaction.noted(key),
        }
    }

    async fn fetch(&mut self) -> Result<(), StoreError> {
        match self {
            Self::One(transaction) => transaction.fetch().await,
            Self::Other(transaction) => transaction.fetch().await,
        }
    }

    fn undo(&mut self) {
        match self {
            Self::One(transaction) => transaction.undo(),
            Self::Other(transaction) => transaction.undo(),
        }
    }

    fn witnessed(&self) -> Receipt {
        match self {
            Self::One(transaction) => transaction.witnessed(),
            Self::Other(transaction) => transaction.witnessed(),
        }
    }

    async fn commit(self) -> Result<Receipt, StoreError> {
        match self {
            Self::One(transaction) => transaction.commit().await,
            Self::Other(transaction) => transaction.commit().await,
        }
    }
}
