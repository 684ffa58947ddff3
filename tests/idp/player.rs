//! Plays a conversation to whatever answers SCIM.

use std::collections::BTreeMap;

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, header};
use serde_json::Value;

use super::answer;
use super::conversation::{Conversation, Step};
use super::expectation::{self, Values};

/// Where people have their addresses, below a label of their conversation. Never in a log.
pub(crate) const DOMAIN: &str = "people.example";

/// The SCIM endpoint of a team.
pub(crate) trait Endpoint {
    /// Its URL, with no slash at the end.
    fn url(&self) -> &str;
    fn token(&self) -> &str;
    /// The answer to a request, whose URI is path and query.
    fn answer(&mut self, request: Request<Vec<u8>>) -> Response<Vec<u8>>;
}

/// The address of the owner of a conversation's team.
pub(crate) fn owner(team: &str) -> String {
    format!("owner@{team}.{DOMAIN}")
}

/// Plays all steps. Panics with the file, the step and what is wrong.
pub(crate) fn play(conversation: &Conversation, endpoint: &mut impl Endpoint) {
    let team = &conversation.team;
    answer::check_endpoint(endpoint.url(), endpoint.token()).unwrap();
    let mut values = Values::from_iter([
        ("base".to_owned(), endpoint.url().into()),
        ("token".to_owned(), endpoint.token().into()),
        ("domain".to_owned(), format!("{team}.{DOMAIN}").into()),
        ("owner".to_owned(), owner(team).into()),
    ]);
    let mut secrets = vec![endpoint.token().to_owned()];
    for step in &conversation.steps {
        let request = request(conversation, step, endpoint.url(), &values);
        secrets.extend(password(request.body()));
        let line = format!("{} {}", request.method(), request.uri());
        let response = endpoint.answer(request);
        let text = String::from_utf8_lossy(response.body()).into_owned();
        if let Err(wrong) = check(step, &response, endpoint.url(), &secrets, &mut values) {
            panic!(
                "{team} ({}), step {:?}: {wrong}\n{line}\n{} {:?}\n{text}",
                conversation.what,
                step.name,
                response.status(),
                response.headers(),
            );
        }
    }
}

fn request(
    conversation: &Conversation,
    step: &Step,
    url: &str,
    values: &Values,
) -> Request<Vec<u8>> {
    let below_origin = url.split_once("://").unwrap().1.split_once('/').unwrap().1;
    let path = expectation::fill_text(&step.request.path, values);
    let body = step.request.body.as_ref().map(|body| expectation::fill(body, values));
    let mut headers = fields(&conversation.headers, values);
    if body.is_none() {
        headers.remove(header::CONTENT_TYPE);
    }
    for (name, value) in &fields(&step.request.headers, values) {
        headers.insert(name, value.clone());
    }
    let mut request =
        Request::new(body.map(|body| body.to_string().into_bytes()).unwrap_or_default());
    *request.method_mut() = Method::from_bytes(step.request.method.as_bytes()).unwrap();
    *request.uri_mut() = format!("/{below_origin}{path}").parse().unwrap();
    *request.headers_mut() = headers;
    request
}

fn fields(given: &BTreeMap<String, String>, values: &Values) -> HeaderMap {
    let field = |(name, value): (&String, &String)| {
        let value = expectation::fill_text(value, values);
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        (name, HeaderValue::from_str(&value).unwrap())
    };
    given.iter().map(field).collect()
}

/// The password that somebody may have in a request, wherever in its body.
fn password(body: &[u8]) -> Option<String> {
    fn find(value: &Value) -> Option<String> {
        match value {
            Value::Object(object) => object.iter().find_map(|(key, value)| match value {
                Value::String(text) if key == "password" => Some(text.clone()),
                value => find(value),
            }),
            Value::Array(values) => values.iter().find_map(find),
            _ => None,
        }
    }
    serde_json::from_slice(body).ok().as_ref().and_then(find)
}

fn check(
    step: &Step,
    response: &Response<Vec<u8>>,
    url: &str,
    secrets: &[String],
    values: &mut Values,
) -> Result<(), String> {
    let expected = &step.response;
    if response.status().as_u16() != expected.status {
        return Err(format!("the status is to be {}", expected.status));
    }
    let body = answer::check(response, url, secrets)?;
    for (name, value) in &fields(&expected.headers, values) {
        if response.headers().get(name) != Some(value) {
            return Err(format!("{name} is to be {value:?}"));
        }
    }
    if let Some(expected) = &expected.body {
        let body = body.as_ref().ok_or("there is no body")?;
        expectation::matches(&expectation::fill(expected, values), body, "")?;
    }
    let at = |pointer: &str| {
        assert!(pointer.starts_with('/'), "{pointer:?} is no JSON pointer to a part of a body");
        body.as_ref().and_then(|body| body.pointer(pointer))
    };
    if let Some(pointer) = expected.absent.iter().find(|pointer| at(pointer).is_some()) {
        return Err(format!("{pointer} is not to be there"));
    }
    for (name, pointer) in &step.keep {
        let value = at(pointer).ok_or_else(|| format!("{pointer} is missing"))?;
        values.insert(name.clone(), value.clone());
    }
    Ok(())
}
