//! Changes of a group's members: in their order, all or none, without reading members that they are not about.

use std::fmt;

use super::nesting::ancestors;
use super::{
    Claim, DISPLAY_MAX, GROUPS_OF_MEMBER_MAX, GroupRefusal, MEMBERS_MAX, Member, MemberKind,
    MemberName, STEP, find, is_member_id, member, member_count, members, shown,
};
use crate::gather::Gather as _;
use crate::map::{Map, Set};
use crate::provisioning::event::MembersChanged;
use crate::provisioning::{OperationError, Refuse as _, TeamId, is_id, user};
use crate::store::{Expected, StoreError, Transaction, key};

/// How many characters of a client's text a refusal repeats.
const TOLD_MAX: usize = 64;

/// Somebody who is to be a member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reference {
    /// Its id.
    pub id: String,
    /// What it is said to be: [`MemberKind::name`] in any case.
    pub kind: Option<String>,
    /// What it is to be called.
    pub display: Option<String>,
}

/// One change of a group's members.
#[derive(Debug)]
pub enum MemberChange<'c> {
    /// These are members too. One that is a member already keeps its name, unless it is given one.
    Add(Vec<Reference>),
    /// Those with these ids are no longer members. One that is none stays out.
    Remove(Vec<String>),
    /// Those that a filter picks are no longer members. One that picks nobody is refused.
    RemoveWhere(MemberFilter<'c>),
    /// These, and nobody else, are members, called as they are given here.
    Set(Vec<Reference>),
}

/// Picks members.
pub struct MemberFilter<'c> {
    /// The ids of all that it can pick, where that is known without looking at them.
    pub among: Option<Set>,
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
    touched: Map<Touched>,
    /// The groups that the group is in, once they are needed.
    ancestors: Option<Set>,
}

/// A member as it is in the store, and as it is to be.
struct Touched {
    before: Option<Member>,
    now: Option<Member>,
}

/// What a draft has changed.
pub(super) struct Written {
    /// Who came and went, for the event log.
    pub(super) members: MembersChanged,
    /// Whether anything is different, were it the name of a member only.
    pub(super) any: bool,
}

type Outcome<T> = Result<T, OperationError<GroupRefusal>>;

impl<'d> Draft<'d> {
    pub(super) fn new(team: &'d TeamId, group: &'d str) -> Self {
        Self { team, group, touched: Map::new(), ancestors: None }
    }

    /// Makes the changes in their order.
    pub(super) fn apply(
        &mut self,
        transaction: &mut impl Transaction,
        changes: Vec<MemberChange<'_>>,
    ) -> Outcome<()> {
        // What was before all members were given anew makes no difference; reading them all again and again would.
        let last_set = changes.iter().rposition(|change| matches!(change, MemberChange::Set(_)));
        for change in changes.into_iter().skip(last_set.unwrap_or(0)) {
            match change {
                MemberChange::Add(given) => self.add(transaction, given)?,
                MemberChange::Remove(ids) => self.remove(transaction, ids)?,
                MemberChange::RemoveWhere(filter) => {
                    let picked = self.pick(transaction, &filter)?;
                    if picked.is_empty() {
                        return Err(OperationError::Refused(GroupRefusal::NobodyPicked));
                    }
                    self.remove(transaction, picked)?;
                }
                MemberChange::Set(given) => self.set(transaction, given)?,
            }
        }
        Ok(())
    }

    /// Writes what is to be different.
    pub(super) fn write(self, transaction: &mut impl Transaction) -> Outcome<Written> {
        let came = |touched: &&Touched| touched.before.is_none() && touched.now.is_some();
        let went = |touched: &&Touched| touched.before.is_some() && touched.now.is_none();
        let counted = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let changed = MembersChanged {
            added: counted(self.touched.values().filter(came).count()),
            removed: counted(self.touched.values().filter(went).count()),
        };
        if changed.added > 0 {
            let before = member_count(transaction, self.team, self.group)?;
            refuse_too_many_members(before, changed).or_refuse()?;
        }
        let team = self.team.as_str();
        let mut any = false;
        for (id, Touched { before, now }) in self.touched {
            if before == now {
                continue;
            }
            any = true;
            let back = key::member_group(team, &id, self.group);
            match (before, now) {
                (None, Some(member)) => {
                    member.save(transaction, self.team, self.group)?;
                    transaction.put(&back, b"{}".to_vec())?;
                }
                (Some(_), None) => {
                    transaction.delete(&key::group_member(team, self.group, &id));
                    transaction.delete(&back);
                }
                (Some(_), Some(member)) => {
                    member.save(transaction, self.team, self.group)?;
                }
                (None, None) => {}
            }
        }
        Ok(Written { members: changed, any })
    }

