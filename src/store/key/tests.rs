use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

const GROUP: &str = "01900000-0000-7000-8000-000000000001";
const OTHER: &str = "01900000-0000-7000-8000-000000000002";

/// Ids that a client may give a member, made to meet each other.
fn ids() -> Vec<String> {
    let parts = ["", "a", "/", "%", "%2F", "%2f", "%25", "ü", GROUP];
    let mut ids: Vec<String> = Vec::new();
    for first in parts {
        for second in parts {
            ids.extend(parts.iter().map(|third| format!("{first}{second}{third}")));
        }
    }
    ids.retain(|id| !id.is_empty());
    ids.sort();
    ids.dedup();
    ids
}

#[test]
fn no_two_members_meet_under_one_key() {
    let mut keys = Vec::new();
    for id in ids() {
        for group in [GROUP, OTHER] {
            keys.extend([group_member("acme", group, &id), member_group("acme", &id, group)]);
        }
    }
    let count = keys.len();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), count);
}

#[test]
fn the_groups_of_a_member_are_under_its_prefix_and_nobody_elses() {
    for id in ids() {
        let prefix = member_groups("acme", &id);
        for other in ids() {
            let key = member_group("acme", &other, GROUP);
            assert_eq!(key.strip_prefix(&prefix), (id == other).then_some(GROUP), "{id} {other}");
        }
    }
}

#[test]
fn the_members_of_a_group_are_under_its_prefix_with_their_ids_behind() {
    let prefix = group_members("acme", GROUP);
    for id in ids() {
        assert_eq!(group_member("acme", GROUP, &id).strip_prefix(&prefix), Some(id.as_str()));
        assert!(!group_member("acme", OTHER, &id).starts_with(&prefix));
        assert!(!member_group("acme", &id, GROUP).starts_with(&prefix));
    }
}

#[test]
fn our_own_ids_stand_in_keys_as_they_are() {
    let key = member_group("acme", OTHER, GROUP);
    assert_eq!(key, format!("teams/acme/member-groups/{OTHER}/{GROUP}"));
}

#[test]
fn what_an_import_stages_is_a_scope_of_its_own_and_of_no_team() {
    let keys = [import("acme", GROUP), staged("acme", GROUP, "users/x"), imports("acme")];
    for key in keys {
        assert_eq!(scope(&key), Some("imports/acme"), "{key}");
        assert!(!key.starts_with(&team_prefix("acme")) && !is_remembered(&key), "{key}");
        assert_eq!(counted_folder(&key), None, "{key}");
    }
    assert!(staged("acme", GROUP, "x").starts_with(&all_staged("acme")));
    assert!(!import("acme", GROUP).starts_with(&all_staged("acme")));
    // The longest name that a mark is made of.
    let longest =
        staged(&"t".repeat(63), GROUP, &format!("marks/user-names/{}", "\u{10ffff}".repeat(256)));
    assert!(longest.len() < crate::store::KEY_MAX, "{}", longest.len());
}
