mod changes;
mod costs;
#[cfg(not(target_family = "wasm"))]
mod model;
mod names;
mod strangers;
mod together;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::provisioning::event::Outcome;
use crate::provisioning::testing::{
    Fixture, as_group_write, as_write, group_write, reference, write,
};
use crate::provisioning::user::User;

/// A team with three users.
fn with_people() -> (Fixture, [User; 3]) {
    let fixture = Fixture::new();
    let people = ["ada", "grace", "joan"].map(|name| fixture.create(name).unwrap());
    (fixture, people)
}

#[test]
fn a_display_name_is_unique_ignoring_case_and_free_after_a_delete() {
    let fixture = Fixture::new();
    let first = fixture.create_group("Sales", &[]).unwrap();
    let taken = fixture.create_group("SALES", &[]);
    assert_eq!(taken, Err(GroupRefusal::DisplayNameTaken));
    let other = fixture.create_group("Tours", &[]).unwrap();
    let rename =
        |name: &'static str| fixture.update_group(&other.id, |_| group_write(name), Vec::new);
    assert_eq!(rename("sales"), Err(GroupRefusal::DisplayNameTaken));
    assert_eq!(rename("TOURS").unwrap().names.display_name, "TOURS");
    fixture.delete_group(&first.id).unwrap();
    assert_eq!(rename("sales").unwrap().version, 3);
    assert_ne!(fixture.create_group("Tours", &[]).unwrap().id, other.id);
    fixture.assert_sound();
}

#[test]
fn an_external_id_is_unique_among_groups_in_exactly_its_case() {
    let fixture = Fixture::new();
    let with = |name: &str, external_id: &str| {
        let mut write = group_write(name);
        write.names.external_id = Some(external_id.to_owned());
        fixture.run(|transaction, context| {
            create(transaction, context, &fixture.id, write.clone(), Vec::new())
        })
    };
    with("a", "X").unwrap();
    with("b", "x").unwrap();
    assert_eq!(with("c", "X"), Err(GroupRefusal::ExternalIdTaken));
    let user = fixture.create("x").unwrap();
    assert_eq!(user.names.external_id.as_deref(), Some("ext-x"));
    with("d", "ext-x").unwrap();
    fixture.assert_sound();
}

#[test]
fn a_group_is_found_by_its_names_and_listed_by_its_creation() {
    let fixture = Fixture::new();
    let made: Vec<Group> =
        ["b", "a", "c"].iter().map(|name| fixture.create_group(name, &[]).unwrap()).collect();
    fixture.read(|transaction| {
        let team = &fixture.id;
        let found = find_by_display_name(transaction, team, "A")?;
        assert_eq!(found.as_deref(), Some(&made[1]));
        assert_eq!(find_by_external_id(transaction, team, "ext-a")?, found);
        assert_eq!(find_by_external_id(transaction, team, "EXT-a")?, None);
        assert_eq!(find(transaction, team, "../owners")?, None);
        assert_eq!(count(transaction, team)?, 3);
        assert_eq!(list(transaction, team, None, 0, 9)?, made);
        assert_eq!(list(transaction, team, Some(&made[0].id), 1, 9)?, made[2..]);
        Ok(())
    });
}

#[test]
fn a_member_keeps_its_name_up_to_date_in_every_group() {
    let (fixture, [ada, grace, _]) = with_people();
    let group = fixture.create_group("Engines", &[&ada.id, &grace.id]).unwrap();
    let above = fixture.create_group("All", &[&group.id]).unwrap();
    assert_eq!(fixture.member_names(&group.id), ["ada@example.com", "grace@example.com"]);

    let mut named = as_write(&ada);
    named.names.display_name = Some("Ada Lovelace".to_owned());
    named.attributes.insert("displayName".to_owned(), "Ada Lovelace".into());
    fixture.update(&ada.id, named.clone()).unwrap();
    assert_eq!(fixture.member_names(&group.id), ["Ada Lovelace", "grace@example.com"]);
    assert_eq!(fixture.group(&group.id).unwrap().version, 2);
    assert_eq!(fixture.group(&above.id).unwrap().version, 1);

    named.attributes.insert("title".to_owned(), "Countess".into());
    fixture.update(&ada.id, named).unwrap();
    assert_eq!(fixture.group(&group.id).unwrap().version, 2, "what is shown is the same");

    fixture.update_group(&group.id, |_| group_write("Machines"), Vec::new).unwrap();
    assert_eq!(fixture.member_names(&above.id), ["Machines"]);
    assert_eq!(fixture.group(&above.id).unwrap().version, 2);
    fixture.assert_sound();
}

#[test]
fn who_is_taken_up_again_under_another_name_has_it_in_groups_too() {
    let (fixture, [ada, ..]) = with_people();
    let group = fixture.create_group("Engines", &[&ada.id]).unwrap();
    fixture.set_active(&ada, false).unwrap();
    let mut again = write("ada");
    again.names.display_name = Some("Countess".to_owned());
    assert_eq!(fixture.create_with(again).unwrap().id, ada.id);
    assert_eq!(fixture.member_names(&group.id), ["Countess"]);
    fixture.assert_sound();
}

#[test]
fn a_long_name_is_cut_where_it_is_kept_with_a_member() {
    let (fixture, [ada, ..]) = with_people();
    let group = fixture.create_group("Engines", &[&ada.id]).unwrap();
    let mut named = as_write(&ada);
    named.names.display_name = Some("ä".repeat(10_000));
    fixture.update(&ada.id, named).unwrap();
    assert_eq!(fixture.member_names(&group.id), ["ä".repeat(DISPLAY_MAX)]);
}

