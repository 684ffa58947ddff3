//! Lists of made-up resources of two types. What the types' own collections add is in `service::tests::lists`.

#[cfg(not(target_family = "wasm"))]
mod laws;
mod limits;

use std::cell::{Cell, RefCell};

use http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::*;
use crate::host::{ManualHost, Timestamp};
use crate::http::Request;
use crate::provisioning::connection::Provisioner;
use crate::provisioning::group::Nesting;
use crate::provisioning::team::{Sso, SsoProtocol, Team};
use crate::provisioning::{Actor, Context, TeamId};
use crate::scim::{Lookup, Projection, schema};
use crate::service::scim::collection::Asked;
use crate::store::Store as _;
use crate::store::memory::Memory;
use crate::store::suite::block_on;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Resources that are kept here instead of in the store, in the order of their ids. Only the id has an index.
struct Fake {
    resource_type: &'static ResourceType,
    resources: RefCell<Vec<Map<String, Value>>>,
    /// How many were read, by page or by id.
    read: RefCell<usize>,
}

impl Fake {
    fn of(resource_type: &'static ResourceType) -> Self {
        Self { resource_type, resources: RefCell::default(), read: RefCell::default() }
    }

    /// Adds a resource whose id is the `n`th.
    fn add(&self, n: usize, attributes: &Value) {
        let mut resource = attributes.as_object().unwrap().clone();
        resource.insert("id".to_owned(), id(n).into());
        let created = Timestamp(1_790_000_000_000 + n as u64).to_rfc3339();
        let meta = json!({ "resourceType": self.resource_type.name, "created": created });
        resource.insert("meta".to_owned(), meta);
        let mut resources = self.resources.borrow_mut();
        resources.push(resource);
        resources.sort_by(|one, other| id_of(one).cmp(id_of(other)));
    }

    fn remove(&self, id: &str) {
        self.resources.borrow_mut().retain(|resource| id_of(resource) != id);
    }

    fn ids(&self) -> Vec<String> {
        self.resources.borrow().iter().map(|resource| id_of(resource).to_owned()).collect()
    }
}

impl Collection for Fake {
    type Item = Map<String, Value>;

    fn resource_type(&self) -> &'static ResourceType {
        self.resource_type
    }

    fn id<'i>(&self, item: &'i Self::Item) -> &'i str {
        id_of(item)
    }

    fn count(&self, _: &mut impl Transaction, _: &Call<'_>) -> Result<u64, StoreError> {
        Ok(self.resources.borrow().len() as u64)
    }

    fn page(
        &self,
        _: &mut impl Transaction,
        _: &Call<'_>,
        after: Option<&str>,
        skip: u64,
        limit: usize,
    ) -> Result<Vec<Self::Item>, StoreError> {
        let resources = self.resources.borrow();
        let behind = |resource: &&Self::Item| after.is_none_or(|after| id_of(resource) > after);
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        let page: Vec<_> =
            resources.iter().filter(behind).skip(skip).take(limit).cloned().collect();
        *self.read.borrow_mut() += page.len();
        Ok(page)
    }

    fn look_up(
        &self,
        _: &mut impl Transaction,
        _: &Call<'_>,
        lookup: &Lookup,
    ) -> Result<Option<Vec<Self::Item>>, StoreError> {
        let Lookup::Id(id) = lookup else { return Ok(None) };
        let resources = self.resources.borrow();
        *self.read.borrow_mut() += 1;
        Ok(Some(resources.iter().filter(|resource| id_of(resource) == id).cloned().collect()))
    }

    fn expect(&self, _: &mut impl Transaction, _: &Call<'_>, _: &[&str], _: Look<'_>) {}

    fn complete(
        &self,
        _: &mut impl Transaction,
        _: &Call<'_>,
        item: &Self::Item,
        asked: Asked<'_>,
    ) -> Answer<Map<String, Value>> {
        Ok(asked.pick(self.resource_type, item))
    }

    fn weight(
        &self,
        _: &mut impl Transaction,
        _: &Call<'_>,
        item: &Self::Item,
        _: &Projection,
    ) -> Result<u64, StoreError> {
        Ok(item.get("weight").and_then(Value::as_u64).unwrap_or_default())
    }

    fn render(
        &self,
        _: &mut impl Transaction,
        _: &Call<'_>,
        item: &Self::Item,
        projection: &Projection,
    ) -> Result<Value, StoreError> {
        Ok(Value::Object(projection.apply(self.resource_type, item.clone())))
    }
}

/// The `n`th id, made in the order of time.
fn id(n: usize) -> String {
    format!("01980a00-0000-7000-8000-{n:012x}")
}

