//! Lists and searches (RFC 7644 §3.4.2, §3.4.3, RFC 9865): the same for every resource type, and for several at once.
//!
//! Without an order that is asked for, resources come type by type, each in the order of its creation, which the
//! store keeps: a page is read from where it begins. In any other order all resources are looked at for every page.

mod candidates;
mod sorted;
mod unsorted;

use serde_json::Value;

use super::collection::{Collection, EXPECTED, Look, WEIGHT_MAX};
use super::exchange::read_body;
use super::typed::collections;
use super::{Answer, Call, ok, refused};
use crate::gather::Gather as _;
use crate::http::Response;
use crate::router::SearchScope;
use crate::scim::query::refuse_parameters;
use crate::scim::{
    Cursor, ListQuery, ListResponse, Mark, Projection, ResourceType, SortKey, Start,
};
use crate::store::{StoreError, Transaction};

/// What of the list is to be shown.
struct Window {
    from: From,
    count: usize,
}

/// Where a page begins.
enum From {
    /// Behind so many resources.
    Skipped(u64),
    /// Behind the last one of these that is still there; at the beginning if there are none.
    Behind(Vec<Mark>),
}

/// What a page holds.
struct Page {
    total: u64,
    resources: Vec<Value>,
    /// Where the next page begins, if there is one and the client pages by cursor.
    next: Option<Cursor>,
}

/// The resources of a page, rendered as they come.
struct Shown<'p> {
    projection: &'p Projection,
    resources: Vec<Value>,
    weight: u64,
}

impl<'p> Shown<'p> {
    fn new(projection: &'p Projection) -> Self {
        Self { projection, resources: Vec::new(), weight: 0 }
    }

    /// Shows as many of `items` as may be, and answers how many those are: see [`add`](Self::add).
    fn add_all<C: Collection>(
        &mut self,
        transaction: &mut impl Transaction,
        call: &Call<'_>,
        collection: &C,
        items: &[C::Item],
    ) -> Result<usize, StoreError> {
        let mut count = 0;
        for items in items.chunks(EXPECTED) {
            let ids: Vec<&str> = items.iter().map(|item| collection.id(item)).gather();
            let look = Look::Shown(self.projection);
            collection.expect(transaction, call, &ids, look);
            for item in items {
                if !self.add(transaction, call, collection, item)? {
                    return Ok(count);
                }
                count += 1;
            }
        }
        Ok(count)
    }

    /// Shows one more, unless the page would get too heavy: it may end early (RFC 7644 §3.4.2.4), but for what it
    /// begins with.
    fn add<C: Collection>(
        &mut self,
        transaction: &mut impl Transaction,
        call: &Call<'_>,
        collection: &C,
        item: &C::Item,
    ) -> Result<bool, StoreError> {
        let own = collection.weight(transaction, call, item, self.projection)?;
        self.weight = self.weight.saturating_add(own);
        if self.weight > WEIGHT_MAX && !self.resources.is_empty() {
            return Ok(false);
        }
        self.resources.push(collection.render(transaction, call, item, self.projection)?);
        Ok(true)
    }
}

/// `GET` for a list (RFC 7644 §3.4.2), that of every type included (§3.4.2.1).
pub(super) fn list(
    transaction: &mut impl Transaction,
    call: &Call<'_>,
    scope: SearchScope,
) -> Answer<Response> {
    let query = ListQuery::parse(call.request.query.as_deref().unwrap_or_default());
    answer(transaction, call, collections(scope), &query.map_err(refused)?)
}

/// `POST …/.search` (RFC 7644 §3.4.3)
pub(super) fn search(
    transaction: &mut impl Transaction,
    call: &Call<'_>,
    scope: SearchScope,
) -> Answer<Response> {
    refuse_parameters(call.request.query.as_deref().unwrap_or_default()).map_err(refused)?;
    let body = read_body(call.request).map_err(refused)?;
    let query = &ListQuery::from_search(&body).map_err(refused)?;
    answer(transaction, call, collections(scope), query)
}

fn answer<C: Collection>(
    transaction: &mut impl Transaction,
    call: &Call<'_>,
    collections: &[C],
    query: &ListQuery,
) -> Answer<Response> {
    let types: Vec<&ResourceType> = collections.iter().map(Collection::resource_type).gather();
    if let Some(filter) = &query.filter {
        filter.check_any(&types).map_err(refused)?;
    }
    if let Some(sort) = &query.sort {
        sort.check_any(&types).map_err(refused)?;
    }
    let names: Vec<&str> = types.iter().map(|known| known.name).gather();
    // Of this team's endpoint only, by whatever method it was asked for.
    let binding = query.binding(&format!("{} {}", call.base_url, names.join(" ")));
    let from = match &query.start {
        Start::Index(index) => From::Skipped(index.saturating_sub(1)),
        Start::Cursor(cursor) if cursor.is_empty() => From::Behind(Vec::new()),
        Start::Cursor(cursor) => {
            From::Behind(Cursor::parse(cursor, &binding).map_err(refused)?.marks)
        }
    };
    let window = Window { from, count: query.count };
    let parts = candidates::parts(transaction, call, collections, query.filter.as_ref())?;
    let one_type = collections.len() == 1;
    let page = match query.sort.as_ref().filter(|sort| !(one_type && sort.is_by_creation())) {
        None => unsorted::page(transaction, call, parts, window, &query.projection)?,
        Some(sort) => sorted::page(transaction, call, parts, window, sort, &query.projection)?,
    };
    let list = ListResponse {
        total_results: page.total,
        start_index: match query.start {
            Start::Index(index) => Some(index),
            Start::Cursor(_) => None,
        },
        next_cursor: page.next.map(|cursor| cursor.to_text(&binding)),
        resources: page.resources,
    };
    Ok(ok(&list.into_json()))
}

/// The place behind a resource, for a cursor.
fn mark(kind: u8, id: &str, key: Option<&SortKey>) -> Result<Mark, StoreError> {
    Mark::behind(kind, id, key)
        .ok_or_else(|| StoreError::corrupt("a resource has an id that is not of our making"))
}

#[cfg(test)]
mod tests;
