//! What the tests of the rules share: a team on a store in memory, and a check of what must always hold.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::connection::Provisioner;
use super::event::LoggedEvent;
use super::group::{
    self, Group, GroupNames, GroupRefusal, GroupWrite, Member, MemberChange, Reference,
};
use super::membership::{self, Membership, Role};
use super::team::{self, Sso, SsoProtocol, Team, TeamWrite};
use super::user::{self, Names, User, UserRefusal, UserWrite};
use super::{Actor, Context, OperationError, TeamId, account, event, is_id, transact};
use crate::email::{Domain, Email};
use crate::host::{Clock as _, ManualHost};
use crate::store::memory::Memory;
use crate::store::suite::block_on;
use crate::store::{Store, Transaction, key};

pub(crate) const OWNER: &str = "owner@example.com";

/// A store with the team `acme`, owned by [`OWNER`], with SSO and without verified domains.
pub(crate) struct Fixture {
    pub(crate) store: Memory,
    pub(crate) host: ManualHost,
    pub(crate) actor: RefCell<Actor>,
    pub(crate) id: TeamId,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let fixture = Self::without_team();
        fixture.put_team("acme", |_| {}).unwrap();
        fixture
    }

    pub(crate) fn without_team() -> Self {
        Self {
            store: Memory::new(),
            host: ManualHost::default(),
            actor: RefCell::new(Actor::Platform { on_behalf_of: None }),
            id: TeamId::parse("acme").unwrap(),
        }
    }

    /// A store with what another engine holds.
    pub(crate) fn holding(entries: &BTreeMap<String, Vec<u8>>) -> Self {
        let fixture = Self::without_team();
        fixture.read(async |transaction| {
            for (key, value) in entries {
                transaction.put(key, value.clone()).await?;
            }
            Ok(())
        });
        fixture
    }

    /// Runs one operation in a transaction of its own.
    pub(crate) fn run<T, R>(
        &self,
        operation: impl AsyncFn(
            &mut <Memory as Store>::Transaction<'_>,
            &Context<'_>,
        ) -> Result<T, OperationError<R>>,
    ) -> Result<T, R>
    where
        R: std::fmt::Debug,
    {
        self.host.advance(1);
        let actor = self.actor.borrow().clone();
        let context = Context { now: self.host.now(), entropy: &self.host, actor: &actor };
        let outcome = block_on(transact(&self.store, &self.host, async |transaction| {
            operation(transaction, &context).await
        }));
        outcome.map_err(|error| match error {
            OperationError::Refused(refusal) => refusal,
            OperationError::Store(error) => panic!("{error}"),
        })
    }

    /// Reads something, which no rule refuses.
    pub(crate) fn read<T>(
        &self,
        operation: impl AsyncFn(
            &mut <Memory as Store>::Transaction<'_>,
        ) -> Result<T, crate::store::StoreError>,
    ) -> T {
        self.run(async |transaction, _| Ok::<_, OperationError<()>>(operation(transaction).await?))
            .unwrap()
    }

    pub(crate) fn put_team(
        &self,
        id: &str,
        change: impl FnOnce(&mut TeamWrite),
    ) -> Result<bool, team::TeamRefusal> {
        let mut write = TeamWrite {
            name: "Acme".to_owned(),
            sso: Sso { protocol: SsoProtocol::Oidc, issuer: None },
            verified_domains: Some(Vec::new()),
            owners: Some(vec![email(OWNER)]),
        };
        change(&mut write);
        let id = TeamId::parse(id).unwrap();
        self.run(async |transaction, context| {
            team::put(transaction, context, &id, write.clone()).await
        })
    }

    pub(crate) fn verify_domains(&self, domains: &[&str]) {
        let domains = domains.iter().map(|name| Domain::parse(name).unwrap()).collect();
        self.put_team("acme", |write| write.verified_domains = Some(domains)).unwrap();
    }

    pub(crate) fn team(&self) -> Team {
        self.read(async |transaction| team::find(transaction, &self.id).await).unwrap()
    }

    /// The right to provision `acme`, or another team.
    pub(crate) fn provisioner(&self, id: &str) -> Provisioner {
        let team_id = TeamId::parse(id).unwrap();
        let team = self.read(async |transaction| team::find(transaction, &team_id).await);
        Provisioner { team_id, team: team.unwrap() }
    }

    pub(crate) fn create(&self, name: &str) -> Result<User, UserRefusal> {
        self.create_with(write(name))
    }

    pub(crate) fn create_with(&self, write: UserWrite) -> Result<User, UserRefusal> {
        self.create_in("acme", write)
    }

    pub(crate) fn create_in(&self, team: &str, write: UserWrite) -> Result<User, UserRefusal> {
        let provisioner = self.provisioner(team);
        self.run(async |transaction, context| {
            user::create(transaction, context, &provisioner, write.clone()).await
        })
    }

    pub(crate) fn update(&self, id: &str, new: UserWrite) -> Result<user::Changed, UserRefusal> {
        let provisioner = self.provisioner("acme");
        self.run(async |transaction, context| {
            user::update(transaction, context, &provisioner, id, |_, _| {
                Ok::<_, UserRefusal>(new.clone())
            })
            .await
        })
    }

    pub(crate) fn set_active(&self, user: &User, active: bool) -> Result<User, UserRefusal> {
        let mut new = as_write(user);
        new.active = Some(active);
        self.update(&user.id, new).map(user::Changed::into_user)
    }

    pub(crate) fn delete(&self, id: &str) -> Result<(), UserRefusal> {
        let provisioner = self.provisioner("acme");
        self.run(async |transaction, context| {
            user::delete(transaction, context, &provisioner, id, |_| Ok(())).await
        })
    }

    pub(crate) fn create_group(&self, name: &str, members: &[&str]) -> Result<Group, GroupRefusal> {
        let members: Vec<Reference> = members.iter().map(|id| reference(id)).collect();
        self.run(async |transaction, context| {
            let write = group_write(name);
            group::create(transaction, context, &self.id, write, members.clone()).await
        })
    }

    /// Gives a group a name and changes its members, both in one update.
    pub(crate) fn update_group(
        &self,
        id: &str,
        write: impl Fn(&Group) -> GroupWrite,
        changes: impl Fn() -> Vec<MemberChange<'static>>,
    ) -> Result<Group, GroupRefusal> {
        self.run(async |transaction, context| {
            group::update(transaction, context, &self.id, id, |group| {
                Ok::<_, GroupRefusal>((write(group), changes()))
            })
            .await
        })
    }

    pub(crate) fn change_members(
        &self,
        id: &str,
        changes: impl Fn() -> Vec<MemberChange<'static>>,
    ) -> Result<Group, GroupRefusal> {
        self.update_group(id, as_group_write, changes)
    }

    pub(crate) fn delete_group(&self, id: &str) -> Result<(), GroupRefusal> {
        self.run(async |transaction, context| {
            group::delete(transaction, context, &self.id, id, |_| Ok(())).await
        })
    }

    pub(crate) fn group(&self, id: &str) -> Option<Group> {
        self.read(async |transaction| group::find(transaction, &self.id, id).await)
    }

    /// The names of a group's members, or their ids where they have none, sorted.
    pub(crate) fn member_names(&self, id: &str) -> Vec<String> {
        let members = self.read(async |transaction| {
            group::members(transaction, &self.id, id, None, usize::MAX).await
        });
        let name = |member: &Member| member.display().unwrap_or(&member.id).to_owned();
        let mut names: Vec<String> = members.iter().map(name).collect();
        names.sort();
        names
    }

    /// The groups that somebody is in, with whether directly.
    pub(crate) fn groups_of(&self, id: &str) -> Vec<(String, bool)> {
        let groups = self.read(async |transaction| {
            group::Nesting::default().groups_of(transaction, &self.id, id).await
        });
        groups.into_iter().map(|group| (group.display_name, group.direct)).collect()
    }

    pub(crate) fn user(&self, id: &str) -> Option<User> {
        self.read(async |transaction| user::find(transaction, &self.id, id).await)
    }

    pub(crate) fn membership(&self, address: &str) -> Option<Membership> {
        let address = email(address);
        self.read(async |transaction| {
            membership::find_by_email(transaction, &self.id, &address).await
        })
        .map(|(_, membership)| membership)
    }

    pub(crate) fn role(&self, address: &str) -> Option<Role> {
        self.membership(address).map(|membership| membership.role)
    }

    pub(crate) fn account(&self, address: &str) -> Option<account::Account> {
        let address = email(address);
        self.read(async |transaction| account::find(transaction, &address).await)
    }

    pub(crate) fn add_member(
        &self,
        address: &str,
        role: Option<Role>,
        by_owner: bool,
    ) -> Result<bool, membership::MembershipRefusal> {
        let address = email(address);
        let write = membership::MemberWrite { role, by_owner };
        self.run(async |transaction, context| {
            membership::put(transaction, context, &self.id, &address, write).await
        })
        .map(|(_, _, new)| new)
    }

    pub(crate) fn remove_member(&self, address: &str) -> Result<(), membership::MembershipRefusal> {
        let address = email(address);
        self.run(async |transaction, context| {
            membership::remove(transaction, context, &self.id, &address).await
        })
    }

    pub(crate) fn events(&self) -> Vec<LoggedEvent> {
        self.read(async |transaction| event::list(transaction, &self.id, None, 10_000).await)
    }

    /// Everything that the store holds.
    pub(crate) fn entries(&self) -> BTreeMap<String, Vec<u8>> {
        self.read(async |transaction| transaction.range("", None, 0, usize::MAX).await)
            .into_iter()
            .collect()
    }

    /// What must hold at any time, whatever was done before.
    pub(crate) fn assert_sound(&self) {
        let entries = self.entries();
        let json = |key: &str| -> Option<Value> {
            entries.get(key).map(|value| serde_json::from_slice(value).unwrap())
        };
        let text = |key: &str| entries.get(key).map(|v| String::from_utf8(v.clone()).unwrap());
        let mut explained = std::collections::BTreeSet::new();
        for key in entries.keys() {
            let parts: Vec<&str> = key.split('/').collect();
            match parts.as_slice() {
                ["accounts", folded @ ..] => {
                    let account = json(key).unwrap();
                    let id = account["id"].as_str().unwrap();
                    assert_eq!(text(&key::account_email(id)).unwrap(), folded.join("/"));
                }
                ["account-ids", id] => {
                    let folded = text(key).unwrap();
                    assert_eq!(json(&key::account(&folded)).unwrap()["id"], *id, "{key}");
                }
                ["teams", team, "members", account] => {
                    assert!(entries.contains_key(&key::account_email(account)), "{key}");
                    assert!(entries.contains_key(&key::account_team(account, team)), "{key}");
                    assert!(!entries.contains_key(&key::deprovisioned(team, account)), "{key}");
                    let owner = json(key).unwrap()["role"] == "owner";
                    assert_eq!(entries.contains_key(&key::owner(team, account)), owner, "{key}");
                }
                ["teams", team, "owners", account] => {
                    assert_eq!(json(&key::member(team, account)).unwrap()["role"], "owner");
                }
                ["account-ids", account, "teams", team] => {
                    let known = entries.contains_key(&key::member(team, account))
                        || !entries[key].is_empty();
                    assert!(known, "{key}");
                }
                ["teams", team, "users", id] => {
                    assert!(is_id(id));
                    let user: User = serde_json::from_slice(&entries[key]).unwrap();
                    let member = entries.contains_key(&key::member(team, &user.account));
                    assert_eq!(user.active, member, "{key}");
                    let mut indexes = vec![
                        key::user_name(team, &user::fold(&user.names.user_name)),
                        key::account_team(&user.account, team),
                    ];
                    indexes.extend(user.names.external_id.map(|e| key::external_id(team, &e)));
                    for address in &user.names.emails {
                        indexes.push(key::user_email(team, &user::fold(address), id));
                    }
                    for index in indexes {
                        assert_eq!(text(&index).as_deref(), Some(*id), "{index}");
                        explained.insert(index);
                    }
                }
                ["teams", team, "groups", id] => {
                    let group: Group = serde_json::from_slice(&entries[key]).unwrap();
                    let mut indexes =
                        vec![key::group_name(team, &user::fold(&group.names.display_name))];
                    let external_id = group.names.external_id;
                    indexes.extend(external_id.map(|e| key::group_external_id(team, &e)));
                    for index in indexes {
                        assert_eq!(text(&index).as_deref(), Some(*id), "{index}");
                        explained.insert(index);
                    }
                }
                ["teams", team, "group-members", group, id @ ..] => {
                    let id = &id.join("/");
                    assert!(entries.contains_key(&key::group(team, group)), "{key}");
                    assert!(entries.contains_key(&key::member_group(team, id, group)), "{key}");
                    let (kind, names) = match json(&key::user(team, id)) {
                        Some(user) => (json!("user"), user["names"].clone()),
                        None => match json(&key::group(team, id)) {
                            Some(group) => (json!("group"), group["names"].clone()),
                            None => (Value::Null, Value::Null),
                        },
                    };
                    let place = json(key).unwrap();
                    assert_eq!(place["kind"], kind, "{key}");
                    if place["given"] != true {
                        let name = names.get("display_name").or(names.get("user_name"));
                        assert_eq!(place.get("display"), name, "{key}");
                    }
                    explained.insert(key::member_group(team, id, group));
                }
                _ => {}
            }
        }
        for key in entries.keys() {
            assert!(!key.contains("/member-groups/") || explained.contains(key), "{key}");
            let index = ["/names/", "/external-ids/", "account-ids/", "/group-"];
            let is_id = |value: &Vec<u8>| std::str::from_utf8(value).is_ok_and(is_id);
            if index.iter().any(|part| key.contains(part)) && is_id(&entries[key]) {
                assert!(explained.contains(key), "{key} leads to nobody");
            }
        }
    }
}

