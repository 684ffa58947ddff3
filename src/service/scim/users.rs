//! `/Users`: translates between SCIM's `User` and the rules' [`User`].

use http::StatusCode;
use serde_json::{Map, Value};

use super::collection::{Asked, Collection, Look, count_looked_at};
use super::exchange::{is_for_other_version, not_modified, projection, read_body, respond};
use super::{Answer, Call, Failure, refused};
use crate::checksum::CRC32;
use crate::email::Email;
use crate::gather::Gather as _;
use crate::http::{Request, Response};
use crate::json::typed::object;
use crate::provisioning::group::{self, GroupOf};
use crate::provisioning::user::{self, Names, User, UserRefusal, UserWrite};
use crate::scim::count::refuse_many_operations;
use crate::scim::patch::{self, Patch};
use crate::scim::schema;
use crate::scim::{Lookup, Meta, Projection, Resource, ResourceType, ScimError};
use crate::store::{StoreError, Transaction};

/// The most SCIM users with one address that a look-up considers.
const SAME_EMAIL_MAX: usize = 200;

/// The most members of a group, and of those in it, that a look-up considers.
const WITHIN_MAX: u64 = 10_000;

/// The SCIM users of a team.
pub(super) struct Users;

/// `POST /Users` (RFC 7644 §3.3)
pub(super) fn create(transaction: &mut impl Transaction, call: &Call<'_>) -> Answer<Response> {
    let projection = projection(call.request).map_err(refused)?;
    let body = read_body(call.request).map_err(refused)?;
    let resource = Resource::from_json(schema::user(), body).map_err(refused)?;
    let email = resource.email().map_err(refused)?;
    let write = to_write(resource, email);
    let user = user::create(transaction, &call.context, &call.provisioner, write)
        .map_err(|error| error.map(Failure::Rule))?;
    let groups = groups_of(transaction, call, &user.id)?;
    Ok(show(call, StatusCode::CREATED, &user, &groups, &projection))
}

/// `GET /Users/<id>` (RFC 7644 §3.4.1)
pub(super) fn read(
    transaction: &mut impl Transaction,
    call: &Call<'_>,
    id: &str,
) -> Answer<Response> {
    let projection = projection(call.request).map_err(refused)?;
    let user = user::find(transaction, &call.provisioner.team_id, id)?
        .ok_or(refused(UserRefusal::NotFound))?;
    let groups = groups_of(transaction, call, id)?;
    let unchanged = not_modified(call.request, &meta(call, &user, &groups));
    Ok(unchanged.unwrap_or_else(|| show(call, StatusCode::OK, &user, &groups, &projection)))
}

/// `PUT /Users/<id>` (RFC 7644 §3.5.1). Without `active` the membership stays as it is: identity providers leave
/// it out without meaning anything by it.
pub(super) fn replace(
    transaction: &mut impl Transaction,
    call: &Call<'_>,
    id: &str,
) -> Answer<Response> {
    let body = read_body(call.request).map_err(refused)?;
    let new = Resource::from_json(schema::user(), body).map_err(refused)?;
    update(transaction, call, id, Revision::Whole(new))
}

/// `PATCH /Users/<id>` (RFC 7644 §3.5.2), answered with the whole user.
pub(super) fn patch(
    transaction: &mut impl Transaction,
    call: &Call<'_>,
    id: &str,
) -> Answer<Response> {
    refuse_many_operations(&call.request.body, patch::MAX_OPERATIONS).map_err(refused)?;
    let body = read_body(call.request).map_err(refused)?;
    let patch = Patch::parse(body).map_err(refused)?;
    patch.check_id(id).map_err(refused)?;
    update(transaction, call, id, Revision::Patch(patch))
}

/// `DELETE /Users/<id>` (RFC 7644 §3.6)
pub(super) fn delete(
    transaction: &mut impl Transaction,
    call: &Call<'_>,
    id: &str,
) -> Answer<Response> {
    let groups = groups_of(transaction, call, id)?;
    user::delete(transaction, &call.context, &call.provisioner, id, |user| {
        refuse_other_version(call, user, &groups)
    })
    .map_err(|error| error.map(Failure::Rule))?;
    Ok(Response::empty(StatusCode::NO_CONTENT))
}

/// What a user is to become.
enum Revision {
    Whole(Resource),
    Patch(Patch),
}

impl Revision {
    fn of(self, mut user: Resource) -> Result<Resource, ScimError> {
        match self {
            Self::Whole(new) => {
                let new = match (user.active(), new.active()) {
                    (Some(active), None) => new.with_active(active),
                    _ => new,
                };
                user.replaced_by(schema::user(), new)
            }
            Self::Patch(patch) => {
                patch.apply(schema::user(), &mut user)?;
                Ok(user)
            }
        }
    }
}

