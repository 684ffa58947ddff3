//! Groups and their members, found from both sides.

use super::Flaw;
use super::people::MARK;
use super::walk::Walk;
use crate::json::typed::{FromJson, from_slice};
use crate::provisioning::group::{self, Group, Member, MemberKind, MemberName};
use crate::provisioning::is_id;
use crate::provisioning::user::User;
use crate::store::key;

impl Walk {
    pub(super) fn group(&mut self, key: &str, team: &str, id: &str, value: &[u8]) {
        self.summary.groups += 1;
        let Some(group) = self.read::<Group>(key, value) else { return };
        self.expect(group.id == id && is_id(id), key, Flaw::Misplaced);
        for (by, entry) in group::index_entries(team, &group.names) {
            self.has_text(key, entry, id, Flaw::NotFoundBy(by));
        }
    }

    /// An entry by which a group is found must be among those that the group has.
    pub(super) fn group_index(&mut self, key: &str, team: &str, value: &[u8]) {
        let Some(id) = std::str::from_utf8(value).ok().filter(|id| is_id(id)) else {
            return self.tell(key, Flaw::LeadsToNobody);
        };
        let (entry, team_of_group) = (key.to_owned(), team.to_owned());
        let group_key = key::group(team, id);
        self.has_record(key, group_key, Flaw::LeadsToNobody, move |group: Group| {
            group::index_entries(&team_of_group, &group.names).any(|(_, it)| it == entry)
        });
    }

    /// Gives back whether the member is a group.
    pub(super) fn group_member(
        &mut self,
        key: &str,
        team: &str,
        [group, id]: [&str; 2],
        value: &[u8],
    ) -> bool {
        self.has(key, key::group(team, group), Flaw::GroupMissing);
        self.has(key, key::member_group(team, id, group), Flaw::NotFoundFromMember);
        let member = match Member::decode(id, key, value) {
            Ok(member) => member,
            Err(error) => {
                self.tell(key, Flaw::Unreadable(error.to_string()));
                return false;
            }
        };
        match member.kind {
            Some(MemberKind::User) => {
                let user = key::user(team, id);
                self.has(key, user.clone(), Flaw::MemberKind);
                self.has_name(key, user, member.name, |user: &User| user.names.shown());
            }
            Some(MemberKind::Group) => {
                let group = key::group(team, id);
                self.has(key, group.clone(), Flaw::MemberKind);
                self.has_name(key, group, member.name, |it: &Group| &it.names.display_name);
            }
            None => {
                self.has_not(key, key::user(team, id), Flaw::MemberKind);
                self.has_not(key, key::group(team, id), Flaw::MemberKind);
                let named = matches!(member.name, MemberName::Ours(_));
                self.expect(!named, key, Flaw::MemberName);
            }
        }
        member.kind == Some(MemberKind::Group)
    }

    /// A member that was given no name must be called as the record at `record_key` is.
    fn has_name<R: FromJson>(
        &mut self,
        key: &str,
        record_key: String,
        name: MemberName,
        name_of: impl FnOnce(&R) -> &str + 'static,
    ) {
        if matches!(name, MemberName::Given(_)) {
            return;
        }
        self.ask(key, record_key, move |value| {
            // One that is missing or cannot be read is told elsewhere.
            let record: R = from_slice(value?).ok()?;
            let is_called = name == MemberName::Ours(group::shown(name_of(&record)));
            (!is_called).then_some(Flaw::MemberName)
        });
    }

    pub(super) fn member_group(
        &mut self,
        key: &str,
        team: &str,
        [member, group]: [&str; 2],
        value: &[u8],
    ) {
        self.expect(value == MARK.as_bytes(), key, Flaw::NoMark);
        self.has(key, key::group_member(team, group, member), Flaw::NotInGroup);
    }
}
