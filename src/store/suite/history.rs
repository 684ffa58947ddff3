//! What writers did and were told, and whether one order of commits explains all of it.
//!
//! Every transaction that writes also puts its number under `log/<n>`, n being how many such keys it
//! saw. So the store itself tells the order of its commits, and each transaction which of them it saw.

use super::model::{Answer, Model, Operation};
use super::{Seeded, pause};
use crate::store::{Store, StoreError, Transaction};
use std::cell::RefCell;
use std::ops::AddAssign;

const LOG: &str = "log/";

/// What a writer was told about a transaction.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Outcome {
    /// Nothing: its writer crashed, or the store did not know either.
    #[default]
    Unknown,
    Committed,
    Refused,
}

#[derive(Debug, Default)]
struct Attempt {
    /// How many transactions had been acknowledged before it began.
    acknowledged_before: usize,
    /// How many commits it saw.
    saw: Option<usize>,
    answers: Vec<(Operation, Answer)>,
    writes: bool,
    outcome: Outcome,
}

/// All attempts on one store, in the order in which they began.
#[derive(Debug, Default)]
pub(crate) struct History {
    attempts: RefCell<Vec<Attempt>>,
    acknowledged: RefCell<Vec<usize>>,
    /// The attempts as they began and, a second time, as their outcome was known.
    order: RefCell<Vec<usize>>,
}

/// How many attempts ended how.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) committed: usize,
    pub(crate) refused: usize,
    pub(crate) unknown: usize,
    /// Those of the unknown that turned out to be in the store.
    pub(crate) unknown_applied: usize,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, more: Self) {
        self.committed += more.committed;
        self.refused += more.refused;
        self.unknown += more.unknown;
        self.unknown_applied += more.unknown_applied;
    }
}

impl History {
    fn open(&self) -> usize {
        let acknowledged_before = self.acknowledged.borrow().len();
        let mut attempts = self.attempts.borrow_mut();
        attempts.push(Attempt { acknowledged_before, ..Attempt::default() });
        self.order.borrow_mut().push(attempts.len() - 1);
        attempts.len() - 1
    }

    fn change(&self, attempt: usize, change: impl FnOnce(&mut Attempt)) {
        change(&mut self.attempts.borrow_mut()[attempt]);
    }

    fn close(&self, attempt: usize, result: Result<(), StoreError>) {
        let outcome = match result {
            Ok(()) => Outcome::Committed,
            Err(error) if error.is_conflict() || error.is_unavailable() => Outcome::Refused,
            Err(error) if error.is_unknown() => Outcome::Unknown,
            Err(error) => panic!("transaction {attempt}: {error}"),
        };
        self.change(attempt, |attempt| attempt.outcome = outcome);
        if outcome != Outcome::Unknown {
            self.order.borrow_mut().push(attempt);
        }
        if outcome == Outcome::Committed {
            self.acknowledged.borrow_mut().push(attempt);
        }
    }

    /// Runs one random transaction on `store` and takes down how it went.
    pub(crate) async fn attempt<S: Store>(&self, store: &S, random: &Seeded) {
        let attempt = self.open();
        let result = self.transact(attempt, store, random).await;
        self.close(attempt, result);
    }

    async fn transact<S: Store>(
        &self,
        attempt: usize,
        store: &S,
        random: &Seeded,
    ) -> Result<(), StoreError> {
        let mut transaction = store.begin().await?;
        let saw = transaction.fetched(|t| t.count(LOG)).await?;
        self.change(attempt, |attempt| attempt.saw = Some(saw as usize));
        let mut writes = false;
        for _ in 0..1 + random.below(5) {
            let operation = Operation::random(random);
            writes |= matches!(operation, Operation::Put(..) | Operation::Delete(_));
            let answer = operation.run(&mut transaction).await?;
            self.change(attempt, |attempt| attempt.answers.push((operation, answer)));
            pause().await;
        }
        if writes {
            self.change(attempt, |attempt| attempt.writes = true);
            let number = attempt.to_string().into_bytes();
            transaction.put(&log_key(saw as usize), number)?;
        }
        transaction.commit().await.map(drop)
    }

