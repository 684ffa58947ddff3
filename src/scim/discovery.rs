//! What the server says of itself (RFC 7643 §5 to §7, RFC 7644 §4), made from the tables it works by.

use serde_json::Value;

use super::bulk;
use super::query::{DEFAULT_COUNT, ListResponse, MAX_COUNT};
use super::schema::{ResourceType, Schema, group, user};
use crate::gather::Gather as _;
use crate::http::BODY_MAX;
use crate::json::typed::object;

/// Schema of the service provider configuration.
pub const SERVICE_PROVIDER_CONFIG_SCHEMA: &str =
    "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
/// Schema of a resource type.
pub const RESOURCE_TYPE_SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
/// Schema of a schema.
pub const SCHEMA_SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";

/// Which of SCIM's features there are (RFC 7643 §5, RFC 9865 §4). `base_url` has no slash at its end.
pub fn service_provider_config(base_url: &str) -> Value {
    object!({
        "schemas": [SERVICE_PROVIDER_CONFIG_SCHEMA],
        "patch": object!({ "supported": true }),
        "bulk": object!({
            "supported": true,
            "maxOperations": bulk::MAX_OPERATIONS,
            "maxPayloadSize": BODY_MAX,
        }),
        "filter": object!({ "supported": true, "maxResults": MAX_COUNT }),
        "changePassword": object!({ "supported": false }),
        "sort": object!({ "supported": true }),
        "etag": object!({ "supported": true }),
        "pagination": object!({
            "cursor": true,
            "index": true,
            "defaultPaginationMethod": "index",
            "defaultPageSize": DEFAULT_COUNT,
            "maxPageSize": MAX_COUNT,
        }),
        "authenticationSchemes": [object!({
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "The token that was shown when SCIM was switched on for the team",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        })],
        "meta": object!({
            "resourceType": "ServiceProviderConfig",
            "location": format!("{base_url}/ServiceProviderConfig"),
        }),
    })
}

/// All resource types, as a list (RFC 7643 §6).
pub fn resource_types(base_url: &str) -> Value {
    list(known_types().into_iter().map(|known| render_type(known, base_url)).gather())
}

/// The resource type of that id, which is its name.
pub fn resource_type(base_url: &str, id: &str) -> Option<Value> {
    let found = known_types().into_iter().find(|known| known.name.eq_ignore_ascii_case(id));
    found.map(|known| render_type(known, base_url))
}

/// All schemas, as a list (RFC 7643 §7).
pub fn schemas(base_url: &str) -> Value {
    list(known_schemas().map(|schema| render_schema(schema, base_url)).gather())
}

/// The schema of that URN.
pub fn schema(base_url: &str, urn: &str) -> Option<Value> {
    let found = known_schemas().find(|schema| schema.id.eq_ignore_ascii_case(urn));
    found.map(|schema| render_schema(schema, base_url))
}

fn known_types() -> [&'static ResourceType; 2] {
    [user(), group()]
}

fn known_schemas() -> impl Iterator<Item = &'static Schema> {
    known_types().into_iter().flat_map(|known| {
        let extensions = known.extensions.iter().map(|extension| &extension.schema);
        std::iter::once(&known.schema).chain(extensions)
    })
}

fn render_type(known: &ResourceType, base_url: &str) -> Value {
    let extensions: Vec<Value> = known
        .extensions
        .iter()
        .map(|extension| object!({ "schema": extension.schema.id, "required": extension.required }))
        .gather();
    object!({
        "schemas": [RESOURCE_TYPE_SCHEMA],
        "id": known.name,
        "name": known.name,
        "description": known.description,
        "endpoint": known.endpoint,
        "schema": known.schema.id,
        "schemaExtensions": extensions,
        "meta": object!({
            "resourceType": "ResourceType",
            "location": format!("{base_url}/ResourceTypes/{}", known.name),
        }),
    })
}

fn render_schema(schema: &Schema, base_url: &str) -> Value {
    object!({
        "schemas": [SCHEMA_SCHEMA],
        "id": schema.id,
        "name": schema.name,
        "description": schema.description,
        "attributes": schema.attributes,
        "meta": object!({
            "resourceType": "Schema",
            "location": format!("{base_url}/Schemas/{}", schema.id),
        }),
    })
}

fn list(resources: Vec<Value>) -> Value {
    let total_results = u64::try_from(resources.len()).unwrap_or(u64::MAX);
    ListResponse { total_results, start_index: Some(1), resources, next_cursor: None }.into_json()
}

#[cfg(test)]
mod tests;
