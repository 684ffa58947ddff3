//! A team's SCIM endpoint, and the people that the tests make in it.

use http::Method;
use scim_edge::http::Response;
use scim_edge::store::{Store as _, Transaction as _};
use serde_json::{Value, json};

use crate::edge::{Edge, field, json_of, user};

/// The core User schema.
pub(crate) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The core Group schema.
pub(crate) const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// The enterprise extension.
pub(crate) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// An error.
pub(crate) const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
/// A list.
pub(crate) const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
/// An id that nobody has.
pub(crate) const NOBODY: &str = "01970000-0000-7000-8000-000000000000";

/// A team with SCIM switched on.
pub(crate) struct Team {
    edge: Edge,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Null where there is none.
    pub(crate) body: Value,
    response: Response,
}

impl Team {
    pub(crate) fn new() -> Self {
        Self { edge: Edge::new() }
    }

    /// The endpoint's URL.
    pub(crate) fn url(&self) -> String {
        format!("https://edge.example{}", self.edge.path)
    }

    /// The answer to `POST /Users`, without a body.
    pub(crate) fn ask(&self, line: &str) -> Answer {
        self.send(line, &[], None)
    }

    /// The answer to `POST /Users`, with a body.
    pub(crate) fn tell(&self, line: &str, body: &Value) -> Answer {
        self.send(line, &[], Some(body))
    }

    /// The answer to `POST /Users`, with header fields.
    pub(crate) fn send(&self, line: &str, fields: &[(&str, &str)], body: Option<&Value>) -> Answer {
        let (method, target) = line.split_once(' ').expect("a method and a path");
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = self.edge.scim(method, target, body);
        for (name, value) in fields {
            request.headers.set(name, value).expect("a field");
        }
        Answer::of(self.edge.answer(&request))
    }

    /// The answer to a search with a filter.
    pub(crate) fn search(&self, path: &str, filter: &str) -> Answer {
        let query: String =
            form_urlencoded::Serializer::new(String::new()).append_pair("filter", filter).finish();
        self.ask(&format!("GET {path}?{query}"))
    }

    /// The names of those that a filter finds, sorted: of users the part before the `@`.
    pub(crate) fn found(&self, path: &str, filter: &str) -> Vec<String> {
        let answer = self.search(path, filter);
        assert_eq!(answer.status, 200, "{filter}: {}", answer.body);
        let mut names = names(&answer.body);
        names.sort();
        names
    }

    /// Makes `<name>@example.com`. Answers its id.
    pub(crate) fn person(&self, name: &str) -> String {
        self.edge.create(&user(name))
    }

    /// Makes a user with more attributes than most. Answers its id.
    pub(crate) fn person_with(&self, name: &str, attributes: Value) -> String {
        let mut body = user(name);
        for (key, value) in attributes.as_object().expect("an object") {
            body[key] = value.clone();
        }
        self.edge.create(&body)
    }

    /// Makes `count` more users with the attributes of the user `id`, for lists to go through: no index names them.
    pub(crate) fn multiply(&self, id: &str, count: usize) {
        let written = pollster::block_on(async {
            let mut transaction = self.edge.store.begin().await?;
            let prefix = "teams/acme/users/";
            let record =
                transaction.fetched(|t| t.get(&format!("{prefix}{id}"))).await?.expect("a user");
            let record = String::from_utf8(record).expect("a record in JSON");
            for number in 0..count {
                let other = format!("{}{number:012x}", id.get(..24).expect("a UUID"));
                let record = record.replace(id, &other).into_bytes();
                transaction.put(&format!("{prefix}{other}"), record)?;
            }
            transaction.commit().await
        });
        written.expect("a store in memory takes it");
    }

    /// Makes a group of these users and groups. Answers its id.
    pub(crate) fn group(&self, name: &str, members: &[&str]) -> String {
        let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
        let body = json!({ "schemas": [GROUP], "displayName": name, "members": members });
        self.edge.create_group(&body)
    }

    /// What a path shows.
    pub(crate) fn read(&self, path: &str) -> Value {
        let answer = self.ask(&format!("GET {path}"));
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    }

    /// The ids of a group's members, sorted.
    pub(crate) fn members(&self, group: &str) -> Vec<String> {
        let shown = self.read(&format!("/Groups/{group}"));
        let members = shown["members"].as_array().cloned().unwrap_or_default();
        let mut ids: Vec<String> =
            members.iter().map(|member| text(&member["value"]).to_owned()).collect();
        ids.sort();
        ids
    }

    /// Applies operations. Answers what was said.
    pub(crate) fn patch(&self, path: &str, operations: Value) -> Answer {
        let schema = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
        let body = json!({ "schemas": [schema], "Operations": operations });
        self.tell(&format!("PATCH {path}"), &body)
    }

    /// What the store holds, the event log left out.
    pub(crate) fn contents(&self) -> crate::edge::Contents {
        self.edge.contents()
    }
}

impl Answer {
    fn of(response: Response) -> Self {
        let body = if response.body.is_empty() { Value::Null } else { json_of(&response) };
        Self { status: response.status.as_u16(), body, response }
    }

    /// The id of the resource.
    pub(crate) fn id(&self) -> String {
        text(&self.body["id"]).to_owned()
    }

    /// A header field.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        field(&self.response, name)
    }

    /// Sees that it is a SCIM error with this status and `scimType` (empty for none).
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, scim_type: &str) {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.body["schemas"], json!([ERROR]));
        assert_eq!(self.body["status"], status.to_string());
        assert_eq!(self.body["scimType"].as_str().unwrap_or_default(), scim_type, "{}", self.body);
        assert!(!text(&self.body["detail"]).is_empty());
    }

    /// Sees that the status is this one.
    #[track_caller]
    pub(crate) fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }
}

/// A text in JSON.
#[track_caller]
pub(crate) fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// The names of a list's resources, in its order.
pub(crate) fn names(list: &Value) -> Vec<String> {
    let resources = list["Resources"].as_array().cloned().unwrap_or_default();
    let name = |shown: &Value| {
        let name = shown["userName"].as_str().or(shown["displayName"].as_str());
        name.unwrap_or_default().trim_end_matches("@example.com").to_owned()
    };
    resources.iter().map(name).collect()
}
