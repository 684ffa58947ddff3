//! Who is in which groups, directly or through other groups (RFC 7643 §4.1.2, `groups`).
//!
//! Groups contain each other without loops, since [`fn@super::update`] refuses those. Walks are bounded all the same.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use super::{
    GROUPS_OF_MEMBER_MAX, MemberKind, NESTING_MAX, STEP, count, find, is_member_id, members,
};
use crate::gather::Gather as _;
use crate::map::{Map, Set};
use crate::provisioning::{TeamId, is_id};
use crate::store::{Expected, StoreError, Transaction, key};

/// A group that somebody is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupOf {
    /// The group's id.
    pub id: String,
    /// Its `displayName`.
    pub display_name: String,
    /// Whether it has them as a member itself, not only through another group.
    pub direct: bool,
}

/// What is known of a team's groups within one transaction, so that none is read twice. To be
/// [forgotten](Self::forget) where groups are written.
#[derive(Debug, Default)]
pub struct Nesting {
    any: Cell<Option<bool>>,
    groups: RefCell<Map<Rc<Known>>>,
    /// Those whose groups are [expected](Self::expect) to be asked for, until the next are.
    expected: RefCell<Vec<String>>,
    /// The groups that users are in themselves.
    direct: RefCell<Map<Vec<String>>>,
}

#[derive(Debug)]
struct Known {
    display_name: String,
    parents: Vec<String>,
}

impl Nesting {
    /// Forgets all.
    pub fn forget(&self) {
        self.any.set(None);
        self.groups.borrow_mut().clear();
        self.expected.borrow_mut().clear();
        self.direct.borrow_mut().clear();
    }

    fn any(&self, transaction: &mut impl Transaction, team: &TeamId) -> Result<bool, StoreError> {
        if let Some(any) = self.any.get() {
            return Ok(any);
        }
        let any = count(transaction, team)? > 0;
        self.any.set(Some(any));
        Ok(any)
    }

    /// Hears that the groups of those with these `ids` are about to be asked for. What was expected before is forgotten.
    pub fn expect(&self, ids: &[&str]) {
        *self.expected.borrow_mut() = ids.iter().map(|id| (*id).to_owned()).gather();
        self.direct.borrow_mut().clear();
    }

    /// Reads the groups of `id`, and of those who are expected, level by level instead of one by one; not all of them where
    /// there are very many.
    fn bring(
        &self,
        transaction: &mut impl Transaction,
        team: &TeamId,
        id: &str,
    ) -> Result<(), StoreError> {
        let mut ids = self.expected.take();
        ids.retain(|expected| expected != id);
        ids.insert(0, id.to_owned());
        let (mut level, mut seen) = (Vec::new(), Set::new());
        expect_parents(transaction, team, &ids, Vec::new());
        for id in ids {
            let direct = parents(transaction, team, &id)?;
            level.extend(direct.iter().filter(|group| seen.insert((*group).clone())).cloned());
            self.direct.borrow_mut().insert(id, direct);
            if seen.len() > NESTING_MAX {
                return Ok(());
            }
        }
        while !level.is_empty() && seen.len() <= NESTING_MAX {
            level.retain(|id| !self.groups.borrow().contains_key(id));
            let keys = level.iter().map(|id| key::group(team.as_str(), id)).gather();
            expect_parents(transaction, team, &level, keys);
            for id in std::mem::take(&mut level) {
                let known = self.group(transaction, team, &id)?;
                let new = known.parents.iter().filter(|group| seen.insert((*group).clone()));
                level.extend(new.cloned());
            }
        }
        Ok(())
    }

    /// The groups that the user or group with `id` is in: first the direct ones, each once, [`NESTING_MAX`] of
    /// them at the most. In a team without groups this reads nothing after the first time.
    pub fn groups_of(
        &self,
        transaction: &mut impl Transaction,
        team: &TeamId,
        id: &str,
    ) -> Result<Vec<GroupOf>, StoreError> {
        let mut found = Vec::new();
        if !self.any(transaction, team)? || !is_id(id) {
            return Ok(found);
        }
        if !self.direct.borrow().contains_key(id) {
            self.bring(transaction, team, id)?;
        }
        let direct = self.direct.borrow().get(id).cloned().unwrap_or_default();
        let mut seen: Set = direct.iter().cloned().collect();
        let mut pending: VecDeque<(String, bool)> =
            direct.into_iter().map(|id| (id, true)).collect();
        while let Some((id, direct)) = pending.pop_front() {
            let known = self.group(transaction, team, &id)?;
            found.push(GroupOf { id, display_name: known.display_name.clone(), direct });
            for parent in &known.parents {
                if seen.len() < NESTING_MAX && seen.insert(parent.clone()) {
                    pending.push_back((parent.clone(), false));
                }
            }
        }
        Ok(found)
    }

