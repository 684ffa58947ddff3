//! Two writes at once, on an engine that refuses a commit only where somebody else has written what it has read: what
//! each alone may do, both together may not always. (`memory` and `tree` refuse every commit that another one preceded.)

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::changes::{add, remove};
use super::with_people;
use crate::email::Email;
use crate::host::Clock as _;
use crate::provisioning::event::Actor;
use crate::provisioning::group::*;
use crate::provisioning::testing::{Fixture, as_group_write, as_write};
use crate::provisioning::user::{self, UserRefusal};
use crate::provisioning::{Context, OperationError};
use crate::store::suite::block_on;
use crate::store::{Entry, Receipt, StoreError, Transaction};

/// The state, and which keys each commit has written.
struct Engine {
    map: RefCell<BTreeMap<String, Vec<u8>>>,
    commits: RefCell<Vec<BTreeSet<String>>>,
}

/// What a transaction has looked at.
enum Read {
    Key(String),
    Prefix(String),
}

struct Attentive<'e> {
    engine: &'e Engine,
    /// How many commits there were when it began.
    begun: usize,
    map: BTreeMap<String, Vec<u8>>,
    read: Vec<Read>,
    changed: BTreeMap<String, Option<Vec<u8>>>,
}

impl Engine {
    fn of(fixture: &Fixture) -> Self {
        Self { map: RefCell::new(fixture.entries()), commits: RefCell::default() }
    }

    fn begin(&self) -> Attentive<'_> {
        Attentive {
            engine: self,
            begun: self.commits.borrow().len(),
            map: self.map.borrow().clone(),
            read: Vec::new(),
            changed: BTreeMap::new(),
        }
    }
}

impl Read {
    fn saw(&self, key: &str) -> bool {
        match self {
            Self::Key(read) => read == key,
            Self::Prefix(prefix) => key.starts_with(prefix.as_str()),
        }
    }
}

impl Transaction for Attentive<'_> {
    fn get(&mut self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.read.push(Read::Key(key.to_owned()));
        Ok(self.map.get(key).cloned())
    }

    fn range(
        &mut self,
        prefix: &str,
        after: Option<&str>,
        skip: u64,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        self.read.push(Read::Prefix(prefix.to_owned()));
        let found = self.map.iter().filter(|(key, _)| {
            key.starts_with(prefix) && after.is_none_or(|after| key.as_str() > after)
        });
        let skip = usize::try_from(skip).unwrap();
        Ok(found.skip(skip).take(limit).map(|(key, value)| (key.clone(), value.clone())).collect())
    }

    fn count(&mut self, prefix: &str) -> Result<u64, StoreError> {
        self.range(prefix, None, 0, usize::MAX).map(|entries| entries.len() as u64)
    }

    fn put(&mut self, key: &str, value: Vec<u8>) -> Result<(), StoreError> {
        self.map.insert(key.to_owned(), value.clone());
        self.changed.insert(key.to_owned(), Some(value));
        Ok(())
    }

    fn delete(&mut self, key: &str) {
        self.map.remove(key);
        self.changed.insert(key.to_owned(), None);
    }

    async fn fetch(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    // Nothing is ever lacking.
    fn undo(&mut self) {}

    async fn commit(self) -> Result<Receipt, StoreError> {
        let mut commits = self.engine.commits.borrow_mut();
        let others = commits.iter().skip(self.begun).flatten();
        // Every write appends to the team's one log; without it the rules have to stand by themselves.
        let mut others = others.filter(|key| !key.contains("/events/"));
        if others.any(|key| self.read.iter().any(|read| read.saw(key))) {
            return Err(StoreError::conflict());
        }
        commits.push(self.changed.keys().cloned().collect());
        let mut map = self.engine.map.borrow_mut();
        for (key, value) in self.changed {
            match value {
                Some(value) => drop(map.insert(key, value)),
                None => drop(map.remove(&key)),
            }
        }
        Ok(Receipt::default())
    }
}

