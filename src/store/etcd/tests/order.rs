//! Judges writers that need not meet: whoever committed must have seen what was there at the revision of its commit,
//! so that all of them could have run one after another in the order of etcd's revisions.

use std::cell::RefCell;

use super::Engine;
use crate::store::etcd::fake::Cluster;
use crate::store::etcd::message::RangeRequest;
use crate::store::suite::history::{Outcome, Tally};
use crate::store::suite::model::{Answer, Model, Operation};
use crate::store::suite::{Seeded, pause};
use crate::store::{Store, StoreError, Transaction};

/// What a transaction did and was told.
#[derive(Debug, Default)]
struct Attempt {
    answers: Vec<(Operation, Answer)>,
    writes: bool,
    outcome: Outcome,
    /// etcd's revision when it began and when it was told.
    began: i64,
    ended: i64,
}

/// All attempts on one etcd. Each that writes also writes a key of its own.
#[derive(Debug, Default)]
pub(super) struct Order {
    attempts: RefCell<Vec<Attempt>>,
}

impl Order {
    /// Runs one random transaction and takes down how it went.
    pub(super) async fn attempt(&self, store: &Engine, random: &Seeded) {
        let now = || store.client.0.state().revision();
        let number = {
            let mut attempts = self.attempts.borrow_mut();
            attempts.push(Attempt { began: now(), ..Attempt::default() });
            attempts.len() - 1
        };
        let result = self.transact(number, store, random).await;
        let mut attempts = self.attempts.borrow_mut();
        attempts[number].ended = now();
        attempts[number].outcome = match result {
            Ok(()) => Outcome::Committed,
            Err(error) if error.is_conflict() || error.is_unavailable() => Outcome::Refused,
            Err(error) if error.is_unknown() => Outcome::Unknown,
            Err(error) => panic!("transaction {number}: {error}"),
        };
    }

    async fn transact(
        &self,
        number: usize,
        store: &Engine,
        random: &Seeded,
    ) -> Result<(), StoreError> {
        let mut transaction = store.begin().await?;
        for _ in 0..1 + random.below(4) {
            let operation = Operation::random(random);
            let answer = operation.run(&mut transaction).await?;
            let is_write = matches!(operation, Operation::Put(..) | Operation::Delete(_));
            self.change(number, |attempt| {
                attempt.writes |= is_write;
                attempt.answers.push((operation, answer));
            });
            pause().await;
        }
        if self.attempts.borrow()[number].writes {
            transaction.put(&mark(number), vec![])?;
        }
        transaction.commit().await.map(drop)
    }

    fn change(&self, number: usize, change: impl FnOnce(&mut Attempt)) {
        change(&mut self.attempts.borrow_mut()[number]);
    }

    /// Panics where `listing`, all that is in etcd at the end, or anything a writer saw or was told has no explanation.
    pub(super) fn judge(&self, preloaded: &Model, listing: &Model, cluster: &Cluster) -> Tally {
        let attempts = self.attempts.borrow();
        let revision = |number: usize| {
            let key = format!("/scim-edge/data/{}", mark(number)).into_bytes();
            let request = RangeRequest { key, ..RangeRequest::default() };
            let found = cluster.state().range(&request).unwrap().kvs.into_iter().next();
            assert!(found.as_ref().is_none_or(|kv| kv.version == 1), "{number} was applied twice");
            found.map(|kv| kv.create_revision)
        };
        let mut commits: Vec<(i64, usize)> =
            (0..attempts.len()).filter_map(|number| Some((revision(number)?, number))).collect();
        commits.sort_unstable();

        let mut states = vec![(0, preloaded.clone())];
        for (at, number) in &commits {
            let attempt = &attempts[*number];
            assert!(*at > attempt.began, "{number} was there before it began");
            let mut state = states.last().unwrap().1.clone();
            for (operation, answer) in &attempt.answers {
                let predicted = operation.predict(&mut state);
                assert_eq!(*answer, predicted, "{number} saw another state at {operation:?}");
            }
            state.insert(mark(*number), vec![]);
            states.push((*at, state));
        }
        assert_eq!(states.last().unwrap().1, *listing, "etcd is not what its commits made");

        let mut tally = Tally::default();
        for (number, attempt) in attempts.iter().enumerate() {
            let at = revision(number);
            match (attempt.outcome, at) {
                (Outcome::Committed, None) if attempt.writes => panic!("{number} was lost"),
                (Outcome::Committed, Some(at)) => {
                    assert!(at <= attempt.ended, "{number} was told too early");
                    tally.committed += 1;
                }
                (Outcome::Committed, None) => {
                    let explains = |(from, state): &(i64, Model), next: Option<i64>| {
                        let in_time =
                            *from <= attempt.ended && next.is_none_or(|next| next > attempt.began);
                        let mut state = state.clone();
                        let same = |(operation, answer): &(Operation, Answer)| {
                            operation.predict(&mut state) == *answer
                        };
                        in_time && attempt.answers.iter().all(same)
                    };
                    let next = states.iter().skip(1).map(|(at, _)| Some(*at)).chain([None]);
                    let mut states = states.iter().zip(next);
                    assert!(
                        states.any(|(state, next)| explains(state, next)),
                        "{number} saw no state"
                    );
                    tally.committed += 1;
                }
                (Outcome::Refused, Some(_)) => panic!("{number} was refused and is there"),
                (Outcome::Refused, None) => tally.refused += 1,
                (Outcome::Unknown, at) => {
                    tally.unknown += 1;
                    tally.unknown_applied += usize::from(at.is_some());
                }
            }
        }
        tally
    }
}

fn mark(number: usize) -> String {
    format!("mark/{number:06}")
}
