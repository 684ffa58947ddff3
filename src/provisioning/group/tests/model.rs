//! Members against a set of ids: whatever is done, in whatever order, forwards and backwards agree.

use std::cell::RefCell;
use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::provisioning::group::*;
use crate::provisioning::testing::{Fixture, reference};

const PEOPLE: usize = 6;
const GROUPS: usize = 3;
/// Ids that name nobody in the team, and would meet in keys that were not made with care.
const STRANGERS: [&str; 4] = ["a", "a/b", "%2F", "01900000-0000-7000-8000-000000000000"];
const ALL: usize = PEOPLE + GROUPS + STRANGERS.len();

#[derive(Clone, Debug)]
enum Change {
    Add(Vec<usize>),
    Remove(Vec<usize>),
    /// Those in an odd place, by a filter.
    RemoveOdd {
        named: bool,
    },
    Set(Vec<usize>),
}

#[derive(Clone, Debug)]
enum Step {
    Update(usize, Vec<Change>),
    DeleteUser(usize),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let some = || prop::collection::vec(0..ALL, 0..4);
    let change = prop_oneof![
        4 => some().prop_map(Change::Add),
        3 => some().prop_map(Change::Remove),
        1 => any::<bool>().prop_map(|named| Change::RemoveOdd { named }),
        1 => some().prop_map(Change::Set),
    ];
    prop::collection::vec(change, 0..5)
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        12 => (0..GROUPS, changes()).prop_map(|(group, changes)| Step::Update(group, changes)),
        1 => (0..PEOPLE).prop_map(Step::DeleteUser),
    ];
    prop::collection::vec(step, 1..12)
}

/// Everybody there is: users, then groups, then strangers.
struct World {
    ids: Vec<String>,
    /// The users that there still are. The others are strangers.
    alive: BTreeSet<usize>,
    members: [BTreeSet<usize>; GROUPS],
}

impl World {
    /// Whether `inner` is `outer` or in it.
    fn holds(&self, outer: usize, inner: usize) -> bool {
        outer == inner
            || (PEOPLE..PEOPLE + GROUPS).contains(&outer)
                && self.members[outer - PEOPLE].iter().any(|member| self.holds(*member, inner))
    }

    /// What an update leaves; `None` where it is to be refused. What stands before the last `Set` does not count.
    fn expected(&self, group: usize, changes: &[Change]) -> Option<BTreeSet<usize>> {
        let mut now = self.members[group].clone();
        let add = |now: &mut BTreeSet<usize>, given: &[usize]| {
            given.iter().all(|who| {
                let had = self.members[group].contains(who) || now.contains(who);
                now.insert(*who);
                had || !self.holds(*who, group + PEOPLE)
            })
        };
        let last = changes.iter().rposition(|change| matches!(change, Change::Set(_)));
        for change in &changes[last.unwrap_or(0)..] {
            match change {
                Change::Add(given) => add(&mut now, given).then_some(())?,
                Change::Remove(given) => now.retain(|who| !given.contains(who)),
                Change::RemoveOdd { .. } => {
                    let before = now.len();
                    now.retain(|who| who % 2 == 0);
                    (now.len() < before).then_some(())?;
                }
                Change::Set(given) => {
                    now.retain(|who| given.contains(who));
                    add(&mut now, given).then_some(())?;
                }
            }
        }
        Some(now)
    }

    fn change(&self, change: &Change) -> MemberChange<'static> {
        let id = |who: &usize| self.ids[*who].clone();
        let references = |given: &[usize]| given.iter().map(|who| reference(&id(who))).collect();
        match change {
            Change::Add(given) => MemberChange::Add(references(given)),
            Change::Set(given) => MemberChange::Set(references(given)),
            Change::Remove(given) => MemberChange::Remove(given.iter().map(id).collect()),
            Change::RemoveOdd { named } => {
                let odd: BTreeSet<String> = self.ids.iter().skip(1).step_by(2).cloned().collect();
                MemberChange::RemoveWhere(MemberFilter {
                    among: named.then(|| odd.iter().cloned().collect()),
                    picks: Box::new(move |member| odd.contains(&member.id)),
                })
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn members_are_as_a_set_of_ids_would_be(steps in steps()) {
        let fixture = Fixture::new();
        let mut ids: Vec<String> =
            (0..PEOPLE).map(|n| fixture.create(&format!("u{n}")).unwrap().id).collect();
        ids.extend((0..GROUPS).map(|n| fixture.create_group(&format!("g{n}"), &[]).unwrap().id));
        ids.extend(STRANGERS.map(str::to_owned));
        let mut world = World { ids, alive: (0..PEOPLE).collect(), members: Default::default() };
        for step in steps {
            match step {
                Step::Update(group, changes) => {
                    let expected = world.expected(group, &changes);
                    let id = &world.ids[group + PEOPLE];
                    let before = fixture.group(id).unwrap().version;
                    let given = changes.iter().map(|change| world.change(change)).collect();
                    let given = RefCell::new(Some(given));
                    let outcome = fixture.change_members(id, || given.take().unwrap());
                    prop_assert_eq!(outcome.is_ok(), expected.is_some(), "{:?}: {:?}", changes, outcome);
                    let now = expected.unwrap_or_else(|| world.members[group].clone());
                    let changed = u64::from(now != world.members[group]);
                    prop_assert_eq!(fixture.group(id).unwrap().version, before + changed);
                    world.members[group] = now;
                }
                Step::DeleteUser(who) if world.alive.remove(&who) => {
                    fixture.delete(&world.ids[who]).unwrap();
                    for members in &mut world.members {
                        members.remove(&who);
                    }
                }
                Step::DeleteUser(_) => {}
            }
            for (group, members) in world.members.iter().enumerate() {
                let mut expected: Vec<String> =
                    members.iter().map(|who| world.ids[*who].clone()).collect();
                expected.sort();
                let kept = fixture.read(|transaction| {
                    super::super::members(
                        transaction, &fixture.id, &world.ids[group + PEOPLE], None, 99,
                    )
                });
                for member in &kept {
                    let who = world.ids.iter().position(|id| *id == member.id).unwrap();
                    let known = world.alive.contains(&who) || (PEOPLE..PEOPLE + GROUPS).contains(&who);
                    prop_assert_eq!(member.kind.is_some(), known);
                }
                let kept: Vec<String> = kept.into_iter().map(|member| member.id).collect();
                prop_assert_eq!(kept, expected);
            }
            fixture.assert_sound();
        }
    }
}