fn update(
    transaction: &mut impl Transaction,
    call: &Call<'_>,
    id: &str,
    revision: Revision,
) -> Answer<Response> {
    let projection = projection(call.request).map_err(refused)?;
    let groups = groups_of(transaction, call, id)?;
    let revise = |user: &User, account_email: &Email| {
        refuse_other_version(call, user, &groups)?;
        let before = to_resource(user);
        let after = revision.of(before.clone())?;
        let email = email_after(&before, &after, account_email);
        Ok::<_, Failure>(to_write(after, email))
    };
    let changed = user::update(transaction, &call.context, &call.provisioner, id, revise)?;
    Ok(show(call, StatusCode::OK, &changed.into_user(), &groups, &projection))
}

impl Collection for Users {
    type Item = User;

    fn resource_type(&self) -> &'static ResourceType {
        schema::user()
    }

    fn id<'i>(&self, user: &'i User) -> &'i str {
        &user.id
    }

    fn count(
        &self,
        transaction: &mut impl Transaction,
        call: &Call<'_>,
    ) -> Result<u64, StoreError> {
        user::count(transaction, &call.provisioner.team_id)
    }

    fn page(
        &self,
        transaction: &mut impl Transaction,
        call: &Call<'_>,
        after: Option<&str>,
        skip: u64,
        limit: usize,
    ) -> Result<Vec<User>, StoreError> {
        user::list(transaction, &call.provisioner.team_id, after, skip, limit)
    }

    fn look_up(
        &self,
        transaction: &mut impl Transaction,
        call: &Call<'_>,
        lookup: &Lookup,
    ) -> Result<Option<Vec<User>>, StoreError> {
        let team = &call.provisioner.team_id;
        let found = match lookup {
            Lookup::Id(id) => user::find(transaction, team, id)?,
            Lookup::UserName(name) => user::find_by_user_name(transaction, team, name)?,
            Lookup::ExternalId(id) => user::find_by_external_id(transaction, team, id)?,
            Lookup::Email(email) => {
                return user::find_by_email(transaction, team, email, SAME_EMAIL_MAX).map(Some);
            }
            Lookup::Group(id) => return within(transaction, call, id),
            Lookup::DisplayName(_) | Lookup::Member(_) => return Ok(None),
        };
        Ok(Some(found.into_iter().map(|user| *user).gather()))
    }

    fn expect(
        &self,
        transaction: &mut impl Transaction,
        call: &Call<'_>,
        ids: &[&str],
        look: Look<'_>,
    ) {
        let team = &call.provisioner.team_id;
        if let Look::Found(_) = look {
            user::expect(transaction, team, ids);
        }
        if look.takes(shows_groups, compares_groups) {
            call.nesting.expect(ids);
        }
    }

    fn complete(
        &self,
        transaction: &mut impl Transaction,
        call: &Call<'_>,
        user: &User,
        asked: Asked<'_>,
    ) -> Answer<Map<String, Value>> {
        let groups = if compares_groups(asked) {
            groups_of(transaction, call, &user.id)?
        } else {
            Vec::new()
        };
        count_looked_at(call, groups.len()).map_err(refused)?;
        let compares = |name| asked.compares(schema::user(), name);
        if compares("meta") || compares("schemas") {
            let resource = to_resource(user).with_active(user.active);
            let resource = resource.with_list("groups", elements(call, &groups));
            return Ok(resource.complete(&meta(call, user, &groups)));
        }
        let mut attributes = asked.pick(schema::user(), &user.attributes);
        attributes.insert("id".to_owned(), Value::from(user.id.as_str()));
        attributes.insert("active".to_owned(), Value::Bool(user.active));
        if !groups.is_empty() {
            attributes.insert("groups".to_owned(), Value::from(elements(call, &groups)));
        }
        Ok(attributes)
    }

    fn weight(
        &self,
        transaction: &mut impl Transaction,
        call: &Call<'_>,
        user: &User,
        projection: &Projection,
    ) -> Result<u64, StoreError> {
        if !projection.shows(schema::user(), "groups") {
            return Ok(0);
        }
        let groups = groups_of(transaction, call, &user.id)?;
        Ok(u64::try_from(groups.len()).unwrap_or(u64::MAX))
    }

    fn render(
        &self,
        transaction: &mut impl Transaction,
        call: &Call<'_>,
        user: &User,
        projection: &Projection,
    ) -> Result<Value, StoreError> {
        let groups = if shows_groups(projection) {
            groups_of(transaction, call, &user.id)?
        } else {
            Vec::new()
        };
        let resource = to_resource(user).with_list("groups", elements(call, &groups));
        Ok(resource.into_json(&meta(call, user, &groups), projection))
    }
}

