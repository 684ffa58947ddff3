use super::*;
use crate::provisioning::event::Outcome;
use crate::provisioning::membership::MembershipRefusal;
use crate::provisioning::testing::{Fixture, OWNER, as_write, email, write};
use crate::store::suite::Seeded;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

const ADA: &str = "ada@example.com";

#[test]
fn create_makes_an_account_and_a_membership() {
    let acme = Fixture::new();
    let user = acme.create("ada").unwrap();
    assert!(user.active);
    assert_eq!(user.version, 1);
    assert_eq!(acme.role(ADA), Some(Role::Member));
    assert_eq!(acme.membership(ADA).unwrap().via, Via::Scim);
    assert_eq!(acme.account(ADA).unwrap().id, user.account);
    acme.assert_sound();
}

#[test]
fn create_links_a_member_who_was_there_before_and_leaves_the_role() {
    let acme = Fixture::new();
    acme.add_member(ADA, Some(Role::Admin), false).unwrap();
    let before = (acme.account(ADA), acme.membership(ADA));
    let user = acme.create("ada").unwrap();
    assert_eq!((acme.account(ADA), acme.membership(ADA)), before);
    assert_eq!(acme.account(ADA).unwrap().id, user.account);
    let owner = acme.create_with(write(OWNER)).unwrap();
    assert!(owner.active);
    assert_eq!(acme.role(OWNER), Some(Role::Owner));
    acme.assert_sound();
}

#[test]
fn create_links_an_account_of_another_team_and_changes_nothing_of_it() {
    let acme = Fixture::new();
    acme.put_team("other", |team| team.owners = Some(vec![email(ADA)])).unwrap();
    let before = acme.account(ADA);
    let mut new = write("ada");
    new.email = email("ADA@Example.COM");
    acme.create_with(new).unwrap();
    assert_eq!(acme.account(ADA), before);
    acme.assert_sound();
}

#[test]
fn a_second_create_of_a_live_user_is_refused_by_what_they_have_in_common() {
    let acme = Fixture::new();
    acme.create("ada").unwrap();
    let other = |change: fn(&mut UserWrite)| {
        let mut new = write("grace");
        change(&mut new);
        new
    };
    let cases = [
        (write("ada"), UserRefusal::UserNameTaken),
        (other(|w| w.names.user_name = "ADA@EXAMPLE.com".to_owned()), UserRefusal::UserNameTaken),
        (other(|w| w.names.external_id = Some("ext-ada".to_owned())), UserRefusal::ExternalIdTaken),
        (other(|w| w.email = email("Ada@example.com")), UserRefusal::EmailTaken),
    ];
    let before = acme.entries();
    for (new, expected) in cases {
        assert_eq!(acme.create_with(new), Err(expected));
        assert_eq!(acme.entries(), before);
    }
}

#[test]
fn external_ids_that_differ_in_case_are_two() {
    let acme = Fixture::new();
    acme.create("ada").unwrap();
    let mut new = write("grace");
    new.names.external_id = Some("EXT-ADA".to_owned());
    assert!(acme.create_with(new).is_ok());
    acme.assert_sound();
}

#[test]
fn deactivation_takes_the_membership_and_keeps_account_and_user() {
    let acme = Fixture::new();
    let user = acme.create("ada").unwrap();
    let user = acme.set_active(&user, false).unwrap();
    assert!(!user.active);
    assert_eq!(user.version, 2);
    assert_eq!(acme.role(ADA), None);
    assert!(acme.account(ADA).is_some());
    assert_eq!(acme.user(&user.id), Some(user));
    acme.assert_sound();
}

#[test]
fn reactivation_makes_a_member_whatever_the_role_was() {
    let acme = Fixture::new();
    acme.add_member(ADA, Some(Role::Admin), false).unwrap();
    let user = acme.create("ada").unwrap();
    let account = acme.account(ADA);
    let user = acme.set_active(&user, false).unwrap();
    let user = acme.set_active(&user, true).unwrap();
    assert!(user.active);
    assert_eq!(acme.role(ADA), Some(Role::Member));
    assert_eq!(acme.account(ADA), account);
    acme.assert_sound();
}

