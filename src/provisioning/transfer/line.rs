//! The file: JSON objects, one a line, each ended by a line feed.
//!
//! ```text
//! {"kind":"team", …}          the first
//! {"kind":"person", …}        SCIM users in the order of their ids, then who is no SCIM user
//! {"kind":"group", …}         in the order of their ids
//! {"kind":"members", …}       up to 50 of a group's, in the order of groups and members
//! {"kind":"event", …}         in the order of their numbers, without gaps
//! {"kind":"end", …}           the last: how many lines are before it, and their SHA-256
//! ```
//!
//! What follows from other lines is not in the file: index entries, counts, who owns the team beside the role.

use serde_json::{Map, Value};
use sha2::digest::common::hazmat::{SerializableState, SerializedState};
use sha2::{Digest as _, Sha256};

use crate::host::Timestamp;
use crate::json::typed::{self, Field, ReadRecord, ToJson, View, WriteRecord, record};
use crate::json::{parse_value, quoted};
use crate::provisioning::TeamId;
use crate::provisioning::account::Account;
use crate::provisioning::event::LoggedEvent;
use crate::provisioning::group::{Group, MemberKind, Place};
use crate::provisioning::membership::Membership;
use crate::provisioning::team::Team;
use crate::provisioning::user::User;

/// The version of the format, in the first line.
pub const FORMAT: u32 = 1;

/// The longest line in bytes that is read.
pub const LINE_MAX: usize = 256 * 1024;

/// How many members of a group stand in one line.
pub const MEMBERS_OF_LINE: usize = 50;

/// One line.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "each is described at its type")]
pub enum Line {
    Team(Box<TeamLine>),
    Person(Box<PersonLine>),
    Group(Box<GroupLine>),
    Members(MembersLine),
    Event(Box<EventLine>),
    End(EndLine),
}

impl ToJson for Line {
    fn view(&self) -> View<'_> {
        View::Record(self)
    }
}

impl WriteRecord for Line {
    fn each(&self, to: &mut Field<'_>) {
        let (kind, line): (&str, &dyn WriteRecord) = match self {
            Self::Team(line) => ("team", &**line),
            Self::Person(line) => ("person", &**line),
            Self::Group(line) => ("group", &**line),
            Self::Members(line) => ("members", line),
            Self::Event(line) => ("event", &**line),
            Self::End(line) => ("end", line),
        };
        to("kind", &kind);
        line.each(to);
    }
}

/// The team's own record.
#[derive(Clone, Debug, PartialEq)]
pub struct TeamLine {
    /// [`FORMAT`].
    pub format: u32,
    /// The team's id.
    pub id: TeamId,
    /// The record.
    pub team: Team,
}

record!(TeamLine { format, id, team });

/// A person, and all that the team has to do with them.
#[derive(Clone, Debug, PartialEq)]
pub struct PersonLine {
    /// The account.
    pub account: Account,
    /// Their place in the team, if they have one.
    pub membership: Option<Membership>,
    /// When the identity provider took them out, if it did.
    pub deprovisioned: Option<Timestamp>,
    /// The SCIM user that they are, if they are one.
    pub user: Option<User>,
}

record!(PersonLine { account, membership, deprovisioned, user });

/// A group, without its members.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupLine {
    /// The record.
    pub group: Group,
}

record!(GroupLine { group });

/// Some members of a group.
#[derive(Clone, Debug, PartialEq)]
pub struct MembersLine {
    /// The group's id.
    pub group: String,
    /// The members, in the order of the bytes of their ids.
    pub members: Vec<MemberEntry>,
}

record!(MembersLine { group, members });

/// A member of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberEntry {
    /// Its id.
    pub id: String,
    /// What it is; left out where it is neither a user nor a group of the team.
    pub kind: Option<MemberKind>,
    /// The name to show, if there is one.
    pub display: Option<String>,
    /// Whether the identity provider gave that name.
    pub given: bool,
}

record!(MemberEntry { id, kind as "type", display, given: sparse });

