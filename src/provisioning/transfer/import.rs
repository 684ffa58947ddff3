//! An import up to its commit point: lines are read as they arrive, and staged where nobody looks.
//!
//! The import has begun while its mark is there ([`key::import`]). The next one that begins takes that mark away, and
//! with it the right to go on. The commit that writes the team's record, with [`Importing`] in it, takes the file over as
//! a whole: before it nothing of the file is to be seen, after it nobody can stop it.

use super::check::{self, Order};
use super::known::Known;
use super::line::{Checksum, LINE_MAX, Line};
use super::{ImportRefusal, Importing, Phase};
use crate::host::Timestamp;
use crate::json::typed::record;
use crate::provisioning::group::GROUPS_OF_MEMBER_MAX;
use crate::provisioning::team::Team;
use crate::provisioning::{Context, OperationError, TeamId, record, team};
use crate::store::{Transaction, key};

/// A batch that is staged in one transaction has lines of about this many bytes, at the most one line more.
const BATCH_BYTES: usize = 256 * 1024;

/// About how many records a batch writes at the most.
const BATCH_RECORDS: usize = 400;

/// How many records a line about one person or group writes.
const RECORDS_OF_LINE: usize = 6;

/// How many imports of one team may have been left where their nodes died.
const LEFT_MAX: usize = 1_000;

/// An import that has begun.
#[derive(Debug)]
pub struct Import {
    pub(super) team: TeamId,
    pub(super) import: String,
    /// What has arrived of a line.
    partial: Vec<u8>,
    order: Order,
    checksum: Checksum,
    record: Option<Team>,
    pub(super) known: Known,
    counts: Counts,
    pending: Batch,
    ready: Vec<Batch>,
}

/// What is in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Counts {
    pub persons: u64,
    pub users: u64,
    pub groups: u64,
    pub members: u64,
    pub events: u64,
}

record!(write Counts { persons, users, groups, members, events });

/// Lines with their numbers, to be staged together.
#[derive(Debug, Default)]
pub struct Batch {
    pub(super) lines: Vec<(u64, Line)>,
    bytes: usize,
    records: usize,
    /// Whether a member can be in more groups than it may.
    pub(super) many_groups: bool,
}

/// That an import has begun.
struct Begun {
    at: Timestamp,
}

record!(write Begun { at });

/// Begins an import, which ends all others of this team that have begun.
pub fn begin(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    id: &TeamId,
    replace: bool,
) -> Result<Import, OperationError<ImportRefusal>> {
    refuse_target(transaction, id, replace)?;
    for (key, _) in transaction.range(&key::imports(id.as_str()), None, 0, LEFT_MAX)? {
        transaction.delete(&key);
    }
    let import = Import::new(id, context.new_id());
    let begun = Begun { at: context.now };
    record::save(transaction, &key::import(id.as_str(), &import.import), &begun)?;
    Ok(import)
}

/// Refuses to import what is there, or in the making. Answers whether there is a team to be replaced.
fn refuse_target(
    transaction: &mut impl Transaction,
    id: &TeamId,
    replace: bool,
) -> Result<bool, OperationError<ImportRefusal>> {
    let Some(team) = team::find(transaction, id)? else { return Ok(false) };
    let refusal = match team.importing {
        Some(_) => ImportRefusal::Importing,
        None if replace => return Ok(true),
        None => ImportRefusal::Exists,
    };
    Err(OperationError::Refused(refusal))
}

/// The commit point: makes a file that is staged as a whole the team's. Answers whether the team is new.
pub fn commit(
    transaction: &mut impl Transaction,
    context: &Context<'_>,
    import: &Import,
    replace: bool,
) -> Result<bool, OperationError<ImportRefusal>> {
    let id = &import.team;
    import.refuse_superseded(transaction)?;
    let replaces = refuse_target(transaction, id, replace)?;
    let mut team = import.finished().map_err(OperationError::Refused)?.clone();
    team.importing = Some(Importing {
        import: import.import.clone(),
        phase: if replaces { Phase::Removing } else { Phase::Persons },
        after: None,
        at: context.now,
    });
    team::save(transaction, id, &team)?;
    Ok(!replaces)
}

/// Gives an import up: what it staged is nobody's then.
pub fn give_up(transaction: &mut impl Transaction, import: &Import) {
    transaction.delete(&key::import(import.team.as_str(), &import.import));
}

impl Import {
    fn new(team: &TeamId, import: String) -> Self {
        Self {
            team: team.clone(),
            import,
            partial: Vec::new(),
            order: Order::default(),
            checksum: Checksum::default(),
            record: None,
            known: Known::new(),
            counts: Counts::default(),
            pending: Batch::default(),
            ready: Vec::new(),
        }
    }

