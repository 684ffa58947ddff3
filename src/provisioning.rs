//! The rules: who is in a team, who may change that, and what is refused.
//!
//! Knows no HTTP and no SCIM. A rule is a pure function on loaded values; an operation loads, asks the rules, then
//! writes, all in one [transaction](crate::store::Transaction). Running it again, after a conflict or with what it lacked,
//! is its caller's business ([`transact`]).

pub mod account;
pub mod connection;
pub mod event;
pub mod group;
mod index;
pub mod membership;
mod record;
pub mod request;
mod run;
pub mod team;
#[cfg(test)]
pub(crate) mod testing;
mod transact;
pub mod transfer;
pub mod user;

pub use event::Actor;
pub use run::Run;
pub use team::TeamId;
pub use transact::{run_once, transact, transact_unsettled};

use thiserror::Error;
use uuid::Uuid;

use crate::host::{Entropy, Timestamp};
use crate::store::StoreError;

/// What an operation needs beside the store.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The time that records get.
    pub now: Timestamp,
    /// For new ids and tokens.
    pub entropy: &'a dyn Entropy,
    /// Who asks, for the event log.
    pub actor: &'a Actor,
}

impl Context<'_> {
    /// A new id. UUIDv7 (RFC 9562 §5.7): ids sort by the time they were made.
    pub(crate) fn new_id(&self) -> String {
        let mut random = [0; 10];
        self.entropy.fill(&mut random);
        uuid::Builder::from_unix_timestamp_millis(self.now.0, &random).into_uuid().to_string()
    }
}

/// Whether `text` has the form of an id that [`Context::new_id`] makes.
pub(crate) fn is_id(text: &str) -> bool {
    Uuid::try_parse(text).is_ok_and(|id| id.hyphenated().to_string() == text)
}

/// Why an operation did nothing.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum OperationError<R> {
    /// A rule says no.
    #[error("refused")]
    Refused(R),
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl<R> OperationError<R> {
    /// The same with the refusal put differently.
    pub fn map<S>(self, f: impl FnOnce(R) -> S) -> OperationError<S> {
        match self {
            Self::Refused(refusal) => OperationError::Refused(f(refusal)),
            Self::Store(error) => OperationError::Store(error),
        }
    }
}

/// Turns a rule's answer into an operation's.
pub(crate) trait Refuse<T, R> {
    fn or_refuse(self) -> Result<T, OperationError<R>>;
}

impl<T, R> Refuse<T, R> for Result<T, R> {
    fn or_refuse(self) -> Result<T, OperationError<R>> {
        self.map_err(OperationError::Refused)
    }
}
