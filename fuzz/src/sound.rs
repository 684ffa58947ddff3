//! What must hold of the store at any time: whatever follows from its records is there, and nothing else is.

use std::collections::{BTreeMap, BTreeSet};

use scim_edge::email::Email;
use scim_edge::provisioning::group::{DISPLAY_MAX, Group};
use scim_edge::provisioning::membership::{Membership, Role};
use scim_edge::provisioning::user::User;
use scim_edge::store::key;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::edge::Contents;

const TEAM: &str = "acme";

/// What a store holds, sorted out.
struct Records<'c> {
    contents: &'c Contents,
    /// The address that each account is known by, in lower case.
    accounts: BTreeMap<String, String>,
    users: BTreeMap<&'c str, User>,
    groups: BTreeMap<&'c str, Group>,
    /// The members of each group.
    members: BTreeMap<&'c str, BTreeSet<&'c str>>,
}

/// Checks a store that only its identity provider has changed.
///
/// Every index entry, mark and link is derived from the records once more: one that is missing, one that leads to
/// nobody and one that two records claim are all told.
pub fn check_sound(contents: &Contents) {
    let records = Records::read(contents);
    let mut derived = Derived::default();
    records.derive_accounts(&mut derived);
    records.derive_users(&mut derived);
    records.derive_groups(&mut derived);
    let primary = ["accounts/", "teams/acme/users/", "teams/acme/groups/", "teams/acme/members/"];
    let primary = primary.map(str::to_owned).into_iter().chain([
        key::team(TEAM),
        "teams/acme/group-members/".to_owned(),
        "teams/acme/deprovisioned/".to_owned(),
    ]);
    let primary: Vec<String> = primary.collect();
    let is_derived = |key: &str| {
        !primary
            .iter()
            .any(|prefix| key == prefix || prefix.ends_with('/') && key.starts_with(prefix))
    };
    for (key, value) in contents.iter().filter(|(key, _)| is_derived(key)) {
        let expected = derived.0.remove(key);
        assert_eq!(expected.as_deref(), Some(&**value), "{key} follows from nothing");
    }
    assert!(derived.0.is_empty(), "missing: {:?}", derived.0.keys());
    records.check_memberships();
    records.check_members();
}

/// How many users and groups a store holds.
pub fn counts(contents: &Contents) -> [usize; 2] {
    [key::users(TEAM), key::groups(TEAM)].map(|prefix| below(contents, &prefix).count())
}

/// The entries that are to be there because of others.
#[derive(Default)]
struct Derived(BTreeMap<String, Vec<u8>>);

impl Derived {
    fn put(&mut self, key: String, value: &str) {
        let before = self.0.insert(key.clone(), value.as_bytes().to_vec());
        assert!(before.is_none_or(|before| before == value.as_bytes()), "two records claim {key}");
    }
}

impl<'c> Records<'c> {
    fn read(contents: &'c Contents) -> Self {
        let accounts = below(contents, "accounts/").map(|(folded, _)| {
            let account: Value = parsed(contents, &key::account(folded));
            let email = Email::parse(account["email"].as_str().unwrap_or_default());
            assert_eq!(email.expect("an address").folded(), folded);
            (account["id"].as_str().expect("an id").to_owned(), folded.to_owned())
        });
        let accounts: Vec<(String, String)> = accounts.collect();
        let by_id: BTreeMap<String, String> = accounts.iter().cloned().collect();
        assert_eq!(by_id.len(), accounts.len(), "two accounts have one id");
        let [users, groups] =
            [key::users(TEAM), key::groups(TEAM)].map(|prefix| below(contents, &prefix));
        let mut members: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (rest, _) in below(contents, "teams/acme/group-members/") {
            let (group, member) = rest.split_once('/').expect("a group and a member");
            members.entry(group).or_default().insert(member);
        }
        Self {
            contents,
            accounts: by_id,
            users: users.map(|(id, _)| (id, parsed(contents, &key::user(TEAM, id)))).collect(),
            groups: groups.map(|(id, _)| (id, parsed(contents, &key::group(TEAM, id)))).collect(),
            members,
        }
    }

