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
use super::{Actor, Context, OperationError, TeamId, account, event, transact};
use crate::email::{Domain, Email};
use crate::fsck;
use crate::host::{Clock as _, ManualHost};
use crate::store::memory::Memory;
use crate::store::suite::block_on;
use crate::store::{Store, Transaction};

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
        fixture.read(|transaction| {
            for (key, value) in entries {
                transaction.put(key, value.clone())?;
            }
            Ok(())
        });
        fixture
    }

    /// Runs one operation in a transaction of its own.
    pub(crate) fn run<T, R>(
        &self,
        operation: impl Fn(
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
        let outcome = block_on(transact(&self.store, &self.host, |transaction, _| {
            operation(transaction, &context)
        }));
        outcome.map_err(|error| match error {
            OperationError::Refused(refusal) => refusal,
            OperationError::Store(error) => panic!("{error}"),
        })
    }

    /// Reads something, which no rule refuses.
    pub(crate) fn read<T>(
        &self,
        operation: impl Fn(
            &mut <Memory as Store>::Transaction<'_>,
        ) -> Result<T, crate::store::StoreError>,
    ) -> T {
        self.run(|transaction, _| Ok::<_, OperationError<()>>(operation(transaction)?)).unwrap()
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
        self.run(|transaction, context| team::put(transaction, context, &id, write.clone()))
    }

    pub(crate) fn verify_domains(&self, domains: &[&str]) {
        let domains = domains.iter().map(|name| Domain::parse(name).unwrap()).collect();
        self.put_team("acme", |write| write.verified_domains = Some(domains)).unwrap();
    }

    pub(crate) fn team(&self) -> Team {
        *self.read(|transaction| team::find(transaction, &self.id)).unwrap()
    }

    /// The right to provision `acme`, or another team.
    pub(crate) fn provisioner(&self, id: &str) -> Provisioner {
        let team_id = TeamId::parse(id).unwrap();
        let team = self.read(|transaction| team::find(transaction, &team_id));
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
        self.run(|transaction, context| {
            user::create(transaction, context, &provisioner, write.clone())
        })
        .map(|user| *user)
    }

    pub(crate) fn update(&self, id: &str, new: UserWrite) -> Result<user::Changed, UserRefusal> {
        let provisioner = self.provisioner("acme");
        self.run(|transaction, context| {
            user::update(transaction, context, &provisioner, id, |_, _| {
                Ok::<_, UserRefusal>(new.clone())
            })
        })
    }

    pub(crate) fn set_active(&self, user: &User, active: bool) -> Result<User, UserRefusal> {
        let mut new = as_write(user);
        new.active = Some(active);
        self.update(&user.id, new).map(|changed| *changed.into_user())
    }

    pub(crate) fn delete(&self, id: &str) -> Result<(), UserRefusal> {
        let provisioner = self.provisioner("acme");
        self.run(|transaction, context| {
            user::delete(transaction, context, &provisioner, id, |_| Ok(()))
        })
    }

    pub(crate) fn create_group(&self, name: &str, members: &[&str]) -> Result<Group, GroupRefusal> {
        let members: Vec<Reference> = members.iter().map(|id| reference(id)).collect();
        self.run(|transaction, context| {
            let write = group_write(name);
            group::create(transaction, context, &self.id, write, members.clone())
        })
        .map(|group| *group)
    }

    /// Gives a group a name and changes its members, both in one update.
    pub(crate) fn update_group(
        &self,
        id: &str,
        write: impl Fn(&Group) -> GroupWrite,
        changes: impl Fn() -> Vec<MemberChange<'static>>,
    ) -> Result<Group, GroupRefusal> {
        self.run(|transaction, context| {
            group::update(transaction, context, &self.id, id, |group| {
                Ok::<_, GroupRefusal>((write(group), changes()))
            })
        })
        .map(|group| *group)
    }

    pub(crate) fn change_members(
        &self,
        id: &str,
        changes: impl Fn() -> Vec<MemberChange<'static>>,
    ) -> Result<Group, GroupRefusal> {
        self.update_group(id, as_group_write, changes)
    }

    pub(crate) fn delete_group(&self, id: &str) -> Result<(), GroupRefusal> {
        self.run(|transaction, context| {
            group::delete(transaction, context, &self.id, id, |_| Ok(()))
        })
    }

    pub(crate) fn group(&self, id: &str) -> Option<Group> {
        self.read(|transaction| group::find(transaction, &self.id, id)).map(|group| *group)
    }

    /// The names of a group's members, or their ids where they have none, sorted.
    pub(crate) fn member_names(&self, id: &str) -> Vec<String> {
        let members =
            self.read(|transaction| group::members(transaction, &self.id, id, None, usize::MAX));
        let name = |member: &Member| member.display().unwrap_or(&member.id).to_owned();
        let mut names: Vec<String> = members.iter().map(name).collect();
        names.sort();
        names
    }

    /// The groups that somebody is in, with whether directly.
    pub(crate) fn groups_of(&self, id: &str) -> Vec<(String, bool)> {
        let groups =
            self.read(|transaction| group::Nesting::default().groups_of(transaction, &self.id, id));
        groups.into_iter().map(|group| (group.display_name, group.direct)).collect()
    }

    pub(crate) fn user(&self, id: &str) -> Option<User> {
        self.read(|transaction| user::find(transaction, &self.id, id)).map(|user| *user)
    }

    pub(crate) fn membership(&self, address: &str) -> Option<Membership> {
        let address = email(address);
        self.read(|transaction| membership::find_by_email(transaction, &self.id, &address))
            .map(|(_, membership)| membership)
    }

    pub(crate) fn role(&self, address: &str) -> Option<Role> {
        self.membership(address).map(|membership| membership.role)
    }

    pub(crate) fn account(&self, address: &str) -> Option<account::Account> {
        let address = email(address);
        self.read(|transaction| account::find(transaction, &address))
    }

    pub(crate) fn add_member(
        &self,
        address: &str,
        role: Option<Role>,
        by_owner: bool,
    ) -> Result<bool, membership::MembershipRefusal> {
        let address = email(address);
        let write = membership::MemberWrite { role, by_owner };
        self.run(|transaction, context| {
            membership::put(transaction, context, &self.id, &address, write)
        })
        .map(|(_, _, new)| new)
    }

    pub(crate) fn remove_member(&self, address: &str) -> Result<(), membership::MembershipRefusal> {
        let address = email(address);
        self.run(|transaction, context| {
            membership::remove(transaction, context, &self.id, &address)
        })
    }

    pub(crate) fn events(&self) -> Vec<LoggedEvent> {
        self.read(|transaction| event::list(transaction, &self.id, None, 10_000))
    }

    /// Everything that the store holds.
    pub(crate) fn entries(&self) -> BTreeMap<String, Vec<u8>> {
        self.read(|transaction| transaction.range("", None, 0, usize::MAX)).into_iter().collect()
    }

    /// What must hold at any time, whatever was done before.
    pub(crate) fn assert_sound(&self) {
        let mut broken = Vec::new();
        block_on(async {
            let mut transaction = self.store.begin().await?;
            fsck::check(&mut transaction, &mut |flaw| broken.push(flaw.to_string())).await
        })
        .unwrap();
        assert!(broken.is_empty(), "{broken:#?}");
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
