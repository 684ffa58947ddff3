//! What was done to one user and what was answered, and whether one order of it all explains every answer.

use std::collections::BTreeSet;
use std::time::Instant;

use todc_utils::linearizability::WGLChecker;
use todc_utils::linearizability::history::{Action, History};
use todc_utils::specifications::Specification;

/// Something that was done to a user, with what came of it. Ids are numbers here, in the order in which they came up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// 201: there is a user, active, with this id.
    Created(String),
    /// 409: there was an active one.
    CreateRefused,
    /// 200: the user with this id is as told.
    Set(String, bool),
    /// 204.
    Deleted(String),
    /// 404 to a change or a delete: there is no user with this id.
    Missing(String),
    /// What a search by name found.
    Read(Option<(String, bool)>),
    /// The gate let the user through.
    Passed,
    /// The gate did not.
    Stopped,
    /// No answer, or one that leaves it open.
    MaybeCreated,
    MaybeSet(String, bool),
    MaybeDeleted(String),
}

/// A deed with the time that it took.
#[derive(Clone, Debug)]
pub(crate) struct Took {
    pub(crate) deed: Deed,
    pub(crate) sent: Instant,
    pub(crate) answered: Instant,
}

impl Deed {
    /// Whether it may still be done after its answer.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self, Self::MaybeCreated | Self::MaybeSet(..) | Self::MaybeDeleted(_))
    }
}

/// A user as it may be. The id of one that a lost answer created is not known.
type User = Option<(Option<String>, bool)>;

/// All that a user may be, given what was answered: a deed whose answer is lost was done or not.
pub(crate) struct Worlds;

impl Specification for Worlds {
    type State = BTreeSet<User>;
    type Operation = Deed;

    fn init() -> Self::State {
        BTreeSet::from([None])
    }

    fn apply(deed: &Deed, worlds: &Self::State) -> (bool, Self::State) {
        let after: BTreeSet<User> = worlds.iter().flat_map(|user| step(deed, user)).collect();
        (!after.is_empty(), after)
    }
}

/// What the user may be after the deed; nothing where the deed cannot have had its answer.
fn step(deed: &Deed, user: &User) -> Vec<User> {
    // One whose id is not known may be any.
    let is =
        |id: &String| matches!(user, Some((known, _)) if known.as_ref().is_none_or(|it| it == id));
    let isnt = |id: &String| !matches!(user, Some((Some(known), _)) if known == id);
    let some = |id: &String, active| Some((Some(id.clone()), active));
    match deed {
        Deed::Created(id) => match user {
            None => vec![some(id, true)],
            Some((_, false)) if is(id) => vec![some(id, true)],
            _ => vec![],
        },
        Deed::CreateRefused => match user {
            Some((_, true)) => vec![user.clone()],
            _ => vec![],
        },
        Deed::Set(id, active) if is(id) => vec![some(id, *active)],
        Deed::Deleted(id) if is(id) => vec![None],
        Deed::Missing(id) if isnt(id) => vec![user.clone()],
        Deed::Read(None) if user.is_none() => vec![None],
        Deed::Read(Some((id, active)))
            if is(id) && user.as_ref().is_some_and(|it| it.1 == *active) =>
        {
            vec![some(id, *active)]
        }
        Deed::Passed if matches!(user, Some((_, true))) => vec![user.clone()],
        Deed::Stopped if !matches!(user, Some((_, true))) => vec![user.clone()],
        Deed::Passed | Deed::Stopped => vec![],
        Deed::Set(..) | Deed::Deleted(_) | Deed::Missing(_) | Deed::Read(_) => vec![],
        Deed::MaybeCreated => match user {
            None => vec![None, Some((None, true))],
            Some((known, _)) => vec![user.clone(), Some((known.clone(), true))],
        },
        Deed::MaybeSet(id, active) if is(id) => vec![user.clone(), some(id, *active)],
        Deed::MaybeDeleted(id) if is(id) => vec![user.clone(), None],
        Deed::MaybeSet(..) | Deed::MaybeDeleted(_) => vec![user.clone()],
    }
}