    fn derive_accounts(&self, derived: &mut Derived) {
        for (id, folded) in &self.accounts {
            derived.put(key::account_email(id), folded);
        }
        for (account, _) in below(self.contents, &key::members(TEAM)) {
            let membership: Membership = parsed(self.contents, &key::member(TEAM, account));
            if membership.role == Role::Owner {
                derived.put(key::owner(TEAM, account), "{}");
            }
            if !self.users.values().any(|user| user.account == account) {
                derived.put(key::account_team(account, TEAM), "");
            }
        }
    }

    fn derive_users(&self, derived: &mut Derived) {
        for (id, user) in &self.users {
            assert_eq!(user.id, *id);
            let names = &user.names;
            derived.put(key::account_team(&user.account, TEAM), id);
            derived.put(key::user_name(TEAM, &names.user_name.to_lowercase()), id);
            if let Some(external_id) = &names.external_id {
                derived.put(key::external_id(TEAM, external_id), id);
            }
            for email in &names.emails {
                derived.put(key::user_email(TEAM, &email.to_lowercase(), id), id);
            }
        }
    }

    fn derive_groups(&self, derived: &mut Derived) {
        for (id, group) in &self.groups {
            assert_eq!(group.id, *id);
            derived.put(key::group_name(TEAM, &group.names.display_name.to_lowercase()), id);
            if let Some(external_id) = &group.names.external_id {
                derived.put(key::group_external_id(TEAM, external_id), id);
            }
        }
        for (group, members) in &self.members {
            for member in members {
                derived.put(key::member_group(TEAM, member, group), "{}");
            }
        }
    }

    /// A user is active exactly while its account is a member, and nobody is in and out.
    fn check_memberships(&self) {
        let is_member = |account: &str| self.contents.contains_key(&key::member(TEAM, account));
        let is_out = |account: &str| self.contents.contains_key(&key::deprovisioned(TEAM, account));
        for user in self.users.values() {
            assert_eq!(user.active, is_member(&user.account), "{}", user.id);
            assert_eq!(user.active, !is_out(&user.account), "{}", user.id);
        }
        let known = |account: &str| self.accounts.contains_key(account);
        for (account, _) in below(self.contents, &key::members(TEAM)) {
            assert!(known(account) && !is_out(account), "{account}");
        }
        assert!(
            below(self.contents, "teams/acme/deprovisioned/").all(|(account, _)| known(account))
        );
    }

    /// Who is in a group is what it is said to be and is called as it is, and no group is in itself.
    fn check_members(&self) {
        for (group, members) in &self.members {
            assert!(self.groups.contains_key(group), "{group} has members and is not there");
            for member in members {
                let place: Value = parsed(self.contents, &key::group_member(TEAM, group, member));
                let user = self.users.get(member).map(|user| ("user", user.names.shown()));
                let inner = self.groups.get(member);
                let known = user.or(inner.map(|inner| ("group", &*inner.names.display_name)));
                assert_eq!(place["kind"].as_str(), known.map(|(kind, _)| kind), "{member}");
                if place["given"] != true {
                    let name =
                        known.map(|(_, name)| name.chars().take(DISPLAY_MAX).collect::<String>());
                    assert_eq!(place["display"].as_str(), name.as_deref(), "{member}");
                }
                assert!(!self.holds(member, group), "{group} is in itself");
            }
        }
    }

    /// Whether `outer` is `inner` or has it in it. A loop would not end: each group is looked at once.
    fn holds(&self, outer: &str, inner: &str) -> bool {
        let (mut waiting, mut seen) = (vec![outer], BTreeSet::new());
        while let Some(at) = waiting.pop() {
            if at == inner {
                return true;
            }
            if seen.insert(at) {
                waiting.extend(self.members.get(at).into_iter().flatten());
            }
        }
        false
    }
}

/// The entries whose key begins with `prefix`, by what follows.
fn below<'c>(
    contents: &'c Contents,
    prefix: &str,
) -> impl Iterator<Item = (&'c str, &'c [u8])> + use<'c> {
    let found = contents.range(prefix.to_owned()..).map(|(key, value)| (&**key, &**value));
    let prefix = prefix.to_owned();
    found.map_while(move |(key, value)| Some((key.strip_prefix(&*prefix)?, value)))
}

fn parsed<R: DeserializeOwned>(contents: &Contents, key: &str) -> R {
    let value = contents.get(key).unwrap_or_else(|| panic!("{key} is not there"));
    serde_json::from_slice(value).unwrap_or_else(|error| panic!("{key}: {error}"))
}