fn id_of(resource: &Map<String, Value>) -> &str {
    resource["id"].as_str().unwrap()
}

/// The answer to a list request about these collections: the body, or the error's `scimType`.
fn ask(collections: &[Fake], query: &str) -> Result<Value, String> {
    let (host, actor, store) = (ManualHost::default(), Actor::IdentityProvider, Memory::new());
    let team = Team {
        name: "acme".to_owned(),
        sso: Sso { protocol: SsoProtocol::Oidc, issuer: None },
        verified_domains: Vec::new(),
        created: Timestamp(0),
        connection: None,
        importing: None,
    };
    let call = Call {
        context: Context { now: Timestamp(0), entropy: &host, actor: &actor },
        provisioner: Provisioner { team_id: TeamId::parse("acme").unwrap(), team: Box::new(team) },
        request: &Request::new(Method::GET, "/"),
        base_url: "https://edge.example/scim/v2/acme.x".to_owned(),
        nesting: Nesting::default(),
        looked_at: Cell::default(),
    };
    let outcome = block_on(async {
        let mut transaction = store.begin().await.unwrap();
        let query = ListQuery::parse(query).map_err(refused)?;
        answer(&mut transaction, &call, collections, &query)
    });
    match outcome {
        Ok(response) => {
            assert_eq!(response.status, StatusCode::OK);
            let body: Value = serde_json::from_slice(&response.body).unwrap();
            assert_eq!(body["itemsPerPage"], body["Resources"].as_array().unwrap().len());
            Ok(body)
        }
        Err(crate::provisioning::OperationError::Refused(failure)) => {
            let error: Value = serde_json::from_slice(&failure.to_response().body).unwrap();
            Err(error["scimType"].as_str().unwrap().to_owned())
        }
        Err(error) => panic!("{error}"),
    }
}

fn ids(body: &Value) -> Vec<String> {
    let resources = body["Resources"].as_array().unwrap();
    resources.iter().map(|resource| resource["id"].as_str().unwrap().to_owned()).collect()
}

/// Three users and three groups, made by turns: a user first.
fn both() -> [Fake; 2] {
    let both = [Fake::of(schema::user()), Fake::of(schema::group())];
    for (n, name) in ["c", "B", "a"].iter().enumerate() {
        both[0].add(2 * n, &json!({ "userName": format!("{name}@x"), "displayName": name }));
        both[1].add(2 * n + 1, &json!({ "displayName": format!("{name}{name}") }));
    }
    both
}

fn numbers(found: &Result<Value, String>) -> Vec<usize> {
    let body = found.as_ref().unwrap();
    ids(body).iter().map(|found| (0..100).find(|n| id(*n) == *found).unwrap()).collect()
}

#[test]
fn resources_of_several_types_come_type_by_type_and_merged_in_an_order() {
    let both = both();
    for (query, expected) in [
        ("", vec![0, 2, 4, 1, 3, 5]),
        ("startIndex=3&count=2", vec![4, 1]),
        ("startIndex=5", vec![3, 5]),
        ("startIndex=7", vec![]),
        ("sortBy=displayName", vec![4, 5, 2, 3, 0, 1]),
        ("sortBy=displayName&sortOrder=descending", vec![1, 0, 3, 2, 5, 4]),
        ("sortBy=id", vec![0, 1, 2, 3, 4, 5]),
        ("sortBy=meta.created&sortOrder=descending&startIndex=2&count=3", vec![4, 3, 2]),
        ("sortBy=userName", vec![4, 2, 0, 1, 3, 5]),
        ("sortBy=userName&sortOrder=descending", vec![1, 3, 5, 0, 2, 4]),
        ("filter=displayName+sw+%22a%22", vec![4, 5]),
        ("filter=userName+pr+or+displayName+eq+%22aa%22", vec![0, 2, 4, 5]),
        ("filter=meta.resourceType+eq+%22Group%22&startIndex=2&count=1", vec![3]),
        ("filter=id+eq+%2201980a00-0000-7000-8000-000000000003%22", vec![3]),
    ] {
        let found = ask(&both, query);
        assert_eq!(numbers(&found), expected, "{query}");
        let total = if query.starts_with("filter") { expected.len() } else { 6 };
        let total = if query.contains("resourceType") { 3 } else { total };
        assert_eq!(found.unwrap()["totalResults"], total, "{query}");
    }
}

