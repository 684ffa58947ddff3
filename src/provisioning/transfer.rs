//! A team as a file, and back: backups, moves from one store to another, moves between clusters.
//!
//! The [file](mod@line) is read and written in the order in which it stands, whatever its length, over
//! [`Transaction`](crate::store::Transaction) alone. An [export](fn@export) is a sequence of pages of one state. An
//! [import](Import) first stages the file where nobody looks; then one small commit makes it the team's; then
//! [`advance`] moves what is staged to its place, batch by batch, whoever does it.

mod advance;
mod check;
mod clear;
mod export;
mod import;
mod known;
pub mod line;
mod stage;

pub use advance::{Advance, advance};
pub use clear::clear;
pub use export::{Cursor, Page, export};
pub use import::{Batch, Counts, Import, begin, commit, give_up};

use thiserror::Error;

use crate::host::Timestamp;
use crate::json::typed::{names, record};

/// How far an import has come that is committed and not yet carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Importing {
    /// The import's id.
    pub import: String,
    /// What is being done.
    pub phase: Phase,
    /// The last key of that phase that is done with.
    pub after: Option<String>,
    /// When somebody has last gone on with it.
    pub at: Timestamp,
}

record!(Importing { import, phase, after, at });

/// What is done for an import, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The team's former records go.
    Removing,
    /// People, with their accounts, memberships and SCIM users.
    Persons,
    /// Groups, without their members.
    Groups,
    /// The members of groups.
    Members,
    /// The event log.
    Events,
}

names!(Phase {
    Removing = "removing",
    Persons = "persons",
    Groups = "groups",
    Members = "members",
    Events = "events",
});

/// Why a team cannot be exported.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ExportRefusal {
    /// Nobody has told of such a team.
    #[error("there is no such team")]
    NoTeam,
    /// The pages would not be of one state.
    #[error("the team was changed since the export began; begin again, without cursor")]
    Changed,
    /// The cursor is none of ours, or of another team.
    #[error("cursor is not one that an export of this team was given")]
    UnknownCursor,
}

/// Why a team is not imported. Nothing of it is to be seen then.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ImportRefusal {
    /// There is a team with this id already.
    #[error("there is such a team already; send ?replace=true to put the file in its place")]
    Exists,
    /// An import of the team is being carried out.
    #[error("an import of this team is being carried out; try again in a moment")]
    Importing,
    /// Another import of the team began after this one.
    #[error("another import of this team has begun meanwhile")]
    Superseded,
    /// Something is wrong with the file.
    #[error("line {line}: {why}")]
    Line {
        /// The line, counted from 1.
        line: u64,
        /// What is wrong with it.
        why: String,
    },
}