#[test]
fn create_takes_an_inactive_user_up_again_under_its_id() {
    let same_name = |w: &mut UserWrite| w.names.external_id = None;
    let same_external_id = |w: &mut UserWrite| {
        w.names.user_name = "a.lovelace".to_owned();
        w.email = email("a.lovelace@example.com");
        w.names.emails = vec!["a.lovelace@example.com".to_owned()];
    };
    let same_account = |w: &mut UserWrite| {
        w.names.user_name = "rehired".to_owned();
        w.names.external_id = Some("new".to_owned());
    };
    let changes: [&dyn Fn(&mut UserWrite); 3] = [&same_name, &same_external_id, &same_account];
    for change in changes {
        let acme = Fixture::new();
        let user = acme.create("ada").unwrap();
        acme.set_active(&user, false).unwrap();
        let mut again = write("ada");
        change(&mut again);
        let back = acme.create_with(again).unwrap();
        assert_eq!((back.id, back.account), (user.id, user.account));
        assert!(back.active);
        assert_eq!(back.created, user.created);
        assert_eq!(acme.role(&back.names.emails[0]), Some(Role::Member));
        acme.assert_sound();
    }
}

#[test]
fn create_that_could_be_two_inactive_users_is_refused() {
    let acme = Fixture::new();
    for name in ["ada", "grace"] {
        let user = acme.create(name).unwrap();
        acme.set_active(&user, false).unwrap();
    }
    let mut new = write("ada");
    new.names.external_id = Some("ext-grace".to_owned());
    assert_eq!(acme.create_with(new), Err(UserRefusal::ExternalIdTaken));
}

#[test]
fn create_after_delete_makes_a_new_user_for_the_old_account() {
    let acme = Fixture::new();
    let user = acme.create("ada").unwrap();
    acme.delete(&user.id).unwrap();
    assert_eq!(acme.user(&user.id), None);
    assert_eq!(acme.role(ADA), None);
    acme.assert_sound();
    let again = acme.create("ada").unwrap();
    assert_ne!(again.id, user.id);
    assert_eq!(again.account, user.account);
    assert_eq!(acme.role(ADA), Some(Role::Member));
    assert_eq!(acme.delete(&user.id), Err(UserRefusal::NotFound));
    acme.assert_sound();
}

#[test]
fn create_of_an_inactive_user_takes_an_existing_membership_but_never_an_owners() {
    let acme = Fixture::new();
    acme.add_member(ADA, None, false).unwrap();
    let mut inactive = write("ada");
    inactive.active = Some(false);
    assert!(!acme.create_with(inactive.clone()).unwrap().active);
    assert_eq!(acme.role(ADA), None);
    acme.assert_sound();

    inactive = write(OWNER);
    inactive.active = Some(false);
    let before = acme.entries();
    assert_eq!(acme.create_with(inactive), Err(UserRefusal::Owner));
    assert_eq!(acme.entries(), before);
}

#[test]
fn an_owner_cannot_be_deprovisioned_and_nothing_else_of_the_write_happens() {
    let acme = Fixture::new();
    let owner = acme.create_with(write(OWNER)).unwrap();
    let before = acme.entries();
    let mut new = as_write(&owner);
    new.active = Some(false);
    new.names.user_name = "renamed".to_owned();
    new.attributes.insert("title".to_owned(), "None".into());
    assert_eq!(acme.update(&owner.id, new).unwrap_err(), UserRefusal::Owner);
    assert_eq!(acme.delete(&owner.id), Err(UserRefusal::Owner));
    assert_eq!(acme.entries(), before);
}

#[test]
fn a_write_that_leaves_an_owner_active_succeeds() {
    let acme = Fixture::new();
    let owner = acme.create_with(write(OWNER)).unwrap();
    let mut new = as_write(&owner);
    new.attributes.insert("title".to_owned(), "Founder".into());
    let changed = acme.update(&owner.id, new).unwrap().into_user();
    assert_eq!(changed.attributes["title"], "Founder");
    assert_eq!(acme.role(OWNER), Some(Role::Owner));
}

