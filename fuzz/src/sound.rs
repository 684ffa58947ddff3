//! What must hold of the store at any time: whatever follows from its records is there, and nothing else is.

use scim_edge::fsck;
use scim_edge::store::key;
use serde_json::Value;

use super::edge::Contents;

const TEAM: &str = "acme";

/// Checks a store that only its identity provider has changed: it is sound, and who is not in was taken out.
pub fn check_sound(contents: &Contents) {
    let mut broken = Vec::new();
    let mut state = contents.clone();
    let mut tell = |flaw: fsck::Broken| broken.push(flaw.to_string());
    pollster::block_on(fsck::check(&mut state, &mut tell)).expect("a listing can be read");
    assert!(broken.is_empty(), "{broken:#?}");
    for value in below(contents, &key::users(TEAM)) {
        let user: Value = serde_json::from_slice(value).expect("a user");
        let account = user["account"].as_str().expect("a user has an account");
        let is_out = contents.contains_key(&key::deprovisioned(TEAM, account));
        assert_eq!(user["active"].as_bool(), Some(!is_out), "{}", user["id"]);
    }
}

/// How many users and groups a store holds.
pub fn counts(contents: &Contents) -> [usize; 2] {
    [key::users(TEAM), key::groups(TEAM)].map(|prefix| below(contents, &prefix).count())
}

/// The values whose key begins with `prefix`.
fn below<'c>(contents: &'c Contents, prefix: &str) -> impl Iterator<Item = &'c [u8]> {
    let found = contents.range(prefix.to_owned()..);
    let within = found.take_while(move |(key, _)| key.starts_with(prefix));
    within.map(|(_, value)| &**value)
}
