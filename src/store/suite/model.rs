//! Operations, and what a `BTreeMap` says about them.

use std::collections::BTreeMap;

use super::Seeded;
use crate::store::{Entry, Expected, Store, StoreError, Transaction};

pub(crate) type Model = BTreeMap<String, Vec<u8>>;

/// One call on a transaction.
#[derive(Clone, Debug)]
pub(crate) enum Operation {
    Get(String),
    Count(String),
    Range { prefix: String, after: Option<String>, skip: u64, limit: usize },
    Expect(Expected),
    Put(String, Vec<u8>),
    Delete(String),
}

/// What it answered.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    Value(Option<Vec<u8>>),
    Count(u64),
    Entries(Vec<Entry>),
    Done,
}

impl Operation {
    pub(crate) async fn run(&self, on: &mut impl Transaction) -> Result<Answer, StoreError> {
        Ok(match self {
            Self::Get(key) => Answer::Value(on.fetched(|t| t.get(key)).await?),
            Self::Count(prefix) => Answer::Count(on.fetched(|t| t.count(prefix)).await?),
            Self::Range { prefix, after, skip, limit } => Answer::Entries(
                on.fetched(|t| t.range(prefix, after.as_deref(), *skip, *limit)).await?,
            ),
            Self::Expect(expected) => {
                on.expect(expected.clone());
                Answer::Done
            }
            Self::Put(key, value) => {
                on.put(key, value.clone())?;
                Answer::Done
            }
            Self::Delete(key) => {
                on.delete(key);
                Answer::Done
            }
        })
    }

    pub(crate) fn predict(&self, model: &mut Model) -> Answer {
        match self {
            Self::Get(key) => Answer::Value(model.get(key).cloned()),
            Self::Count(prefix) => {
                Answer::Count(model.keys().filter(|key| key.starts_with(prefix)).count() as u64)
            }
            Self::Range { prefix, after, skip, limit } => Answer::Entries(
                model
                    .iter()
                    .filter(|(key, _)| key.starts_with(prefix))
                    .filter(|(key, _)| after.as_ref().is_none_or(|after| *key > after))
                    .skip(*skip as usize)
                    .take(*limit)
                    .map(|(key, value)| (key.clone(), value.clone()))
                    .collect(),
            ),
            Self::Expect(_) => Answer::Done,
            Self::Put(key, value) => {
                model.insert(key.clone(), value.clone());
                Answer::Done
            }
            Self::Delete(key) => {
                model.remove(key);
                Answer::Done
            }
        }
    }

    /// An operation on few keys, so that writers meet.
    pub(crate) fn random(random: &Seeded) -> Self {
        match random.below(12) {
            0 => Self::Get(random_key(random)),
            1 => Self::Count(random_prefix(random)),
            2 => Self::Range {
                prefix: random_prefix(random),
                after: random.chance(30).then(|| random_key(random)),
                skip: random.below(8) as u64,
                limit: random.below(12),
            },
            3 | 4 => Self::Expect(Expected {
                keys: (0..random.below(6)).map(|_| random_key(random)).collect(),
                counts: (0..random.below(3)).map(|_| random_prefix(random)).collect(),
                ranges: (0..random.below(3)).map(|_| random_prefix(random)).collect(),
            }),
            5..=8 => Self::Put(random_key(random), random_value(random)),
            _ => Self::Delete(random_key(random)),
        }
    }
}

pub(crate) fn random_key(random: &Seeded) -> String {
    let folder = ["a/", "b/", "b/long/folder/", "ü/"][random.below(4)];
    format!("{folder}{}", random.below(20))
}

fn random_prefix(random: &Seeded) -> String {
    ["", "a", "a/", "b/", "b/1", "b/long/", "ü/", "z"][random.below(8)].to_owned()
}

pub(crate) fn random_value(random: &Seeded) -> Vec<u8> {
    let length = if random.chance(15) { random.below(300) } else { random.below(24) };
    vec![random.next() as u8; length]
}

/// One writer on `store`: commits after some operations, forgets them after others, does some once more, and always reads
/// what the model says. Gives the model as it is at the end.
pub(crate) async fn follow<S: Store>(store: &S, transactions: &[(Vec<Operation>, bool)]) -> Model {
    let mut model = Model::new();
    for (operations, commits) in transactions {
        let mut transaction = store.begin().await.unwrap();
        let mut changed = model.clone();
        for run in 0..=operations.len() % 3 {
            if run > 0 {
                transaction.undo();
                changed.clone_from(&model);
            }
            for operation in operations {
                let answer = operation.run(&mut transaction).await.unwrap();
                assert_eq!(answer, operation.predict(&mut changed), "{operation:?} in run {run}");
            }
        }
        if *commits {
            transaction.commit().await.unwrap();
            model = changed;
        }
        assert_eq!(listing(store).await, model);
    }
    model
}

/// Everything in `store`, whose counts must agree.
pub(crate) async fn listing<S: Store>(store: &S) -> Model {
    let mut transaction = store.begin().await.unwrap();
    let entries = transaction.fetched(|t| t.range("", None, 0, usize::MAX)).await.unwrap();
    assert_eq!(transaction.fetched(|t| t.count("")).await.unwrap(), entries.len() as u64);
    entries.into_iter().collect()
}

/// Transactions for [`follow`].
pub(crate) fn random_transactions(random: &Seeded, count: usize) -> Vec<(Vec<Operation>, bool)> {
    let operations = || (0..random.below(12)).map(|_| Operation::random(random)).collect();
    (0..count).map(|_| (operations(), random.chance(80))).collect()
}