    fn add(&mut self, transaction: &mut impl Transaction, given: Vec<Reference>) -> Outcome<()> {
        self.expect(transaction, &given);
        for reference in given {
            refuse_unusable(&reference).or_refuse()?;
            let touched = self.touch(transaction, &reference.id)?;
            let (known, is_there) = match (&touched.now, &touched.before) {
                (Some(now), _) => (Some(now.clone()), true),
                (None, before) => (before.clone(), false),
            };
            let member = match known {
                Some(member) => {
                    refuse_other_kind(&reference, &member).or_refuse()?;
                    let keeps = is_there && reference.display.is_none();
                    if keeps { member } else { self.named(transaction, member, &reference)? }
                }
                None => self.new_member(transaction, &reference)?,
            };
            self.touch(transaction, &reference.id)?.now = Some(member);
        }
        Ok(())
    }

    /// Has what is looked at of each of those given read together.
    fn expect(&self, transaction: &mut impl Transaction, given: &[Reference]) {
        if given.len() < 2 {
            return;
        }
        let team = self.team.as_str();
        let mut expected = Expected::default();
        for Reference { id, .. } in given {
            expected.keys.push(key::group_member(team, self.group, id));
            expected.counts.push(key::member_groups(team, id));
            if is_id(id) {
                expected.keys.push(key::user(team, id));
            }
        }
        transaction.expect(expected);
    }

    fn remove(&mut self, transaction: &mut impl Transaction, ids: Vec<String>) -> Outcome<()> {
        for id in ids {
            self.touch(transaction, &id)?.now = None;
        }
        Ok(())
    }

    /// Comes first where it comes at all, so that nothing is touched yet.
    fn set(&mut self, transaction: &mut impl Transaction, given: Vec<Reference>) -> Outcome<()> {
        let mut wanted: Map<Vec<Reference>> = Map::new();
        for reference in given {
            wanted.or_insert_with(reference.id.clone(), Vec::new).push(reference);
        }
        let mut after: Option<String> = None;
        loop {
            let step = members(transaction, self.team, self.group, after.as_deref(), STEP)?;
            after = step.last().map(|member| member.id.clone());
            for member in step {
                match wanted.remove(&member.id) {
                    Some(same) if same.iter().all(|given| keeps_name(&member, given)) => {
                        let mut kinds = same.iter().map(|given| refuse_other_kind(given, &member));
                        kinds.try_for_each(|right| right).or_refuse()?;
                    }
                    again => {
                        wanted.extend(again.map(|given| (member.id.clone(), given)));
                        let touched = Touched { before: Some(member.clone()), now: None };
                        self.touched.insert(member.id, touched);
                    }
                }
            }
            if after.is_none() {
                break;
            }
        }
        self.add(transaction, wanted.into_iter().flat_map(|(_, given)| given).gather())
    }