#[test]
fn a_type_that_cannot_match_is_not_read() {
    let both = both();
    let found = ask(&both, "filter=meta.resourceType+eq+%22User%22");
    assert_eq!(numbers(&found), [0, 2, 4]);
    let found = ask(&both, "filter=userName+sw+%22a%22");
    assert_eq!(numbers(&found), [4]);
    assert_eq!(*both[1].read.borrow(), 0);
    *both[0].read.borrow_mut() = 0;
    assert_eq!(ask(&both[..1], "count=0&filter=meta.resourceType+pr").unwrap()["totalResults"], 3);
    assert_eq!(*both[0].read.borrow(), 0, "a filter that holds for all needs no look at them");
    ask(&both[..1], "sortBy=meta.created&startIndex=2&count=1").unwrap();
    ask(&both[..1], "sortBy=id&cursor=&count=1").unwrap();
    assert_eq!(*both[0].read.borrow(), 1 + 2, "the order of creation needs none either");
}

#[test]
fn names_are_shown_of_each_type_that_has_them() {
    let body = ask(&both(), "attributes=userName&count=4&sortBy=id").unwrap();
    for resource in body["Resources"].as_array().unwrap() {
        let is_user = numbers(&Ok(json!({ "Resources": [resource] })))[0].is_multiple_of(2);
        assert_eq!(resource.get("userName").is_some(), is_user, "{resource}");
        assert_eq!(resource.get("displayName"), None);
    }
}

#[test]
fn a_cursor_leads_to_the_next_page_until_there_is_none() {
    let both = both();
    for order in ["", "&sortBy=displayName", "&sortBy=displayName&sortOrder=descending"] {
        let whole = ids(&ask(&both, &order.replacen('&', "", 1)).unwrap());
        let mut seen = Vec::new();
        let mut cursor = String::new();
        for rest in [4, 2, 0] {
            let page = ask(&both, &format!("count=2&cursor={cursor}{order}")).unwrap();
            assert_eq!(page["totalResults"], 6);
            assert_eq!(page.get("startIndex"), None);
            assert_eq!(page.get("nextCursor").is_some(), rest > 0);
            cursor = page["nextCursor"].as_str().unwrap_or_default().to_owned();
            seen.extend(ids(&page));
        }
        assert_eq!(seen, whole, "{order}");
    }
    assert_eq!(ask(&both, "cursor=&count=6").unwrap().get("nextCursor"), None);
    assert_eq!(ask(&both, "count=2").unwrap().get("nextCursor"), None, "the default is the index");
}

#[test]
fn a_cursor_is_good_for_its_own_query_only() {
    let both = both();
    let cursor = |query: &str| {
        ask(&both, &format!("cursor=&count=1&{query}")).unwrap()["nextCursor"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let (plain, sorted) = (cursor(""), cursor("sortBy=displayName"));
    for other in [
        format!("cursor={plain}&filter=id+pr"),
        format!("cursor={plain}&sortBy=displayName"),
        format!("cursor={sorted}&sortBy=displayName&sortOrder=descending"),
        format!("cursor={sorted}"),
        "cursor=x".to_owned(),
        "cursor=+".to_owned(),
    ] {
        assert_eq!(ask(&both, &other), Err("invalidCursor".to_owned()), "{other}");
    }
    let page = ask(&both[..1], &format!("cursor={plain}"));
    assert_eq!(page, Err("invalidCursor".to_owned()), "of another endpoint");
    assert_eq!(numbers(&ask(&both, &format!("cursor={plain}&count=3&attributes=id"))), [2, 4, 1]);
}

#[test]
fn a_sorted_list_goes_on_until_all_that_the_cursor_knows_has_gone() {
    let users = [Fake::of(schema::user())];
    for n in 0..9 {
        users[0].add(n, &json!({ "title": n.to_string() }));
    }
    let page = ask(&users, "sortBy=title&cursor=&count=6").unwrap();
    let next = format!("sortBy=title&count=6&cursor={}", page["nextCursor"].as_str().unwrap());
    for gone in [5, 4, 3] {
        users[0].remove(&id(gone));
        assert_eq!(numbers(&ask(&users, &next)), [6, 7, 8], "without {gone}");
    }
    users[0].remove(&id(2));
    users[0].add(2, &json!({ "title": "9" }));
    assert_eq!(ask(&users, &next), Err("expiredCursor".to_owned()), "the last one has moved");
    let page = ask(&users, "sortBy=title&cursor=&count=2").unwrap();
    users[0].remove(&id(0));
    users[0].remove(&id(1));
    let next = format!("sortBy=title&cursor={}", page["nextCursor"].as_str().unwrap());
    assert_eq!(numbers(&ask(&users, &next)), [6, 7, 8, 2], "nothing stood before those that went");
}
