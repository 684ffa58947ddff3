//! One team, whose entries all lie together but for its own record.

use std::collections::{BTreeMap, BTreeSet};

use super::Flaw;
use super::place::InTeam;
use super::walk::Walk;
use crate::provisioning::event::{self, LoggedEvent};
use crate::provisioning::team::{SsoProtocol, Team};
use crate::store::key;

/// What has to be remembered of a team while its entries are walked over.
#[derive(Default)]
pub(super) struct TeamWalk {
    pub(super) team: String,
    owned: bool,
    first_event: Option<u64>,
    last_event: u64,
    /// The groups that each group has as members.
    within: BTreeMap<String, Vec<String>>,
}

impl TeamWalk {
    pub(super) fn new(team: &str) -> Self {
        Self { team: team.to_owned(), ..Self::default() }
    }

    pub(super) fn entry(&mut self, walk: &mut Walk, key: &str, what: InTeam<'_>, value: &[u8]) {
        let team = &*self.team;
        match what {
            InTeam::Member { account } => walk.member(key, team, account, value),
            InTeam::Owner { account } => {
                self.owned = true;
                walk.owner(key, team, account, value);
            }
            InTeam::Deprovisioned { account } => walk.deprovisioned(key, account, value),
            InTeam::Inactive { id } => walk.inactive(key, team, id),
            InTeam::User { id } => walk.user(key, team, id, value),
            InTeam::UserName { .. } | InTeam::UserEmail { .. } | InTeam::ExternalId { .. } => {
                walk.user_index(key, team, value);
            }
            InTeam::Event { n } => self.event(walk, key, n, value),
            InTeam::Group { id } => walk.group(key, team, id, value),
            InTeam::GroupName { .. } | InTeam::GroupExternalId { .. } => {
                walk.group_index(key, team, value);
            }
            InTeam::GroupMember { group, member } => {
                if walk.group_member(key, team, [group, member], value) {
                    self.within.entry(group.to_owned()).or_default().push(member.to_owned());
                }
            }
            InTeam::MemberGroup { member, group } => {
                walk.member_group(key, team, [&member, group], value);
            }
        }
    }

    fn event(&mut self, walk: &mut Walk, key: &str, n: u64, value: &[u8]) {
        walk.summary.events += 1;
        if let Some(event) = walk.read::<LoggedEvent>(key, value) {
            walk.expect(event.n == n && n > 0, key, Flaw::Misplaced);
        }
        let follows = self.first_event.is_none() || n == self.last_event.saturating_add(1);
        walk.expect(follows, key, Flaw::EventGap(self.last_event));
        self.first_event.get_or_insert(n);
        self.last_event = n;
    }

    /// Tells what is known only once all of the team has been seen.
    pub(super) fn end(self, walk: &mut Walk) {
        walk.expect(self.owned, &key::team(&self.team), Flaw::NoOwner);
        if let Some(first) = self.first_event.filter(|first| *first > 1) {
            let kept = self.last_event.saturating_sub(first).saturating_add(1);
            walk.expect(kept >= event::KEPT, &key::event(&self.team, first), Flaw::EventsLost);
        }
        for group in self.within.keys().filter(|group| self.is_in_itself(group)) {
            walk.tell(&key::group(&self.team, group), Flaw::Loop);
        }
    }

    fn is_in_itself(&self, group: &str) -> bool {
        let (mut waiting, mut seen) = (vec![group], BTreeSet::new());
        while let Some(at) = waiting.pop() {
            for inner in self.within.get(at).into_iter().flatten() {
                if inner == group {
                    return true;
                }
                if seen.insert(inner) {
                    waiting.push(inner);
                }
            }
        }
        false
    }
}

impl Walk {
    pub(super) fn team_record(&mut self, key: &str, team: &str, value: &[u8]) {
        self.summary.teams += 1;
        self.is_team_id(key, team);
        let Some(record) = self.read::<Team>(key, value) else { return };
        let good = record.sso.protocol != SsoProtocol::None || record.connection.is_none();
        self.expect(good, key, Flaw::ConnectionWithoutSso);
        if record.importing.is_some() {
            self.tell(key, Flaw::HalfImported);
            self.half_imported.insert(team.to_owned());
        } else {
            self.bare_teams.insert(team.to_owned());
        }
    }
}
