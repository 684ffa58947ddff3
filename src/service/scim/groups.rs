//! `/Groups`: translates between SCIM's `Group` and the rules' [`Group`].

use http::StatusCode;
use serde_json::{Map, Value};

use super::collection::{Asked, Collection, Look, count_looked_at};
use super::exchange::{is_for_other_version, not_modified, projection, read_body, respond};
use super::{Answer, Call, Failure, refused};
use crate::gather::Gather as _;
use crate::http::{Request, Response, header};
use crate::json::with_one;
use crate::provisioning::group::{
    self, Group, GroupNames, GroupRefusal, GroupWrite, MEMBERS_MAX, Member, MemberChange,
    MemberFilter, MemberKind, Reference,
};
use crate::scim::count::refuse_many_operations;
use crate::scim::filter::{Filter, Wanted};
use crate::scim::patch::{self, MemberOperation, Patch};
use crate::scim::resource::MemberRef;
use crate::scim::schema;
use crate::scim::{Lookup, Meta, Projection, Resource, ResourceType, ScimError};
use crate::store::{StoreError, Transaction};

/// The groups of a team.
pub(super) struct Groups;

/// `POST /Groups` (RFC 7644 §3.3)
pub(super) fn create(transaction: &mut impl Transaction, call: &Call<'_>) -> Answer<Response> {
    let projection = projection(call.request).map_err(refused)?;
    let (write, members) = read_group(call.request).map_err(refused)?;
    call.nesting.forget();
    let team = &call.provisioner.team_id;
    let group = group::create(transaction, &call.context, team, write, members)
        .map_err(|error| error.map(Failure::Group))?;
    show(transaction, call, StatusCode::CREATED, &group, &projection)
}

/// `GET /Groups/<id>` (RFC 7644 §3.4.1)
pub(super) fn read(
    transaction: &mut impl Transaction,
    call: &Call<'_>,
    id: &str,
) -> Answer<Response> {
    let projection = projection(call.request).map_err(refused)?;
    let group = group::find(transaction, &call.provisioner.team_id, id)?
        .ok_or(refused(GroupRefusal::NotFound))?;
    match not_modified(call.request, &meta(call, &group)) {
        Some(response) => Ok(response),
        None => show(transaction, call, StatusCode::OK, &group, &projection),
    }
}

/// `PUT /Groups/<id>` (RFC 7644 §3.5.1). Without `members` the group has none afterwards.
pub(super) fn replace(
    transaction: &mut impl Transaction,
    call: &Call<'_>,
    id: &str,
) -> Answer<Response> {
    let projection = projection(call.request).map_err(refused)?;
    let (write, members) = read_group(call.request).map_err(refused)?;
    let (revision, members) = (Revision::Whole(write), vec![MemberChange::Set(members)]);
    let group = update(transaction, call, id, revision, members)?;
    show(transaction, call, StatusCode::OK, &group, &projection)
}

/// `PATCH /Groups/<id>` (RFC 7644 §3.5.2), answered with the group where it is small or the request says what to show of
/// it: it may have tens of thousands of members.
pub(super) fn patch(
    transaction: &mut impl Transaction,
    call: &Call<'_>,
    id: &str,
) -> Answer<Response> {
    let projection = projection(call.request).map_err(refused)?;
    refuse_many_operations(&call.request.body, patch::MAX_OPERATIONS).map_err(refused)?;
    let body = read_body(call.request).map_err(refused)?;
    let patch = Patch::parse(body).map_err(refused)?;
    patch.check_id(id).map_err(refused)?;
    let (patch, operations) = patch.split_members().map_err(refused)?;
    let changes = operations.into_iter().map(|operation| to_change(call, operation)).gather();
    let group = update(transaction, call, id, Revision::Patch(patch), changes)?;
    let team = &call.provisioner.team_id;
    if projection == Projection::Default
        && group::member_count(transaction, team, &group.id)? > patch::MAX_MEMBERS_SHOWN
    {
        let etag = meta(call, &group).etag();
        return Ok(Response::empty(StatusCode::NO_CONTENT).with(header::ETAG, &etag));
    }
    show(transaction, call, StatusCode::OK, &group, &projection)
}

/// `DELETE /Groups/<id>` (RFC 7644 §3.6)
pub(super) fn delete(
    transaction: &mut impl Transaction,
    call: &Call<'_>,
    id: &str,
) -> Answer<Response> {
    call.nesting.forget();
    group::delete(transaction, &call.context, &call.provisioner.team_id, id, |group| {
        refuse_other_version(call, group)
    })
    .map_err(|error| error.map(Failure::Group))?;
    Ok(Response::empty(StatusCode::NO_CONTENT))
}

/// What a group is to become, its members left out.
enum Revision {
    Whole(GroupWrite),
    Patch(Patch),
}

