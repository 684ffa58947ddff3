//! What changes of members cost in a large group.

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::host::Clock as _;
use crate::provisioning::group::*;
use crate::provisioning::testing::{as_group_write, reference};
use crate::provisioning::{Actor, Context};
use crate::store::suite::block_on;
use crate::store::{Entry, Receipt, Store as _, StoreError, Transaction, key};

/// Counts the entries that are read and written.
struct Counting<T> {
    inner: T,
    read: usize,
    written: usize,
}

impl<T: Transaction> Transaction for Counting<T> {
    async fn get(&mut self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.read += 1;
        self.inner.get(key).await
    }

    async fn range(
        &mut self,
        prefix: &str,
        after: Option<&str>,
        skip: u64,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let entries = self.inner.range(prefix, after, skip, limit).await?;
        self.read += 1 + entries.len();
        Ok(entries)
    }

    async fn count(&mut self, prefix: &str) -> Result<u64, StoreError> {
        self.read += 1;
        self.inner.count(prefix).await
    }

    async fn put(&mut self, key: &str, value: Vec<u8>) -> Result<(), StoreError> {
        self.written += 1;
        self.inner.put(key, value).await
    }

    async fn delete(&mut self, key: &str) -> Result<(), StoreError> {
        self.written += 1;
        self.inner.delete(key).await
    }

    async fn commit(self) -> Result<Receipt, StoreError> {
        self.inner.commit().await
    }
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
                let mut counting = Counting { inner, read: 0, written: 0 };
                let now = fixture.host.now();
                let context = Context { now, entropy: &fixture.host, actor: &actor };
                let revise = |group: &Group| {
                    Ok::<_, GroupRefusal>((as_group_write(group), vec![change(id.clone())]))
                };
                update(&mut counting, &context, &fixture.id, &group.id, revise).await.unwrap();
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
