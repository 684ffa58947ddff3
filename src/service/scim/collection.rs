//! The resources of one type, as lists and searches see them: counted, paged, looked up, rendered.

use serde_json::{Map, Value};

use super::{Answer, Call};
use crate::scim::{
    AttributePath, Filter, Lookup, Projection, ResourceType, ScimError, ScimErrorKind,
};
use crate::store::{StoreError, Transaction};

/// How many members and groups the resources of a page show together, unless one alone shows more.
pub(super) const WEIGHT_MAX: u64 = 50_000;

/// How many resources are [expected](Collection::expect) at once.
pub(super) const EXPECTED: usize = 50;

/// How many members and groups a query compares at the most.
const LOOKED_AT_MAX: usize = 100_000;

/// What a query compares resources by. A collection loads no more of a resource than this needs.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Asked<'q> {
    /// Which resources are wanted.
    pub(super) filter: Option<&'q Filter>,
    /// What they are sorted by.
    pub(super) sort_by: Option<&'q AttributePath>,
}

impl Asked<'_> {
    /// Those of a resource's attributes that are compared. Attributes that a schema knows, and a query can ask for no
    /// others, are kept under their canonical names.
    pub(super) fn pick(
        &self,
        resource_type: &ResourceType,
        attributes: &Map<String, Value>,
    ) -> Map<String, Value> {
        let mut picked = Map::new();
        self.for_each_name(resource_type, &mut |name| {
            if let (Some(value), false) = (attributes.get(name), picked.contains_key(name)) {
                picked.insert(name.to_owned(), value.clone());
            }
        });
        picked
    }

    /// Whether the top-level attribute `name`, in its canonical spelling, is compared.
    pub(super) fn compares(&self, resource_type: &ResourceType, name: &str) -> bool {
        let mut compares = false;
        self.for_each_name(resource_type, &mut |asked| {
            compares |= asked.eq_ignore_ascii_case(name)
        });
        compares
    }

    /// Shows `visit` the names of the top-level attributes and the URNs of the extensions that are compared.
    fn for_each_name(&self, resource_type: &ResourceType, visit: &mut dyn FnMut(&str)) {
        let mut visit_path = |path: &AttributePath| {
            if let Some(name) = path.top_level(resource_type) {
                visit(name);
            }
        };
        if let Some(filter) = self.filter {
            filter.for_each_path(&mut visit_path);
        }
        if let Some(path) = self.sort_by {
            visit_path(path);
        }
    }
}

/// What is about to be done with resources.
#[derive(Clone, Copy, Debug)]
pub(super) enum Look<'q> {
    /// They are looked up by their ids, and shown.
    Found(&'q Projection),
    /// They are shown.
    Shown(&'q Projection),
    /// They are compared.
    Compared(Asked<'q>),
}

impl Look<'_> {
    /// Whether it takes what a projection may show and a query may compare.
    pub(super) fn takes(
        self,
        shows: fn(&Projection) -> bool,
        compares: fn(Asked<'_>) -> bool,
    ) -> bool {
        match self {
            Self::Found(projection) | Self::Shown(projection) => shows(projection),
            Self::Compared(asked) => compares(asked),
        }
    }
}

/// The resources of one type in a team.
pub(super) trait Collection {
    /// A resource as it is kept.
    type Item;

    /// Their type.
    fn resource_type(&self) -> &'static ResourceType;

    /// The id of a resource.
    fn id<'i>(&self, item: &'i Self::Item) -> &'i str;

    /// How many there are. Costs O(log n).
    fn count(&self, transaction: &mut impl Transaction, call: &Call<'_>)
    -> Result<u64, StoreError>;

    /// Up to `limit` of them in the order of their creation: those behind the one with the id `after`
    /// (where given, whether it still is there or not), the first `skip` left out.
    fn page(
        &self,
        transaction: &mut impl Transaction,
        call: &Call<'_>,
        after: Option<&str>,
        skip: u64,
        limit: usize,
    ) -> Result<Vec<Self::Item>, StoreError>;

    /// Those that an index finds, among them all that match a filter with this look-up; `None` where no index
    /// of this type answers it.
    fn look_up(
        &self,
        transaction: &mut impl Transaction,
        call: &Call<'_>,
        lookup: &Lookup,
    ) -> Result<Option<Vec<Self::Item>>, StoreError>;

    /// Hears what is about to be done with the resources with these `ids`, so that what that takes is read together.
    fn expect(
        &self,
        transaction: &mut impl Transaction,
        call: &Call<'_>,
        ids: &[&str],
        look: Look<'_>,
    );

    /// The attributes of a resource, those that the server adds included, as far as `asked` compares them. Refuses
    /// where a query looks at too much.
    fn complete(
        &self,
        transaction: &mut impl Transaction,
        call: &Call<'_>,
        item: &Self::Item,
        asked: Asked<'_>,
    ) -> Answer<Map<String, Value>>;

    /// How many elements the resource shows of lists that may be long, such as a group's members: see
    /// [`WEIGHT_MAX`].
    fn weight(
        &self,
        transaction: &mut impl Transaction,
        call: &Call<'_>,
        item: &Self::Item,
        projection: &Projection,
    ) -> Result<u64, StoreError>;

    /// The resource as it goes over the wire.
    fn render(
        &self,
        transaction: &mut impl Transaction,
        call: &Call<'_>,
        item: &Self::Item,
        projection: &Projection,
    ) -> Result<Value, StoreError>;
}

/// Adds `count` to the members and groups that the request has compared, or refuses it.
pub(super) fn count_looked_at(call: &Call<'_>, count: usize) -> Result<(), ScimError> {
    call.looked_at.set(call.looked_at.get().saturating_add(count));
    if call.looked_at.get() > LOOKED_AT_MAX {
        return Err(ScimError::new(
            ScimErrorKind::TooMany,
            format!(
                "this query would have to compare more than {LOOKED_AT_MAX} members of groups; ask \
                 for id, displayName or members with eq"
            ),
        ));
    }
    Ok(())
}
