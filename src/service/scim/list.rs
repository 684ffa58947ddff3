//! `GET /Users` (RFC 7644 §3.4.2)

use super::{Answer, Call, ok, refused, users};
use crate::http::Response;
use crate::provisioning::user::{self, User};
use crate::scim::schema;
use crate::scim::{Filter, ListQuery, ListResponse, Lookup, ScimError, ScimErrorKind};
use crate::store::{StoreError, Transaction};

/// The most resources that a filter is compared with one by one.
const SCAN_MAX: u64 = 10_000;
/// How many of them are read at once.
const SCAN_STEP: usize = 200;
/// The most SCIM users with one address that a look-up considers.
const SAME_EMAIL_MAX: usize = 200;

/// Answers a list request.
pub(super) async fn list(transaction: &mut impl Transaction, call: &Call<'_>) -> Answer<Response> {
    let query =
        ListQuery::parse(call.request.query.as_deref().unwrap_or_default()).map_err(refused)?;
    let skip = query.start_index.saturating_sub(1);
    let (total_results, page) = match &query.filter {
        None => {
            let team = &call.provisioner.team_id;
            let total = user::count(transaction, team).await?;
            (total, user::list(transaction, team, skip, query.count).await?)
        }
        Some(filter) => {
            filter.check(schema::user()).map_err(refused)?;
            let found = search(transaction, call, filter).await?;
            let total = u64::try_from(found.len()).unwrap_or(u64::MAX);
            let skip = usize::try_from(skip).unwrap_or(usize::MAX);
            (total, found.into_iter().skip(skip).take(query.count).collect())
        }
    };
    let resources = page.iter().map(|user| users::render(call, user, &query.projection)).collect();
    let list = ListResponse { total_results, start_index: query.start_index, resources };
    Ok(ok(&list.into_json()))
}

/// The SCIM users that `filter` matches, by an index where one will do.
async fn search(
    transaction: &mut impl Transaction,
    call: &Call<'_>,
    filter: &Filter,
) -> Answer<Vec<User>> {
    let matches = |user: &User| filter.matches(schema::user(), &users::complete(call, user));
    let mut found = match filter.lookup() {
        Some(lookup) => look_up(transaction, call, lookup).await?,
        None => return scan(transaction, call, matches).await,
    };
    found.retain(matches);
    Ok(found)
}

async fn look_up(
    transaction: &mut impl Transaction,
    call: &Call<'_>,
    lookup: Lookup,
) -> Result<Vec<User>, StoreError> {
    let team = &call.provisioner.team_id;
    let found = match lookup {
        Lookup::Id(id) => user::find(transaction, team, &id).await?,
        Lookup::UserName(name) => user::find_by_user_name(transaction, team, &name).await?,
        Lookup::ExternalId(id) => user::find_by_external_id(transaction, team, &id).await?,
        Lookup::Email(email) => {
            return user::find_by_email(transaction, team, &email, SAME_EMAIL_MAX).await;
        }
    };
    Ok(found.into_iter().collect())
}

async fn scan(
    transaction: &mut impl Transaction,
    call: &Call<'_>,
    matches: impl Fn(&User) -> bool,
) -> Answer<Vec<User>> {
    let team = &call.provisioner.team_id;
    let total = user::count(transaction, team).await?;
    if total > SCAN_MAX {
        return Err(refused(ScimError::new(
            ScimErrorKind::TooMany,
            format!(
                "this filter would have to look at {total} users, {SCAN_MAX} at the most; ask for \
                 userName, externalId, emails.value or id with eq"
            ),
        )));
    }
    let mut found = Vec::new();
    let mut skip = 0;
    while skip < total {
        let step = user::list(transaction, team, skip, SCAN_STEP).await?;
        found.extend(step.into_iter().filter(&matches));
        skip = skip.saturating_add(u64::try_from(SCAN_STEP).unwrap_or(u64::MAX));
    }
    Ok(found)
}