impl Revision {
    fn of(self, group: &Group) -> Result<GroupWrite, ScimError> {
        match self {
            Self::Whole(write) => Ok(write),
            Self::Patch(patch) => {
                let mut resource = Resource::kept(group.attributes.clone());
                patch.apply(schema::group(), &mut resource)?;
                Ok(to_write(resource))
            }
        }
    }
}

fn update(
    transaction: &mut impl Transaction,
    call: &Call<'_>,
    id: &str,
    revision: Revision,
    members: Vec<MemberChange<'_>>,
) -> Answer<Box<Group>> {
    call.nesting.forget();
    let revise = |group: &Group| {
        refuse_other_version(call, group)?;
        Ok::<_, Failure>((revision.of(group)?, members))
    };
    group::update(transaction, &call.context, &call.provisioner.team_id, id, revise)
}

impl Collection for Groups {
    type Item = Group;

    fn resource_type(&self) -> &'static ResourceType {
        schema::group()
    }

    fn id<'i>(&self, group: &'i Group) -> &'i str {
        &group.id
    }

    fn count(
        &self,
        transaction: &mut impl Transaction,
        call: &Call<'_>,
    ) -> Result<u64, StoreError> {
        group::count(transaction, &call.provisioner.team_id)
    }

    fn page(
        &self,
        transaction: &mut impl Transaction,
        call: &Call<'_>,
        after: Option<&str>,
        skip: u64,
        limit: usize,
    ) -> Result<Vec<Group>, StoreError> {
        group::list(transaction, &call.provisioner.team_id, after, skip, limit)
    }

    fn look_up(
        &self,
        transaction: &mut impl Transaction,
        call: &Call<'_>,
        lookup: &Lookup,
    ) -> Result<Option<Vec<Group>>, StoreError> {
        let team = &call.provisioner.team_id;
        let found = match lookup {
            Lookup::Id(id) => group::find(transaction, team, id)?,
            Lookup::DisplayName(name) => group::find_by_display_name(transaction, team, name)?,
            Lookup::ExternalId(id) => group::find_by_external_id(transaction, team, id)?,
            Lookup::Member(id) => {
                let mut groups = Vec::new();
                let ids = group::containing(transaction, team, id)?;
                let expected: Vec<&str> = ids.iter().map(String::as_str).gather();
                group::expect(transaction, team, &expected);
                for group in ids {
                    groups.extend(group::find(transaction, team, &group)?.map(|group| *group));
                }
                return Ok(Some(groups));
            }
            Lookup::UserName(_) | Lookup::Email(_) | Lookup::Group(_) => return Ok(None),
        };
        Ok(Some(found.into_iter().map(|group| *group).gather()))
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
            group::expect(transaction, team, ids);
        }
        if look.takes(shows_members, compares_all_members) {
            group::expect_members(transaction, team, ids);
        }
    }

    fn complete(
        &self,
        transaction: &mut impl Transaction,
        call: &Call<'_>,
        group: &Group,
        asked: Asked<'_>,
    ) -> Answer<Map<String, Value>> {
        let members = compared_members(transaction, call, group, asked)?;
        count_looked_at(call, members.len()).map_err(refused)?;
        Ok(to_resource(call, group, &members).complete(&meta(call, group)))
    }

    fn weight(
        &self,
        transaction: &mut impl Transaction,
        call: &Call<'_>,
        group: &Group,
        projection: &Projection,
    ) -> Result<u64, StoreError> {
        if !shows_members(projection) {
            return Ok(0);
        }
        group::member_count(transaction, &call.provisioner.team_id, &group.id)
    }

    fn render(
        &self,
        transaction: &mut impl Transaction,
        call: &Call<'_>,
        group: &Group,
        projection: &Projection,
    ) -> Result<Value, StoreError> {
        let members = shown_members(transaction, call, group, projection)?;
        Ok(to_resource(call, group, &members).into_json(&meta(call, group), projection))
    }
}

/// What the event log says a new group would have been called.
pub(super) fn written_name(request: &Request) -> Option<String> {
    read_group(request).ok().map(|(write, _)| write.names.display_name)
}

fn show(
    transaction: &mut impl Transaction,
    call: &Call<'_>,
    status: StatusCode,
    group: &Group,
    projection: &Projection,
) -> Answer<Response> {
    let members = shown_members(transaction, call, group, projection)?;
    Ok(respond(status, to_resource(call, group, &members), &meta(call, group), projection))
}

fn shows_members(projection: &Projection) -> bool {
    projection.shows(schema::group(), "members")
}

/// Which members it takes to compare groups.
fn wanted_members(asked: Asked<'_>) -> Option<Wanted> {
    match asked.sort_by {
        Some(path) if path.mentions("members", None) => Some(Wanted::All),
        _ => asked.filter.map(|filter| filter.wants("members")),
    }
}

