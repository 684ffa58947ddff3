#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use serde_json::{Value, json};

use super::{resource_type, resource_types, schema, schemas, service_provider_config};
use crate::scim::schema::{ENTERPRISE_SCHEMA, GROUP_SCHEMA, USER_SCHEMA};

const BASE: &str = "https://edge.example/scim/v2/acme.x";

#[test]
fn only_what_is_true_is_advertised() {
    let config = service_provider_config(BASE);
    let supported = |feature: &str| config[feature]["supported"].as_bool();
    for (feature, expected) in [
        ("patch", true),
        ("bulk", true),
        ("filter", true),
        ("changePassword", false),
        ("sort", true),
        ("etag", true),
    ] {
        assert_eq!(supported(feature), Some(expected), "{feature}");
    }
    assert_eq!(config["filter"]["maxResults"], 200);
    assert_eq!(config["bulk"]["maxOperations"], 1_000);
    assert_eq!(config["bulk"]["maxPayloadSize"], 1_048_576);
    let pagination = r#"{"cursor":true,"defaultPageSize":100,"defaultPaginationMethod":"index","index":true,"maxPageSize":200}"#;
    assert_eq!(config["pagination"].to_string(), pagination);
    assert_eq!(config["authenticationSchemes"][0]["type"], "oauthbearertoken");
    let keys: Vec<&String> = config.as_object().expect("object").keys().collect();
    let known = [
        "authenticationSchemes",
        "bulk",
        "changePassword",
        "etag",
        "filter",
        "meta",
        "pagination",
        "patch",
        "schemas",
        "sort",
    ];
    assert_eq!(keys, known);
}

#[test]
fn resource_types_are_listed_and_found_by_id() {
    let list = resource_types(BASE);
    assert_eq!(list["totalResults"], 2);
    assert_eq!(list.get("meta"), None);
    let user = resource_type(BASE, "User").expect("User");
    assert_eq!(list["Resources"][0], user);
    assert_eq!(user["id"], user["name"]);
    assert_eq!(user["endpoint"], "/Users");
    assert_eq!(user["schemaExtensions"][0]["schema"], ENTERPRISE_SCHEMA);
    assert_eq!(user["meta"]["location"], format!("{BASE}/ResourceTypes/User"));
    let group = resource_type(BASE, "Group").expect("Group");
    assert_eq!(list["Resources"][1], group);
    assert_eq!((&group["endpoint"], &group["schemaExtensions"]), (&json!("/Groups"), &json!([])));
    assert_eq!(resource_type(BASE, "Device"), None);
}

#[test]
fn schemas_are_listed_and_found_by_urn_without_password() {
    let list = schemas(BASE);
    assert_eq!(list["totalResults"], 3);
    let group = schema(BASE, GROUP_SCHEMA).expect("group");
    assert_eq!(group["attributes"][1]["name"], "members");
    assert_eq!(group["attributes"][1]["subAttributes"][0]["mutability"], "immutable");
    let user = schema(BASE, USER_SCHEMA).expect("user");
    assert_eq!(list["Resources"][0], user);
    assert!(schema(BASE, &ENTERPRISE_SCHEMA.to_lowercase()).is_some());
    assert_eq!(schema(BASE, "urn:none"), None);
    let names = |schema: &Value| -> Vec<String> {
        let attributes = schema["attributes"].as_array().expect("attributes");
        attributes.iter().filter_map(|a| a["name"].as_str().map(str::to_owned)).collect()
    };
    assert!(names(&user).iter().any(|name| name == "userName"));
    assert!(!names(&user).iter().any(|name| name == "password"));
}
