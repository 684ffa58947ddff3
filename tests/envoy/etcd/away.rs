//! An etcd that is not there: everybody is told so in time, nobody is let in, and when it is back all goes on.

use std::time::Duration;

use http::Method;

use super::{start, start_etcd};
use crate::answer::Answer;
use crate::patience::{eventually, time};
use crate::team::Team;

/// Two calls of a second each, and some more.
const SOON: Duration = Duration::from_millis(2500);

/// Every kind of request is answered with 503 that says when to come again, soon.
#[track_caller]
fn expect_unavailable(team: &Team<'_>, id: &str) {
    let site = team.site;
    let asked: [&(dyn Fn() -> Answer + Sync); 6] = [
        &|| team.list(),
        &|| team.create("late"),
        &|| team.scim(Method::DELETE, &format!("/Users/{id}"), ""),
        &|| site.get(&format!("/v1/teams/{}", team.id), &site.platform()),
        &|| team.visit("ada"),
        &|| team.visit("nobody"),
    ];
    let answers: Vec<(Answer, Duration)> = std::thread::scope(|scope| {
        let asked = asked.map(|ask| scope.spawn(move || time(ask)));
        asked.map(|answer| answer.join().unwrap()).into()
    });
    for (number, (answer, took)) in answers.iter().enumerate() {
        match number {
            0..3 => answer.expect_scim_error(503),
            _ => answer.expect_problem(503),
        };
        assert_eq!(answer.header("retry-after"), "1");
        assert!(*took < SOON, "{number} took {took:?}");
    }
    assert!(site.seen(&team.id).is_empty(), "somebody was let in");
}

fn expect_back(team: &Team<'_>, id: &str) {
    eventually("etcd is found again", || (team.list().status == 200).then_some(()));
    assert_eq!(team.list().json()["totalResults"], 1, "what was refused was not done");
    team.visit("ada").expect(200);
    team.site.forget_seen();
    team.set_active(id, false);
    team.visit("ada").expect_problem(403);
    team.set_active(id, true);
}

#[test]
fn while_etcd_is_gone_the_answer_is_503_and_afterwards_all_goes_on() {
    let mut etcd = start_etcd();
    let site = start(&etcd);
    let team = Team::new(&site, "etcd-gone");
    let id = team.provision("ada");
    etcd.kill();
    expect_unavailable(&team, &id);
    etcd.restart().unwrap();
    expect_back(&team, &id);
    etcd.pause();
    expect_unavailable(&team, &id);
    etcd.resume();
    expect_back(&team, &id);
}

#[test]
fn an_envoy_that_starts_without_etcd_says_so_and_finds_it_later() {
    let mut etcd = start_etcd();
    etcd.kill();
    let site = start(&etcd);
    eventually("the log tells", || (site.log_count("etcd cannot be asked") > 0).then_some(()));
    site.get("/v1/teams/etcd-later", &site.platform()).expect_problem(503);
    etcd.restart().unwrap();
    eventually("etcd is found", || {
        (site.get("/v1/teams/etcd-later", &site.platform()).status == 404).then_some(())
    });
    Team::new(&site, "etcd-later").provision("ada");
}
