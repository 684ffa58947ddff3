use super::*;
use crate::provisioning::testing::{Fixture, OWNER, email};

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn a_team_id_can_stand_in_a_url_as_it_is() {
    for good in ["a", "acme", "team-42", "-", &"x".repeat(63)] {
        assert!(TeamId::parse(good).is_ok(), "{good}");
    }
    for bad in ["", "Acme", "a.b", "a_b", "a/b", "é", "a b", &"x".repeat(64)] {
        assert_eq!(TeamId::parse(bad), Err(TeamIdError), "{bad}");
    }
}

#[test]
fn a_team_needs_an_owner() {
    let acme = Fixture::without_team();
    for owners in [None, Some(Vec::new())] {
        let refused = acme.put_team("acme", |team| team.owners = owners);
        assert_eq!(refused, Err(TeamRefusal::NoOwner));
    }
    assert!(acme.entries().is_empty());
}

#[test]
fn the_platform_says_who_owns_a_team() {
    let acme = Fixture::new();
    assert_eq!(acme.role(OWNER), Some(Role::Owner));
    let eve = "eve@example.com";
    acme.put_team("acme", |team| team.owners = Some(vec![email(eve)])).unwrap();
    assert_eq!(acme.role(eve), Some(Role::Owner));
    assert_eq!(acme.role(OWNER), Some(Role::Member));
    acme.put_team("acme", |team| team.owners = None).unwrap();
    assert_eq!(acme.role(eve), Some(Role::Owner));
    acme.assert_sound();
}

#[test]
fn domains_that_are_not_mentioned_stay_verified() {
    let acme = Fixture::new();
    acme.verify_domains(&["example.com"]);
    acme.put_team("acme", |team| team.verified_domains = None).unwrap();
    assert_eq!(acme.team().verified_domains.len(), 1);
    acme.put_team("acme", |team| team.verified_domains = Some(Vec::new())).unwrap();
    assert_eq!(acme.team().verified_domains.len(), 0);
}

#[test]
fn saying_the_same_again_changes_nothing() {
    let acme = Fixture::new();
    let before = acme.entries();
    assert_eq!(acme.put_team("acme", |_| {}), Ok(false));
    assert_eq!(acme.entries(), before);
}

#[test]
fn the_stand_in_is_a_team_with_a_token_that_nobody_has() {
    let connection = stand_in().unwrap().connection.unwrap();
    assert!(connection.token_sha256.matches(&crate::authn::TokenDigest::of_nothing()));
}
