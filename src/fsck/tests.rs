//! A state with everything in it is sound, and each invariant that is broken in it is named.

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use serde_json::{Value, json};

use super::place::{InTeam, Place};
use super::*;
use crate::provisioning::event::KEPT;
use crate::provisioning::group::{MemberChange, Reference};
use crate::provisioning::membership::Role;
use crate::provisioning::testing::{Fixture, reference};
use crate::store::key;
use crate::store::suite::block_on;

type Entries = BTreeMap<String, Vec<u8>>;

/// Somebody whom the team does not know, with an id that has to be escaped.
const STRANGER: &str = "some/body 100%";

/// A state with one of each, and the ids that tests need.
struct Sound {
    entries: Entries,
    owner: String,
    active: [String; 2],
    inactive: [String; 2],
    inner: String,
    outer: String,
}

fn sound() -> Sound {
    let fixture = Fixture::new();
    fixture.add_member("member@example.com", Some(Role::Admin), false).unwrap();
    let active = fixture.create("active").unwrap();
    let inactive = fixture.create("inactive").unwrap();
    fixture.set_active(&inactive, false).unwrap();
    let deleted = fixture.create("deleted").unwrap();
    fixture.delete(&deleted.id).unwrap();
    let inner = fixture.create_group("inner", &[&active.id, &inactive.id, STRANGER]).unwrap().id;
    let given = Reference { display: Some("Given".to_owned()), ..reference(&inactive.id) };
    fixture.change_members(&inner, || vec![MemberChange::Add(vec![given.clone()])]).unwrap();
    let outer = fixture.create_group("outer", &[&inner]).unwrap().id;
    Sound {
        owner: fixture.account("owner@example.com").unwrap().id,
        entries: fixture.entries(),
        active: [active.id, active.account],
        inactive: [inactive.id, inactive.account],
        inner,
        outer,
    }
}

fn broken(entries: &Entries) -> Vec<Broken> {
    let mut broken = Vec::new();
    block_on(check(&mut entries.clone(), &mut |it| broken.push(it))).unwrap();
    broken
}

impl Sound {
    /// Sees that after `damage` exactly these flaws are named.
    fn becomes<'f>(
        &self,
        damage: impl FnOnce(&mut Entries),
        flaws: impl IntoIterator<Item = (&'f str, Flaw)>,
    ) {
        let mut entries = self.entries.clone();
        damage(&mut entries);
        assert_ne!(entries, self.entries, "nothing was damaged");
        let told = broken(&entries).into_iter().map(|Broken { key, flaw }| (key, flaw));
        let mut told: Vec<_> = told.collect();
        let mut expected: Vec<_> =
            flaws.into_iter().map(|(key, flaw)| (key.to_owned(), flaw)).collect();
        let order = |one: &(String, Flaw)| (one.0.clone(), one.1.to_string());
        told.sort_by_key(order);
        expected.sort_by_key(order);
        assert_eq!(told, expected);
    }

    /// The same, where what lies at `key` is lost.
    fn without<'f>(&self, key: &str, flaws: impl IntoIterator<Item = (&'f str, Flaw)>) {
        self.becomes(|entries| drop(entries.remove(key)), flaws);
    }
}

/// Changes a record.
fn change(entries: &mut Entries, key: &str, change: impl FnOnce(&mut Value)) {
    let mut record = serde_json::from_slice(&entries[key]).unwrap();
    change(&mut record);
    entries.insert(key.to_owned(), serde_json::to_vec(&record).unwrap());
}

fn put(entries: &mut Entries, key: String, value: &str) {
    entries.insert(key, value.as_bytes().to_vec());
}

#[test]
fn a_state_with_one_of_each_is_sound_and_counted() {
    let Sound { mut entries, .. } = sound();
    let bytes = entries.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>() as u64;
    let keys = entries.len() as u64;
    let summary = block_on(check(&mut entries, &mut |broken| panic!("{broken}"))).unwrap();
    let events = summary.events;
    assert!(events >= 9, "{events}");
    let expected =
        Summary { teams: 1, accounts: 5, members: 3, users: 2, groups: 2, events, keys, bytes };
    assert_eq!(summary, expected);
}

