//! Changes of members, and what is refused.

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::with_people;
use crate::provisioning::group::*;
use crate::provisioning::testing::{Fixture, group_write, reference};
use crate::provisioning::{Context, OperationError};
use crate::store::key;

pub(super) fn add(ids: &[&str]) -> MemberChange<'static> {
    MemberChange::Add(ids.iter().map(|id| reference(id)).collect())
}

pub(super) fn set(ids: &[&str]) -> MemberChange<'static> {
    MemberChange::Set(ids.iter().map(|id| reference(id)).collect())
}

pub(super) fn remove(ids: &[&str]) -> MemberChange<'static> {
    MemberChange::Remove(ids.iter().map(|id| (*id).to_owned()).collect())
}

pub(super) fn remove_kind(kind: MemberKind) -> MemberChange<'static> {
    let picks = Box::new(move |member: &Member| member.kind == Some(kind));
    MemberChange::RemoveWhere(MemberFilter { among: None, picks })
}

#[test]
fn changes_are_made_in_their_order() {
    let (fixture, [ada, grace, joan]) = with_people();
    let [ada, grace, joan] = [ada.id.as_str(), grace.id.as_str(), joan.id.as_str()];
    let inner = fixture.create_group("Inner", &[]).unwrap();
    let group = fixture.create_group("Engines", &[ada]).unwrap();
    let inner = inner.id.as_str();
    let cases: Vec<(Vec<MemberChange<'static>>, &[&str])> = vec![
        (vec![add(&[grace, grace]), remove(&[ada])], &["grace@example.com"]),
        (vec![remove(&[grace]), add(&[grace, inner])], &["Inner", "grace@example.com"]),
        (
            vec![add(&[ada]), remove_kind(MemberKind::User), add(&[joan])],
            &["Inner", "joan@example.com"],
        ),
        (vec![add(&[ada]), set(&[grace, joan]), remove(&[grace])], &["joan@example.com"]),
        (vec![set(&[]), add(&[ada])], &["ada@example.com"]),
        (vec![set(&[ada, ada, joan])], &["ada@example.com", "joan@example.com"]),
        (vec![set(&[])], &[]),
    ];
    for (changes, expected) in cases {
        let told = format!("{changes:?}");
        let changes = std::cell::RefCell::new(Some(changes));
        fixture.change_members(&group.id, || changes.take().unwrap()).unwrap();
        assert_eq!(fixture.member_names(&group.id), expected, "{told}");
        fixture.assert_sound();
    }
}

#[test]
fn what_cannot_be_an_id_is_no_member() {
    let (fixture, [ada, ..]) = with_people();
    let group = fixture.create_group("Engines", &[]).unwrap();
    let before = fixture.entries();
    let long = "ü".repeat(MEMBER_ID_MAX + 1);
    for id in ["", "a\nb", "\u{85}", &long, &"x".repeat(100_000)] {
        for change in [add, set] {
            let refused = fixture.change_members(&group.id, || vec![change(&[&ada.id, id])]);
            assert!(matches!(refused, Err(GroupRefusal::UnusableId(_))), "{refused:?}");
            assert!(refused.unwrap_err().to_string().chars().count() < 300);
        }
        let refused = fixture.create_group("New", &[id]);
        assert!(matches!(refused, Err(GroupRefusal::UnusableId(_))), "{refused:?}");
        let repeated = fixture.change_members(&group.id, || vec![remove(&[id])]).unwrap();
        assert_eq!(repeated.version, 1, "who is not there can be removed");
        let found = fixture.read(|transaction| {
            let member = member(transaction, &fixture.id, &group.id, id)?;
            Ok((member, containing(transaction, &fixture.id, id)?))
        });
        assert_eq!(found, (None, Vec::new()));
    }
    assert_eq!(fixture.entries(), before);
}

#[test]
fn a_member_is_what_it_is_said_to_be() {
    let (fixture, [ada, ..]) = with_people();
    let inner = fixture.create_group("Inner", &[]).unwrap();
    let group = fixture.create_group("Engines", &[]).unwrap();
    let claim = |id: &str, kind: &str| Reference {
        id: id.to_owned(),
        kind: Some(kind.to_owned()),
        display: None,
    };
    for (id, is, is_not) in [
        (&ada.id, "User", "Group"),
        (&inner.id, "Group", "User"),
        (&ada.id, "user", "Device"),
        (&inner.id, "GROUP", "gruppe"),
    ] {
        let told = Claim { id: id.clone(), claimed: is_not.to_owned() };
        let refusal = Err(GroupRefusal::OtherKind(Box::new(told)));
        let add = |kind: &str| {
            fixture.change_members(&group.id, || vec![MemberChange::Add(vec![claim(id, kind)])])
        };
        let set = |kind: &str| {
            fixture.change_members(&group.id, || vec![MemberChange::Set(vec![claim(id, kind)])])
        };
        assert_eq!(add(is_not), refusal);
        add(is).unwrap();
        assert_eq!(add(is_not), refusal, "of one that is there, too");
        assert_eq!(set(is_not), refusal);
        set(is).unwrap();
    }
}