#[test]
fn a_member_who_becomes_owner_is_protected_at_once() {
    let acme = Fixture::new();
    let user = acme.create("ada").unwrap();
    acme.add_member(ADA, Some(Role::Owner), true).unwrap();
    assert_eq!(acme.set_active(&user, false).unwrap_err(), UserRefusal::Owner);
    acme.add_member(ADA, Some(Role::Member), true).unwrap();
    assert!(acme.set_active(&user, false).is_ok());
    acme.assert_sound();
}

#[test]
fn a_write_that_changes_nothing_counts_no_version_and_logs_nothing() {
    let acme = Fixture::new();
    let user = acme.create("ada").unwrap();
    let before = acme.entries();
    acme.host.advance(1000);
    let changed = acme.update(&user.id, as_write(&user)).unwrap();
    assert_eq!(changed, Changed::No(Box::new(user)));
    assert_eq!(acme.entries(), before);
}

#[test]
fn an_address_outside_the_verified_domains_is_refused_for_creates_and_changes() {
    let acme = Fixture::new();
    acme.verify_domains(&["example.com", "example.org"]);
    assert!(acme.create_with(write("grace@Example.ORG")).is_ok());
    for outside in ["eve@example.net", "eve@mail.example.com", "eve@example.com.evil.example"] {
        assert_eq!(acme.create_with(write(outside)), Err(UserRefusal::EmailOutsideDomains));
    }
    let user = acme.create("ada").unwrap();
    let mut new = as_write(&user);
    new.email = email("ada@example.net");
    assert_eq!(acme.update(&user.id, new).unwrap_err(), UserRefusal::EmailOutsideDomains);
    acme.assert_sound();
}

#[test]
fn a_domain_verified_later_does_not_hinder_writes_that_leave_the_address() {
    let acme = Fixture::new();
    let user = acme.create_with(write("ada@example.net")).unwrap();
    acme.verify_domains(&["example.com"]);
    let user = acme.set_active(&user, false).unwrap();
    assert!(acme.set_active(&user, true).is_ok());
}

#[test]
fn an_address_change_onto_another_account_is_refused() {
    let acme = Fixture::new();
    acme.put_team("other", |team| team.owners = Some(vec![email("eve@example.com")])).unwrap();
    let user = acme.create("ada").unwrap();
    let before = acme.entries();
    let mut new = as_write(&user);
    new.email = email("EVE@example.com");
    assert_eq!(acme.update(&user.id, new).unwrap_err(), UserRefusal::EmailOfAnotherAccount);
    assert_eq!(acme.entries(), before);
}

#[test]
fn an_address_change_of_an_account_we_created_keeps_account_and_membership() {
    let acme = Fixture::new();
    let user = acme.create("ada").unwrap();
    let mut new = as_write(&user);
    new.email = email("ada.king@example.com");
    let changed = acme.update(&user.id, new).unwrap().into_user();
    assert_eq!(changed.account, user.account);
    assert_eq!(acme.account(ADA), None);
    assert_eq!(acme.account("ada.king@example.com").unwrap().id, user.account);
    assert_eq!(acme.role("ada.king@example.com"), Some(Role::Member));
    acme.assert_sound();
}

#[test]
fn a_team_cannot_change_the_address_of_an_account_it_has_no_say_over() {
    // The platform created the account.
    let acme = Fixture::new();
    acme.add_member(ADA, None, false).unwrap();
    let user = acme.create("ada").unwrap();
    let mut new = as_write(&user);
    new.email = email("mallory@example.com");
    assert_eq!(acme.update(&user.id, new.clone()).unwrap_err(), UserRefusal::EmailNotOurs);

    // With the domain verified, the address is the team's to change.
    acme.verify_domains(&["example.com"]);
    assert!(acme.update(&user.id, new).is_ok());
    acme.assert_sound();
}