    /// What a judge says who knows nothing of the log.
    #[cfg(not(target_family = "wasm"))]
    fn is_linearizable(&self, preloaded: &Model, listing: &Model) -> bool {
        use super::linearizable::{Step, is_linearizable};

        let attempts = self.attempts.borrow();
        let step = |number: &usize| {
            let attempt = &attempts[*number];
            let mut answers = attempt.answers.clone();
            if let Some(saw) = attempt.saw {
                answers.insert(0, (Operation::Count(LOG.to_owned()), Answer::Count(saw as u64)));
                let log = Operation::Put(log_key(saw), number.to_string().into_bytes());
                answers.extend(attempt.writes.then_some((log, Answer::Done)));
            }
            let applied = match attempt.outcome {
                Outcome::Unknown if attempt.writes => None,
                outcome => Some(outcome == Outcome::Committed),
            };
            (*number, Step::Transaction { answers, applied })
        };
        let events: Vec<_> = self.order.borrow().iter().map(step).collect();
        is_linearizable(preloaded, &events, listing)
    }

    /// Panics where `listing`, all that is in the store at the end, or anything a writer saw or was told
    /// has no explanation.
    pub(crate) fn judge(&self, preloaded: &Model, listing: &Model) -> Tally {
        #[cfg(not(target_family = "wasm"))]
        assert!(self.is_linearizable(preloaded, listing), "no order of transactions explains all");
        let attempts = self.attempts.borrow();
        let commits = commit_order(listing);
        let states = states(preloaded, &commits, &attempts);
        assert_eq!(states.last().unwrap(), listing, "the store is not what its commits made");

        let mut tally = Tally::default();
        for (number, attempt) in attempts.iter().enumerate() {
            let place = commits.iter().position(|commit| *commit == number);
            match (attempt.outcome, place) {
                (Outcome::Committed, None) if attempt.writes => panic!("{number} was lost"),
                (Outcome::Committed, _) => tally.committed += 1,
                (Outcome::Refused, Some(_)) => panic!("{number} was refused and is there"),
                (Outcome::Refused, None) => tally.refused += 1,
                (Outcome::Unknown, place) => {
                    tally.unknown += 1;
                    tally.unknown_applied += usize::from(place.is_some());
                }
            }
            let Some(saw) = attempt.saw else { continue };
            let mut state = states[saw].clone();
            for (operation, answer) in &attempt.answers {
                let predicted = operation.predict(&mut state);
                assert_eq!(*answer, predicted, "{number} saw another state at {operation:?}");
            }
            for before in &self.acknowledged.borrow()[..attempt.acknowledged_before] {
                let place = commits.iter().position(|commit| commit == before);
                assert!(place.is_none_or(|place| place < saw), "{number} did not see {before}");
            }
        }
        tally
    }
}

fn log_key(place: usize) -> String {
    format!("{LOG}{place:06}")
}

/// The attempts that are in the store, in the order of their commits, none of them twice.
fn commit_order(listing: &Model) -> Vec<usize> {
    let log = listing.iter().filter(|(key, _)| key.starts_with(LOG));
    let commits: Vec<usize> = log
        .enumerate()
        .map(|(place, (key, number))| {
            assert_eq!(*key, log_key(place));
            std::str::from_utf8(number).unwrap().parse().unwrap()
        })
        .collect();
    let mut once = commits.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), commits.len(), "a transaction was applied twice");
    commits
}

/// The states that the commits went through, the first before any of them.
fn states(preloaded: &Model, commits: &[usize], attempts: &[Attempt]) -> Vec<Model> {
    let mut states = vec![preloaded.clone()];
    for (place, commit) in commits.iter().enumerate() {
        let attempt = &attempts[*commit];
        assert_eq!(attempt.saw, Some(place), "{commit} overwrote what it had not seen");
        let mut state = states[place].clone();
        for (operation, _) in &attempt.answers {
            operation.predict(&mut state);
        }
        state.insert(log_key(place), commit.to_string().into_bytes());
        states.push(state);
    }
    states
}
