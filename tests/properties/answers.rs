//! Answers as a client sees them that reads them with `scim_v2`.

use http::Method;
use proptest::prelude::*;
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
use crate::made_up::{attributes, operation};

/// `answer` read as a `T`, which it has to be.
fn valid<T: DeserializeOwned + Validate>(answer: &Value) -> T {
    let read: T =
        serde_json::from_value(answer.clone()).unwrap_or_else(|error| panic!("{error}: {answer}"));
    let read = Valid::new(read, Context::Response);
    read.unwrap_or_else(|error| panic!("{error}: {answer}")).into_inner()
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
            let answer = edge.ask(Method::PATCH, &format!("/Users/{id}"), Some(&patch));
            if answer.status != 200 {
                valid::<ScimHttpError>(&json_of(&answer));
            }
        }
        let shown = json_of(&edge.ask(Method::GET, &format!("/Users/{id}"), None));
        let read: User = valid(&shown);
        prop_assert_eq!(read.id.as_deref(), Some(&*id));
        prop_assert_eq!(&read.user_name, &shown["userName"]);
        let list = json_of(&edge.ask(Method::GET, "/Users", None));
        valid::<ListResponse<User>>(&list);
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
