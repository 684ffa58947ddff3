//! Answers as a client sees them that reads them with `scim_v2`.

use http::Method;
use proptest::prelude::*;
use scim_edge::http::Response;
use scim_edge::scim::bulk::BULK_RESPONSE_SCHEMA;
use scim_v2::models::errors::ScimHttpError;
use scim_v2::models::group::Group;
use scim_v2::models::others::ListResponse;
use scim_v2::models::resource_types::ResourceType;
use scim_v2::models::scim_schema::Schema;
use scim_v2::models::service_provider_config::ServiceProviderConfig;
use scim_v2::models::user::User;
use scim_v2::{Context, Valid, Validate};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::checks::edge::{Edge, json_of, user};
use crate::made_up::{ENTERPRISE, attributes, operation};

/// `answer` read as a `T`, which it has to be.
fn valid<T: DeserializeOwned + Validate>(answer: &Value) -> T {
    let read: T =
        serde_json::from_value(answer.clone()).unwrap_or_else(|error| panic!("{error}: {answer}"));
    let read = Valid::new(read, Context::Response);
    read.unwrap_or_else(|error| panic!("{error}: {answer}")).into_inner()
}

/// A group keeps the extension of users as it keeps any that it does not know. To `scim_v2` that is a user and a group.
fn without_users_extension(resource: &mut Value) {
    if resource["meta"]["resourceType"] == "Group" {
        resource["schemas"].as_array_mut().unwrap().retain(|urn| *urn != ENTERPRISE);
    }
}

/// Checks that `answer` is one of the protocol's messages or a resource, by `scim_v2`'s rules for it.
///
/// It knows no cursors, so a page that was asked for by one is given the `startIndex` that it misses; and no bulk
/// responses, which `fuzz/src/bulk.rs` reads.
pub(crate) fn assert_valid(answer: &Response) {
    if matches!(answer.status.as_u16(), 204 | 304) {
        return;
    }
    let mut body = json_of(answer);
    match body["schemas"][0].as_str().unwrap() {
        "urn:ietf:params:scim:api:messages:2.0:Error" => {
            let error: ScimHttpError = valid(&body);
            assert_eq!(error.status, answer.status.as_str());
        }
        "urn:ietf:params:scim:api:messages:2.0:ListResponse" => {
            if body.get("startIndex").is_none() {
                body["startIndex"] = 1.into();
            }
            body["Resources"].as_array_mut().unwrap().iter_mut().for_each(without_users_extension);
            let list: ListResponse = valid(&body);
            assert_eq!(list.resources.len(), body["Resources"].as_array().unwrap().len());
        }
        BULK_RESPONSE_SCHEMA => {
            for result in body["Operations"].as_array().unwrap() {
                if let Some(error) = result.get("response") {
                    valid::<ScimHttpError>(error);
                }
            }
        }
        "urn:ietf:params:scim:schemas:core:2.0:User" => drop(valid::<User>(&body)),
        "urn:ietf:params:scim:schemas:core:2.0:Group" => drop(valid::<Group>(&body)),
        "urn:ietf:params:scim:schemas:core:2.0:Schema" => drop(valid::<Schema>(&body)),
        "urn:ietf:params:scim:schemas:core:2.0:ResourceType" => drop(valid::<ResourceType>(&body)),
        "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig" => {
            drop(valid::<ServiceProviderConfig>(&body));
        }
        other => panic!("{other} is no schema of an answer"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn users_and_lists_are_valid(
        given in attributes(), operations in prop::collection::vec(operation(), 0..3)
    ) {
        let edge = Edge::new();
        let mut body = user("ada");
        for (name, value) in given {
            body[name] = value;
        }
        let id = edge.create(&body);
        for operation in operations {
            let patch = json!({ "Operations": [operation] });
            assert_valid(&edge.ask(Method::PATCH, &format!("/Users/{id}"), Some(&patch)));
        }
        let shown = json_of(&edge.ask(Method::GET, &format!("/Users/{id}"), None));
        let read: User = valid(&shown);
        prop_assert_eq!(read.id.as_deref(), Some(&*id));
        prop_assert_eq!(&read.user_name, &shown["userName"]);
        assert_valid(&edge.ask(Method::GET, "/Users", None));
    }
}

#[test]
fn groups_and_lists_and_users_in_groups_are_valid() {
    let edge = Edge::new();
    let ada = edge.create(&user("ada"));
    let inner = edge.create_group(&json!({ "displayName": "Inner", "members": [ada] }));
    let outer = edge.create_group(&json!({ "displayName": "Outer", "members": [inner] }));
    let read: Group = valid(&json_of(&edge.ask(Method::GET, &format!("/Groups/{outer}"), None)));
    assert_eq!(read.display_name, "Outer");
    let list: ListResponse<Group> = valid(&json_of(&edge.ask(Method::GET, "/Groups", None)));
    assert_eq!(list.resources.len(), 2);
    valid::<User>(&json_of(&edge.ask(Method::GET, &format!("/Users/{ada}"), None)));
}

#[test]
fn discovery_is_valid() {
    let edge = Edge::new();
    let ask = |target: &str| json_of(&edge.ask(Method::GET, target, None));
    valid::<ServiceProviderConfig>(&ask("/ServiceProviderConfig"));
    valid::<ListResponse<ResourceType>>(&ask("/ResourceTypes"));
    valid::<ListResponse<Schema>>(&ask("/Schemas"));
}
