//! What members are called: as the client says, else as we do.

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::changes::{add, remove, set};
use super::with_people;
use crate::provisioning::group::*;
use crate::provisioning::testing::{Fixture, as_write, group_write, reference};
use crate::provisioning::user::User;

fn called(id: &str, name: &str) -> Reference {
    Reference { display: Some(name.to_owned()), ..reference(id) }
}

fn rename(fixture: &Fixture, user: &User, name: &str) {
    let mut named = as_write(user);
    named.names.display_name = Some(name.to_owned());
    named.attributes.insert("displayName".to_owned(), name.into());
    fixture.update(&user.id, named).unwrap();
}

#[test]
fn a_name_that_was_given_stays_whatever_becomes_of_ours() {
    let (fixture, [ada, grace, _]) = with_people();
    let inner = fixture.create_group("Inner", &[]).unwrap();
    let group = fixture.create_group("Engines", &[&grace.id]).unwrap();
    let given = || {
        vec![called(&ada.id, "The Countess"), called(&inner.id, "Deep"), called("x/y", "Stranger")]
    };
    fixture.change_members(&group.id, || vec![MemberChange::Add(given())]).unwrap();
    let names = ["Deep", "Stranger", "The Countess", "grace@example.com"];
    assert_eq!(fixture.member_names(&group.id), names);
    rename(&fixture, &ada, "Ada");
    fixture.update_group(&inner.id, |_| group_write("Innermost"), Vec::new).unwrap();
    assert_eq!(fixture.member_names(&group.id), names);
    assert_eq!(fixture.group(&group.id).unwrap().version, 2, "it shows nothing else");
    fixture.assert_sound();
}

#[test]
fn our_own_name_given_back_goes_on_following() {
    let (fixture, [ada, ..]) = with_people();
    let group = fixture.create_group("Engines", &[&ada.id]).unwrap();
    let read = || vec![called(&ada.id, "ada@example.com")];
    fixture.change_members(&group.id, || vec![MemberChange::Set(read())]).unwrap();
    fixture.change_members(&group.id, || vec![MemberChange::Add(read())]).unwrap();
    assert_eq!(fixture.group(&group.id).unwrap().version, 1);
    rename(&fixture, &ada, "Ada");
    assert_eq!(fixture.member_names(&group.id), ["Ada"]);
    fixture.assert_sound();
}

#[test]
fn each_kind_of_write_gives_a_present_member_its_name_or_leaves_it() {
    let (fixture, [ada, ..]) = with_people();
    let id = ada.id.as_str();
    let ours = "ada@example.com";
    let add_called = |name: &str| MemberChange::Add(vec![called(id, name)]);
    let set_called = |name: &str| MemberChange::Set(vec![called(id, name)]);
    let group = fixture.create_group("Engines", &[id]).unwrap();
    let cases: Vec<(Vec<MemberChange<'static>>, &str, bool)> = vec![
        (vec![add_called("A")], "A", true),
        (vec![add_called("A")], "A", false),
        (vec![add(&[id])], "A", false),
        (vec![set_called("A")], "A", false),
        (vec![add_called("B")], "B", true),
        (vec![add_called("C"), add_called("B")], "B", false),
        (vec![set_called("C")], "C", true),
        (vec![set(&[id])], ours, true),
        (vec![set(&[id])], ours, false),
        (vec![set(&[id]), add_called("D")], "D", true),
        (vec![MemberChange::Set(vec![reference(id), called(id, "E"), reference(id)])], "E", true),
        (vec![remove(&[id]), add(&[id])], ours, true),
        (vec![remove(&[id]), add_called("F")], "F", true),
        (vec![remove(&[id]), add_called("F")], "F", false),
        (vec![add_called(ours)], ours, true),
    ];
    for (changes, name, counts) in cases {
        let asked = format!("{changes:?}");
        let before = fixture.group(&group.id).unwrap().version;
        let changes = std::cell::RefCell::new(Some(changes));
        let after = fixture.change_members(&group.id, || changes.take().unwrap()).unwrap();
        assert_eq!(fixture.member_names(&group.id), [name], "{asked}");
        assert_eq!(after.version, before + u64::from(counts), "{asked}");
        fixture.assert_sound();
    }
    rename(&fixture, &ada, "Ada");
    assert_eq!(fixture.member_names(&group.id), ["Ada"], "ours again");
}

#[test]
fn a_stranger_has_no_name_but_a_given_one() {
    let fixture = Fixture::new();
    let group = fixture.create_group("Engines", &["x"]).unwrap();
    let change = |change: fn() -> MemberChange<'static>| {
        fixture.change_members(&group.id, || vec![change()]).unwrap();
        fixture.member_names(&group.id)
    };
    assert_eq!(change(|| MemberChange::Add(vec![called("x", "Name")])), ["Name"]);
    assert_eq!(change(|| MemberChange::Add(vec![reference("x")])), ["Name"]);
    assert_eq!(change(|| MemberChange::Set(vec![reference("x")])), ["x"]);
}

#[test]
fn a_given_name_has_256_characters_at_the_most() {
    let (fixture, [ada, ..]) = with_people();
    let longest = "ä".repeat(DISPLAY_MAX);
    let group = fixture.create_group("Engines", &[]).unwrap();
    let give = |name: String| {
        let given = || vec![MemberChange::Add(vec![called(&ada.id, &name)])];
        fixture.change_members(&group.id, given)
    };
    give(longest.clone()).unwrap();
    assert_eq!(give(format!("{longest}b")), Err(GroupRefusal::LongDisplay(ada.id.as_str().into())));
    assert_eq!(fixture.member_names(&group.id), [longest]);
}
