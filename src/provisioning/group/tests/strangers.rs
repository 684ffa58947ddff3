//! Members who are nobody in the team: kept, and left alone.

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::changes::{add, remove, remove_kind, set};
use super::with_people;
use crate::provisioning::TeamId;
use crate::provisioning::group::*;
use crate::provisioning::testing::{Fixture, group_write, write};

/// An id of the form of ours that is nobody's.
const NOBODY: &str = "01900000-0000-7000-8000-000000000000";

fn stranger(id: &str) -> Member {
    Member { id: id.to_owned(), kind: None, name: MemberName::None }
}

fn members_of(fixture: &Fixture, group: &str) -> Vec<Member> {
    fixture.read(|transaction| members(transaction, &fixture.id, group, None, 99))
}

fn groups_with(fixture: &Fixture, id: &str) -> Vec<String> {
    fixture.read(|transaction| containing(transaction, &fixture.id, id))
}

#[test]
fn who_is_nobody_in_the_team_is_kept_as_a_member_and_found_again() {
    let (fixture, [ada, ..]) = with_people();
    fixture.put_team("other", |_| {}).unwrap();
    let elsewhere = fixture.create_in("other", write("eve")).unwrap();
    let group = fixture.create_group("Engines", &[&ada.id]).unwrap();
    let before = fixture.entries();
    let longest = "𝄞".repeat(MEMBER_ID_MAX);
    for id in
        [NOBODY, "fake-member-id", "x/../y", "/", "%2F", "%", &ada.account, &elsewhere.id, &longest]
    {
        let changed = fixture.change_members(&group.id, || vec![add(&[id])]).unwrap();
        assert!(members_of(&fixture, &group.id).contains(&stranger(id)), "{id}");
        assert_eq!(groups_with(&fixture, id), std::slice::from_ref(&group.id));
        let again = fixture.change_members(&group.id, || vec![add(&[id]), set(&[&ada.id, id])]);
        assert_eq!(again.unwrap().version, changed.version, "{id} is there already");
        fixture.assert_sound();
        fixture.change_members(&group.id, || vec![remove(&[id])]).unwrap();
        assert_eq!(groups_with(&fixture, id), Vec::<String>::new());
    }
    assert_eq!(fixture.member_names(&group.id), ["ada@example.com"]);
    let keys = |entries: &std::collections::BTreeMap<String, Vec<u8>>| -> Vec<String> {
        entries.keys().filter(|key| !key.contains("/events/")).cloned().collect()
    };
    assert_eq!(keys(&fixture.entries()), keys(&before), "nothing is left of them");
}

#[test]
fn the_longest_id_in_the_team_with_the_longest_id_has_a_place_in_the_store() {
    let fixture = Fixture::new();
    let team = "t".repeat(63);
    fixture.put_team(&team, |_| {}).unwrap();
    let team = TeamId::parse(&team).unwrap();
    for character in ["/", "%", "𝄞"] {
        let id = character.repeat(MEMBER_ID_MAX);
        let made = fixture.run(|transaction, context| {
            let given = vec![Reference { id: id.clone(), ..Reference::default() }];
            create(transaction, context, &team, group_write(character), given)
        });
        let group = made.unwrap();
        let found = fixture.read(|transaction| {
            let found = containing(transaction, &team, &id)?;
            Ok((found, member(transaction, &team, &group.id, &id)?))
        });
        assert_eq!(found, (vec![group.id], Some(stranger(&id))));
    }
}

#[test]
fn an_id_that_is_a_part_of_another_is_another() {
    let fixture = Fixture::new();
    let short = fixture.create_group("Short", &["a"]).unwrap();
    let long = fixture.create_group("Long", &["a/b", &format!("a/{}", short.id)]).unwrap();
    assert_eq!(groups_with(&fixture, "a"), std::slice::from_ref(&short.id));
    assert_eq!(groups_with(&fixture, "a/b"), std::slice::from_ref(&long.id));
    fixture.change_members(&short.id, || vec![remove(&["a"])]).unwrap();
    assert_eq!(groups_with(&fixture, "a"), Vec::<String>::new());
    fixture.delete_group(&long.id).unwrap();
    assert_eq!(groups_with(&fixture, "a/b"), Vec::<String>::new());
    fixture.assert_sound();
}

#[test]
fn a_whole_list_in_which_somebody_was_deleted_meanwhile_is_taken() {
    let (fixture, [ada, grace, joan]) = with_people();
    let group = fixture.create_group("Engines", &[&ada.id, &grace.id]).unwrap();
    fixture.delete(&ada.id).unwrap();
    assert_eq!(fixture.member_names(&group.id), ["grace@example.com"]);
    let list = || vec![set(&[&ada.id, &grace.id, &joan.id])];
    fixture.change_members(&group.id, list).unwrap();
    let mut expected = vec![ada.id.clone(), "grace@example.com".into(), "joan@example.com".into()];
    expected.sort();
    assert_eq!(fixture.member_names(&group.id), expected);
    let within = fixture.read(|transaction| users_within(transaction, &fixture.id, &group.id, 10));
    assert_eq!(within, Some([grace.id, joan.id].into()));
    fixture.assert_sound();
}

#[test]
fn what_a_stranger_is_said_to_be_makes_no_difference() {
    let fixture = Fixture::new();
    let group = fixture.create_group("Engines", &[]).unwrap();
    for kind in ["User", "Group", "Device"] {
        let given = || {
            let kind = Some(kind.to_owned());
            vec![Reference { id: "x".to_owned(), kind, display: None }]
        };
        fixture.change_members(&group.id, || vec![MemberChange::Add(given())]).unwrap();
        fixture.change_members(&group.id, || vec![MemberChange::Set(given())]).unwrap();
    }
    assert_eq!(members_of(&fixture, &group.id), [stranger("x")]);
    assert_eq!(fixture.group(&group.id).unwrap().version, 2);
    for kind in [MemberKind::User, MemberKind::Group] {
        let refused = fixture.change_members(&group.id, || vec![remove_kind(kind)]);
        assert_eq!(refused, Err(GroupRefusal::NobodyPicked));
    }
}

#[test]
fn a_stranger_is_in_no_more_than_1_000_groups_either() {
    let fixture = Fixture::new();
    let group = fixture.create_group("Engines", &[]).unwrap();
    let long = "/".repeat(MEMBER_ID_MAX);
    super::changes::pretend(&fixture, GROUPS_OF_MEMBER_MAX, |id| {
        crate::store::key::member_group("acme", &long, id)
    });
    match fixture.change_members(&group.id, || vec![add(&[&long])]) {
        Err(GroupRefusal::TooManyGroups(told)) => assert!(told.len() < 100),
        other => panic!("{other:?}"),
    }
}