    fn group(
        &self,
        transaction: &mut impl Transaction,
        team: &TeamId,
        id: &str,
    ) -> Result<Rc<Known>, StoreError> {
        let known = self.groups.borrow().get(id).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let group = find(transaction, team, id)?
            .ok_or_else(|| StoreError::corrupt("somebody is in a group that is not there"))?;
        let parents = parents(transaction, team, id)?;
        let known = Rc::new(Known { display_name: group.names.display_name, parents });
        self.groups.borrow_mut().insert(id.to_owned(), Rc::clone(&known));
        Ok(known)
    }
}

/// Expects the groups of those with these `ids`, and `keys`.
fn expect_parents(
    transaction: &mut impl Transaction,
    team: &TeamId,
    ids: &[String],
    keys: Vec<String>,
) {
    let ranges = ids.iter().map(|id| key::member_groups(team.as_str(), id)).gather();
    transaction.expect(Expected { keys, ranges, ..Expected::default() });
}

/// The ids of the groups that have `id` as a member themselves.
pub(super) fn parents(
    transaction: &mut impl Transaction,
    team: &TeamId,
    id: &str,
) -> Result<Vec<String>, StoreError> {
    let prefix = key::member_groups(team.as_str(), id);
    let limit = usize::try_from(GROUPS_OF_MEMBER_MAX).unwrap_or(usize::MAX);
    let entries = transaction.range(&prefix, None, 0, limit)?;
    let ids = entries.iter().filter_map(|(key, _)| key.strip_prefix(&prefix));
    Ok(ids.map(str::to_owned).gather())
}

/// The ids of the groups that have `id` as a member themselves; none where it can be no member's.
pub fn containing(
    transaction: &mut impl Transaction,
    team: &TeamId,
    id: &str,
) -> Result<Vec<String>, StoreError> {
    if !is_member_id(id) {
        return Ok(Vec::new());
    }
    parents(transaction, team, id)
}

/// The ids of all groups that `id` is in, directly or through others; `None` where there are more than
/// [`NESTING_MAX`].
pub(super) fn ancestors(
    transaction: &mut impl Transaction,
    team: &TeamId,
    id: &str,
) -> Result<Option<Set>, StoreError> {
    let mut seen = Set::new();
    let mut pending = vec![id.to_owned()];
    while let Some(id) = pending.pop() {
        for parent in parents(transaction, team, &id)? {
            if seen.insert(parent.clone()) {
                pending.push(parent);
            }
        }
        if seen.len() > NESTING_MAX {
            return Ok(None);
        }
    }
    Ok(Some(seen))
}

/// The ids of the users in the group with `id`, directly or through other groups; `None` where that would take
/// looking at more than `limit` members.
pub fn users_within(
    transaction: &mut impl Transaction,
    team: &TeamId,
    id: &str,
    limit: u64,
) -> Result<Option<Set>, StoreError> {
    let (mut users, mut groups, mut looked_at) = (Set::new(), Set::new(), 0_u64);
    if !is_id(id) {
        return Ok(Some(users));
    }
    let mut pending = vec![id.to_owned()];
    while let Some(group) = pending.pop() {
        looked_at = looked_at.saturating_add(super::member_count(transaction, team, &group)?);
        if looked_at > limit {
            return Ok(None);
        }
        let mut after: Option<String> = None;
        loop {
            let step = members(transaction, team, &group, after.as_deref(), STEP)?;
            after = step.last().map(|member| member.id.clone());
            for member in step {
                match member.kind {
                    Some(MemberKind::User) => drop(users.insert(member.id)),
                    Some(MemberKind::Group) if groups.insert(member.id.clone()) => {
                        pending.push(member.id);
                    }
                    Some(MemberKind::Group) | None => {}
                }
            }
            if after.is_none() {
                break;
            }
        }
    }
    Ok(Some(users))
}