/// A write that two of are made at once.
enum Write {
    Change(String, fn(&str) -> MemberChange<'static>, String),
    RenameUser(String),
    DeleteUser(String),
    DeleteGroup(String),
}

impl Write {
    fn make(
        &self,
        transaction: &mut Attentive<'_>,
        context: &Context<'_>,
        fixture: &Fixture,
    ) -> Result<(), OperationError<String>> {
        let team = &fixture.id;
        match self {
            Self::Change(group, change, member) => {
                let revise = |group: &Group| {
                    Ok::<_, GroupRefusal>((as_group_write(group), vec![change(member)]))
                };
                update(transaction, context, team, group, revise)
                    .map(drop)
                    .map_err(|error| error.map(|refusal| refusal.to_string()))
            }
            Self::RenameUser(id) => {
                let provisioner = fixture.provisioner("acme");
                let revise = |user: &user::User, _: &Email| {
                    let mut write = as_write(user);
                    write.names.display_name = Some("Renamed".to_owned());
                    write.attributes.insert("displayName".to_owned(), "Renamed".into());
                    Ok::<_, UserRefusal>(write)
                };
                user::update(transaction, context, &provisioner, id, revise)
                    .map(drop)
                    .map_err(|error| error.map(|refusal| refusal.to_string()))
            }
            Self::DeleteUser(id) => {
                let provisioner = fixture.provisioner("acme");
                user::delete(transaction, context, &provisioner, id, |_| Ok(()))
                    .map_err(|error| error.map(|refusal: UserRefusal| refusal.to_string()))
            }
            Self::DeleteGroup(id) => delete(transaction, context, team, id, |_| Ok(()))
                .map_err(|error| error.map(|refusal| refusal.to_string())),
        }
    }
}

/// What came of two writes that saw the same state: the first to commit, then the other one, run again where it has
/// to be. The store is sound afterwards.
fn at_once(fixture: &Fixture, first: &Write, second: &Write) -> [Result<(), String>; 2] {
    let engine = Engine::of(fixture);
    let actor = Actor::IdentityProvider;
    let context = Context { now: fixture.host.now(), entropy: &fixture.host, actor: &actor };
    let outcomes = block_on(async {
        let (mut one, mut other) = (engine.begin(), engine.begin());
        let done =
            [first.make(&mut one, &context, fixture), second.make(&mut other, &context, fixture)];
        assert!(done.iter().all(Result::is_ok), "each alone may be done");
        one.commit().await.unwrap();
        let outcome = match other.commit().await {
            Err(error) if error.is_conflict() => {
                let mut again = engine.begin();
                match second.make(&mut again, &context, fixture) {
                    Ok(()) => again.commit().await.map(drop).map_err(|error| error.to_string()),
                    Err(OperationError::Refused(why)) => Err(why),
                    Err(OperationError::Store(error)) => panic!("{error}"),
                }
            }
            outcome => outcome.map(drop).map_err(|error| error.to_string()),
        };
        [Ok(()), outcome]
    });
    let after = engine.map.into_inner();
    let sound = Fixture::holding(&after);
    sound.assert_sound();
    outcomes
}

/// As [`at_once`], whoever commits first; the outcome of the second is the same.
fn either_way(fixture: &Fixture, one: &Write, other: &Write) -> Result<(), String> {
    let [_, outcome] = at_once(fixture, one, other);
    let [_, turned] = at_once(fixture, other, one);
    assert_eq!(outcome.is_ok(), turned.is_ok(), "{outcome:?}, {turned:?}");
    outcome
}

fn adds(group: &Group, member: &str) -> Write {
    Write::Change(group.id.clone(), |id| add(&[id]), member.to_owned())
}

#[test]
fn two_members_who_are_added_at_once_are_both_there() {
    let (fixture, [ada, grace, _]) = with_people();
    let group = fixture.create_group("Engines", &[]).unwrap();
    either_way(&fixture, &adds(&group, &ada.id), &adds(&group, &grace.id)).unwrap();
    either_way(&fixture, &adds(&group, &ada.id), &adds(&group, &ada.id)).unwrap();
    either_way(&fixture, &adds(&group, "stranger"), &adds(&group, "stranger")).unwrap();
}

#[test]
fn who_is_added_and_removed_at_once_is_in_or_out_altogether() {
    let (fixture, [ada, ..]) = with_people();
    let group = fixture.create_group("Engines", &[&ada.id]).unwrap();
    let removes = Write::Change(group.id.clone(), |id| remove(&[id]), ada.id.clone());
    either_way(&fixture, &adds(&group, &ada.id), &removes).unwrap();
}

#[test]
fn a_loop_is_not_made_from_two_sides() {
    let fixture = Fixture::new();
    let [a, b, c] = ["a", "b", "c"].map(|name| fixture.create_group(name, &[]).unwrap());
    let refusal = either_way(&fixture, &adds(&a, &b.id), &adds(&b, &a.id)).unwrap_err();
    assert!(refusal.contains("cannot be in itself"), "{refusal}");
    // With a third one between: c is in b.
    fixture.change_members(&b.id, || vec![add(&[&c.id])]).unwrap();
    let refusal = either_way(&fixture, &adds(&a, &b.id), &adds(&c, &a.id)).unwrap_err();
    assert!(refusal.contains("cannot be in itself"), "{refusal}");
    // With one more on each side: neither change is about a group of the other.
    let d = fixture.create_group("d", &[&a.id]).unwrap();
    let refusal = either_way(&fixture, &adds(&a, &b.id), &adds(&c, &d.id)).unwrap_err();
    assert!(refusal.contains("cannot be in itself"), "{refusal}");
}

#[test]
fn who_is_renamed_while_being_added_is_shown_under_the_new_name() {
    let (fixture, [ada, ..]) = with_people();
    let group = fixture.create_group("Engines", &[]).unwrap();
    either_way(&fixture, &adds(&group, &ada.id), &Write::RenameUser(ada.id.clone())).unwrap();
}

#[test]
fn who_is_deleted_while_being_added_leaves_nothing_half_done() {
    let (fixture, [ada, ..]) = with_people();
    let [outer, inner] = ["outer", "inner"].map(|name| fixture.create_group(name, &[]).unwrap());
    either_way(&fixture, &adds(&outer, &ada.id), &Write::DeleteUser(ada.id.clone())).unwrap();
    either_way(&fixture, &adds(&outer, &inner.id), &Write::DeleteGroup(inner.id.clone())).unwrap();
}

#[test]
fn a_group_that_is_deleted_while_it_gets_a_member_is_gone() {
    let (fixture, [ada, ..]) = with_people();
    let group = fixture.create_group("Engines", &[]).unwrap();
    let deletes = Write::DeleteGroup(group.id.clone());
    let [_, deleted] = at_once(&fixture, &adds(&group, &ada.id), &deletes);
    deleted.unwrap();
    let [_, added] = at_once(&fixture, &deletes, &adds(&group, &ada.id));
    assert_eq!(added.unwrap_err(), GroupRefusal::NotFound.to_string());
}