#[test]
fn an_inactive_user_stays_in_its_groups_and_a_deleted_one_leaves_them() {
    let (fixture, [ada, grace, _]) = with_people();
    let group = fixture.create_group("Engines", &[&ada.id, &grace.id]).unwrap();
    fixture.set_active(&ada, false).unwrap();
    assert_eq!(fixture.member_names(&group.id).len(), 2);
    assert_eq!(fixture.group(&group.id).unwrap().version, 1);
    fixture.delete(&ada.id).unwrap();
    assert_eq!(fixture.member_names(&group.id), ["grace@example.com"]);
    assert_eq!(fixture.group(&group.id).unwrap().version, 2);
    assert!(
        !fixture.entries().keys().any(|key| key.contains(&format!("member-groups/{}", ada.id)))
    );
    fixture.assert_sound();
}

#[test]
fn a_deleted_group_leaves_its_members_and_the_groups_it_was_in() {
    let (fixture, [ada, ..]) = with_people();
    let before = fixture.entries();
    let group = fixture.create_group("Engines", &[&ada.id]).unwrap();
    let above = fixture.create_group("All", &[&group.id, &ada.id]).unwrap();
    fixture.delete_group(&group.id).unwrap();
    assert_eq!(fixture.delete_group(&group.id), Err(GroupRefusal::NotFound));
    assert_eq!(fixture.member_names(&above.id), ["ada@example.com"]);
    assert_eq!(fixture.group(&above.id).unwrap().version, 2);
    assert_eq!(fixture.groups_of(&ada.id), [("All".to_owned(), true)]);
    fixture.assert_sound();
    fixture.delete_group(&above.id).unwrap();
    let events = |key: &String| key.contains("/events/");
    let (left, mut before) = (fixture.entries(), before);
    before.retain(|key, _| !events(key));
    assert!(left.iter().filter(|(key, _)| !events(key)).eq(before.iter()), "nothing is left of it");
}

#[test]
fn groups_of_groups_are_indirect_and_shown_once() {
    let (fixture, [ada, grace, _]) = with_people();
    let inner = fixture.create_group("Inner", &[&ada.id]).unwrap();
    let left = fixture.create_group("Left", &[&inner.id]).unwrap();
    let right = fixture.create_group("Right", &[&inner.id, &grace.id, &ada.id]).unwrap();
    fixture.create_group("Top", &[&left.id, &right.id]).unwrap();
    let named = |found: &[(&str, bool)]| -> Vec<(String, bool)> {
        found.iter().map(|(name, direct)| ((*name).to_owned(), *direct)).collect()
    };
    let of_ada = [("Inner", true), ("Right", true), ("Left", false), ("Top", false)];
    assert_eq!(fixture.groups_of(&ada.id), named(&of_ada));
    assert_eq!(fixture.groups_of(&grace.id), named(&[("Right", true), ("Top", false)]));
    let within = fixture.read(|transaction| {
        Ok([
            users_within(transaction, &fixture.id, &left.id, 10)?,
            users_within(transaction, &fixture.id, &right.id, 3)?,
            users_within(transaction, &fixture.id, "none", 3)?,
        ])
    });
    assert_eq!(within, [Some([ada.id].into()), None, Some([].into())]);
}

#[test]
fn no_more_than_2_000_groups_of_somebody_are_looked_at() {
    let (fixture, [ada, ..]) = with_people();
    let inner = ["one", "two", "three"].map(|name| fixture.create_group(name, &[&ada.id]).unwrap());
    for (n, group) in (0..700).flat_map(|n| inner.iter().map(move |group| (n, group))) {
        fixture.create_group(&format!("{n} {}", group.id), &[&group.id]).unwrap();
    }
    let groups = fixture.groups_of(&ada.id);
    assert_eq!(groups.len(), NESTING_MAX);
    assert!(groups[..3].iter().all(|(_, direct)| *direct));
    assert!(groups[3..].iter().all(|(_, direct)| !direct));
}

#[test]
fn a_change_is_logged_with_the_group_and_how_many_came_and_went() {
    let (fixture, [ada, grace, joan]) = with_people();
    let group = fixture.create_group("Engines", &[&ada.id, &grace.id]).unwrap();
    fixture
        .change_members(&group.id, || vec![MemberChange::Set(vec![reference(&joan.id)])])
        .unwrap();
    fixture.delete_group(&group.id).unwrap();
    let told: Vec<_> = fixture.events().into_iter().take(3).map(|logged| logged.event).collect();
    let expected =
        [(Action::GroupDelete, 0, 1), (Action::GroupUpdate, 1, 2), (Action::GroupCreate, 2, 0)];
    for (event, (action, added, removed)) in told.iter().zip(expected) {
        assert_eq!((event.action, event.outcome), (action, Outcome::Done));
        assert_eq!(event.members, Some(MembersChanged { added, removed }));
        assert_eq!(event.subject, group.subject());
    }
}

#[test]
fn a_write_that_changes_nothing_counts_no_version() {
    let (fixture, [ada, grace, _]) = with_people();
    let group = fixture.create_group("Engines", &[&ada.id]).unwrap();
    let before = fixture.entries();
    let (ada, grace) = (ada.id, grace.id);
    let same = fixture.update_group(&group.id, as_group_write, || {
        let of = reference;
        vec![
            MemberChange::Add(vec![of(&ada), of(&grace)]),
            MemberChange::Remove(vec![ada.clone(), grace.clone()]),
            MemberChange::Add(vec![of(&ada)]),
        ]
    });
    assert_eq!(same.unwrap(), group);
    assert_eq!(fixture.entries(), before);
}
