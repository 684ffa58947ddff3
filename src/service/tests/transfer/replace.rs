//! A team that is there is replaced only by who asks for it, and as a whole.

use super::large::{file, person_line};
use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn a_team_that_is_there_is_not_imported_over_unless_that_is_asked_for() {
    let place = lively().into_place();
    let before = place.entries();
    let answer = place.import("acme", &file(2));
    assert_eq!(problem(&answer), (409, "team_exists".to_owned()));
    for query in ["?replace=yes", "?replace=1", "?replace="] {
        let answer = place.send(&import("acme", &file(2), query));
        assert_eq!(problem(&answer), (400, "invalid_query".to_owned()), "{query}");
    }
    assert_eq!(place.entries(), before);
}

#[test]
fn a_replaced_team_is_exactly_what_the_file_says() {
    let place = lively().into_place();
    let answer = place.send(&import("acme", &file(5), "?replace=true"));
    assert_eq!(answer.status, StatusCode::OK, "{}", text(&answer.body));
    place.assert_sound();
    let fresh = Place::on(Waiting::default());
    assert_eq!(fresh.import("acme", &file(5)).status, StatusCode::CREATED);
    // Accounts outlive their memberships, and keep their ids.
    let of_team = |place: &Place<Waiting>| {
        let mut entries = place.records();
        let owner = text(&entries["accounts/owner@example.com"]);
        let owner =
            serde_json::from_str::<Value>(&owner).unwrap()["id"].as_str().unwrap().to_owned();
        entries.retain(|key, _| key.starts_with("teams/"));
        let entries = entries.into_iter().map(|(key, value)| (key.replace(&owner, "OWNER"), value));
        entries.collect::<Entries>()
    };
    assert_eq!(of_team(&place), of_team(&fresh));
}

#[test]
fn a_team_is_replaced_by_its_own_backup() {
    let place = lively().into_place();
    let backup = place.export("acme");
    let before = place.records();
    let target = "/v1/teams/acme/members/late%40example.com";
    assert_eq!(place.send(&platform(Method::PUT, target)).status, StatusCode::CREATED);
    let answer = place.send(&import("acme", &backup, "?replace=true"));
    assert_eq!(answer.status, StatusCode::OK);
    let mut after = place.records();
    let count = after.len();
    after.retain(|key, value| !key.contains("late@") && !text(value).contains("late@"));
    assert_eq!(after, before);
    assert_eq!(count, before.len() + 2, "the account of who came later stays");
}

#[test]
fn the_last_of_two_imports_at_once_is_the_one_that_counts() {
    /// Gives its parts one at a time, as the test says.
    struct Held<'h>(&'h std::cell::RefCell<Vec<Option<Vec<u8>>>>);
    impl Upload for Held<'_> {
        async fn next(&mut self) -> Result<Option<Vec<u8>>, UploadError> {
            loop {
                let mut parts = self.0.take();
                if !parts.is_empty() {
                    let part = parts.remove(0);
                    self.0.replace(parts);
                    return Ok(part);
                }
                crate::store::suite::pause().await;
            }
        }
        fn waiting(&self) -> usize {
            0
        }
    }
    let place = Place::on(Waiting::default());
    let whole = file(500);
    let (first_half, second_half) = whole.split_at(whole.len() / 2);
    let parts = std::cell::RefCell::new(vec![Some(first_half.to_vec())]);
    let head = import("acme", b"", "");
    let mut slow = Box::pin(place.service.import(&head, Held(&parts)));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    for _ in 0..20 {
        assert!(slow.as_mut().poll(&mut context).is_pending());
    }
    assert!(place.entries().keys().any(|key| key.starts_with("imports/acme/staged/")));
    assert_eq!(place.import("acme", &file(3)).status, StatusCode::CREATED);
    parts.borrow_mut().extend([Some(second_half.to_vec()), None]);
    let answer = block_on(slow);
    assert_eq!(problem(&answer), (409, "import_superseded".to_owned()));
    block_on(place.service.go_on());
    place.assert_sound();
    assert_eq!(
        place.entries().keys().filter(|key| key.starts_with("teams/acme/users/")).count(),
        3
    );
}

#[test]
fn users_of_the_file_may_have_the_names_of_users_that_go() {
    let place = Place::on(Waiting::default());
    assert_eq!(place.import("acme", &file(3)).status, StatusCode::CREATED);
    let mut lines = lines(&file(3));
    // Two have changed their names, ids of users included.
    let (mut one, mut two) = (person_line(0), person_line(1));
    one["user"]["names"] = person_line(1)["user"]["names"].clone();
    two["user"]["names"] = person_line(0)["user"]["names"].clone();
    (lines[1], lines[2]) = (one, two);
    let answer = place.send(&import("acme", &file_of(&lines), "?replace=true"));
    assert_eq!(answer.status, StatusCode::OK, "{}", text(&answer.body));
    place.assert_sound();
}
