use anyhow::{Context as _, Result};
use http::{Method, Request, Response, StatusCode};
use hyper::body::Bytes;
use serde_json::{Value, json};

use super::Subject;
use crate::up::resource;

/// Which way a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To the listener that has no filter and answers by itself.
    Direct,
    /// Through the filter.
    Edge,
}

/// Makes a request of what is being measured.
pub type Make = fn(&Subject) -> Result<Request<Bytes>>;
/// Makes a request that undoes what the one with this answer did.
pub type Undo = fn(&Subject, &Response<Bytes>) -> Result<Request<Bytes>>;

/// One line of the table.
pub struct Row {
    /// What it is called.
    pub name: &'static str,
    /// Which way its requests go.
    pub way: Way,
    /// Its requests, sent one after the other and each counted.
    pub requests: &'static [Make],
    /// What each must be answered with.
    pub status: StatusCode,
    /// Brings the edge back to the size it had; not counted.
    pub undo: Option<Undo>,
}

/// Everything that is measured. The first row is what the others are compared with.
pub const ROWS: &[Row] = &[
    Row { name: "Envoy direct_response", way: Way::Direct, ..row(&[direct]) },
    Row { name: "SCIM GET by id", ..row(&[get]) },
    Row { name: "SCIM GET by userName", ..row(&[find]) },
    Row {
        name: "SCIM POST create",
        status: StatusCode::CREATED,
        undo: Some(delete),
        ..row(&[create])
    },
    Row { name: "SCIM PATCH off and on", ..row(&[deactivate, reactivate]) },
    Row { name: "gate lets a member pass", ..row(&[gate]) },
];

const fn row(requests: &'static [Make]) -> Row {
    Row { name: "", way: Way::Edge, requests, status: StatusCode::OK, undo: None }
}

fn direct(_: &Subject) -> Result<Request<Bytes>> {
    Ok(Request::get("/").body(Bytes::new())?)
}

fn get(subject: &Subject) -> Result<Request<Bytes>> {
    scim(subject, Method::GET, &format!("/Users/{}", subject.user()?.id), None)
}

fn find(subject: &Subject) -> Result<Request<Bytes>> {
    let path = format!("/Users?filter=userName%20eq%20%22{}%22", subject.user()?.user_name);
    scim(subject, Method::GET, &path, None)
}

fn create(subject: &Subject) -> Result<Request<Bytes>> {
    let user = resource(&format!("new{:08}@example.com", subject.count));
    scim(subject, Method::POST, "/Users", Some(&user))
}

fn delete(subject: &Subject, answer: &Response<Bytes>) -> Result<Request<Bytes>> {
    let user: Value = serde_json::from_slice(answer.body())?;
    let id = user.get("id").and_then(Value::as_str).context("a created user has no id")?;
    scim(subject, Method::DELETE, &format!("/Users/{id}"), None)
}

fn deactivate(subject: &Subject) -> Result<Request<Bytes>> {
    switch(subject, false)
}

fn reactivate(subject: &Subject) -> Result<Request<Bytes>> {
    switch(subject, true)
}

fn switch(subject: &Subject, active: bool) -> Result<Request<Bytes>> {
    let patch = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "path": "active", "value": active }],
    });
    scim(subject, Method::PATCH, &format!("/Users/{}", subject.user()?.id), Some(&patch))
}

fn gate(subject: &Subject) -> Result<Request<Bytes>> {
    let request = Request::get("/t/demo/hello").header("authorization", &subject.member);
    Ok(request.body(Bytes::new())?)
}

fn scim(
    subject: &Subject,
    method: Method,
    path: &str,
    body: Option<&Value>,
) -> Result<Request<Bytes>> {
    let request = Request::builder()
        .method(method)
        .uri(format!("{}{path}", subject.connection.path()))
        .header("authorization", subject.connection.bearer())
        .header("content-type", "application/scim+json");
    Ok(request.body(body.map(Value::to_string).unwrap_or_default().into())?)
}
