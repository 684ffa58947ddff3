//! What a crash of the filter costs: the requests that were in it, and no state.

use std::time::Duration;

use serde_json::json;
use xtask::envoy::Config;

use crate::answer::Answer;
use crate::patience::{eventually, time};
use crate::site::Site;
use crate::team::Team;

fn slow_site() -> Site {
    let site = Site::start_slow(|plan| {
        for field in ["request_timeout", "stream_idle_timeout"] {
            *plan.config.at(&format!("{}/{field}", Config::MANAGER)).unwrap() = json!("2s");
        }
    });
    site.that_may_crash()
}

#[test]
fn after_a_crash_the_filter_is_back_with_all_its_state() {
    let site = slow_site();
    let team = Team::new(&site, "crash-state");
    team.provision("ada");
    let ada = team.signed_in("ada");
    let mut clients = site.on_both_workers();
    for round in 1..=2 {
        for client in &mut clients {
            // A crash may meet a filter that is not back yet: then the answer is the same.
            let crash = client.get(&team.path("/Users"), &[("x-test-crash", "1")]).unwrap();
            Answer::from(crash).expect_scim_error(503);
        }
        assert!(site.log_count("Uncaught") >= round, "it did not crash");
        assert!(site.seen("crash-state").is_empty(), "nothing passes by a crashed filter");
        for client in &mut clients {
            eventually("the filter is back", || {
                let answer: Answer =
                    client.get("/t/crash-state/page", &[("authorization", &ada)]).unwrap().into();
                assert!(matches!(answer.status, 200 | 503), "{answer:?}");
                (answer.status == 200).then_some(())
            });
        }
        assert_eq!(team.list().expect(200).json()["totalResults"], round);
        team.provision(&format!("new{round}"));
        site.forget_seen();
    }
}

#[test]
fn requests_that_a_crash_leaves_behind_end_in_time() {
    let site = slow_site();
    let team = Team::new(&site, "crash-pending");
    team.provision("ada");
    let ada = format!("authorization: {}", team.signed_in("ada"));
    let line = format!("GET {} HTTP/1.1", team.page("page"));
    let mut pending: Vec<_> = (0..16).map(|_| site.raw()).collect();
    for raw in &mut pending {
        raw.head(&[line.as_bytes(), b"host: x", ada.as_bytes(), b"x-test-turns: 1000000"]);
    }
    let begun = || site.log_count("stream begins") - site.log_count("stream ends");
    eventually("all wait", || (begun() >= pending.len()).then_some(()));
    for client in &mut site.on_both_workers() {
        client.get("/scim/v2/x/Users", &[("x-test-crash", "1")]).unwrap();
    }
    let (answers, took) = time(|| pending.iter_mut().map(|raw| raw.read()).collect::<Vec<_>>());
    for answer in &answers {
        assert!(matches!(answer.status, 408 | 503 | 504), "{answer:?}");
        answer.expect_problem(answer.status);
    }
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert!(site.seen("crash-pending").is_empty());
}