#[test]
fn a_state_of_many_pages_is_looked_at_to_its_end() {
    let fixture = Fixture::new();
    for number in 0..150 {
        fixture.create(&format!("user{number:03}")).unwrap();
    }
    let mut entries = fixture.entries();
    assert!(entries.len() > 2 * PAGE, "{}", entries.len());
    assert_eq!(broken(&entries), []);
    let last = entries.keys().next_back().unwrap().clone();
    put(&mut entries, format!("{last}x"), "no user");
    put(&mut entries, "zzz".to_owned(), "");
    assert_eq!(broken(&entries).len(), 2);
}

#[test]
fn nothing_at_all_is_sound() {
    assert_eq!(broken(&Entries::new()), []);
}

#[test]
fn keys_that_are_none_of_ours_are_named() {
    for key in [
        "other",
        "accounts",
        "account-ids/a/b/c",
        "account-ids/a/teams/b/c",
        "teams/acme/other/x",
        "teams/acme/members/a/b",
        "teams/acme/names/x/other",
        "teams/acme/events/12",
        "teams/acme/events/00000000000x",
        "teams/acme/group-members/x",
        "teams/acme/member-groups/a%2fb/x",
    ] {
        sound().becomes(|entries| put(entries, key.to_owned(), "{}"), [(key, Flaw::UnknownKey)]);
    }
}

#[test]
fn records_that_cannot_be_read_are_named() {
    let sound = sound();
    let readable = |key: &&String| {
        let Some(place) = Place::of(key) else { return false };
        use InTeam as In;
        match place {
            Place::Account { .. } | Place::Team { .. } => true,
            Place::InTeam { what, .. } => matches!(
                what,
                In::Member { .. }
                    | In::Deprovisioned { .. }
                    | In::User { .. }
                    | In::Event { .. }
                    | In::Group { .. }
                    | In::GroupMember { .. }
            ),
            _ => false,
        }
    };
    for key in sound.entries.keys().filter(readable) {
        let mut entries = sound.entries.clone();
        entries.insert(key.clone(), b"{".to_vec());
        let told = broken(&entries);
        let unreadable = |it: &&Broken| matches!(it.flaw, Flaw::Unreadable(_)) && it.key == *key;
        assert_eq!(told.iter().filter(unreadable).count(), 1, "{key}: {told:?}");
    }
}

#[test]
fn a_record_under_another_id_is_named() {
    let sound = sound();
    let user = key::user("acme", &sound.active[0]);
    sound.becomes(
        |entries| change(entries, &user, |user| user["id"] = json!("other")),
        [(&*user, Flaw::Misplaced)],
    );
    let account = key::account("member@example.com");
    sound.becomes(
        |entries| change(entries, &account, |it| it["email"] = json!("other@example.com")),
        [(&*account, Flaw::Misplaced)],
    );
    let event = key::event("acme", 1);
    sound.becomes(
        |entries| change(entries, &event, |event| event["n"] = json!(2)),
        [(&*event, Flaw::Misplaced)],
    );
}

#[test]
fn a_team_that_is_not_there_is_named_once() {
    sound().without("teams/acme", [("teams/acme/", Flaw::TeamMissing)]);
}

#[test]
fn a_team_without_an_owner_is_named() {
    let sound = sound();
    sound.becomes(
        |entries| {
            entries.remove(&key::owner("acme", &sound.owner));
            let member = key::member("acme", &sound.owner);
            change(entries, &member, |member| member["role"] = json!("admin"));
        },
        [("teams/acme", Flaw::NoOwner)],
    );
    sound.becomes(
        |entries| {
            let team = entries["teams/acme"].clone();
            entries.insert("teams/acme-2".to_owned(), team);
        },
        [("teams/acme-2", Flaw::NoOwner)],
    );
}

#[test]
fn a_connection_without_single_sign_on_is_named() {
    sound().becomes(
        |entries| {
            change(entries, "teams/acme", |team| {
                team["sso"] = json!({ "type": "none" });
                team["connection"] = json!({
                    "endpoint": "x", "token_sha256": "0".repeat(64),
                    "enabled": 0, "token_created": 0,
                });
            });
        },
        [("teams/acme", Flaw::ConnectionWithoutSso)],
    );
}

