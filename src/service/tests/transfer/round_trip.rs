//! After an import everything reads as before.

use super::stores::tree;
use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Imports the file in an empty place and compares what is there with what was.
fn assert_moves_to<S: Store>(source: &Place<Waiting>, target: &Place<S>) {
    let file = source.export("acme");
    let answer = target.import("acme", &file);
    assert_eq!(answer.status, StatusCode::CREATED, "{}", text(&answer.body));
    assert_eq!(body(&answer)["finished"], true);
    let (before, after) = (source.records(), target.records());
    for (key, value) in &before {
        assert_eq!(after.get(key).map(|v| text(v)), Some(text(value)), "{key}");
    }
    assert_eq!(after.len(), before.len());
    target.assert_sound();

    let (mut events, again) = (lines(&file), lines(&target.export("acme")));
    let (end, new_end) = (events.pop().unwrap(), again.last().unwrap());
    assert_ne!(end, *new_end);
    let count = events.len();
    assert_eq!(again[..count], events, "the file of the import is that of the export");
    let more: Vec<&str> = again[count..again.len() - 1]
        .iter()
        .map(|line| line["event"]["action"].as_str().unwrap())
        .collect();
    assert_eq!(more, ["team.import", "team.export"]);
}

#[test]
fn a_team_moves_to_another_store_with_ids_versions_times_and_indexes() {
    let source = lively().into_place();
    assert_moves_to(&source, &Place::on(Waiting::default()));
    assert_moves_to(&source, &Place::on(tree()));
    assert_moves_to(&source, &Place::on(Waiting::default()));
    assert_moves_to(&source, &Place::on(crate::store::etcd::fake::store()));
}

#[test]
fn the_identity_provider_goes_on_with_its_token_and_members_get_through() {
    let source = lively();
    let (scim_path, token) = (source.scim_path.clone(), source.token.clone());
    let users = body(&source.scim(Method::GET, "/Users").send());
    let groups = body(&source.scim(Method::GET, "/Groups?sortBy=displayName").send());
    let file = source.into_place().export("acme");

    let mut moved = Edge::without_team();
    (moved.scim_path, moved.token) = (scim_path, token);
    assert_eq!(
        moved
            .platform(Method::PUT, "/v1/teams/acme/import")
            .body("application/x-ndjson", &file)
            .send()
            .status,
        201
    );
    assert_eq!(body(&moved.scim(Method::GET, "/Users").send()), users);
    assert_eq!(body(&moved.scim(Method::GET, "/Groups?sortBy=displayName").send()), groups);
    assert!(matches!(moved.knock("ada@example.com"), Outcome::Forward(Some(_))));
    assert!(matches!(moved.knock("hand@example.com"), Outcome::Forward(Some(_))));
    for outsider in ["grace", "gone", "left"] {
        let outcome = moved.knock(&format!("{outsider}@example.com"));
        assert!(matches!(outcome, Outcome::Answer(_)), "{outsider}");
    }
    // What signing in does not undo, it does not undo here either.
    let add = moved.platform(Method::PUT, "/v1/teams/acme/members/gone%40example.com").send();
    assert_eq!(problem(&add), (409, "deprovisioned".to_owned()));
    let created = moved.create("new");
    assert_eq!(created["meta"]["resourceType"], "User");
    let filter = "/Users?filter=userName%20eq%20%22ada%40example.com%22";
    assert_eq!(body(&moved.scim(Method::GET, filter).send())["totalResults"], 1);
}

#[test]
fn a_file_may_come_in_parts_of_any_length() {
    struct Parts(std::collections::VecDeque<Vec<u8>>);
    impl Upload for Parts {
        async fn next(&mut self) -> Result<Option<Vec<u8>>, UploadError> {
            Ok(self.0.pop_front())
        }
        fn waiting(&self) -> usize {
            0
        }
    }
    let source = lively().into_place();
    let file = source.export("acme");
    for length in [1, 2, 7, 100, 4096] {
        let target = Place::on(Waiting::default());
        let parts = Parts(file.chunks(length).map(<[u8]>::to_vec).collect());
        let head = import("acme", b"", "");
        let answer = block_on(target.service.import(&head, parts));
        block_on(target.service.go_on());
        assert_eq!(answer.status, StatusCode::CREATED, "{}", text(&answer.body));
        assert_eq!(target.records(), source.records());
    }
}