#[test]
fn a_group_is_not_in_itself() {
    let fixture = Fixture::new();
    let inner = fixture.create_group("Inner", &[]).unwrap();
    let middle = fixture.create_group("Middle", &[&inner.id]).unwrap();
    let outer = fixture.create_group("Outer", &[&middle.id]).unwrap();
    for (into, member) in [(&inner, &inner), (&inner, &middle), (&inner, &outer), (&middle, &outer)]
    {
        for change in [add, set] {
            let refused = fixture.change_members(&into.id, || vec![change(&[&member.id])]);
            assert_eq!(refused, Err(GroupRefusal::Loop(member.id.as_str().into())));
        }
    }
    fixture.change_members(&outer.id, || vec![add(&[&inner.id])]).unwrap();
    fixture.assert_sound();
}

#[test]
fn a_filter_that_picks_nobody_is_refused_and_nothing_is_done() {
    let (fixture, [ada, grace, _]) = with_people();
    let group = fixture.create_group("Engines", &[&ada.id]).unwrap();
    let before = fixture.entries();
    let refused = fixture
        .change_members(&group.id, || vec![add(&[&grace.id]), remove_kind(MemberKind::Group)]);
    assert_eq!(refused, Err(GroupRefusal::NobodyPicked));
    let among =
        |id: &str| MemberFilter { among: Some([id.to_owned()].into()), picks: Box::new(|_| true) };
    let refused =
        fixture.change_members(&group.id, || vec![MemberChange::RemoveWhere(among(&grace.id))]);
    assert_eq!(refused, Err(GroupRefusal::NobodyPicked));
    assert_eq!(fixture.entries(), before);
    fixture
        .change_members(&group.id, || {
            vec![add(&[&grace.id]), MemberChange::RemoveWhere(among(&grace.id))]
        })
        .unwrap();
    assert_eq!(fixture.member_names(&group.id), ["ada@example.com"]);
}

/// Puts `count` entries below a prefix, that look like those of members.
pub(super) fn pretend(fixture: &Fixture, count: u64, key: impl Fn(&str) -> String) {
    fixture
        .run(|transaction, _: &Context<'_>| {
            for n in 0..count {
                let id = format!("01900000-0000-7000-8000-{n:012}");
                let place = br#"{"kind":"user","display":"x"}"#;
                transaction.put(&key(&id), place.to_vec())?;
            }
            Ok::<_, OperationError<()>>(())
        })
        .unwrap();
}

#[test]
fn a_group_takes_no_more_members_than_50_000() {
    let (fixture, [ada, grace, joan]) = with_people();
    let group = fixture.create_group("Engines", &[&ada.id]).unwrap();
    pretend(&fixture, MEMBERS_MAX - 2, |id| key::group_member("acme", &group.id, id));
    fixture.change_members(&group.id, || vec![add(&[&grace.id])]).unwrap();
    let refused = fixture.change_members(&group.id, || vec![add(&[&joan.id])]);
    assert_eq!(refused, Err(GroupRefusal::TooManyMembers));
    let swap = || vec![add(&[&joan.id]), remove(&[&grace.id])];
    assert_eq!(fixture.change_members(&group.id, swap).unwrap().version, 3);
    let fewer = fixture.change_members(&group.id, || vec![set(&[&ada.id])]).unwrap();
    assert_eq!((fewer.version, fixture.member_names(&group.id).len()), (4, 1));
}

#[test]
fn nobody_is_in_more_than_1_000_groups_directly() {
    let (fixture, [ada, grace, _]) = with_people();
    let group = fixture.create_group("Engines", &[]).unwrap();
    pretend(&fixture, GROUPS_OF_MEMBER_MAX, |id| key::member_group("acme", &ada.id, id));
    let refused = fixture.change_members(&group.id, || vec![add(&[&grace.id, &ada.id])]);
    assert_eq!(refused, Err(GroupRefusal::TooManyGroups(ada.id.as_str().into())));
    assert_eq!(
        fixture.create_group("New", &[&ada.id]),
        Err(GroupRefusal::TooManyGroups(ada.id.as_str().into()))
    );
}

#[test]
fn a_group_that_is_in_more_groups_than_can_be_looked_at_takes_no_groups() {
    let (fixture, [ada, ..]) = with_people();
    let inner = fixture.create_group("Inner", &[]).unwrap();
    let other = fixture.create_group("Other", &[]).unwrap();
    for n in 0..3 {
        let parent = fixture.create_group(&format!("Parent {n}"), &[&inner.id]).unwrap();
        pretend(&fixture, 900, |id| {
            key::member_group("acme", &parent.id, &id.replace("0190", &format!("019{n}")))
        });
    }
    let refused = fixture.change_members(&inner.id, || vec![add(&[&other.id])]);
    assert_eq!(refused, Err(GroupRefusal::NestedTooFar));
    fixture.change_members(&inner.id, || vec![add(&[&ada.id])]).unwrap();
    fixture.update_group(&inner.id, |_| group_write("Renamed"), Vec::new).unwrap();
}
