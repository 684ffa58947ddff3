//! What changes of members cost in a large group.

use std::collections::BTreeSet;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::host::Clock as _;
use crate::provisioning::group::*;
use crate::provisioning::testing::{as_group_write, group_write, reference};
use crate::provisioning::{Actor, Context};
use crate::store::suite::block_on;
use crate::store::{Entry, Expected, Receipt, Store as _, StoreError, Transaction, key};

/// Counts the entries that are read and written.
struct Counting<T> {
    inner: T,
    read: usize,
    written: usize,
    /// What it was told to expect, and how much was read that it was not.
    expected: BTreeSet<String>,
    surprises: usize,
}

impl<T> Counting<T> {
    fn new(inner: T) -> Self {
        Self { inner, read: 0, written: 0, expected: BTreeSet::new(), surprises: 0 }
    }

    fn surprised_by(&mut self, asked: &str) {
        self.surprises += usize::from(!self.expected.contains(asked));
    }
}

impl<T: Transaction> Transaction for Counting<T> {
    fn get(&mut self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.read += 1;
        self.surprised_by(key);
        self.inner.get(key)
    }

    fn range(
        &mut self,
        prefix: &str,
        after: Option<&str>,
        skip: u64,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let entries = self.inner.range(prefix, after, skip, limit)?;
        self.read += 1 + entries.len();
        self.surprised_by(prefix);
        Ok(entries)
    }

    fn expect(&mut self, expected: Expected) {
        let Expected { keys, counts, ranges } = expected;
        self.expected.extend([keys, counts, ranges].concat());
    }

    fn count(&mut self, prefix: &str) -> Result<u64, StoreError> {
        self.read += 1;
        self.surprised_by(prefix);
        self.inner.count(prefix)
    }

    fn put(&mut self, key: &str, value: Vec<u8>) -> Result<(), StoreError> {
        self.written += 1;
        self.inner.put(key, value)
    }

    fn delete(&mut self, key: &str) {
        self.written += 1;
        self.inner.delete(key);
    }

    async fn fetch(&mut self) -> Result<(), StoreError> {
        self.inner.fetch().await
    }

    fn undo(&mut self) {
        self.inner.undo();
    }

    async fn commit(self) -> Result<Receipt, StoreError> {
        self.inner.commit().await
    }
}

/// An engine that is far away reads of a hundred members together what it would else be asked for one by one.
#[test]
fn what_is_looked_at_of_many_members_is_expected() {
    let (fixture, _) = super::with_people();
    let members: Vec<String> =
        (0..100).map(|n| fixture.create(&format!("n{n}")).unwrap().id).collect();
    let members: Vec<Reference> = members.iter().map(|id| reference(id)).collect();
    let actor = Actor::IdentityProvider;
    let counting = block_on(async {
        let mut counting = Counting::new(fixture.store.begin().await.unwrap());
        let context = Context { now: fixture.host.now(), entropy: &fixture.host, actor: &actor };
        let write = group_write("Engines");
        create(&mut counting, &context, &fixture.id, write, members).unwrap();
        counting
    });
    assert!(counting.read > 300, "{}", counting.read);
    assert!(counting.surprises < 10, "{}", counting.surprises);
}

/// The groups of many users are read level by level, and are those that are found one by one.
#[test]
fn the_groups_of_many_users_are_expected() {
    let (fixture, _) = super::with_people();
    let ids: Vec<String> = (0..40).map(|n| fixture.create(&format!("n{n}")).unwrap().id).collect();
    let mut groups = Vec::new();
    for (n, some) in ids.chunks(4).enumerate() {
        let some: Vec<&str> = some.iter().skip(1).chain(&ids[..1]).map(String::as_str).collect();
        groups.push(fixture.create_group(&format!("{n}"), &some).unwrap().id);
    }
    let [left, right] = ["left", "right"].map(|name| {
        let half = if name == "left" { &groups[..5] } else { &groups[5..] };
        let half: Vec<&str> = half.iter().map(String::as_str).collect();
        fixture.create_group(name, &half).unwrap().id
    });
    fixture.create_group("top", &[&left, &right]).unwrap();
    let team = &fixture.id;
    let (together, alone, counting) = block_on(async {
        let mut counting = Counting::new(fixture.store.begin().await.unwrap());
        let nesting = Nesting::default();
        let expected: Vec<&str> = ids.iter().map(String::as_str).collect();
        nesting.expect(&expected);
        let (mut together, mut alone, mut read) = (Vec::new(), Vec::new(), 0);
        for id in &ids {
            together.push(nesting.groups_of(&mut counting, team, id).unwrap());
            read = if read == 0 { counting.read } else { read };
        }
        assert_eq!(counting.read, read, "all of it was read with the first");
        let mut transaction = fixture.store.begin().await.unwrap();
        for id in &ids {
            alone.push(Nesting::default().groups_of(&mut transaction, team, id).unwrap());
        }
        (together, alone, counting)
    });
    assert_eq!(together, alone);
    assert_eq!(together[0].len(), 13, "ten, two, and one");
    assert_eq!(counting.surprises, 1, "whether there are groups");
}

#[test]
fn a_change_of_one_member_costs_the_same_in_a_group_of_any_size() {
    let (fixture, [ada, grace, _]) = super::with_people();
    let mut costs = Vec::new();
    for size in [10, 10_000] {
        let group = fixture.create_group(&format!("{size}"), &[&grace.id]).unwrap();
        super::changes::pretend(&fixture, size - 1, |id| key::group_member("acme", &group.id, id));
        let changes: [fn(String) -> MemberChange<'static>; 3] = [
            |id| MemberChange::Add(vec![reference(&id)]),
            |id| MemberChange::Remove(vec![id]),
            |id| {
                let picks = Box::new(|_: &Member| true);
                MemberChange::RemoveWhere(MemberFilter { among: Some([id].into()), picks })
            },
        ];
        let actor = Actor::IdentityProvider;
        for (change, id) in changes.iter().zip([&ada.id, &ada.id, &grace.id]) {
            let cost = block_on(async {
                let inner = fixture.store.begin().await.unwrap();
                let mut counting = Counting::new(inner);
                let now = fixture.host.now();
                let context = Context { now, entropy: &fixture.host, actor: &actor };
                let revise = |group: &Group| {
                    Ok::<_, GroupRefusal>((as_group_write(group), vec![change(id.clone())]))
                };
                update(&mut counting, &context, &fixture.id, &group.id, revise).unwrap();
                let cost = (counting.read, counting.written);
                counting.commit().await.unwrap();
                cost
            });
            costs.push(cost);
        }
        assert_eq!(fixture.member_names(&group.id).len(), usize::try_from(size - 1).unwrap());
    }
    println!(
        "(read, written) by add, remove, remove by filter; 10, then 10,000 members: {costs:?}"
    );
    assert_eq!(costs[..3], costs[3..]);
    // The member forwards and backwards, the group, the event.
    assert!(costs.iter().all(|(read, written)| *read <= 10 && *written == 4), "{costs:?}");
}
