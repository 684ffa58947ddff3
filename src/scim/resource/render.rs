//! A resource as the client is shown it (RFC 7643 §3.1, RFC 7644 §3.9).

use serde_json::{Map, Value};

use super::Resource;
use crate::host::Timestamp;
use crate::json::typed::object;
use crate::scim::projection::Projection;
use crate::scim::schema::ResourceType;

/// What the server knows about a resource apart from its attributes (RFC 7643 §3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    /// The resource's id.
    pub id: String,
    /// What kind of resource it is.
    pub resource_type: &'static ResourceType,
    /// When it came to be.
    pub created: Timestamp,
    /// When it last changed.
    pub last_modified: Timestamp,
    /// Its absolute URL.
    pub location: String,
    /// Which version of it this is. May change although the resource's own record did not.
    pub version: String,
}

impl Meta {
    /// The entity tag, as in `meta.version` and the `ETag` header (RFC 7644 §3.14).
    pub fn etag(&self) -> String {
        format!("W/\"{}\"", self.version)
    }
}

impl Resource {
    /// All attributes, those included that the server adds: what a filter is matched against.
    pub fn complete(self, meta: &Meta) -> Map<String, Value> {
        let mut complete = self.attributes;
        complete.insert("id".to_owned(), Value::from(meta.id.as_str()));
        complete.insert(
            "meta".to_owned(),
            object!({
                "resourceType": meta.resource_type.name,
                "created": meta.created.to_rfc3339(),
                "lastModified": meta.last_modified.to_rfc3339(),
                "location": meta.location,
                "version": meta.etag(),
            }),
        );
        let schemas = schemas(meta.resource_type, &complete);
        complete.insert("schemas".to_owned(), Value::Array(schemas));
        complete
    }

    /// The same resource with the values of an attribute that is not kept with it.
    #[must_use]
    pub fn with_list(mut self, name: &str, values: Vec<Value>) -> Self {
        if !values.is_empty() {
            self.attributes.insert(name.to_owned(), Value::Array(values));
        }
        self
    }

    /// The resource as it goes over the wire, with the attributes that the client wants.
    pub fn into_json(self, meta: &Meta, projection: &Projection) -> Value {
        let given = self.attributes.get("schemas").cloned();
        let mut shown = projection.apply(meta.resource_type, self.complete(meta));
        // `schemas` names what is shown; URNs the client gave without attributes stay.
        if let Some(given) = given {
            shown.insert("schemas".to_owned(), given);
        } else {
            shown.remove("schemas");
        }
        let schemas = schemas(meta.resource_type, &shown);
        shown.insert("schemas".to_owned(), Value::Array(schemas));
        Value::Object(shown)
    }
}

/// The core schema, the extensions that are there, and the unknown URNs that `object` lists.
fn schemas(resource_type: &ResourceType, object: &Map<String, Value>) -> Vec<Value> {
    let mut schemas = vec![Value::from(resource_type.schema.id.as_str())];
    let extensions = object
        .iter()
        .filter(|(key, value)| crate::scim::attribute::is_urn(key) && value.is_object());
    schemas.extend(extensions.map(|(key, _)| Value::from(key.as_str())));
    let listed = object.get("schemas").and_then(Value::as_array).into_iter().flatten();
    for urn in listed {
        if !schemas.iter().any(|known| same_urn(known, urn)) {
            schemas.push(urn.clone());
        }
    }
    schemas
}

fn same_urn(one: &Value, other: &Value) -> bool {
    one.as_str().zip(other.as_str()).is_some_and(|(one, other)| one.eq_ignore_ascii_case(other))
}
