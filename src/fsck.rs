//! Whether a whole state is sound: what must hold of its records, whatever was done, in whichever order, and wherever
//! somebody died in between. Each invariant that is broken has a [`Flaw`] of its own.
//!
//! [`check`] walks all keys in their order, at one revision, a page at a time. What an entry must have beside it is
//! looked up a page at a time too; so what has to be kept in memory does not grow with the number of users, only with
//! the number of teams, and with how often groups are in groups.

mod flaw;
mod groups;
mod people;
mod place;
mod team;
mod walk;

use std::collections::BTreeMap;
use std::ops::Bound;

pub use flaw::{Broken, Flaw};

use crate::store::{Entry, StoreError, Transaction};
use walk::Walk;

/// How many entries are looked at together.
const PAGE: usize = 500;

/// What a check asks of a state. All answers are of one and the same state.
#[expect(async_fn_in_trait, reason = "checks run on one thread, no future has to be Send")]
pub trait State {
    /// Up to `limit` entries in the order of their keys, those behind the key `after` (where given).
    async fn page(&mut self, after: Option<&str>, limit: usize) -> Result<Vec<Entry>, StoreError>;

    /// The values of `keys`, in their order.
    async fn values(&mut self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError>;
}

impl<T: Transaction> State for T {
    async fn page(&mut self, after: Option<&str>, limit: usize) -> Result<Vec<Entry>, StoreError> {
        self.fetched(|state| state.range("", after, 0, limit)).await
    }

    async fn values(&mut self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let mut values = Vec::with_capacity(keys.len());
        for key in keys {
            values.push(self.fetched(|state| state.get(key)).await?);
        }
        Ok(values)
    }
}

/// A listing of everything.
impl State for BTreeMap<String, Vec<u8>> {
    async fn page(&mut self, after: Option<&str>, limit: usize) -> Result<Vec<Entry>, StoreError> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let found = self.range::<str, _>((from, Bound::Unbounded)).take(limit);
        Ok(found.map(|(key, value)| (key.clone(), value.clone())).collect())
    }

    async fn values(&mut self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        Ok(keys.iter().map(|key| self.get(key).cloned()).collect())
    }
}

/// What a state holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Teams.
    pub teams: u64,
    /// Accounts.
    pub accounts: u64,
    /// Memberships.
    pub members: u64,
    /// SCIM users, active or not.
    pub users: u64,
    /// Groups.
    pub groups: u64,
    /// Events.
    pub events: u64,
    /// Entries of any kind.
    pub keys: u64,
    /// The bytes of their keys and values.
    pub bytes: u64,
}

/// Walks all of `state` and tells each invariant that is broken.
///
/// # Errors
///
/// If the state cannot be read to its end.
pub async fn check(
    state: &mut impl State,
    tell: &mut dyn FnMut(Broken),
) -> Result<Summary, StoreError> {
    let mut walk = Walk::default();
    let mut after = None;
    loop {
        let page = state.page(after.as_deref(), PAGE).await?;
        for (key, value) in &page {
            walk.entry(key, value);
        }
        walk.answer(state).await?;
        walk.broken.drain(..).for_each(&mut *tell);
        match page.into_iter().next_back() {
            Some((last, _)) => after = Some(last),
            None => break,
        }
    }
    walk.end();
    walk.answer(state).await?;
    walk.broken.drain(..).for_each(tell);
    Ok(walk.summary)
}

#[cfg(test)]
mod tests;
