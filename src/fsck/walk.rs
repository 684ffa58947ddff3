//! The walk itself: what is asked about each entry, and what is kept until more is known.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::place::Place;
use super::team::TeamWalk;
use super::{Broken, Flaw, State, Summary};
use crate::json::typed::{FromJson, from_slice};
use crate::store::{StoreError, key};

/// Says what is wrong where another entry has this value.
type Judge = Box<dyn FnOnce(Option<&[u8]>) -> Option<Flaw>>;

/// What must hold of an entry that has not been read yet.
struct Question {
    /// The entry that it must hold for.
    about: String,
    /// The entry to be read.
    key: String,
    judge: Judge,
}

/// A walk over all entries, in the order of their keys.
#[derive(Default)]
pub(super) struct Walk {
    pub(super) summary: Summary,
    pub(super) broken: Vec<Broken>,
    questions: Vec<Question>,
    /// The team whose entries are walked over.
    team: Option<TeamWalk>,
    /// Teams of which nothing but their own record has been seen.
    pub(super) bare_teams: BTreeSet<String>,
    /// Teams that are half imported.
    pub(super) half_imported: BTreeSet<String>,
    /// The import that was told last.
    import: String,
}

impl Walk {
    pub(super) fn entry(&mut self, key: &str, value: &[u8]) {
        self.summary.keys += 1;
        self.summary.bytes += key.len() as u64 + value.len() as u64;
        if self.team.as_ref().is_some_and(|walk| !key.starts_with(&key::team_prefix(&walk.team))) {
            self.leave_team();
        }
        match Place::of(key) {
            None => self.tell(key, Flaw::UnknownKey),
            Some(Place::Account { folded }) => self.account(key, folded, value),
            Some(Place::AccountId { account }) => self.account_id(key, account, value),
            Some(Place::AccountTeam { account, team }) => {
                self.account_team(key, account, team, value);
            }
            Some(Place::Import { scope }) => {
                if self.import != scope {
                    scope.clone_into(&mut self.import);
                    self.tell(scope, Flaw::AbandonedImport);
                }
            }
            Some(Place::Request { team }) => {
                self.read::<Map<String, Value>>(key, value);
                self.has(key, key::team(team), Flaw::TeamMissing);
            }
            Some(Place::Team { team }) => self.team_record(key, team, value),
            Some(Place::InTeam { team, .. }) if self.half_imported.contains(team) => {}
            Some(Place::InTeam { team, what }) => {
                let mut walk = self.team.take().unwrap_or_else(|| self.enter(team));
                walk.entry(self, key, what, value);
                self.team = Some(walk);
            }
        }
    }

    pub(super) fn end(&mut self) {
        self.leave_team();
        for team in std::mem::take(&mut self.bare_teams) {
            self.tell(&key::team(&team), Flaw::NoOwner);
        }
    }

    /// Reads what was asked for, and tells what it shows.
    pub(super) async fn answer(&mut self, state: &mut impl State) -> Result<(), StoreError> {
        let questions = std::mem::take(&mut self.questions);
        let keys: Vec<String> = questions.iter().map(|question| question.key.clone()).collect();
        let values = state.values(&keys).await?;
        for (Question { about, judge, .. }, value) in questions.into_iter().zip(values) {
            if let Some(flaw) = judge(value.as_deref()) {
                self.broken.push(Broken { key: about, flaw });
            }
        }
        Ok(())
    }

    fn enter(&mut self, team: &str) -> TeamWalk {
        self.bare_teams.remove(team);
        self.has(&key::team_prefix(team), key::team(team), Flaw::TeamMissing);
        TeamWalk::new(team)
    }

    fn leave_team(&mut self) {
        if let Some(walk) = self.team.take() {
            walk.end(self);
        }
    }

    pub(super) fn tell(&mut self, key: &str, flaw: Flaw) {
        self.broken.push(Broken { key: key.to_owned(), flaw });
    }

    /// Tells `flaw` unless `holds`.
    pub(super) fn expect(&mut self, holds: bool, key: &str, flaw: Flaw) {
        if !holds {
            self.tell(key, flaw);
        }
    }

    /// Reads the record at `key`, or tells that it is none.
    pub(super) fn read<R: FromJson>(&mut self, key: &str, value: &[u8]) -> Option<R> {
        let read = from_slice(value);
        read.map_err(|error| self.tell(key, Flaw::Unreadable(error.to_string()))).ok()
    }

    /// Asks for the value at `key`.
    pub(super) fn ask(
        &mut self,
        about: &str,
        key: String,
        judge: impl FnOnce(Option<&[u8]>) -> Option<Flaw> + 'static,
    ) {
        self.questions.push(Question { about: about.to_owned(), key, judge: Box::new(judge) });
    }

    /// There must be something at `key`.
    pub(super) fn has(&mut self, about: &str, key: String, flaw: Flaw) {
        self.ask(about, key, |value| value.is_none().then_some(flaw));
    }

    /// There must be nothing at `key`.
    pub(super) fn has_not(&mut self, about: &str, key: String, flaw: Flaw) {
        self.ask(about, key, |value| value.is_some().then_some(flaw));
    }

    /// There must be exactly this at `key`.
    pub(super) fn has_text(&mut self, about: &str, key: String, text: &str, flaw: Flaw) {
        let text = text.to_owned();
        self.ask(about, key, move |value| (value != Some(text.as_bytes())).then_some(flaw));
    }

    /// There must be a record at `key` that is as `good` says. One that cannot be read is told where it lies.
    pub(super) fn has_record<R: FromJson>(
        &mut self,
        about: &str,
        key: String,
        flaw: Flaw,
        good: impl FnOnce(R) -> bool + 'static,
    ) {
        self.ask(about, key, |value| match value.map(from_slice) {
            None => Some(flaw),
            Some(Err(_)) => None,
            Some(Ok(record)) => (!good(record)).then_some(flaw),
        });
    }
}
