//! Accounts, memberships and SCIM users.

use super::Flaw;
use super::walk::Walk;
use crate::provisioning::TeamId;
use crate::provisioning::account::Account;
use crate::provisioning::is_id;
use crate::provisioning::membership::{Deprovisioning, Membership, Role};
use crate::provisioning::user::{self, User};
use crate::store::key;

/// What a mark holds.
pub(super) const MARK: &str = "{}";

impl Walk {
    pub(super) fn account(&mut self, key: &str, folded: &str, value: &[u8]) {
        self.summary.accounts += 1;
        let Some(account) = self.read::<Account>(key, value) else { return };
        self.expect(account.email.folded() == folded, key, Flaw::Misplaced);
        self.has_text(key, key::account_email(&account.id), folded, Flaw::AccountNotPaired);
    }

    pub(super) fn account_id(&mut self, key: &str, account: &str, value: &[u8]) {
        let Ok(folded) = std::str::from_utf8(value) else {
            return self.tell(key, Flaw::Unreadable("it is no text".to_owned()));
        };
        let id = account.to_owned();
        self.has_record(key, key::account(folded), Flaw::AccountNotPaired, move |it: Account| {
            it.id == id
        });
    }

    pub(super) fn account_team(&mut self, key: &str, account: &str, team: &str, value: &[u8]) {
        self.has(key, key::account_email(account), Flaw::AccountMissing);
        let Ok(user) = std::str::from_utf8(value) else {
            return self.tell(key, Flaw::Unreadable("it is no text".to_owned()));
        };
        if user.is_empty() {
            self.has(key, key::member(team, account), Flaw::LinkToNothing);
        } else {
            let account = account.to_owned();
            let user = key::user(team, user);
            self.has_record(key, user, Flaw::LinkToNothing, move |it: User| it.account == account);
        }
    }

    pub(super) fn member(&mut self, key: &str, team: &str, account: &str, value: &[u8]) {
        self.summary.members += 1;
        self.has(key, key::account_email(account), Flaw::AccountMissing);
        self.has(key, key::account_team(account, team), Flaw::LinkMissing);
        self.has_not(key, key::deprovisioned(team, account), Flaw::MemberAndDeprovisioned);
        let Some(membership) = self.read::<Membership>(key, value) else { return };
        if membership.role == Role::Owner {
            self.has(key, key::owner(team, account), Flaw::OwnerNotListed);
        }
    }

    pub(super) fn owner(&mut self, key: &str, team: &str, account: &str, value: &[u8]) {
        self.expect(value == MARK.as_bytes(), key, Flaw::NoMark);
        let member = key::member(team, account);
        self.has_record(key, member, Flaw::ListedWithoutOwning, |it: Membership| {
            it.role == Role::Owner
        });
    }

    pub(super) fn deprovisioned(&mut self, key: &str, account: &str, value: &[u8]) {
        self.read::<Deprovisioning>(key, value);
        self.has(key, key::account_email(account), Flaw::AccountMissing);
    }

    pub(super) fn user(&mut self, key: &str, team: &str, id: &str, value: &[u8]) {
        self.summary.users += 1;
        let Some(user) = self.read::<User>(key, value) else { return };
        self.expect(user.id == id && is_id(id), key, Flaw::Misplaced);
        self.has(key, key::account_email(&user.account), Flaw::AccountMissing);
        self.has_text(key, key::account_team(&user.account, team), id, Flaw::LinkMissing);
        let member = key::member(team, &user.account);
        if user.active {
            self.has(key, member, Flaw::ActiveWithoutMembership);
        } else {
            self.has_not(key, member, Flaw::InactiveMember);
        }
        let inactive = key::inactive(team, id);
        if user.active {
            self.has_not(key, inactive, Flaw::CountedInactive);
        } else {
            self.has_text(key, inactive, MARK, Flaw::NotCountedInactive);
        }
        for (by, entry) in user::index_entries(team, id, &user.names) {
            self.has_text(key, entry, id, Flaw::NotFoundBy(by));
        }
    }

    /// Who is counted as inactive must be there.
    pub(super) fn inactive(&mut self, key: &str, team: &str, id: &str) {
        self.has(key, key::user(team, id), Flaw::LeadsToNobody);
    }

    /// An entry by which a user is found must be among those that the user has.
    pub(super) fn user_index(&mut self, key: &str, team: &str, value: &[u8]) {
        let Some(id) = std::str::from_utf8(value).ok().filter(|id| is_id(id)) else {
            return self.tell(key, Flaw::LeadsToNobody);
        };
        let (entry, user_key) = (key.to_owned(), key::user(team, id));
        let (team, id) = (team.to_owned(), id.to_owned());
        self.has_record(key, user_key, Flaw::LeadsToNobody, move |user: User| {
            user::index_entries(&team, &id, &user.names).any(|(_, it)| it == entry)
        });
    }

    pub(super) fn is_team_id(&mut self, key: &str, team: &str) {
        self.expect(TeamId::parse(team).is_ok(), key, Flaw::UnknownKey);
    }
}