/// Whether one order of all deeds, each between its request and its answer, explains all answers.
pub(crate) fn is_linearizable(deeds: &[Took]) -> bool {
    if deeds.is_empty() {
        return true;
    }
    let mut actions = Vec::with_capacity(2 * deeds.len());
    for (number, Took { deed, sent, answered }) in deeds.iter().enumerate() {
        // What was begun when something else was answered counts as begun before. What is open may come any time.
        actions.push(((false, *sent, 0), number, Action::Call(deed.clone())));
        let end = (deed.is_open(), *answered, 1);
        actions.push((end, number, Action::Response(deed.clone())));
    }
    actions.sort_by_key(|(time, ..)| *time);
    // Each deed is a process of its own.
    let actions = actions.into_iter().map(|(_, number, action)| (number, action)).collect();
    WGLChecker::<Worlds>::is_linearizable(History::from_actions(actions))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Deeds with the times from and until which they took.
    fn judge(deeds: &[(Deed, u64, u64)]) -> bool {
        let zero = Instant::now();
        let at = |milliseconds| zero + Duration::from_millis(milliseconds);
        let took = |(deed, sent, answered): &(Deed, u64, u64)| Took {
            deed: deed.clone(),
            sent: at(*sent),
            answered: at(*answered),
        };
        is_linearizable(&deeds.iter().map(took).collect::<Vec<_>>())
    }

    fn id(name: &str) -> String {
        name.to_owned()
    }

    #[test]
    fn a_lost_write_a_refused_one_that_is_there_and_a_stale_read_are_found() {
        let created = (Deed::Created(id("a")), 0, 1);
        assert!(judge(&[created.clone(), (Deed::Read(Some((id("a"), true))), 2, 3)]));
        assert!(!judge(&[created.clone(), (Deed::Read(None), 2, 3)]));
        let refused = (Deed::CreateRefused, 0, 1);
        assert!(!judge(&[refused, (Deed::Read(Some((id("a"), true))), 2, 3)]));
        let inactive = (Deed::Set(id("a"), false), 4, 5);
        let stale = (Deed::Read(Some((id("a"), true))), 6, 7);
        assert!(!judge(&[created.clone(), inactive.clone(), stale.clone()]));
        let meanwhile = (Deed::Set(id("a"), false), 4, 8);
        assert!(judge(&[created, meanwhile, stale]));
    }

    #[test]
    fn somebody_whom_the_gate_lets_through_is_active_then_and_nobody_else_is() {
        let created = (Deed::Created(id("a")), 2, 3);
        assert!(judge(&[(Deed::Stopped, 0, 1), created.clone(), (Deed::Passed, 4, 5)]));
        assert!(!judge(&[(Deed::Passed, 0, 1), created.clone()]));
        assert!(!judge(&[created.clone(), (Deed::Stopped, 4, 5)]));
        let inactive = (Deed::Set(id("a"), false), 6, 7);
        assert!(judge(&[created.clone(), inactive.clone(), (Deed::Stopped, 8, 9)]));
        assert!(!judge(&[created, inactive, (Deed::Passed, 8, 9)]));
    }

    #[test]
    fn what_is_open_may_be_done_late_or_never_but_not_twice() {
        let created = (Deed::Created(id("a")), 0, 1);
        let open = (Deed::MaybeDeleted(id("a")), 2, 3);
        let there = |from| (Deed::Read(Some((id("a"), true))), from, from + 1);
        let gone = |from| (Deed::Read(None), from, from + 1);
        assert!(judge(&[created.clone(), open.clone(), there(4), there(6)]));
        assert!(judge(&[created.clone(), open.clone(), there(4), gone(6)]));
        assert!(!judge(&[created.clone(), open.clone(), gone(4), there(6)]));
        let another = (Deed::Created(id("b")), 8, 9);
        assert!(judge(&[created.clone(), open.clone(), gone(6), another.clone()]));
        assert!(!judge(&[created, open, gone(6), another, gone(10)]));
    }

    #[test]
    fn a_user_that_a_lost_answer_created_has_one_id() {
        let open = (Deed::MaybeCreated, 0, 1);
        let read = |name: &str, from| (Deed::Read(Some((id(name), true))), from, from + 1);
        assert!(judge(&[open.clone(), read("a", 2), read("a", 4)]));
        assert!(!judge(&[open, read("a", 2), read("b", 4)]));
    }
}
