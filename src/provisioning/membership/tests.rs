use super::*;
use crate::provisioning::testing::{Fixture, OWNER};

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

const ADA: &str = "ada@example.com";

#[test]
fn adding_a_member_without_a_role_makes_a_member_and_leaves_a_role_that_is_there() {
    let acme = Fixture::new();
    assert_eq!(acme.add_member(ADA, None, false), Ok(true));
    assert_eq!(acme.role(ADA), Some(Role::Member));
    assert_eq!(acme.add_member(ADA, Some(Role::Admin), false), Ok(false));
    assert_eq!(acme.add_member(ADA, None, false), Ok(false));
    assert_eq!(acme.role(ADA), Some(Role::Admin));
    acme.assert_sound();
}

#[test]
fn the_last_owner_cannot_be_removed_or_demoted() {
    let acme = Fixture::new();
    let before = acme.entries();
    assert_eq!(acme.remove_member(OWNER), Err(MembershipRefusal::LastOwner));
    let demoted = acme.add_member(OWNER, Some(Role::Member), true);
    assert_eq!(demoted, Err(MembershipRefusal::LastOwner));
    assert_eq!(acme.entries(), before);

    acme.add_member(ADA, Some(Role::Owner), false).unwrap();
    assert_eq!(acme.remove_member(OWNER), Ok(()));
    assert_eq!(acme.remove_member(ADA), Err(MembershipRefusal::LastOwner));
    acme.assert_sound();
}

#[test]
fn removing_nobody_is_refused() {
    let acme = Fixture::new();
    assert_eq!(acme.remove_member("nobody@example.com"), Err(MembershipRefusal::NotAMember));
}

#[test]
fn members_are_listed_page_by_page_without_gaps() {
    let acme = Fixture::new();
    for n in 0..5 {
        acme.add_member(&format!("user{n}@example.com"), None, false).unwrap();
    }
    let mut seen = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = acme.read(|t| list(t, &acme.id, after.as_deref(), 2));
        let Some((last, _)) = page.last() else { break };
        after = Some(last.id.clone());
        seen.extend(page.into_iter().map(|(account, _)| account.email));
    }
    assert_eq!(seen.len(), 6);
}
