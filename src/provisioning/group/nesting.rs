//! Who is in which groups, directly or through other groups (RFC 7643 §4.1.2, `groups`).
//!
//! Groups contain each other without loops, since [`fn@super::update`] refuses those. Walks are bounded all the same.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use super::{
    GROUPS_OF_MEMBER_MAX, MemberKind, NESTING_MAX, STEP, count, find, is_member_id, members,
};
use crate::map::{Map, Set};
use crate::provisioning::{TeamId, is_id};
use crate::store::{StoreError, Transaction, key};

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
    }

    /// The groups that the user or group with `id` is in: first the direct ones, each once, [`NESTING_MAX`] of
    /// them at the most. In a team without groups this reads nothing after the first time.
    pub async fn groups_of(
        &self,
        transaction: &mut impl Transaction,
        team: &TeamId,
        id: &str,
    ) -> Result<Vec<GroupOf>, StoreError> {
        let any = match self.any.get() {
            Some(any) => any,
            None => count(transaction, team).await? > 0,
        };
        self.any.set(Some(any));
        let mut found = Vec::new();
        if !any || !is_id(id) {
            return Ok(found);
        }
        let direct = parents(transaction, team, id).await?;
        let mut seen: Set = direct.iter().cloned().collect();
        let mut pending: VecDeque<(String, bool)> =
            direct.into_iter().map(|id| (id, true)).collect();
        while let Some((id, direct)) = pending.pop_front() {
            let known = self.group(transaction, team, &id).await?;
            found.push(GroupOf { id, display_name: known.display_name.clone(), direct });
            for parent in &known.parents {
                if seen.len() < NESTING_MAX && seen.insert(parent.clone()) {
                    pending.push_back((parent.clone(), false));
                }
            }
        }
        Ok(found)
    }

    async fn group(
        &self,
        transaction: &mut impl Transaction,
        team: &TeamId,
        id: &str,
    ) -> Result<Rc<Known>, StoreError> {
        let known = self.groups.borrow().get(id).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let group = find(transaction, team, id)
            .await?
            .ok_or_else(|| StoreError::corrupt("somebody is in a group that is not there"))?;
        let parents = parents(transaction, team, id).await?;
        let known = Rc::new(Known { display_name: group.names.display_name, parents });
        self.groups.borrow_mut().insert(id.to_owned(), Rc::clone(&known));
        Ok(known)
    }
}

/// The ids of the groups that have `id` as a member themselves.
pub(super) async fn parents(
    transaction: &mut impl Transaction,
    team: &TeamId,
    id: &str,
) -> Result<Vec<String>, StoreError> {
    let prefix = key::member_groups(team.as_str(), id);
    let limit = usize::try_from(GROUPS_OF_MEMBER_MAX).unwrap_or(usize::MAX);
    let entries = transaction.range(&prefix, None, 0, limit).await?;
    let ids = entries.iter().filter_map(|(key, _)| key.strip_prefix(&prefix));
    Ok(ids.map(str::to_owned).collect())
}

/// The ids of the groups that have `id` as a member themselves; none where it can be no member's.
pub async fn containing(
    transaction: &mut impl Transaction,
    team: &TeamId,
    id: &str,
) -> Result<Vec<String>, StoreError> {
    if !is_member_id(id) {
        return Ok(Vec::new());
    }
    parents(transaction, team, id).await
}

/// The ids of all groups that `id` is in, directly or through others; `None` where there are more than
/// [`NESTING_MAX`].
pub(super) async fn ancestors(
    transaction: &mut impl Transaction,
    team: &TeamId,
    id: &str,
) -> Result<Option<Set>, StoreError> {
    let mut seen = Set::new();
    let mut pending = vec![id.to_owned()];
    while let Some(id) = pending.pop() {
        for parent in parents(transaction, team, &id).await? {
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
pub async fn users_within(
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
        looked_at = looked_at.saturating_add(super::member_count(transaction, team, &group).await?);
        if looked_at > limit {
            return Ok(None);
        }
        let mut after: Option<String> = None;
        loop {
            let step = members(transaction, team, &group, after.as_deref(), STEP).await?;
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
