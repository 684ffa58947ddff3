//! From the moment an answer says that somebody is out, nobody gets in with what they had, at any Envoy.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use http::Method;
use serde_json::Value;
use xtask::client::Client;
use xtask::etcd::{Direction, Flow, Relay};

use super::{Pair, start_etcd, start_product, start_two};
use crate::patience::eventually;
use crate::site::Site;
use crate::team::Team;

/// What who hammers an edge saw.
#[derive(Default)]
struct Seen {
    /// Set when the answer that takes something away has arrived.
    answered: AtomicBool,
    before: AtomicUsize,
    after: AtomicUsize,
    /// Let in by requests that were sent after that.
    wrongly: AtomicUsize,
    done: AtomicBool,
}

/// Ends the hammering, also where what is looked for never happens.
struct End<'s>(&'s Seen);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.done.store(true, Ordering::SeqCst);
    }
}

/// Asks `path` again and again over connections to both workers, until it has been refused for long enough.
fn hammer(site: &Site, path: &str, authorization: &str, refused: u16, seen: &Seen) {
    let mut clients = site.on_both_workers();
    clients.truncate(4);
    while !seen.done.load(Ordering::SeqCst) {
        for client in &mut clients {
            let was_answered = seen.answered.load(Ordering::SeqCst);
            let status = get(client, path, authorization);
            assert!(status == 200 || status == refused, "{status}");
            match (was_answered, status) {
                (false, _) => seen.before.fetch_add(1, Ordering::SeqCst),
                (true, 200) => seen.wrongly.fetch_add(1, Ordering::SeqCst),
                (true, _) => seen.after.fetch_add(1, Ordering::SeqCst),
            };
        }
    }
}

fn get(client: &mut Client, path: &str, authorization: &str) -> u16 {
    client.get(path, &[("authorization", authorization)]).unwrap().status().as_u16()
}

/// Asks for `path` at `sites` while `take_away` is done.
fn expect_none_after(
    sites: &[&Site],
    path: &str,
    authorization: &str,
    refused: u16,
    take_away: impl FnOnce(),
) {
    let seen = Seen::default();
    std::thread::scope(|scope| {
        let _end = End(&seen);
        for site in sites {
            scope.spawn(|| hammer(site, path, authorization, refused, &seen));
        }
        let count = |counter: &AtomicUsize| counter.load(Ordering::SeqCst);
        eventually("everybody asks", || (count(&seen.before) > 40).then_some(()));
        take_away();
        seen.answered.store(true, Ordering::SeqCst);
        eventually("they go on asking", || {
            (count(&seen.after) + count(&seen.wrongly) > 40).then_some(())
        });
    });
    let wrongly = seen.wrongly.load(Ordering::SeqCst);
    let after = seen.after.load(Ordering::SeqCst);
    assert_eq!(wrongly, 0, "of {}", wrongly + after);
}

fn expect_revocations(here: &Team<'_>, there: &Team<'_>, name: &str) {
    let both = [here.site, there.site];
    let id = here.provision(name);
    let (page, person) = (here.page("page"), here.signed_in(name));
    expect_none_after(&both, &page, &person, 403, || here.set_active(&id, false));
    here.set_active(&id, true);
    there.visit(name).expect(200);
    expect_none_after(&both, &page, &person, 403, || {
        here.scim(Method::DELETE, &format!("/Users/{id}"), "").expect(204);
    });
}

fn rotate(team: &Team<'_>) -> (String, String) {
    let path = format!("/v1/teams/{}/scim/rotate", team.id);
    let rotated = team.site.manage(Method::POST, &path, &team.signed_in("owner"), &Value::Null);
    let token = rotated.unwrap()["token"].as_str().unwrap().to_owned();
    team.site.keep_secret(&token);
    (path, token)
}

#[test]
fn once_a_deactivation_is_answered_nobody_gets_in_at_any_envoy() {
    let pair = Pair::shared();
    let here = Team::new(&pair.one, "etcd-deactivate");
    expect_revocations(&here, &here.at(&pair.two), "ada");
}