/// Whether groups are shown, or versions, which depend on them.
fn shows_groups(projection: &Projection) -> bool {
    let shows = |name| projection.shows(schema::user(), name);
    shows("groups") || shows("meta")
}

/// Whether a query compares groups, or versions, which depend on them.
fn compares_groups(asked: Asked<'_>) -> bool {
    let attributes = [("groups", None), ("meta", Some("version"))];
    attributes.into_iter().any(|(name, part)| {
        asked.filter.is_some_and(|filter| filter.mentions(name, part))
            || asked.sort_by.is_some_and(|path| path.mentions(name, part))
    })
}

/// The users in a group, directly or not; `None` where they are too many to be looked at one by one.
fn within(
    transaction: &mut impl Transaction,
    call: &Call<'_>,
    group: &str,
) -> Result<Option<Vec<User>>, StoreError> {
    let team = &call.provisioner.team_id;
    let Some(ids) = group::users_within(transaction, team, group, WITHIN_MAX)? else {
        return Ok(None);
    };
    let mut users = Vec::with_capacity(ids.len());
    user::expect(transaction, team, &ids.iter().map(String::as_str).gather());
    for id in ids {
        users.extend(user::find(transaction, team, &id)?.map(|user| *user));
    }
    Ok(Some(users))
}

/// The address that a request would create somebody under, for the event log.
pub(super) fn written_email(request: &Request) -> Option<String> {
    let resource = Resource::from_json(schema::user(), read_body(request).ok()?).ok()?;
    resource.email().ok().map(|email| email.as_str().to_owned())
}

/// The groups that the user with `id` is in.
fn groups_of(
    transaction: &mut impl Transaction,
    call: &Call<'_>,
    id: &str,
) -> Result<Vec<GroupOf>, StoreError> {
    call.nesting.groups_of(transaction, &call.provisioner.team_id, id)
}

fn show(
    call: &Call<'_>,
    status: StatusCode,
    user: &User,
    groups: &[GroupOf],
    projection: &Projection,
) -> Response {
    let resource = to_resource(user).with_list("groups", elements(call, groups));
    respond(status, resource, &meta(call, user, groups), projection)
}

fn meta(call: &Call<'_>, user: &User, groups: &[GroupOf]) -> Meta {
    Meta {
        id: user.id.clone(),
        resource_type: schema::user(),
        created: user.created,
        last_modified: user.last_modified,
        location: format!("{}/Users/{}", call.base_url, user.id),
        version: version(user, groups),
    }
}

/// The user's own count of changes, and a checksum of its groups, which change without it.
fn version(user: &User, groups: &[GroupOf]) -> String {
    if groups.is_empty() {
        return user.version.to_string();
    }
    let mut checksum = CRC32.digest();
    for group in groups {
        checksum.update(group.id.as_bytes());
        checksum.update(kind(group).as_bytes());
        checksum.update(group.display_name.as_bytes());
        checksum.update(b"\0");
    }
    format!("{}.{:08x}", user.version, checksum.finalize())
}

/// The elements of `groups` (RFC 7643 §4.1.2).
fn elements(call: &Call<'_>, groups: &[GroupOf]) -> Vec<Value> {
    let element = |group: &GroupOf| {
        object!({
            "value": group.id,
            "$ref": format!("{}/Groups/{}", call.base_url, group.id),
            "display": group.display_name,
            "type": kind(group),
        })
    };
    groups.iter().map(element).gather()
}

fn kind(group: &GroupOf) -> &'static str {
    if group.direct { "direct" } else { "indirect" }
}

/// The user without its groups.
fn to_resource(user: &User) -> Resource {
    let resource = Resource::kept(user.attributes.clone());
    if user.active_unassigned { resource } else { resource.with_active(user.active) }
}

fn to_write(resource: Resource, email: Email) -> UserWrite {
    let names = Names {
        user_name: resource.user_name().to_owned(),
        external_id: resource.external_id().map(str::to_owned),
        emails: resource.emails().map(str::to_owned).gather(),
        display_name: resource.display_name().map(str::to_owned),
    };
    let active = resource.active();
    let mut attributes = Map::from(resource);
    attributes.remove("active");
    UserWrite { names, email, active, attributes }
}

/// The account's address after an update: another one only where the update changes the address that counts.
fn email_after(before: &Resource, after: &Resource, account: &Email) -> Email {
    match (before.email(), after.email()) {
        (Ok(before), Ok(after)) if before != after => after,
        (Err(_), Ok(after)) => after,
        _ => account.clone(),
    }
}

/// Refuses a write on a version that the client has not seen.
fn refuse_other_version(
    call: &Call<'_>,
    user: &User,
    groups: &[GroupOf],
) -> Result<(), UserRefusal> {
    if is_for_other_version(call.request, &meta(call, user, groups)) {
        return Err(UserRefusal::VersionMismatch);
    }
    Ok(())
}