fn compares_all_members(asked: Asked<'_>) -> bool {
    matches!(wanted_members(asked), Some(Wanted::All))
}

/// The members, if any of them is to be shown.
fn shown_members(
    transaction: &mut impl Transaction,
    call: &Call<'_>,
    group: &Group,
    projection: &Projection,
) -> Result<Vec<Member>, StoreError> {
    if !shows_members(projection) {
        return Ok(Vec::new());
    }
    all_members(transaction, call, group)
}

fn all_members(
    transaction: &mut impl Transaction,
    call: &Call<'_>,
    group: &Group,
) -> Result<Vec<Member>, StoreError> {
    let most = usize::try_from(MEMBERS_MAX).unwrap_or(usize::MAX);
    group::members(transaction, &call.provisioner.team_id, &group.id, None, most)
}

/// As many members as it takes to compare the group.
fn compared_members(
    transaction: &mut impl Transaction,
    call: &Call<'_>,
    group: &Group,
    asked: Asked<'_>,
) -> Result<Vec<Member>, StoreError> {
    let team = &call.provisioner.team_id;
    match wanted_members(asked) {
        None => Ok(Vec::new()),
        Some(Wanted::All) => all_members(transaction, call, group),
        Some(Wanted::These { values, any }) => {
            let mut members = Vec::new();
            for id in values {
                members.extend(group::member(transaction, team, &group.id, &id)?);
            }
            if any && members.is_empty() {
                members = group::members(transaction, team, &group.id, None, 1)?;
            }
            Ok(members)
        }
    }
}

fn meta(call: &Call<'_>, group: &Group) -> Meta {
    Meta {
        id: group.id.clone(),
        resource_type: schema::group(),
        created: group.created,
        last_modified: group.last_modified,
        location: format!("{}/Groups/{}", call.base_url, group.id),
        version: group.version.to_string(),
    }
}

fn to_resource(call: &Call<'_>, group: &Group, members: &[Member]) -> Resource {
    let members = members.iter().map(|member| Value::Object(element(call, member))).gather();
    Resource::kept(group.attributes.clone()).with_list("members", members)
}

/// A member as an element of `members`. Of one who is not of the team nothing more is known than was given.
fn element(call: &Call<'_>, member: &Member) -> Map<String, Value> {
    let mut element = with_one("value", Value::from(member.id.as_str()));
    if let Some(display) = member.display() {
        element.insert("display".to_owned(), Value::from(display));
    }
    let of = match member.kind {
        Some(MemberKind::User) => schema::user(),
        Some(MemberKind::Group) => schema::group(),
        None => return element,
    };
    let url = format!("{}{}/{}", call.base_url, of.endpoint, member.id);
    element.insert("$ref".to_owned(), Value::from(url));
    element.insert("type".to_owned(), Value::from(of.name));
    element
}

fn read_group(request: &Request) -> Result<(GroupWrite, Vec<Reference>), ScimError> {
    let mut resource = Resource::from_json(schema::group(), read_body(request)?)?;
    let members = resource.take_members()?.into_iter().map(to_reference).gather();
    Ok((to_write(resource), members))
}

fn to_write(resource: Resource) -> GroupWrite {
    let names = GroupNames {
        display_name: resource.group_name().to_owned(),
        external_id: resource.external_id().map(str::to_owned),
    };
    GroupWrite { names, attributes: Map::from(resource) }
}

fn to_reference(member: MemberRef) -> Reference {
    let MemberRef { id, kind, display } = member;
    Reference { id, kind, display }
}

fn to_change<'c>(call: &'c Call<'_>, operation: MemberOperation) -> MemberChange<'c> {
    let references = |given: Vec<MemberRef>| given.into_iter().map(to_reference).gather();
    match operation {
        MemberOperation::Add(given) => MemberChange::Add(references(given)),
        MemberOperation::Set(given) => MemberChange::Set(references(given)),
        MemberOperation::Remove(ids) => MemberChange::Remove(ids),
        MemberOperation::RemoveWhere(filter) => MemberChange::RemoveWhere(MemberFilter {
            among: filter.element_values(),
            picks: Box::new(move |member| picks(&filter, call, member)),
        }),
    }
}

fn picks(filter: &Filter, call: &Call<'_>, member: &Member) -> bool {
    filter.matches_element(schema::group().attribute("members"), &element(call, member))
}

/// Refuses a write on a version that the client has not seen.
fn refuse_other_version(call: &Call<'_>, group: &Group) -> Result<(), GroupRefusal> {
    if is_for_other_version(call.request, &meta(call, group)) {
        return Err(GroupRefusal::VersionMismatch);
    }
    Ok(())
}