#[test]
fn once_a_rotation_is_answered_the_old_token_opens_no_envoy() {
    let pair = Pair::shared();
    let team = Team::new(&pair.one, "etcd-rotate");
    let (users, old) = (team.path("/Users"), team.connection.bearer());
    let mut new = String::new();
    expect_none_after(&[&pair.one, &pair.two], &users, &old, 401, || new = rotate(&team).1);
    pair.two.keep_secret(&new);
    let new = format!("Bearer {new}");
    for site in [&pair.one, &pair.two] {
        site.get(&users, &new).expect(200);
    }
    let scim = format!("/v1/teams/{}/scim", team.id);
    expect_none_after(&[&pair.one, &pair.two], &users, &new, 401, || {
        let owner = team.signed_in("owner");
        team.site.manage(Method::DELETE, &scim, &owner, &Value::Null).unwrap();
    });
}

/// Who is told that somebody is gone already knows it as well as who has taken them away.
#[test]
fn once_a_second_delete_is_answered_with_404_nobody_gets_in_either() {
    let pair = Pair::shared();
    let here = Team::new(&pair.one, "etcd-second");
    let there = here.at(&pair.two);
    for round in 0..4 {
        let name = format!("ada{round}");
        let user = format!("/Users/{}", here.provision(&name));
        let (page, person) = (here.page("page"), here.signed_in(&name));
        std::thread::scope(|scope| {
            expect_none_after(&[&pair.one, &pair.two], &page, &person, 403, || {
                scope.spawn(|| here.scim(Method::DELETE, &user, "").expect(204));
                eventually("somebody has deleted it", || {
                    (here.scim(Method::GET, &user, "").status == 404).then_some(())
                });
                there.scim(Method::DELETE, &user, "").expect(404);
            });
        });
    }
}

/// What it hears of etcd is late, but not by as much as it may go by what it remembers.
#[test]
fn an_envoy_that_hears_of_changes_late_lets_nobody_in_either() {
    let etcd = start_etcd();
    let relay = Relay::start(etcd.address()).unwrap();
    let product = start_product();
    let start = |address| {
        Site::start_on(&product, address, |plan| {
            plan.plugin(|plugin| plugin["store"]["etcd"]["remember_ms"] = 1000.into()).unwrap();
        })
    };
    let (one, late) = (start(etcd.address()), start(relay.address()));
    let here = Team::new(&one, "etcd-late");
    relay.set(Direction::Back, Flow::Late(Duration::from_millis(60)));
    for name in ["ada", "bea"] {
        let id = here.provision(name);
        let (page, person) = (here.page("page"), here.signed_in(name));
        expect_none_after(&[&late], &page, &person, 403, || here.set_active(&id, false));
    }
}

/// The streams by which they hear of changes broke, with all else.
#[test]
fn after_etcd_was_away_a_deactivation_counts_at_once_again() {
    let mut etcd = start_etcd();
    let (one, two) = start_two(&etcd);
    let here = Team::new(&one, "etcd-watch-lost");
    let there = here.at(&two);
    expect_revocations(&here, &there, "ada");
    etcd.kill();
    etcd.restart().unwrap();
    for team in [&here, &there] {
        eventually("it is back", || (team.list().status == 200).then_some(()));
    }
    expect_revocations(&here, &there, "bea");
}

#[test]
fn an_envoy_that_remembers_nothing_does_the_same() {
    let etcd = start_etcd();
    let product = start_product();
    let start = || {
        Site::start_on(&product, etcd.address(), |plan| {
            plan.plugin(|plugin| plugin["store"]["etcd"]["remember_ms"] = 0.into()).unwrap();
        })
    };
    let (one, two) = (start(), start());
    let here = Team::new(&one, "etcd-forgetful");
    expect_revocations(&here, &here.at(&two), "ada");
}