    /// The ids of the members that the filter picks, as they are by now.
    fn pick(
        &mut self,
        transaction: &mut impl Transaction,
        filter: &MemberFilter<'_>,
    ) -> Result<Vec<String>, StoreError> {
        let mut picked = Vec::new();
        if let Some(among) = &filter.among {
            for id in among.iter() {
                let now = &self.touch(transaction, id)?.now;
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
            let step = members(transaction, self.team, self.group, after.as_deref(), STEP)?;
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
    fn touch(
        &mut self,
        transaction: &mut impl Transaction,
        id: &str,
    ) -> Result<&mut Touched, StoreError> {
        let known = self.touched.contains_key(id);
        let stored = if known { None } else { member(transaction, self.team, self.group, id)? };
        let touched = || Touched { before: stored.clone(), now: stored };
        Ok(self.touched.or_insert_with(id.to_owned(), touched))
    }

    /// Who is to be a member, found by its id. An id that names nobody in the team is kept as it is: identity providers
    /// send whole lists, in which some were deleted meanwhile, and one of those must not stop the others.
    fn new_member(
        &mut self,
        transaction: &mut impl Transaction,
        given: &Reference,
    ) -> Outcome<Member> {
        let id = &given.id;
        let (kind, name) = self.look_up(transaction, id)?;
        let found = Member { id: id.clone(), kind, name };
        refuse_other_kind(given, &found).or_refuse()?;
        if kind == Some(MemberKind::Group) {
            if self.ancestors.is_none() {
                let ancestors = ancestors(transaction, self.team, self.group)?;
                self.ancestors = Some(ancestors.ok_or(GroupRefusal::NestedTooFar).or_refuse()?);
            }
            let above = self.ancestors.as_ref().is_some_and(|above| above.contains(id));
            refuse_loop(id, self.group, above).or_refuse()?;
        }
        let groups = transaction.count(&key::member_groups(self.team.as_str(), id))?;
        refuse_too_many_groups(id, groups).or_refuse()?;
        Ok(found.called(given))
    }

    /// The member under the name that it is given, else under ours.
    fn named(
        &self,
        transaction: &mut impl Transaction,
        member: Member,
        given: &Reference,
    ) -> Result<Member, StoreError> {
        if keeps_name(&member, given) {
            return Ok(member);
        }
        let (_, name) = self.look_up(transaction, &member.id)?;
        Ok(Member { name, ..member }.called(given))
    }

    /// What has this id in the team, and its name.
    fn look_up(
        &self,
        transaction: &mut impl Transaction,
        id: &str,
    ) -> Result<(Option<MemberKind>, MemberName), StoreError> {
        if is_id(id) {
            if let Some(user) = user::find(transaction, self.team, id)? {
                let name = MemberName::Ours(shown(user.names.shown()));
                return Ok((Some(MemberKind::User), name));
            }
            if let Some(group) = find(transaction, self.team, id)? {
                let name = MemberName::Ours(shown(&group.names.display_name));
                return Ok((Some(MemberKind::Group), name));
            }
        }
        Ok((None, MemberName::None))
    }
}

impl Member {
    /// The same under the name that it is given, if any. One that is ours anyway goes on following us.
    fn called(self, given: &Reference) -> Self {
        match &given.display {
            Some(name) if self.display() != Some(name) => {
                Self { name: MemberName::Given(name.clone()), ..self }
            }
            _ => self,
        }
    }
}

/// Whether a member that is given anew has its name already.
fn keeps_name(member: &Member, given: &Reference) -> bool {
    match &given.display {
        Some(name) => member.display() == Some(name),
        None => !matches!(member.name, MemberName::Given(_)),
    }
}

/// As much of a client's text as a refusal repeats.
fn told(text: &str) -> String {
    text.chars().take(TOLD_MAX).collect()
}

/// Refuses what cannot be kept of a member.
fn refuse_unusable(given: &Reference) -> Result<(), GroupRefusal> {
    if !is_member_id(&given.id) {
        return Err(GroupRefusal::UnusableId(told(&given.id).into()));
    }
    let display = given.display.as_deref().unwrap_or_default();
    if display.chars().count() > DISPLAY_MAX {
        return Err(GroupRefusal::LongDisplay(told(&given.id).into()));
    }
    Ok(())
}

/// Refuses a user or a group that was said to be something else. Of others nobody here knows what they are.
fn refuse_other_kind(given: &Reference, member: &Member) -> Result<(), GroupRefusal> {
    match (&given.kind, member.kind) {
        (Some(claimed), Some(kind)) if !claimed.eq_ignore_ascii_case(kind.name()) => {
            Err(GroupRefusal::OtherKind(Box::new(Claim {
                id: member.id.clone(),
                claimed: told(claimed),
            })))
        }
        _ => Ok(()),
    }
}

/// Refuses a group as a member of itself, or of one that it contains.
fn refuse_loop(id: &str, group: &str, above: bool) -> Result<(), GroupRefusal> {
    if id == group || above { Err(GroupRefusal::Loop(id.into())) } else { Ok(()) }
}

/// Refuses a member that is in as many groups as can be.
fn refuse_too_many_groups(id: &str, groups: u64) -> Result<(), GroupRefusal> {
    if groups >= GROUPS_OF_MEMBER_MAX {
        return Err(GroupRefusal::TooManyGroups(told(id).into()));
    }
    Ok(())
}

/// Refuses to make a group larger than groups can be.
fn refuse_too_many_members(before: u64, changed: MembersChanged) -> Result<(), GroupRefusal> {
    let after = before.saturating_add(changed.added).saturating_sub(changed.removed);
    if after > MEMBERS_MAX { Err(GroupRefusal::TooManyMembers) } else { Ok(()) }
}