#[test]
fn a_team_cannot_change_the_address_of_an_account_that_another_team_knows_too() {
    let acme = Fixture::new();
    acme.put_team("other", |_| {}).unwrap();
    let user = acme.create("ada").unwrap();
    acme.create_in("other", write("ada")).unwrap();
    let mut new = as_write(&user);
    new.email = email("mallory@example.com");
    assert_eq!(acme.update(&user.id, new).unwrap_err(), UserRefusal::EmailNotOurs);
}

#[test]
fn an_account_that_another_teams_identity_provider_made_is_not_ours_even_when_only_we_know_it() {
    let acme = Fixture::new();
    acme.put_team("other", |_| {}).unwrap();
    let theirs = acme.create_in("other", write("ada")).unwrap();
    let user = acme.create("ada").unwrap();
    let other = acme.provisioner("other");
    acme.run(|t, context| delete(t, context, &other, &theirs.id, |_| Ok(()))).unwrap();
    let mut new = as_write(&user);
    new.email = email("mallory@example.com");
    assert_eq!(acme.update(&user.id, new).unwrap_err(), UserRefusal::EmailNotOurs);
}

#[test]
fn taking_up_an_inactive_user_under_another_address_keeps_to_the_same_rules() {
    let acme = Fixture::new();
    acme.add_member(ADA, None, false).unwrap();
    let user = acme.create("ada").unwrap();
    acme.set_active(&user, false).unwrap();
    let mut again = write("ada");
    again.email = email("mallory@example.com");
    let before = acme.entries();
    assert_eq!(acme.create_with(again).unwrap_err(), UserRefusal::EmailNotOurs);
    assert_eq!(acme.entries(), before);
}

#[test]
fn an_update_onto_a_taken_name_is_refused() {
    let acme = Fixture::new();
    acme.create("grace").unwrap();
    let user = acme.create("ada").unwrap();
    let mut new = as_write(&user);
    new.names.user_name = "Grace@Example.com".to_owned();
    assert_eq!(acme.update(&user.id, new).unwrap_err(), UserRefusal::UserNameTaken);
    let mut new = as_write(&user);
    new.names.external_id = Some("ext-grace".to_owned());
    assert_eq!(acme.update(&user.id, new).unwrap_err(), UserRefusal::ExternalIdTaken);
    let mut new = as_write(&user);
    new.names.user_name = "ADA@example.com".to_owned();
    assert!(acme.update(&user.id, new).is_ok());
    acme.assert_sound();
}

#[test]
fn signing_in_does_not_undo_deprovisioning_but_an_owner_can() {
    for delete in [false, true] {
        let acme = Fixture::new();
        let user = acme.create("ada").unwrap();
        if delete {
            acme.delete(&user.id).unwrap();
        } else {
            acme.set_active(&user, false).unwrap();
        }
        let before = acme.entries();
        let refused = acme.add_member(ADA, None, false);
        assert_eq!(refused, Err(MembershipRefusal::Deprovisioned));
        assert_eq!(acme.entries(), before);
        assert_eq!(acme.add_member(ADA, None, true), Ok(true));
        assert_eq!(acme.user(&user.id).map(|user| user.active), (!delete).then_some(true));
        assert_eq!(acme.add_member(ADA, None, false), Ok(false));
        acme.assert_sound();
    }
}

#[test]
fn who_the_platform_took_out_can_come_back_by_signing_in() {
    let acme = Fixture::new();
    let user = acme.create("ada").unwrap();
    acme.remove_member(ADA).unwrap();
    assert!(!acme.user(&user.id).unwrap().active);
    acme.assert_sound();
    assert_eq!(acme.add_member(ADA, None, false), Ok(true));
    assert!(acme.user(&user.id).unwrap().active);
    acme.assert_sound();
}

