//! The same histories before a judge that is not ours: `WGLChecker` of the crate `todc-utils`, which looks for one order
//! of all transactions, each between its beginning and its answer, that explains all that they saw. It does not know of
//! the log in the store, by which [`super::history`] tells the order at once.

use std::collections::BTreeSet;

use todc_utils::linearizability::WGLChecker;
use todc_utils::linearizability::history::{Action, History};
use todc_utils::specifications::Specification;

use super::model::{Answer, Model, Operation};

/// A transaction with what came of it.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// What was in the store before.
    Preloaded(Model),
    /// What was done and seen.
    Transaction {
        answers: Vec<(Operation, Answer)>,
        /// Whether the changes are in the store; `None` where nobody knows.
        applied: Option<bool>,
    },
    /// What is in the store in the end.
    Listed(Model),
}

/// All that the store may hold, given what was told: a transaction of unknown outcome was applied or not.
struct Worlds;

impl Specification for Worlds {
    type State = BTreeSet<Model>;
    type Operation = Step;

    fn init() -> Self::State {
        BTreeSet::new()
    }

    fn apply(step: &Step, worlds: &Self::State) -> (bool, Self::State) {
        let after: BTreeSet<Model> = match step {
            Step::Preloaded(model) => BTreeSet::from([model.clone()]),
            Step::Listed(model) => worlds.iter().filter(|world| *world == model).cloned().collect(),
            Step::Transaction { answers, applied } => {
                worlds.iter().flat_map(|world| transact(world, answers, *applied)).collect()
            }
        };
        (!after.is_empty(), after)
    }
}

fn transact(
    world: &Model,
    answers: &[(Operation, Answer)],
    applied: Option<bool>,
) -> impl Iterator<Item = Model> {
    let mut changed = world.clone();
    let explained =
        answers.iter().all(|(operation, answer)| operation.predict(&mut changed) == *answer);
    let before = (explained && applied != Some(true)).then(|| world.clone());
    let after = (explained && applied != Some(false)).then_some(changed);
    before.into_iter().chain(after)
}

/// Whether one order explains all. Each step is given twice, where it begins and where it ends; the end of one of
/// unknown outcome may be left out.
pub(super) fn is_linearizable(
    preloaded: &Model,
    events: &[(usize, Step)],
    listing: &Model,
) -> bool {
    let mut open = BTreeSet::new();
    let mut actions = vec![Action::Call(Step::Preloaded(preloaded.clone()))];
    actions.push(Action::Response(Step::Preloaded(preloaded.clone())));
    let mut actions: Vec<(usize, Action<Step>)> =
        actions.into_iter().map(|action| (0, action)).collect();
    for (number, step) in events {
        let ends = !open.insert(*number);
        let action = if ends { Action::Response(step.clone()) } else { Action::Call(step.clone()) };
        if ends {
            open.remove(number);
        }
        actions.push((number + 1, action));
    }
    // What nobody knows the outcome of may be done as long as anybody looks.
    let last = events.iter().map(|(number, _)| number + 2).max().unwrap_or(1);
    for number in open {
        let step = events.iter().find(|(it, _)| *it == number).map(|(_, step)| step.clone());
        actions.extend(step.map(|step| (number + 1, Action::Response(step))));
    }
    for action in [
        Action::Call(Step::Listed(listing.clone())),
        Action::Response(Step::Listed(listing.clone())),
    ] {
        actions.push((last, action));
    }
    WGLChecker::<Worlds>::is_linearizable(History::from_actions(actions))
}
