//! `/Groups`: translates between SCIM's `Group` and the rules' groups.

use serde_json::{Map, Value};

use super::Call;
use super::collection::{Asked, Collection};
use crate::scim::{Lookup, Projection, ResourceType, schema};
use crate::store::{StoreError, Transaction};

/// The groups of a team.
pub(super) struct Groups;

/// A group as it is kept.
pub(super) struct Group {
    id: String,
}

impl Collection for Groups {
    type Item = Group;

    fn resource_type(&self) -> &'static ResourceType {
        schema::group()
    }

    fn id<'i>(&self, group: &'i Group) -> &'i str {
        &group.id
    }

    async fn count(
        &self,
        _transaction: &mut impl Transaction,
        _call: &Call<'_>,
    ) -> Result<u64, StoreError> {
        Ok(0)
    }

    async fn page(
        &self,
        _transaction: &mut impl Transaction,
        _call: &Call<'_>,
        _after: Option<&str>,
        _skip: u64,
        _limit: usize,
    ) -> Result<Vec<Group>, StoreError> {
        Ok(Vec::new())
    }

    async fn look_up(
        &self,
        _transaction: &mut impl Transaction,
        _call: &Call<'_>,
        _lookup: &Lookup,
    ) -> Result<Option<Vec<Group>>, StoreError> {
        Ok(None)
    }

    async fn complete(
        &self,
        _transaction: &mut impl Transaction,
        _call: &Call<'_>,
        _group: &Group,
        _asked: Asked<'_>,
    ) -> Result<Map<String, Value>, StoreError> {
        Ok(Map::new())
    }

    async fn render(
        &self,
        _transaction: &mut impl Transaction,
        _call: &Call<'_>,
        _group: &Group,
        _projection: &Projection,
    ) -> Result<Value, StoreError> {
        Ok(Value::Null)
    }
}
