//! What a User must be beyond its attributes' types, and what the rest of the server asks of one.

use serde_json::{Map, Value};

use super::{Resource, invalid};
use crate::email::Email;
use crate::scim::error::ScimError;

/// The longest `userName` and `externalId`, in characters.
pub(crate) const MAX_NAME_CHARS: usize = 256;

impl Resource {
    /// The `userName` as it was written; empty only in a resource that is no User.
    pub fn user_name(&self) -> &str {
        self.text("userName").unwrap_or_default()
    }

    /// The identity provider's own id for the person.
    pub fn external_id(&self) -> Option<&str> {
        self.text("externalId").filter(|id| !id.is_empty())
    }

    /// Whether the person is to be a member, if the resource says so.
    pub fn active(&self) -> Option<bool> {
        self.attributes.get("active").and_then(Value::as_bool)
    }

    /// The same user with `active` as given.
    #[must_use]
    pub fn with_active(mut self, active: bool) -> Self {
        self.attributes.insert("active".to_owned(), Value::Bool(active));
        self
    }

    /// The name to show for the person: `displayName`, else `name.formatted`.
    pub fn display_name(&self) -> Option<&str> {
        let formatted = || self.attributes.get("name")?.get("formatted")?.as_str();
        self.text("displayName").or_else(formatted).filter(|name| !name.trim().is_empty())
    }

    /// The address that tells whose account this is: the primary one of `emails`, else the first of type
    /// `work`, else the first, else a `userName` that is an address. None of them is `invalidValue`.
    pub fn email(&self) -> Result<Email, ScimError> {
        let emails = || emails(&self.attributes);
        let primary = |email: &&Value| email.get("primary") == Some(&Value::Bool(true));
        let work = |email: &&Value| {
            let kind = email.get("type").and_then(Value::as_str);
            kind.is_some_and(|kind| kind.eq_ignore_ascii_case("work"))
        };
        let chosen = emails()
            .find(primary)
            .or_else(|| emails().find(work))
            .or_else(|| emails().next())
            .and_then(|email| email.get("value")?.as_str());
        match chosen {
            Some(address) => parse_address(address),
            None => Email::parse(self.user_name()).map_err(|_| {
                invalid(
                    "emails: an address is needed, as there is none and userName is not one either",
                )
            }),
        }
    }

    /// All addresses, as they were written.
    pub fn emails(&self) -> impl Iterator<Item = &str> {
        emails(&self.attributes).filter_map(|email| email.get("value")?.as_str())
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).and_then(Value::as_str)
    }
}

/// The elements of `emails` that have an address.
fn emails(attributes: &Map<String, Value>) -> impl Iterator<Item = &Value> {
    let all = attributes.get("emails").and_then(Value::as_array).into_iter().flatten();
    all.filter(|email| email.get("value").is_some_and(Value::is_string))
}

/// Refuses names and addresses that can't be what they should be.
pub(super) fn check(attributes: &Map<String, Value>) -> Result<(), ScimError> {
    for name in ["userName", "externalId"] {
        let Some(text) = attributes.get(name).and_then(Value::as_str) else { continue };
        check_name(text).map_err(|why| invalid(format!("{name} {why}")))?;
    }
    let user_name = attributes.get("userName").and_then(Value::as_str).unwrap_or_default();
    if user_name.trim().is_empty() {
        return Err(invalid("userName is required and must not be blank"));
    }
    for email in emails(attributes) {
        let address = email.get("value").and_then(Value::as_str).unwrap_or_default();
        parse_address(address)?;
    }
    Ok(())
}

pub(super) fn check_name(text: &str) -> Result<(), String> {
    if text.chars().any(char::is_control) {
        return Err("must not contain control characters".to_owned());
    }
    if text.chars().count() > MAX_NAME_CHARS {
        return Err(format!("must not be longer than {MAX_NAME_CHARS} characters"));
    }
    Ok(())
}

fn parse_address(text: &str) -> Result<Email, ScimError> {
    Email::parse(text).map_err(|error| invalid(format!("emails.value {error}")))
}
