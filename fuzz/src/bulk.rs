//! Bulk requests, next to the same operations one by one.

use std::collections::BTreeMap;

use http::Method;
use scim_edge::http::{Request, Response, header};
use scim_edge::scim::BulkRequest;
use scim_edge::scim::bulk::{BULK_RESPONSE_SCHEMA, BulkOperation, BulkTask};
use serde_json::{Value, json};

use super::edge::{Contents, Edge, json_of};
use super::message::check;
use super::sound::check_sound;

/// Sends a bulk request, and what it asks for one by one to another service. Both come to the same.
pub fn bulk(bytes: &[u8]) {
    let (edge, known) = Edge::with_a_group();
    let mut request = edge.scim(Method::POST, "/Bulk", None);
    request.body = known.fill(bytes);
    let answer = check(&edge, &request);
    if answer.status != 200 {
        return;
    }
    let body = scim_edge::json::parse_object(&request.body).expect("it was read");
    let asked = BulkRequest::parse(body).expect("it was understood");
    check_results(&asked, &answer);
    let (alone, known) = Edge::with_a_group();
    let body = scim_edge::json::parse_object(&known.fill(bytes)).expect("it was read");
    let asked = BulkRequest::parse(body).expect("it was understood");
    check_one_by_one(&edge, &alone, &asked, &json_of(&answer));
}

/// An answer as RFC 7644 §3.7.3 has it.
pub fn check_results(asked: &BulkRequest, answer: &Response) {
    let body = json_of(answer);
    assert_eq!(body["schemas"], json!([BULK_RESPONSE_SCHEMA]));
    let results = body["Operations"].as_array().expect("operations");
    assert!(!results.is_empty() && results.len() <= asked.operations.len());
    let mut given = asked.operations.iter();
    for result in results {
        let of = |operation: &&BulkOperation| {
            operation.method == result["method"]
                && operation.bulk_id.as_deref() == result["bulkId"].as_str()
        };
        assert!(given.any(|operation| of(&operation)), "out of order: {result}");
        let status: u16 =
            result["status"].as_str().and_then(|text| text.parse().ok()).expect("a status");
        let failed = status >= 400;
        assert_eq!(failed, result.get("response").is_some(), "{result}");
        if failed {
            assert!(status < 500 && result["response"]["status"] == result["status"], "{result}");
            assert!(result["response"]["detail"].is_string(), "{result}");
        }
        let is_made_or_there =
            !failed || result["method"] != "POST" && result["location"].is_string();
        assert!(!is_made_or_there || result["location"].is_string(), "{result}");
        assert!(failed || status == 204 || result["version"].is_string(), "{result}");
    }
}

/// Does `asked` in single requests, each of which is answered like its part of `answer`; what the stores hold then is
/// the same but for ids and times. Left out are requests whose operations refer to each other, as they have no
/// counterpart, and paths that mean another thing outside.
pub fn check_one_by_one(bulk: &Edge, alone: &Edge, asked: &BulkRequest, answer: &Value) {
    let requests = asked.operations.iter().map(|operation| single(alone, operation));
    let Some(requests) = requests.collect::<Option<Vec<_>>>() else { return };
    let results = answer["Operations"].as_array().expect("operations");
    for (request, result) in requests.iter().zip(results) {
        let Some(request) = request else {
            assert_eq!(result["status"], "400");
            continue;
        };
        let single = alone.answer(request);
        assert_eq!(single.status.as_str(), result["status"], "{result}");
        if single.status.is_client_error() {
            assert_eq!(json_of(&single)["scimType"], result["response"]["scimType"], "{result}");
        }
    }
    let (bulk, alone) = (bulk.contents(), alone.contents());
    check_sound(&alone);
    assert_eq!(portrait(&bulk), portrait(&alone));
}

/// The request that an operation is in short: nothing where it cannot be compared, `Some(None)` where it is wrong in
/// itself.
fn single(edge: &Edge, operation: &BulkOperation) -> Option<Option<Request>> {
    let Ok(BulkTask { method, path, version, data }) = &operation.task else { return Some(None) };
    let data = data.clone().map(Value::Object);
    let text = data.as_ref().map(Value::to_string).unwrap_or_default();
    let mut segments = path.strip_prefix('/').unwrap_or(path).split('/');
    let is_plain = |segment: &str| {
        segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !segment.is_empty()
    };
    let is_place = matches!(segments.next(), Some("Users" | "Groups"))
        && segments.next().is_none_or(is_plain)
        && segments.next().is_none();
    if !is_place || text.contains("bulkId:") {
        return None;
    }
    let path = path.strip_prefix('/').unwrap_or(path);
    let mut request = edge.scim(method.clone(), &format!("/{path}"), data.as_ref());
    if let Some(version) = version.as_ref().filter(|_| *method != Method::POST)
        && request.headers.set(header::IF_MATCH, version).is_err()
    {
        return Some(None);
    }
    Some(Some(request))
}

/// What a store holds, with names in place of ids, and without times.
fn portrait(contents: &Contents) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for (key, value) in contents {
        let Ok(record) = serde_json::from_slice::<Value>(value) else { continue };
        let name =
            [&record["names"]["user_name"], &record["names"]["display_name"], &record["email"]];
        let name = name.into_iter().find_map(Value::as_str);
        if let (Some(id), Some(name)) = (record["id"].as_str(), name) {
            let place = key.split('/').nth(2).unwrap_or("account");
            names.insert(id.to_owned(), format!("<{place} {name}>"));
        }
    }
    let named =
        |text: &str| names.iter().fold(text.to_owned(), |text, (id, name)| text.replace(id, name));
    let told = contents.iter().filter(|(key, _)| *key != "teams/acme").map(|(key, value)| {
        let value = match serde_json::from_slice::<Value>(value) {
            Ok(mut record) => {
                without_times(&mut record);
                named(&record.to_string())
            }
            Err(_) => named(&String::from_utf8_lossy(value)),
        };
        (named(key), value)
    });
    told.collect()
}

fn without_times(record: &mut Value) {
    if let Some(record) = record.as_object_mut() {
        record.retain(|name, _| !["created", "last_modified", "since", "at"].contains(&&**name));
    }
}