#[test]
fn users_are_listed_by_creation_and_found_by_every_name() {
    let acme = Fixture::new();
    let ids: Vec<String> = ["c", "a", "b"].map(|name| acme.create(name).unwrap().id).into();
    let listed = acme.read(|t| list(t, &acme.id, None, 0, 10));
    assert_eq!(listed.into_iter().map(|user| user.id).collect::<Vec<_>>(), ids);
    let page = acme.read(|t| list(t, &acme.id, None, 1, 1));
    assert_eq!(page[0].id, ids[1]);

    let found = acme.read(|t| find_by_user_name(t, &acme.id, "A@EXAMPLE.COM"));
    assert_eq!(found.unwrap().id, ids[1]);
    let found = acme.read(|t| find_by_external_id(t, &acme.id, "ext-a"));
    assert_eq!(found.unwrap().id, ids[1]);
    let found = acme.read(|t| find_by_external_id(t, &acme.id, "EXT-A"));
    assert_eq!(found, None);
    let found = acme.read(|t| find_by_email(t, &acme.id, "A@example.com", 10));
    assert_eq!(found[0].id, ids[1]);
    for no_id in ["", "x", "../users", "0197"] {
        assert_eq!(acme.user(no_id), None);
    }
}

#[test]
fn every_change_is_logged_with_who_and_what() {
    let acme = Fixture::new();
    *acme.actor.borrow_mut() = crate::provisioning::Actor::IdentityProvider;
    let user = acme.create("ada").unwrap();
    let user = acme.set_active(&user, false).unwrap();
    let user = acme.set_active(&user, true).unwrap();
    let mut new = as_write(&user);
    new.attributes.insert("title".to_owned(), "Countess".into());
    acme.update(&user.id, new).unwrap();
    acme.delete(&user.id).unwrap();
    let events = acme.events();
    let actions: Vec<Action> = events.iter().take(5).map(|logged| logged.event.action).collect();
    assert_eq!(
        actions,
        [
            Action::UserDelete,
            Action::UserUpdate,
            Action::UserReactivate,
            Action::UserDeactivate,
            Action::UserCreate,
        ]
    );
    for logged in events.iter().take(5) {
        assert_eq!(logged.actor, crate::provisioning::Actor::IdentityProvider);
        assert_eq!(logged.event.outcome, Outcome::Done);
        assert_eq!(logged.event.subject.email.as_deref(), Some(ADA));
        assert_eq!(logged.event.subject.user_id.as_deref(), Some(user.id.as_str()));
    }
}

/// Random operations of everybody on few people, so that they meet in every order.
#[test]
fn nothing_that_anybody_does_in_any_order_leaves_a_half_done_state() {
    const PEOPLE: [&str; 4] = ["ada", "grace", "OWNER", "Ada@example.com"];
    for seed in 0..60 {
        let random = Seeded::new(seed);
        let acme = Fixture::new();
        let mut known: Vec<User> = Vec::new();
        for _ in 0..60 {
            let person = PEOPLE[random.below(PEOPLE.len())];
            let address = write(person).email;
            let active = [None, Some(true), Some(false)][random.below(3)];
            let user = (!known.is_empty()).then(|| known[random.below(known.len())].clone());
            match (random.below(8), user) {
                (0..=2, _) => {
                    let mut new = write(person);
                    new.active = active;
                    if random.chance(30) {
                        new.names.external_id = Some("shared".to_owned());
                    }
                    known.extend(acme.create_with(new));
                }
                (3, Some(user)) => {
                    let _ = acme.set_active(&user, random.chance(50));
                }
                (4, Some(user)) => {
                    let mut new = write(person);
                    new.active = active;
                    let _ = acme.update(&user.id, new);
                }
                (5, Some(user)) => {
                    let _ = acme.delete(&user.id);
                }
                (6, _) => {
                    let role = [None, Some(Role::Admin), Some(Role::Owner)][random.below(3)];
                    let _ = acme.add_member(address.as_str(), role, random.chance(50));
                }
                _ => {
                    let _ = acme.remove_member(address.as_str());
                }
            }
            acme.assert_sound();
            let owners = acme.read(|t| membership::owner_ids(t, &acme.id));
            assert!(!owners.is_empty(), "seed {seed}: no owner left");
        }
    }
}
