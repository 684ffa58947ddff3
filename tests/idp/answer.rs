//! What every answer of a SCIM endpoint holds.

use http::{HeaderName, Response, StatusCode, header};
use serde_json::{Value, json};

const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// Gives the body, where there is one, or says what is wrong with the answer. `url` is the endpoint's; the `secrets`
/// are in no answer.
pub(crate) fn check(
    response: &Response<Vec<u8>>,
    url: &str,
    secrets: &[String],
) -> Result<Option<Value>, String> {
    let status = response.status();
    if response.body().is_empty() {
        let empty = status == StatusCode::NO_CONTENT;
        return if empty { Ok(None) } else { Err("there is no body".to_owned()) };
    }
    expect(status != StatusCode::NO_CONTENT, "there is a body")?;
    // Without charset or any other parameter, which some clients refuse.
    let media_type = field(response, &header::CONTENT_TYPE);
    expect(media_type == Some("application/scim+json"), "the media type is another one")?;
    let body: Value = serde_json::from_slice(response.body()).map_err(|error| error.to_string())?;
    let text = body.to_string();
    expect(!secrets.iter().any(|secret| text.contains(secret)), "a secret is in the body")?;
    refuse_password(&body)?;
    if status.is_success() {
        success(response, &body, url)?;
    } else {
        error(response, &body)?;
    }
    Ok(Some(body))
}

/// Whether every identity provider takes the two values: Okta no `_` in a URL, the fields of most no long token and
/// none with characters that somebody could encode.
pub(crate) fn check_endpoint(url: &str, token: &str) -> Result<(), String> {
    expect(!url.contains(['_', '?', '#']) && !url.ends_with('/'), "the URL has too much in it")?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    expect(token.len() <= 200 && token.chars().all(plain), "the token is long, or not plain")
}

/// RFC 7644 §3.12
fn error(response: &Response<Vec<u8>>, body: &Value) -> Result<(), String> {
    expect(body["schemas"] == json!([ERROR]), "the body is no SCIM error")?;
    expect(body["status"] == response.status().as_str(), "status is not the answer's, as text")?;
    let detail = body["detail"].as_str().unwrap_or_default();
    expect(!detail.is_empty(), "there is no detail")?;
    if response.status() == StatusCode::UNAUTHORIZED {
        let challenge = field(response, &header::WWW_AUTHENTICATE).unwrap_or_default();
        expect(challenge.starts_with("Bearer"), "there is no challenge")?;
    }
    Ok(())
}

fn success(response: &Response<Vec<u8>>, body: &Value, url: &str) -> Result<(), String> {
    if body["schemas"] == json!([LIST]) {
        return list(body, url);
    }
    resource(body, url)?;
    let location = body["meta"]["location"].as_str();
    let told = field(response, &header::LOCATION);
    if response.status() == StatusCode::CREATED {
        expect(told == location, "Location is not meta.location")?;
    }
    let version = body["meta"]["version"].as_str();
    expect(field(response, &header::ETAG) == version, "ETag is not meta.version")
}

/// RFC 7644 §3.4.2
fn list(body: &Value, url: &str) -> Result<(), String> {
    for number in ["totalResults", "startIndex", "itemsPerPage"] {
        expect(body[number].is_u64(), &format!("{number} is no whole number"))?;
    }
    let resources = body["Resources"].as_array().ok_or("there are no Resources")?;
    expect(body["itemsPerPage"] == resources.len(), "itemsPerPage is another number")?;
    resources.iter().try_for_each(|shown| resource(shown, url))
}

/// RFC 7643 §3.1. `meta` may be left out of a list by who asked for other attributes.
fn resource(body: &Value, url: &str) -> Result<(), String> {
    let schemas = body["schemas"].as_array().ok_or("there are no schemas")?;
    // Entra has a schema of its own for groups, whose name is no URN, but still a URI.
    let is_uri = |uri: &str| uri.starts_with("urn:") || uri.starts_with("http://");
    let all_uris = schemas.iter().all(|uri| uri.as_str().is_some_and(is_uri));
    expect(!schemas.is_empty() && all_uris, "schemas are no URIs")?;
    let id = body["id"].as_str().unwrap_or_default();
    // Okta takes it for a reference within a bulk request.
    expect(!id.contains("bulkId"), "the id looks like a bulkId")?;
    let Some(meta) = body.get("meta") else {
        return expect(!id.is_empty(), "there is no id");
    };
    let place = match meta["resourceType"].as_str() {
        Some("User") => format!("Users/{id}"),
        Some("Group") => format!("Groups/{id}"),
        Some("ResourceType") => format!("ResourceTypes/{id}"),
        Some("Schema") => format!("Schemas/{id}"),
        Some("ServiceProviderConfig") => "ServiceProviderConfig".to_owned(),
        _ => return Err("meta.resourceType is none that is known".to_owned()),
    };
    expect(!place.ends_with('/'), "there is no id")?;
    let location = format!("{url}/{place}");
    expect(meta["location"] == *location, &format!("meta.location is not {location}"))
}

/// Neither an attribute nor, in a schema, the definition of one.
fn refuse_password(value: &Value) -> Result<(), String> {
    match value {
        Value::Object(object) => {
            let named = object.get("name").and_then(Value::as_str);
            let mut names = object.keys().map(String::as_str).chain(named);
            expect(
                !names.any(|name| name.eq_ignore_ascii_case("password")),
                "there is a password",
            )?;
            object.values().try_for_each(refuse_password)
        }
        Value::Array(values) => values.iter().try_for_each(refuse_password),
        _ => Ok(()),
    }
}

fn field<'r>(response: &'r Response<Vec<u8>>, name: &HeaderName) -> Option<&'r str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

fn expect(holds: bool, or_else: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(or_else.to_owned()) }
}
