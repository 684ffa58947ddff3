//! Changes of a group's members: in their order, all or none, without reading members that they are not about.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::nesting::ancestors;
use super::{
    GROUPS_OF_MEMBER_MAX, GroupRefusal, MEMBERS_MAX, Member, MemberKind, STEP, find, member,
    member_count, members, shown,
};
use crate::provisioning::event::MembersChanged;
use crate::provisioning::{OperationError, Refuse as _, TeamId, is_id, user};
use crate::store::{StoreError, Transaction, key};

/// The longest part of an id that is no id which a refusal repeats, in characters.
const ID_TOLD_MAX: usize = 64;

/// A user or a group that is to be a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Its id.
    pub id: String,
    /// What it is said to be.
    pub kind: Option<MemberKind>,
}

/// One change of a group's members.
#[derive(Debug)]
pub enum MemberChange<'c> {
    /// These are members too.
    Add(Vec<Reference>),
    /// Those with these ids are no longer members. One that is none stays out.
    Remove(Vec<String>),
    /// Those that a filter picks are no longer members. One that picks nobody is refused.
    RemoveWhere(MemberFilter<'c>),
    /// These, and nobody else, are members.
    Set(Vec<Reference>),
}

/// Picks members.
pub struct MemberFilter<'c> {
    /// The ids of all that it can pick, where that is known without looking at them.
    pub among: Option<BTreeSet<String>>,
    /// Whether it picks one.
    pub picks: Box<dyn Fn(&Member) -> bool + 'c>,
}

impl fmt::Debug for MemberFilter<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("MemberFilter").field("among", &self.among).finish_non_exhaustive()
    }
}

/// A group's members with changes that are not written yet.
pub(super) struct Draft<'d> {
    team: &'d TeamId,
    group: &'d str,
    /// Those that a change is about.
    touched: BTreeMap<String, Touched>,
    /// The groups that the group is in, once they are needed.
    ancestors: Option<BTreeSet<String>>,
}

/// A member as it is in the store, and as it is to be.
struct Touched {
    before: Option<Member>,
    now: Option<Member>,
}

type Outcome<T> = Result<T, OperationError<GroupRefusal>>;

impl<'d> Draft<'d> {
    pub(super) fn new(team: &'d TeamId, group: &'d str) -> Self {
        Self { team, group, touched: BTreeMap::new(), ancestors: None }
    }

    /// Makes the changes in their order.
    pub(super) async fn apply(
        &mut self,
        transaction: &mut impl Transaction,
        changes: Vec<MemberChange<'_>>,
    ) -> Outcome<()> {
        // What was before all members were given anew makes no difference; reading them all again and again would.
        let last_set = changes.iter().rposition(|change| matches!(change, MemberChange::Set(_)));
        for change in changes.into_iter().skip(last_set.unwrap_or(0)) {
            match change {
                MemberChange::Add(given) => self.add(transaction, given).await?,
                MemberChange::Remove(ids) => self.remove(transaction, ids).await?,
                MemberChange::RemoveWhere(filter) => {
                    let picked = self.pick(transaction, &filter).await?;
                    if picked.is_empty() {
                        return Err(OperationError::Refused(GroupRefusal::NobodyPicked));
                    }
                    self.remove(transaction, picked).await?;
                }
                MemberChange::Set(given) => self.set(transaction, given).await?,
            }
        }
        Ok(())
    }

    /// Writes what is to be different.
    pub(super) async fn write(self, transaction: &mut impl Transaction) -> Outcome<MembersChanged> {
        let came = |touched: &&Touched| touched.before.is_none() && touched.now.is_some();
        let went = |touched: &&Touched| touched.before.is_some() && touched.now.is_none();
        let counted = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let changed = MembersChanged {
            added: counted(self.touched.values().filter(came).count()),
            removed: counted(self.touched.values().filter(went).count()),
        };
        if changed.added > 0 {
            let before = member_count(transaction, self.team, self.group).await?;
            refuse_too_many_members(before, changed).or_refuse()?;
        }
        let team = self.team.as_str();
        for (id, Touched { before, now }) in self.touched {
            let back = key::member_group(team, &id, self.group);
            match (before, now) {
                (None, Some(member)) => {
                    member.save(transaction, self.team, self.group).await?;
                    transaction.put(&back, b"{}".to_vec()).await?;
                }
                (Some(_), None) => {
                    transaction.delete(&key::group_member(team, self.group, &id)).await?;
                    transaction.delete(&back).await?;
                }
                (None, None) | (Some(_), Some(_)) => {}
            }
        }
        Ok(changed)
    }

    async fn add(
        &mut self,
        transaction: &mut impl Transaction,
        given: Vec<Reference>,
    ) -> Outcome<()> {
        for reference in given {
            let touched = self.touch(transaction, &reference.id).await?;
            if touched.now.is_none() {
                touched.now.clone_from(&touched.before);
            }
            if let Some(member) = &touched.now {
                refuse_other_kind(member, reference.kind).or_refuse()?;
                continue;
            }
            let new = self.new_member(transaction, &reference.id).await?;
            refuse_other_kind(&new, reference.kind).or_refuse()?;
            self.touched.insert(reference.id, Touched { before: None, now: Some(new) });
        }
        Ok(())
    }

    async fn remove(
        &mut self,
        transaction: &mut impl Transaction,
        ids: Vec<String>,
    ) -> Outcome<()> {
        for id in ids {
            self.touch(transaction, &id).await?.now = None;
        }
        Ok(())
    }

