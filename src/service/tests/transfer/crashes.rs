//! Whoever dies wherever: before the commit point nothing is changed, after it the next request finishes the work.

use std::task::{Context, Waker};

use super::large::file;
use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn team(place: &Place<Waiting>) -> Response {
    place.send(&platform(Method::GET, "/v1/teams/acme"))
}

/// Starts the request, and drops it after so many polls. Whether it was over before.
fn crash(place: &Place<Waiting>, request: &Request, polls: usize) -> bool {
    let mut context = Context::from_waker(Waker::noop());
    let mut running = Box::pin(async {
        place.service.handle(request).await;
        place.service.go_on().await;
    });
    (0..polls).any(|_| running.as_mut().poll(&mut context).is_ready())
}

/// The same store, with another node in front.
fn another_node(place: &Place<Waiting>) -> Place<Waiting> {
    let node = Place::on(place.service.store.clone());
    node.service.host().advance(10_000);
    node
}

/// Crashes the import at every place. `before`: what the store holds if it did not come to its commit point.
fn crash_everywhere(
    start: impl Fn() -> Place<Waiting>,
    file: &[u8],
    query: &str,
    before: &Entries,
) {
    let request = import("acme", file, query);
    let whole = start();
    assert!(whole.send(&request).status.is_success());
    let after = whole.records();
    let (mut nothing, mut finished, mut cleared) = (0, 0, 0);
    for polls in 1.. {
        let place = start();
        let over = crash(&place, &request, polls);
        let staged =
            |place: &Place<Waiting>| place.entries().keys().any(|key| key.starts_with("imports/"));
        let node = another_node(&place);
        let mut committed = place.entries();
        committed.retain(|key, _| !key.starts_with("imports/"));
        if committed == *before {
            // Not committed: nothing is to be seen, and the next import takes away what is left.
            nothing += 1;
            assert!(node.send(&request).status.is_success());
        } else if node.records() != after {
            let answer = node.send_only(&platform(Method::GET, "/v1/teams/acme"));
            let being_imported = text(&node.entries()["teams/acme"]).contains("importing");
            if being_imported {
                finished += 1;
                assert_eq!(problem(&answer), (503, "importing".to_owned()));
                assert_eq!(field(&answer, header::RETRY_AFTER), Some("1"));
                block_on(node.service.go_on());
            }
            assert_eq!(team(&node).status, StatusCode::OK, "after {polls} polls");
        }
        if staged(&node) {
            // Finished before it was cleared away: the next import does that.
            cleared += 1;
            assert!(node.send(&import("acme", file, "?replace=true")).status.is_success());
        }
        assert_eq!(node.records(), after, "after {polls} polls");
        node.assert_sound();
        if over {
            break;
        }
    }
    assert!(nothing > 10 && finished > 10, "{nothing} {finished} {cleared}");
}

#[test]
fn an_import_that_dies_anywhere_is_finished_by_the_next_request_or_was_never_there() {
    let file = lively().into_place().export("acme");
    crash_everywhere(|| Place::on(Waiting::default()), &file, "", &Entries::new());
}

#[test]
fn a_replacement_that_dies_anywhere_leaves_the_old_team_or_the_new_one() {
    let source = lively().into_place();
    let entries = source.entries();
    let start = || {
        let store = Waiting::default();
        block_on(async {
            let mut transaction = store.memory.begin().await.unwrap();
            for (key, value) in &entries {
                transaction.put(key, value.clone()).unwrap();
            }
            transaction.commit().await.unwrap();
        });
        Place::on(store)
    };
    crash_everywhere(start, &file(40), "?replace=true", &entries);
}

#[test]
fn while_it_is_carried_out_everybody_is_told_to_come_again() {
    let source = lively();
    let (scim_path, token) = (source.scim_path.clone(), source.token.clone());
    let file = source.into_place().export("acme");
    let request = import("acme", &file, "");
    let mut met = 0;
    for polls in 1.. {
        let place = Place::on(Waiting::default());
        if crash(&place, &request, polls) {
            break;
        }
        let importing =
            place.entries().get("teams/acme").is_some_and(|team| text(team).contains("importing"));
        if !importing {
            continue;
        }
        met += 1;
        // The node is still at it, as far as others know.
        let node = Place::on(place.service.store.clone());
        node.service.host().advance(100);
        let before = place.entries();
        let mut scim = Request::new(Method::POST, &format!("{scim_path}/Users"));
        scim.headers.set(header::AUTHORIZATION, &format!("Bearer {token}")).unwrap();
        scim.body = user("new").to_string().into_bytes();
        let answer = node.send(&scim);
        assert_eq!(scim_error(&answer).0, 503);
        assert_eq!(field(&answer, header::RETRY_AFTER), Some("1"));
        for (method, path) in [
            (Method::GET, "/v1/teams/acme"),
            (Method::GET, "/v1/teams/acme/members"),
            (Method::PUT, "/v1/teams/acme/members/new%40example.com"),
            (Method::GET, "/v1/teams/acme/export"),
            (Method::PUT, "/v1/teams/acme/import?replace=true"),
            (Method::GET, "/t/acme/page"),
        ] {
            let mut request = platform(method, path);
            request.identity = Some(Identity { email: Email::parse("hand@example.com").unwrap() });
            let answer = node.send(&request);
            assert_eq!(problem(&answer), (503, "importing".to_owned()), "{path}");
            assert_eq!(field(&answer, header::RETRY_AFTER), Some("1"));
        }
        assert_eq!(node.entries(), before, "somebody wrote");
    }
    assert!(met > 10, "{met}");
}
