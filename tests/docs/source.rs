//! What the source says, for the documentation to be compared with.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use http::StatusCode;

use crate::markdown::{file, read};

/// The codes of problem documents with their statuses.
pub(crate) fn problem_codes() -> BTreeMap<String, u16> {
    let source = read("src/manage/problem.rs");
    let pairs = source.split("(StatusCode::").skip(1).filter_map(|rest| {
        let (status, rest) = rest.split_once(", \"")?;
        Some((rest.split('"').next()?.to_owned(), status_named(status)))
    });
    pairs.collect()
}

/// The names of the actions in the event log.
pub(crate) fn actions() -> Vec<String> {
    let mut names = quoted_after(&read("src/provisioning/event.rs"), " = ");
    names.retain(|name| name.contains('.'));
    names
}

/// The configuration's fields that hold a value, without the objects that they are in.
pub(crate) fn config_fields() -> Vec<String> {
    let source = read("src/config/plugin.rs");
    let takers =
        ["fields.required_string(", ".string(", ".strings(", ".number(", "fields.map.remove("];
    let mut fields: Vec<String> =
        takers.iter().flat_map(|taker| quoted_after(&source, taker)).collect();
    fields.sort();
    fields.dedup();
    fields
}

/// The `scimType`s that errors can have.
pub(crate) fn scim_types() -> Vec<String> {
    let source = read("src/scim/error.rs");
    let body = source.split("fn scim_type").nth(1).unwrap();
    quoted_after(body.split("_ => return None").next().unwrap(), "=> ")
}

/// The names of an enum's variants.
pub(crate) fn variants(path: &str, name: &str) -> BTreeSet<String> {
    let source = read(path);
    let body = source.split(&format!("pub enum {name} {{\n")).nth(1).unwrap();
    let lines = body.split("\n}\n").next().unwrap().lines();
    let lines = lines.filter_map(|line| line.strip_prefix("    "));
    let named = lines.filter(|line| line.starts_with(|first: char| first.is_ascii_uppercase()));
    named.map(|line| line.split([',', '(', ' ']).next().unwrap().to_owned()).collect()
}

/// What is said to who sends no token, or one that is not good, where no other error says it.
pub(crate) fn unauthenticated_details() -> Vec<String> {
    let source = read("src/service/scim/failure.rs");
    let body =
        source.split("impl Unauthenticated {").nth(1).unwrap().split("\n}\n").next().unwrap();
    let texts = body.lines().filter_map(|line| line.trim().strip_suffix("\".to_owned(),"));
    texts.map(|text| text.trim_start_matches('"').replace("\\\"", "\"")).collect()
}

/// Whether a test of this name exists. Those of the settings page, in JavaScript, have sentences for names.
pub(crate) fn has_test(name: &str) -> bool {
    let rust = format!("fn {name}(");
    let page = format!("it('{name}'");
    ["src", "tests", "xtask"].iter().any(|folder| defines(&file(folder), "rs", &rust))
        || defines(&file("tests/browser"), "js", &page)
}

fn defines(folder: &Path, kind: &str, definition: &str) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return defines(&path, kind, definition);
        }
        path.extension().is_some_and(|extension| extension == kind)
            && std::fs::read_to_string(path).unwrap().contains(definition)
    })
}

/// The texts in quotes that directly follow `mark`.
fn quoted_after(source: &str, mark: &str) -> Vec<String> {
    let rests = source.split(mark).skip(1).filter_map(|rest| rest.strip_prefix('"'));
    rests.filter_map(|rest| Some(rest.split('"').next()?.to_owned())).collect()
}

/// The status that a constant such as `NOT_FOUND` names.
fn status_named(constant: &str) -> u16 {
    let name = constant.replace('_', " ");
    let all = (100..600).filter_map(|number| StatusCode::from_u16(number).ok());
    let found = all.into_iter().find(|status| {
        status.canonical_reason().is_some_and(|reason| reason.eq_ignore_ascii_case(&name))
    });
    found.unwrap_or_else(|| panic!("{constant} is no status")).as_u16()
}
