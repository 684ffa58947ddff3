//! Lists and searches (RFC 7644 §3.4.2): the same for every resource type.

use super::collection::{Asked, Collection, WEIGHT_MAX};
use super::{Answer, Call, ok, refused};
use crate::http::Response;
use crate::scim::{Filter, ListQuery, ListResponse, ScimError, ScimErrorKind};
use crate::store::Transaction;

/// The most resources that a filter is compared with one by one.
const SCAN_MAX: u64 = 10_000;
/// How many of them are read at once.
const SCAN_STEP: usize = 200;

/// Answers a list request for one resource type.
pub(super) async fn list<C: Collection>(
    transaction: &mut impl Transaction,
    call: &Call<'_>,
    collection: &C,
) -> Answer<Response> {
    let query =
        ListQuery::parse(call.request.query.as_deref().unwrap_or_default()).map_err(refused)?;
    let skip = query.start_index.saturating_sub(1);
    let (total_results, page) = match &query.filter {
        None => {
            let total = collection.count(transaction, call).await?;
            (total, collection.page(transaction, call, None, skip, query.count).await?)
        }
        Some(filter) => {
            filter.check(collection.resource_type()).map_err(refused)?;
            let found = search(transaction, call, collection, filter).await?;
            let total = u64::try_from(found.len()).unwrap_or(u64::MAX);
            let skip = usize::try_from(skip).unwrap_or(usize::MAX);
            (total, found.into_iter().skip(skip).take(query.count).collect())
        }
    };
    let mut resources = Vec::with_capacity(page.len());
    let mut weight = 0_u64;
    for item in &page {
        // A page may end early (RFC 7644 §3.4.2.4), but for what it begins with.
        let own = collection.weight(transaction, call, item, &query.projection).await?;
        weight = weight.saturating_add(own);
        if weight > WEIGHT_MAX && !resources.is_empty() {
            break;
        }
        resources.push(collection.render(transaction, call, item, &query.projection).await?);
    }
    let list = ListResponse { total_results, start_index: query.start_index, resources };
    Ok(ok(&list.into_json()))
}

/// The resources that `filter` matches, by an index where one will do.
async fn search<C: Collection>(
    transaction: &mut impl Transaction,
    call: &Call<'_>,
    collection: &C,
    filter: &Filter,
) -> Answer<Vec<C::Item>> {
    let asked = Asked { filter: Some(filter), sort_by: None };
    let mut found = Vec::new();
    if let Some(lookup) = filter.lookup()
        && let Some(candidates) = collection.look_up(transaction, call, &lookup).await?
    {
        for item in candidates {
            let complete = collection.complete(transaction, call, &item, asked).await?;
            if filter.matches(collection.resource_type(), &complete) {
                found.push(item);
            }
        }
        return Ok(found);
    }
    let total = collection.count(transaction, call).await?;
    refuse_long_scan(total).map_err(refused)?;
    let mut skip = 0;
    while skip < total {
        for item in collection.page(transaction, call, None, skip, SCAN_STEP).await? {
            let complete = collection.complete(transaction, call, &item, asked).await?;
            if filter.matches(collection.resource_type(), &complete) {
                found.push(item);
            }
        }
        skip = skip.saturating_add(u64::try_from(SCAN_STEP).unwrap_or(u64::MAX));
    }
    Ok(found)
}

fn refuse_long_scan(total: u64) -> Result<(), ScimError> {
    if total > SCAN_MAX {
        return Err(ScimError::new(
            ScimErrorKind::TooMany,
            format!(
                "this filter would have to look at {total} resources, {SCAN_MAX} at the most; ask \
                 for id, externalId, userName, emails.value or displayName of a group with eq"
            ),
        ));
    }
    Ok(())
}
