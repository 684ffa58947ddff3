//! Users and groups as collections of one Rust type: a query may be about both (RFC 7644 §3.4.2.1), and the code of lists is
//! in the module once.

use serde_json::{Map, Value};

use super::collection::{Asked, Collection, Look};
use super::groups::Groups;
use super::users::Users;
use super::{Answer, Call};
use crate::gather::Gather as _;
use crate::router::SearchScope;
use crate::scim::{Lookup, Projection, ResourceType};
use crate::store::{StoreError, Transaction};

/// The resources of one type, whichever it is.
pub(super) enum Typed {
    /// The users.
    Users(Users),
    /// The groups.
    Groups(Groups),
}

/// One of them as it is kept.
pub(super) enum TypedItem {
    /// A user.
    User(<Users as Collection>::Item),
    /// A group.
    Group(<Groups as Collection>::Item),
}

/// What a query is about.
pub(super) fn collections(scope: SearchScope) -> &'static [Typed] {
    match scope {
        SearchScope::All => &[Typed::Users(Users), Typed::Groups(Groups)],
        SearchScope::Users => &[Typed::Users(Users)],
        SearchScope::Groups => &[Typed::Groups(Groups)],
    }
}

impl Collection for Typed {
    type Item = TypedItem;

    fn resource_type(&self) -> &'static ResourceType {
        match self {
            Self::Users(users) => users.resource_type(),
            Self::Groups(groups) => groups.resource_type(),
        }
    }

    fn id<'i>(&self, item: &'i TypedItem) -> &'i str {
        match item {
            TypedItem::User(user) => Users.id(user),
            TypedItem::Group(group) => Groups.id(group),
        }
    }

    fn count(
        &self,
        transaction: &mut impl Transaction,
        call: &Call<'_>,
    ) -> Result<u64, StoreError> {
        match self {
            Self::Users(users) => users.count(transaction, call),
            Self::Groups(groups) => groups.count(transaction, call),
        }
    }

    fn page(
        &self,
        transaction: &mut impl Transaction,
        call: &Call<'_>,
        after: Option<&str>,
        skip: u64,
        limit: usize,
    ) -> Result<Vec<TypedItem>, StoreError> {
        Ok(match self {
            Self::Users(users) => {
                let page = users.page(transaction, call, after, skip, limit)?;
                page.into_iter().map(TypedItem::User).gather()
            }
            Self::Groups(groups) => {
                let page = groups.page(transaction, call, after, skip, limit)?;
                page.into_iter().map(TypedItem::Group).gather()
            }
        })
    }

    fn look_up(
        &self,
        transaction: &mut impl Transaction,
        call: &Call<'_>,
        lookup: &Lookup,
    ) -> Result<Option<Vec<TypedItem>>, StoreError> {
        Ok(match self {
            Self::Users(users) => {
                let found = users.look_up(transaction, call, lookup)?;
                found.map(|found| found.into_iter().map(TypedItem::User).gather())
            }
            Self::Groups(groups) => {
                let found = groups.look_up(transaction, call, lookup)?;
                found.map(|found| found.into_iter().map(TypedItem::Group).gather())
            }
        })
    }

    fn expect(
        &self,
        transaction: &mut impl Transaction,
        call: &Call<'_>,
        ids: &[&str],
        look: Look<'_>,
    ) {
        match self {
            Self::Users(users) => users.expect(transaction, call, ids, look),
            Self::Groups(groups) => groups.expect(transaction, call, ids, look),
        }
    }

    fn complete(
        &self,
        transaction: &mut impl Transaction,
        call: &Call<'_>,
        item: &TypedItem,
        asked: Asked<'_>,
    ) -> Answer<Map<String, Value>> {
        match item {
            TypedItem::User(user) => Users.complete(transaction, call, user, asked),
            TypedItem::Group(group) => Groups.complete(transaction, call, group, asked),
        }
    }

    fn weight(
        &self,
        transaction: &mut impl Transaction,
        call: &Call<'_>,
        item: &TypedItem,
        projection: &Projection,
    ) -> Result<u64, StoreError> {
        match item {
            TypedItem::User(user) => Users.weight(transaction, call, user, projection),
            TypedItem::Group(group) => Groups.weight(transaction, call, group, projection),
        }
    }

    fn render(
        &self,
        transaction: &mut impl Transaction,
        call: &Call<'_>,
        item: &TypedItem,
        projection: &Projection,
    ) -> Result<Value, StoreError> {
        match item {
            TypedItem::User(user) => Users.render(transaction, call, user, projection),
            TypedItem::Group(group) => Groups.render(transaction, call, group, projection),
        }
    }
}
