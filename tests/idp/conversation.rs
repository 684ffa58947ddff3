//! Conversations as they stand in their files.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

/// A file.
///
/// `{{name}}` stands for a value in every text of it: `{{base}}` for the endpoint's URL, `{{token}}` for its token,
/// `{{domain}}` for a mail domain that no other conversation has, `{{owner}}` for the address of the team's owner, and
/// whatever a step has kept. In an expected body `"{{any}}"` stands for whatever is there.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Conversation {
    /// The identity provider: the name of the folder.
    pub(crate) idp: String,
    /// What it wants.
    pub(crate) what: String,
    /// The header fields of every request; `content-type` only of those with a body.
    pub(crate) headers: BTreeMap<String, String>,
    /// In their order.
    pub(crate) steps: Vec<Step>,
    /// The name of the team, from the file's.
    #[serde(skip)]
    pub(crate) team: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) request: Request,
    pub(crate) response: Response,
    /// What later steps need of the answer's body: names, with the JSON pointers to the values.
    #[serde(default)]
    pub(crate) keep: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query below the endpoint's URL.
    pub(crate) path: String,
    /// In place of the conversation's.
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Response {
    pub(crate) status: u16,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    /// What there must be. Objects may have more keys, arrays no more elements.
    pub(crate) body: Option<Value>,
    /// JSON pointers to what there must not be.
    #[serde(default)]
    pub(crate) absent: Vec<String>,
}

/// Where the identity providers' folders are.
pub(crate) fn folder() -> PathBuf {
    xtask::project::root().join("tests/idp")
}

/// The conversations of an identity provider. Every file of its folder is one.
pub(crate) fn of(idp: &str) -> Vec<Conversation> {
    let entries = std::fs::read_dir(folder().join(idp)).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |file: &PathBuf| {
        let name = file.file_name().unwrap().to_str().unwrap();
        let stem = name.strip_suffix(".json").unwrap_or_else(|| panic!("{idp}/{name} is no JSON"));
        let text = std::fs::read(file).unwrap();
        let mut conversation: Conversation = serde_json::from_slice(&text)
            .unwrap_or_else(|error| panic!("tests/idp/{idp}/{name}: {error}"));
        assert_eq!(conversation.idp, idp, "tests/idp/{idp}/{name}");
        assert!(!conversation.steps.is_empty(), "tests/idp/{idp}/{name} has no steps");
        conversation.team = format!("{idp}-{stem}");
        conversation
    };
    files.iter().map(read).collect()
}