    /// Comes first where it comes at all, so that nothing is touched yet.
    async fn set(
        &mut self,
        transaction: &mut impl Transaction,
        given: Vec<Reference>,
    ) -> Outcome<()> {
        let mut wanted: BTreeMap<String, Vec<Reference>> = BTreeMap::new();
        for reference in given {
            wanted.entry(reference.id.clone()).or_default().push(reference);
        }
        let mut after: Option<String> = None;
        loop {
            let step = members(transaction, self.team, self.group, after.as_deref(), STEP).await?;
            after = step.last().map(|member| member.id.clone());
            for member in step {
                match wanted.remove(&member.id) {
                    Some(references) => {
                        let mut kinds = references.iter().map(|reference| reference.kind);
                        kinds.try_for_each(|kind| refuse_other_kind(&member, kind)).or_refuse()?;
                    }
                    None => {
                        let touched = Touched { before: Some(member.clone()), now: None };
                        self.touched.insert(member.id, touched);
                    }
                }
            }
            if after.is_none() {
                break;
            }
        }
        self.add(transaction, wanted.into_values().flatten().collect()).await
    }

    /// The ids of the members that the filter picks, as they are by now.
    async fn pick(
        &mut self,
        transaction: &mut impl Transaction,
        filter: &MemberFilter<'_>,
    ) -> Result<Vec<String>, StoreError> {
        let mut picked = Vec::new();
        if let Some(among) = &filter.among {
            for id in among {
                let now = &self.touch(transaction, id).await?.now;
                if now.as_ref().is_some_and(|member| (filter.picks)(member)) {
                    picked.push(id.clone());
                }
            }
            return Ok(picked);
        }
        let touched = self.touched.values().filter_map(|touched| touched.now.as_ref());
        let touched = touched.filter(|member| (filter.picks)(member));
        picked.extend(touched.map(|member| member.id.clone()));
        let mut after: Option<String> = None;
        loop {
            let step = members(transaction, self.team, self.group, after.as_deref(), STEP).await?;
            after = step.last().map(|member| member.id.clone());
            for member in step {
                if !self.touched.contains_key(&member.id) && (filter.picks)(&member) {
                    picked.push(member.id);
                }
            }
            if after.is_none() {
                return Ok(picked);
            }
        }
    }

    /// What is known of a member, read where it is not known yet.
    async fn touch(
        &mut self,
        transaction: &mut impl Transaction,
        id: &str,
    ) -> Result<&mut Touched, StoreError> {
        let known = self.touched.contains_key(id);
        let stored =
            if known { None } else { member(transaction, self.team, self.group, id).await? };
        let touched = || Touched { before: stored.clone(), now: stored };
        Ok(self.touched.entry(id.to_owned()).or_insert_with(touched))
    }

    /// Who is to be a member, found by its id.
    async fn new_member(
        &mut self,
        transaction: &mut impl Transaction,
        id: &str,
    ) -> Outcome<Member> {
        let found = self.look_up(transaction, id).await?;
        let found = found.ok_or_else(|| no_such_member(id)).or_refuse()?;
        if found.kind == MemberKind::Group {
            if self.ancestors.is_none() {
                let ancestors = ancestors(transaction, self.team, self.group).await?;
                self.ancestors = Some(ancestors.ok_or(GroupRefusal::NestedTooFar).or_refuse()?);
            }
            let above = self.ancestors.as_ref().is_some_and(|above| above.contains(id));
            refuse_loop(id, self.group, above).or_refuse()?;
        }
        let groups = transaction.count(&key::member_groups(self.team.as_str(), id)).await?;
        refuse_too_many_groups(id, groups).or_refuse()?;
        Ok(found)
    }

    async fn look_up(
        &self,
        transaction: &mut impl Transaction,
        id: &str,
    ) -> Result<Option<Member>, StoreError> {
        let id = if is_id(id) { id } else { return Ok(None) };
        let (kind, display) = match user::find(transaction, self.team, id).await? {
            Some(user) => (MemberKind::User, shown(user.names.shown())),
            None => match find(transaction, self.team, id).await? {
                Some(group) => (MemberKind::Group, shown(&group.names.display_name)),
                None => return Ok(None),
            },
        };
        Ok(Some(Member { id: id.to_owned(), kind, display }))
    }
}

fn no_such_member(id: &str) -> GroupRefusal {
    GroupRefusal::NoSuchMember(id.chars().take(ID_TOLD_MAX).collect())
}

/// Refuses a member that is something else than it was said to be.
fn refuse_other_kind(member: &Member, claimed: Option<MemberKind>) -> Result<(), GroupRefusal> {
    match claimed {
        Some(claimed) if claimed != member.kind => {
            Err(GroupRefusal::OtherKind { id: member.id.clone(), claimed })
        }
        _ => Ok(()),
    }
}

/// Refuses a group as a member of itself, or of one that it contains.
fn refuse_loop(id: &str, group: &str, above: bool) -> Result<(), GroupRefusal> {
    if id == group || above { Err(GroupRefusal::Loop(id.to_owned())) } else { Ok(()) }
}

/// Refuses a member that is in as many groups as can be.
fn refuse_too_many_groups(id: &str, groups: u64) -> Result<(), GroupRefusal> {
    if groups >= GROUPS_OF_MEMBER_MAX {
        return Err(GroupRefusal::TooManyGroups(id.to_owned()));
    }
    Ok(())
}

/// Refuses to make a group larger than groups can be.
fn refuse_too_many_members(before: u64, changed: MembersChanged) -> Result<(), GroupRefusal> {
    let after = before.saturating_add(changed.added).saturating_sub(changed.removed);
    if after > MEMBERS_MAX { Err(GroupRefusal::TooManyMembers) } else { Ok(()) }
}