/// An event of the team's log.
#[derive(Clone, Debug, PartialEq)]
pub struct EventLine {
    /// The record.
    pub event: LoggedEvent,
}

record!(EventLine { event });

/// What tells a whole file from one that was cut off or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndLine {
    /// How many lines come before it.
    pub lines: u64,
    /// The SHA-256 of all bytes before it, in hex.
    pub sha256: String,
}

record!(EndLine { lines, sha256 });

impl MemberEntry {
    pub(super) fn new(id: &str, place: Place) -> Self {
        let Place { kind, display, given } = place;
        Self { id: id.to_owned(), kind, display, given }
    }

    pub(super) fn place(&self) -> Place {
        Place { kind: self.kind, display: self.display.clone(), given: self.given }
    }
}

impl Line {
    /// Reads a line. What it says that a line of its kind does not say is refused, and so is what says the same in other
    /// words: a field that is not known would be lost.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let map = crate::json::parse_object(bytes).map_err(|error| error.to_string())?;
        let mut rest = map.clone();
        let line = match rest.remove("kind") {
            Some(Value::String(kind)) => Self::of_kind(&kind, rest)?,
            _ => return Err("it does not say its \"kind\"".to_owned()),
        };
        // Written as an export writes it, and read again: so it is written by one code, not by two.
        let written = typed::to_vec(&line);
        match written.and_then(|bytes| parse_value(&bytes)) {
            Ok(Value::Object(same)) if same == map => Ok(line),
            Ok(same) => Err(difference(&Value::Object(map), &same)),
            Err(error) => Err(error.to_string()),
        }
    }

    fn of_kind(kind: &str, rest: Map<String, Value>) -> Result<Self, String> {
        Ok(match kind {
            "team" => Self::Team(Box::new(read(rest)?)),
            "person" => Self::Person(Box::new(read(rest)?)),
            "group" => Self::Group(Box::new(read(rest)?)),
            "members" => Self::Members(read(rest)?),
            "event" => Self::Event(Box::new(read(rest)?)),
            "end" => Self::End(read(rest)?),
            _ => return Err("its \"kind\" is not known".to_owned()),
        })
    }

    /// The line as it stands in the file, its end included.
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut bytes = typed::to_vec(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}

fn read<T: ReadRecord>(rest: Map<String, Value>) -> Result<T, String> {
    typed::from_value(Value::Object(rest)).map_err(|error| error.to_string())
}

/// Names the first field that was given and is not understood, or is not as it is written here.
fn difference(given: &Value, same: &Value) -> String {
    match (given, same) {
        (Value::Object(given), Value::Object(same)) => {
            for (name, value) in given {
                match same.get(name) {
                    Some(other) if other == value => {}
                    Some(other) => return format!("{name}: {}", difference(value, other)),
                    None => return format!("the field {} has no place here", quoted(name)),
                }
            }
            "a field is missing".to_owned()
        }
        _ => "the value is not written as an export writes it".to_owned(),
    }
}

/// The lines so far: how many, and their SHA-256.
#[derive(Clone, Debug, Default)]
pub struct Checksum {
    lines: u64,
    sha256: Sha256,
}

impl Checksum {
    pub(super) fn add(&mut self, line: &[u8]) {
        self.lines = self.lines.saturating_add(1);
        self.sha256.update(line);
    }

    /// How many lines there were.
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// The end line for what there was so far.
    pub(super) fn end(&self) -> EndLine {
        let sha256 = hex::encode(self.sha256.clone().finalize());
        EndLine { lines: self.lines, sha256 }
    }

    /// What is needed to go on elsewhere.
    pub(super) fn state(&self) -> Vec<u8> {
        self.sha256.serialize().to_vec()
    }

    /// Goes on where another one stopped.
    pub(super) fn resume(lines: u64, state: &[u8]) -> Option<Self> {
        let state = <&SerializedState<Sha256>>::try_from(state).ok()?;
        let sha256 = <Sha256 as SerializableState>::deserialize(state).ok()?;
        Some(Self { lines, sha256 })
    }
}

#[cfg(test)]
mod tests;
