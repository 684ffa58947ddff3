//! Two users and a group, and what stands for them in an input.

use serde_json::json;

use super::edge::{Edge, user};

impl Edge {
    /// A service with two users, one of them in a group.
    pub fn with_a_group() -> (Self, Known) {
        let edge = Self::new();
        let (user, other) = (edge.create(&user("ada")), edge.create(&user("bob")));
        let group = edge.create_group(&json!({ "displayName": "Engines", "members": [user] }));
        (edge, Known { user, other, group })
    }
}

/// Ids of what is there, and what stands for them in an input.
pub struct Known {
    /// `$ID`
    pub user: String,
    /// `$OTHER`
    pub other: String,
    /// `$GROUP`, which the first user is in.
    pub group: String,
}

impl Known {
    /// The bytes with ids in place of what stands for them; any that are no text are left as they are.
    pub fn fill(&self, bytes: &[u8]) -> Vec<u8> {
        match std::str::from_utf8(bytes) {
            Ok(text) => self.fill_text(text).into_bytes(),
            Err(_) => bytes.to_vec(),
        }
    }

    /// The same for text.
    pub fn fill_text(&self, text: &str) -> String {
        let names = [("$ID", &self.user), ("$OTHER", &self.other), ("$GROUP", &self.group)];
        names.iter().fold(text.to_owned(), |text, (name, id)| text.replace(name, id))
    }
}
