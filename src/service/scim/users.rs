//! `/Users`: translates between SCIM's `User` and the rules' [`User`].

use http::{StatusCode, header};
use serde_json::{Map, Value};

use super::collection::{Asked, Collection};
use super::{Answer, Call, Failure, MEDIA_TYPE, refused};
use crate::email::Email;
use crate::http::{Request, Response};
use crate::provisioning::user::{self, Names, User, UserRefusal, UserWrite};
use crate::scim::patch::Patch;
use crate::scim::schema;
use crate::scim::{Lookup, Meta, Projection, Resource, ResourceType, ScimError, ScimErrorKind};
use crate::store::{StoreError, Transaction};

/// The most SCIM users with one address that a look-up considers.
const SAME_EMAIL_MAX: usize = 200;

/// The SCIM users of a team.
pub(super) struct Users;

/// `POST /Users` (RFC 7644 §3.3)
pub(super) async fn create(
    transaction: &mut impl Transaction,
    call: &Call<'_>,
) -> Answer<Response> {
    let projection = projection(call.request).map_err(refused)?;
    let body = read_body(call.request).map_err(refused)?;
    let resource = Resource::from_json(schema::user(), body).map_err(refused)?;
    let email = resource.email().map_err(refused)?;
    let write = to_write(resource, email);
    let user = user::create(transaction, &call.context, &call.provisioner, write)
        .await
        .map_err(|error| error.map(Failure::Rule))?;
    let meta = meta(call, &user);
    Ok(respond(StatusCode::CREATED, &user, &meta, &projection)
        .with(header::LOCATION, &meta.location))
}

/// `GET /Users/<id>` (RFC 7644 §3.4.1)
pub(super) async fn read(
    transaction: &mut impl Transaction,
    call: &Call<'_>,
    id: &str,
) -> Answer<Response> {
    let projection = projection(call.request).map_err(refused)?;
    let user = user::find(transaction, &call.provisioner.team_id, id)
        .await?
        .ok_or(refused(UserRefusal::NotFound))?;
    let meta = meta(call, &user);
    if names_version(call.request, &header::IF_NONE_MATCH, &meta) == Some(true) {
        return Ok(Response::empty(StatusCode::NOT_MODIFIED).with(header::ETAG, &meta.etag()));
    }
    Ok(respond(StatusCode::OK, &user, &meta, &projection))
}

/// `PUT /Users/<id>` (RFC 7644 §3.5.1). Without `active` the membership stays as it is: identity providers leave
/// it out without meaning anything by it.
pub(super) async fn replace(
    transaction: &mut impl Transaction,
    call: &Call<'_>,
    id: &str,
) -> Answer<Response> {
    let body = read_body(call.request).map_err(refused)?;
    let new = Resource::from_json(schema::user(), body).map_err(refused)?;
    update(transaction, call, id, |_| Ok(new)).await
}

/// `PATCH /Users/<id>` (RFC 7644 §3.5.2), answered with the whole user.
pub(super) async fn patch(
    transaction: &mut impl Transaction,
    call: &Call<'_>,
    id: &str,
) -> Answer<Response> {
    let body = read_body(call.request).map_err(refused)?;
    let patch = Patch::parse(body).map_err(refused)?;
    patch.check_id(id).map_err(refused)?;
    update(transaction, call, id, |mut resource| {
        patch.apply(schema::user(), &mut resource)?;
        Ok(resource)
    })
    .await
}

/// `DELETE /Users/<id>` (RFC 7644 §3.6)
pub(super) async fn delete(
    transaction: &mut impl Transaction,
    call: &Call<'_>,
    id: &str,
) -> Answer<Response> {
    user::delete(transaction, &call.context, &call.provisioner, id, |user| {
        refuse_other_version(call, user)
    })
    .await
    .map_err(|error| error.map(Failure::Rule))?;
    Ok(Response::empty(StatusCode::NO_CONTENT))
}

async fn update(
    transaction: &mut impl Transaction,
    call: &Call<'_>,
    id: &str,
    revise: impl FnOnce(Resource) -> Result<Resource, ScimError>,
) -> Answer<Response> {
    let projection = projection(call.request).map_err(refused)?;
    let revise = |user: &User, account_email: &Email| {
        refuse_other_version(call, user)?;
        let before = to_resource(user);
        let after = revise(before.clone())?;
        let email = email_after(&before, &after, account_email);
        Ok::<_, Failure>(to_write(after, email))
    };
    let changed = user::update(transaction, &call.context, &call.provisioner, id, revise).await?;
    let user = changed.into_user();
    let meta = meta(call, &user);
    Ok(respond(StatusCode::OK, &user, &meta, &projection))
}

impl Collection for Users {
    type Item = User;