#[test]
fn accounts_and_their_ids_that_do_not_lead_to_each_other_are_named() {
    let sound = sound();
    let account = key::account("active@example.com");
    let [_, id] = &sound.active;
    sound.without(&account, [(&*key::account_email(id), Flaw::AccountNotPaired)]);
    let [user, member] = [key::user("acme", &sound.active[0]), key::member("acme", id)];
    let link = key::account_team(id, "acme");
    sound.without(
        &key::account_email(id),
        [
            (&*account, Flaw::AccountNotPaired),
            (&*user, Flaw::AccountMissing),
            (&*member, Flaw::AccountMissing),
            (&*link, Flaw::AccountMissing),
        ],
    );
}

#[test]
fn links_from_accounts_that_are_missing_or_lead_nowhere_are_named() {
    let sound = sound();
    let [id, account] = &sound.active;
    let link = key::account_team(account, "acme");
    let [user, member] = [key::user("acme", id), key::member("acme", account)];
    sound.without(&link, [(&*user, Flaw::LinkMissing), (&*member, Flaw::LinkMissing)]);
    let elsewhere = key::account_team(account, "other");
    sound.becomes(
        |entries| put(entries, elsewhere.clone(), ""),
        [(&*elsewhere, Flaw::LinkToNothing)],
    );
    sound.becomes(
        |entries| put(entries, link.clone(), &sound.inactive[0]),
        [(&*link, Flaw::LinkToNothing), (&*user, Flaw::LinkMissing)],
    );
}

#[test]
fn a_user_that_is_not_active_exactly_while_its_account_is_a_member_is_named() {
    let sound = sound();
    let [id, account] = &sound.active;
    sound.without(
        &key::member("acme", account),
        [(&*key::user("acme", id), Flaw::ActiveWithoutMembership)],
    );
    let [id, _] = &sound.active;
    let user = key::user("acme", id);
    sound.becomes(
        |entries| change(entries, &user, |user| user["active"] = json!(false)),
        [(&*user, Flaw::InactiveMember), (&*user, Flaw::NotCountedInactive)],
    );
}

#[test]
fn users_that_are_not_counted_as_inactive_exactly_while_they_are_are_named() {
    let sound = sound();
    let [id, _] = &sound.active;
    sound.becomes(
        |entries| put(entries, key::inactive("acme", id), "{}"),
        [(&*key::user("acme", id), Flaw::CountedInactive)],
    );
    let nobodys = key::inactive("acme", "nobody");
    sound
        .becomes(|entries| put(entries, nobodys.clone(), "{}"), [(&*nobodys, Flaw::LeadsToNobody)]);
}

#[test]
fn requests_of_a_team_that_is_not_there_are_named() {
    let of = |team: &str| key::request(team, "accepted");
    let sound = sound();
    sound.becomes(|entries| put(entries, of("acme"), "{}"), []);
    sound.becomes(|entries| put(entries, of("none"), "{}"), [(&*of("none"), Flaw::TeamMissing)]);
    let unreadable = Flaw::Unreadable("expected value at line 1 column 1".to_owned());
    sound.becomes(|entries| put(entries, of("acme"), "x"), [(&*of("acme"), unreadable)]);
}