    /// What was in the file so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Reads the next part of the file.
    pub fn read(&mut self, part: &[u8]) -> Result<(), ImportRefusal> {
        let mut lines = part.split_inclusive(|byte| *byte == b'\n');
        if !self.partial.is_empty()
            && let Some(end) = lines.next()
        {
            self.partial.extend(end);
            if self.partial.ends_with(b"\n") {
                let line = std::mem::take(&mut self.partial);
                self.read_line(&line)?;
            }
        }
        for line in lines {
            if line.ends_with(b"\n") {
                self.read_line(line)?;
            } else {
                self.partial = line.to_vec();
            }
        }
        if self.partial.len() > LINE_MAX {
            return Err(self.refuse(too_long()));
        }
        Ok(())
    }

    /// Refuses a file that ends before its end line.
    pub fn finish(&mut self) -> Result<(), ImportRefusal> {
        self.finished()?;
        self.make_ready();
        Ok(())
    }

    fn finished(&self) -> Result<&Team, ImportRefusal> {
        match &self.record {
            Some(team) if self.order.is_over() && self.partial.is_empty() => Ok(team),
            _ => Err(self.refuse("the file ends before its end line".to_owned())),
        }
    }

    /// A batch that has not been staged yet.
    pub fn next_batch(&mut self) -> Option<Batch> {
        (!self.ready.is_empty()).then(|| self.ready.remove(0))
    }

    fn read_line(&mut self, bytes: &[u8]) -> Result<(), ImportRefusal> {
        if bytes.len() > LINE_MAX {
            return Err(self.refuse(too_long()));
        }
        if self.order.is_over() {
            return Err(self.refuse("there is something behind the end line".to_owned()));
        }
        let line = Line::parse(bytes).and_then(|line| self.check(line));
        let line = line.map_err(|why| self.refuse(why))?;
        self.checksum.add(bytes);
        let number = self.checksum.lines();
        match line {
            Line::Team(team) => self.record = Some(team.team),
            Line::End(_) => {}
            line => self.add(number, line, bytes.len()),
        }
        Ok(())
    }

    /// Refuses a line for what it says, and for where it stands.
    fn check(&mut self, line: Line) -> Result<Line, String> {
        match &line {
            Line::Team(team) => check::check_team(team, &self.team)?,
            Line::Person(person) => check::check_person(person)?,
            Line::Group(group) => check::check_group(group)?,
            Line::Members(members) => check::check_members(members)?,
            Line::Event(event) => check::check_event(event)?,
            Line::End(end) if *end != self.checksum.end() => {
                return Err(
                    "the lines before it are not those that were exported: their number or \
                            their SHA-256 is another one"
                        .to_owned(),
                );
            }
            Line::End(_) => {}
        }
        self.order.accept(&line)?;
        Ok(line)
    }

    fn add(&mut self, number: u64, line: Line, bytes: usize) {
        let members = match &line {
            Line::Members(line) => line.members.len(),
            _ => 0,
        };
        self.counts.add(&line);
        self.pending.bytes += bytes;
        self.pending.records += RECORDS_OF_LINE + 2 * members;
        self.pending.lines.push((number, line));
        if self.pending.bytes >= BATCH_BYTES || self.pending.records >= BATCH_RECORDS {
            self.make_ready();
        }
    }

    fn make_ready(&mut self) {
        let mut batch = std::mem::take(&mut self.pending);
        if !batch.lines.is_empty() {
            batch.many_groups = self.counts.groups > GROUPS_OF_MEMBER_MAX;
            self.ready.push(batch);
        }
    }

    /// What is wrong with the line that is read now.
    fn refuse(&self, why: String) -> ImportRefusal {
        ImportRefusal::Line { line: self.checksum.lines().saturating_add(1), why }
    }

    /// Refuses to go on where a later import has begun.
    pub(super) fn refuse_superseded(
        &self,
        transaction: &mut impl Transaction,
    ) -> Result<(), OperationError<ImportRefusal>> {
        match transaction.get(&key::import(self.team.as_str(), &self.import))? {
            Some(_) => Ok(()),
            None => Err(OperationError::Refused(ImportRefusal::Superseded)),
        }
    }

    /// The key of something that is staged.
    pub(super) fn staged(&self, rest: &str) -> String {
        key::staged(self.team.as_str(), &self.import, rest)
    }
}

impl Counts {
    fn add(&mut self, line: &Line) {
        match line {
            Line::Person(person) => {
                self.persons += 1;
                self.users += u64::from(person.user.is_some());
            }
            Line::Group(_) => self.groups += 1,
            Line::Members(line) => {
                self.members += u64::try_from(line.members.len()).unwrap_or_default();
            }
            Line::Event(_) => self.events += 1,
            Line::Team(_) | Line::End(_) => {}
        }
    }
}

fn too_long() -> String {
    format!("a line can have {} KiB at the most", LINE_MAX / 1024)
}