    fn resource_type(&self) -> &'static ResourceType {
        schema::user()
    }

    fn id<'i>(&self, user: &'i User) -> &'i str {
        &user.id
    }

    async fn count(
        &self,
        transaction: &mut impl Transaction,
        call: &Call<'_>,
    ) -> Result<u64, StoreError> {
        user::count(transaction, &call.provisioner.team_id).await
    }

    async fn page(
        &self,
        transaction: &mut impl Transaction,
        call: &Call<'_>,
        after: Option<&str>,
        skip: u64,
        limit: usize,
    ) -> Result<Vec<User>, StoreError> {
        user::list(transaction, &call.provisioner.team_id, after, skip, limit).await
    }

    async fn look_up(
        &self,
        transaction: &mut impl Transaction,
        call: &Call<'_>,
        lookup: &Lookup,
    ) -> Result<Option<Vec<User>>, StoreError> {
        let team = &call.provisioner.team_id;
        let found = match lookup {
            Lookup::Id(id) => user::find(transaction, team, id).await?,
            Lookup::UserName(name) => user::find_by_user_name(transaction, team, name).await?,
            Lookup::ExternalId(id) => user::find_by_external_id(transaction, team, id).await?,
            Lookup::Email(email) => {
                return user::find_by_email(transaction, team, email, SAME_EMAIL_MAX)
                    .await
                    .map(Some);
            }
        };
        Ok(Some(found.into_iter().collect()))
    }

    async fn complete(
        &self,
        _transaction: &mut impl Transaction,
        call: &Call<'_>,
        user: &User,
        asked: Asked<'_>,
    ) -> Result<Map<String, Value>, StoreError> {
        let compares = |name| asked.compares(schema::user(), name);
        if compares("meta") || compares("schemas") {
            return Ok(to_resource(user).complete(&meta(call, user)));
        }
        let mut attributes = asked.pick(schema::user(), &user.attributes);
        attributes.insert("id".to_owned(), Value::from(user.id.as_str()));
        attributes.insert("active".to_owned(), Value::Bool(user.active));
        Ok(attributes)
    }

    async fn render(
        &self,
        _transaction: &mut impl Transaction,
        call: &Call<'_>,
        user: &User,
        projection: &Projection,
    ) -> Result<Value, StoreError> {
        Ok(to_resource(user).into_json(&meta(call, user), projection))
    }
}

/// The address that a request would create somebody under, for the event log.
pub(super) fn written_email(request: &Request) -> Option<String> {
    let resource = Resource::from_json(schema::user(), read_body(request).ok()?).ok()?;
    resource.email().ok().map(|email| email.as_str().to_owned())
}

fn respond(status: StatusCode, user: &User, meta: &Meta, projection: &Projection) -> Response {
    let body = to_resource(user).into_json(meta, projection);
    Response::json(status, MEDIA_TYPE, &body).with(header::ETAG, &meta.etag())
}

fn meta(call: &Call<'_>, user: &User) -> Meta {
    Meta {
        id: user.id.clone(),
        resource_type: schema::user(),
        created: user.created,
        last_modified: user.last_modified,
        location: format!("{}/Users/{}", call.base_url, user.id),
        version: user.version,
    }
}

fn to_resource(user: &User) -> Resource {
    Resource::kept(user.attributes.clone()).with_active(user.active)
}

fn to_write(resource: Resource, email: Email) -> UserWrite {
    let names = Names {
        user_name: resource.user_name().to_owned(),
        external_id: resource.external_id().map(str::to_owned),
        emails: resource.emails().map(str::to_owned).collect(),
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

fn projection(request: &Request) -> Result<Projection, ScimError> {
    Projection::from_query(request.query.as_deref().unwrap_or_default())
}

pub(super) fn read_body(request: &Request) -> Result<Map<String, Value>, ScimError> {
    match request.media_type().as_deref() {
        None | Some("application/scim+json" | "application/json") => {}
        Some(_) => {
            return Err(ScimError::new(
                ScimErrorKind::UnsupportedMediaType,
                "send the body as content-type: application/scim+json or application/json",
            ));
        }
    }
    Ok(crate::json::parse_object(&request.body)?)
}

/// Refuses a write on a version that the client has not seen (RFC 7644 §3.14).
fn refuse_other_version(call: &Call<'_>, user: &User) -> Result<(), UserRefusal> {
    match names_version(call.request, &header::IF_MATCH, &meta(call, user)) {
        Some(false) => Err(UserRefusal::VersionMismatch),
        Some(true) | None => Ok(()),
    }
}

/// Whether the field lists the present version; `None` where it is not there (RFC 9110 §13.1).
///
/// Compared weakly in both fields: ours are weak tags, and a strong comparison would never match.
fn names_version(request: &Request, field: &http::HeaderName, meta: &Meta) -> Option<bool> {
    let listed = request.header(field)?;
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let present = opaque(&meta.etag());
    Some(listed.trim() == "*" || listed.split(',').any(|tag| opaque(tag) == present))
}