#[test]
fn a_member_who_is_marked_as_taken_out_is_named() {
    let sound = sound();
    let [_, account] = &sound.active;
    sound.becomes(
        |entries| put(entries, key::deprovisioned("acme", account), r#"{"at":1}"#),
        [(&*key::member("acme", account), Flaw::MemberAndDeprovisioned)],
    );
    let nobodys = key::deprovisioned("acme", "nobody");
    sound.becomes(
        |entries| put(entries, nobodys.clone(), r#"{"at":1}"#),
        [(&*nobodys, Flaw::AccountMissing)],
    );
}

#[test]
fn owners_who_are_not_listed_and_others_who_are_are_named() {
    let sound = sound();
    let [_, account] = &sound.active;
    let listed = key::owner("acme", account);
    sound.becomes(
        |entries| put(entries, listed.clone(), "{}"),
        [(&*listed, Flaw::ListedWithoutOwning)],
    );
    sound.becomes(
        |entries| change(entries, &key::member("acme", account), |it| it["role"] = json!("owner")),
        [(&*key::member("acme", account), Flaw::OwnerNotListed)],
    );
    let owner = key::owner("acme", &sound.owner);
    sound.becomes(|entries| put(entries, owner.clone(), "x"), [(&*owner, Flaw::NoMark)]);
}

#[test]
fn users_that_are_not_found_by_what_they_are_called_are_named() {
    let sound = sound();
    let id = &sound.active[0];
    let user = key::user("acme", id);
    for (entry, by) in [
        (key::user_name("acme", "active@example.com"), "userName"),
        (key::external_id("acme", "ext-active"), "externalId"),
        (key::user_email("acme", "active@example.com", id), "e-mail address"),
    ] {
        sound.without(&entry, [(&*user, Flaw::NotFoundBy(by))]);
        let others = &sound.inactive[0];
        sound.becomes(
            |entries| put(entries, entry.clone(), others),
            [(&*user, Flaw::NotFoundBy(by)), (&*entry, Flaw::LeadsToNobody)],
        );
    }
}

#[test]
fn entries_that_lead_to_nobody_of_that_name_are_named() {
    let sound = sound();
    let (user, group) = (&sound.active[0], &sound.inner);
    for (entry, id) in [
        (key::user_name("acme", "former@example.com"), user),
        (key::external_id("acme", "former"), user),
        (key::user_email("acme", "former@example.com", user), user),
        (key::group_name("acme", "former"), group),
        (key::group_external_id("acme", "former"), group),
    ] {
        for id in [&**id, "0193e5c0-0000-7000-8000-000000000000", "no id"] {
            sound.becomes(
                |entries| put(entries, entry.clone(), id),
                [(&*entry, Flaw::LeadsToNobody)],
            );
        }
    }
}

#[test]
fn groups_that_are_not_found_by_what_they_are_called_are_named() {
    let sound = sound();
    let group = key::group("acme", &sound.inner);
    for (entry, by) in [
        (key::group_name("acme", "inner"), "displayName"),
        (key::group_external_id("acme", "ext-inner"), "externalId"),
    ] {
        sound.without(&entry, [(&*group, Flaw::NotFoundBy(by))]);
    }
}

#[test]
fn members_that_are_found_from_one_side_only_are_named() {
    let sound = sound();
    for member in [&*sound.active[0], STRANGER] {
        let there = key::group_member("acme", &sound.inner, member);
        let back = key::member_group("acme", member, &sound.inner);
        sound.without(&back, [(&*there, Flaw::NotFoundFromMember)]);
        sound.without(&there, [(&*back, Flaw::NotInGroup)]);
        sound.becomes(|entries| put(entries, back.clone(), ""), [(&*back, Flaw::NoMark)]);
    }
}

#[test]
fn members_of_a_group_that_is_not_there_are_named() {
    let sound = sound();
    let there = key::group_member("acme", &sound.outer, &sound.inner);
    sound.becomes(
        |entries| {
            for entry in [
                key::group("acme", &sound.outer),
                key::group_name("acme", "outer"),
                key::group_external_id("acme", "ext-outer"),
            ] {
                entries.remove(&entry).unwrap();
            }
        },
        [(&*there, Flaw::GroupMissing)],
    );
}

#[test]
fn members_that_are_not_what_or_not_called_as_they_are_said_are_named() {
    let sound = sound();
    let place = |member: &str| key::group_member("acme", &sound.inner, member);
    let there = place(&sound.active[0]);
    for kind in [json!("group"), Value::Null] {
        let mut entries = sound.entries.clone();
        change(&mut entries, &there, |place| place["kind"] = kind);
        let told = broken(&entries);
        assert!(told.contains(&Broken { key: there.clone(), flaw: Flaw::MemberKind }), "{told:?}");
    }
    for member in [&*sound.active[0], STRANGER] {
        let there = place(member);
        sound.becomes(
            |entries| change(entries, &there, |place| place["display"] = json!("Other")),
            [(&*there, Flaw::MemberName)],
        );
    }
    // Called so by the identity provider, whatever the team calls them.
    let mut entries = sound.entries.clone();
    let given = place(&sound.inactive[0]);
    change(&mut entries, &given, |place| place["display"] = json!("Another given name"));
    assert_eq!(broken(&entries), []);
}

#[test]
fn groups_that_are_in_themselves_are_named() {
    let sound = sound();
    let [inner, outer] = [key::group("acme", &sound.inner), key::group("acme", &sound.outer)];
    sound.becomes(
        |entries| {
            let place = json!({ "kind": "group", "display": "outer" }).to_string();
            put(entries, key::group_member("acme", &sound.inner, &sound.outer), &place);
            put(entries, key::member_group("acme", &sound.outer, &sound.inner), "{}");
        },
        [(&*inner, Flaw::Loop), (&*outer, Flaw::Loop)],
    );
}

#[test]
fn a_gap_in_the_events_is_named() {
    let after = key::event("acme", 4);
    sound().without(&key::event("acme", 3), [(&*after, Flaw::EventGap(2))]);
}

#[test]
fn events_that_are_gone_before_they_may_be_are_named() {
    sound().without(&key::event("acme", 1), [(&*key::event("acme", 2), Flaw::EventsLost)]);
    let mut entries = sound().entries;
    let event: Value = serde_json::from_slice(&entries[&key::event("acme", 1)]).unwrap();
    entries.retain(|key, _| !key.contains("/events/"));
    for n in 101..=100 + KEPT {
        let mut event = event.clone();
        event["n"] = json!(n);
        put(&mut entries, key::event("acme", n), &event.to_string());
    }
    assert_eq!(broken(&entries), []);
}

#[test]
fn an_import_that_was_never_ended_is_named_once() {
    sound().becomes(
        |entries| {
            for key in [
                key::import("other", "1"),
                key::staged("other", "1", "users/1"),
                key::staged("other", "1", "users/2"),
            ] {
                put(entries, key, "{}");
            }
        },
        [("imports/other", Flaw::AbandonedImport)],
    );
}

#[test]
fn a_team_that_is_half_imported_is_named_and_nothing_else_of_it() {
    sound().becomes(
        |entries| {
            change(entries, "teams/acme", |team| {
                let phase = json!({ "import": "1", "phase": "persons", "at": 1 });
                team["importing"] = phase;
            });
            entries.retain(|key, _| !key.contains("/owners/") && !key.contains("/names/"));
        },
        [("teams/acme", Flaw::HalfImported)],
    );
}

#[test]
fn each_key_is_understood_as_what_it_was_made_for() {
    let odd = "a/names/user-name/email%2F%";
    let within = |what| Some(Place::InTeam { team: "t", what });
    let (folded, external_id, id) = (odd, odd, "0193e5c0-0000-7000-8000-000000000000");
    let group = id;
    for (key, place) in [
        (key::team("t"), Some(Place::Team { team: "t" })),
        (key::account(odd), Some(Place::Account { folded })),
        (key::account_email("a"), Some(Place::AccountId { account: "a" })),
        (key::account_team("a", "t"), Some(Place::AccountTeam { account: "a", team: "t" })),
        (key::member("t", "a"), within(InTeam::Member { account: "a" })),
        (key::owner("t", "a"), within(InTeam::Owner { account: "a" })),
        (key::deprovisioned("t", "a"), within(InTeam::Deprovisioned { account: "a" })),
        (key::user("t", id), within(InTeam::User { id })),
        (key::user_name("t", odd), within(InTeam::UserName { folded })),
        (key::user_email("t", odd, id), within(InTeam::UserEmail { folded, id })),
        (key::external_id("t", odd), within(InTeam::ExternalId { external_id })),
        (key::event("t", 12), within(InTeam::Event { n: 12 })),
        (key::event("t", 1_000_000_000_000), within(InTeam::Event { n: 1_000_000_000_000 })),
        (key::group("t", id), within(InTeam::Group { id })),
        (key::group_name("t", odd), within(InTeam::GroupName { folded })),
        (key::group_external_id("t", odd), within(InTeam::GroupExternalId { external_id })),
        (key::group_member("t", group, odd), within(InTeam::GroupMember { group, member: odd })),
        (
            key::member_group("t", odd, group),
            within(InTeam::MemberGroup { member: odd.to_owned(), group }),
        ),
    ] {
        assert_eq!(Place::of(&key), place, "{key}");
    }
}