pub(crate) fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

/// What an identity provider writes for `name@example.com`.
pub(crate) fn write(name: &str) -> UserWrite {
    let address = if name.contains('@') { name.to_owned() } else { format!("{name}@example.com") };
    UserWrite {
        names: Names {
            user_name: address.clone(),
            external_id: Some(format!("ext-{name}")),
            emails: vec![address.clone()],
            display_name: None,
        },
        email: email(&address),
        active: None,
        attributes: attributes(&address),
    }
}

pub(crate) fn attributes(address: &str) -> Map<String, Value> {
    match json!({ "userName": address, "title": "Engineer" }) {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

pub(crate) fn reference(id: &str) -> Reference {
    Reference { id: id.to_owned(), ..Reference::default() }
}

/// What an identity provider writes for a group.
pub(crate) fn group_write(name: &str) -> GroupWrite {
    GroupWrite {
        names: GroupNames {
            display_name: name.to_owned(),
            external_id: Some(format!("ext-{name}")),
        },
        attributes: attributes(name),
    }
}

pub(crate) fn as_group_write(group: &Group) -> GroupWrite {
    GroupWrite { names: group.names.clone(), attributes: group.attributes.clone() }
}

/// What an identity provider sends back after reading `user`.
pub(crate) fn as_write(user: &User) -> UserWrite {
    UserWrite {
        names: user.names.clone(),
        email: email(user.names.emails.first().unwrap_or(&user.names.user_name)),
        active: Some(user.active),
        attributes: user.attributes.clone(),
    }
}
