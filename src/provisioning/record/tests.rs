//! How records are kept, byte by byte: other versions of this read them too.

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::json::typed::{FromJson, ToJson, from_slice, to_vec};
use crate::provisioning::account::Account;
use crate::provisioning::event::LoggedEvent;
use crate::provisioning::group::{Group, Place};
use crate::provisioning::membership::{Deprovisioning, Membership};
use crate::provisioning::team::Team;
use crate::provisioning::transfer::Cursor;
use crate::provisioning::user::User;

/// Each text is read, and written as it was.
fn same<R: FromJson + ToJson>(texts: &[&str]) {
    for text in texts {
        let record: R = from_slice(text.as_bytes()).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(String::from_utf8(to_vec(&record).unwrap()).unwrap(), *text);
    }
}

#[test]
fn records_are_written_as_they_were_read() {
    same::<Account>(&[
        r#"{"id":"a","email":"Ann@Example.com","created":1,"origin":{"kind":"platform"}}"#,
        r#"{"id":"a","email":"a@b.c","created":1,"origin":{"kind":"scim","team":"acme"}}"#,
    ]);
    same::<Membership>(&[
        r#"{"role":"owner","since":1,"via":"scim"}"#,
        r#"{"role":"admin","since":1,"via":"platform"}"#,
        r#"{"role":"member","since":1,"via":"owner"}"#,
    ]);
    same::<Deprovisioning>(&[r#"{"at":1}"#]);
    same::<User>(&[
        r#"{"id":"u","account":"a","active":true,"names":{"user_name":"n","emails":[]},"attributes":{},"version":1,"created":2,"last_modified":3}"#,
        r#"{"id":"u","account":"a","active":false,"active_unassigned":true,"names":{"user_name":"n","external_id":"x","emails":["a@b.c","d@e.f"],"display_name":"N"},"attributes":{"a":[{"b":1.5}],"userName":"n"},"version":1,"created":2,"last_modified":3}"#,
    ]);
    same::<Group>(&[
        r#"{"id":"g","names":{"display_name":"n"},"attributes":{},"version":1,"created":2,"last_modified":3}"#,
        r#"{"id":"g","names":{"display_name":"n","external_id":"x"},"attributes":{"x":null},"version":1,"created":2,"last_modified":3}"#,
    ]);
    same::<Place>(&[
        r#"{}"#,
        r#"{"kind":"user","display":"d"}"#,
        r#"{"kind":"group","display":"d","given":true}"#,
    ]);
    same::<Team>(&[
        r#"{"name":"n","sso":{"type":"none"},"verified_domains":[],"created":1}"#,
        r#"{"name":"n","sso":{"type":"saml","issuer":"i"},"verified_domains":["b.c"],"created":1,"connection":{"endpoint":"e","token_sha256":"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff","enabled":2,"token_created":3},"importing":{"import":"i","phase":"removing","after":"k","at":4}}"#,
        r#"{"name":"n","sso":{"type":"oidc"},"verified_domains":[],"created":1,"importing":{"import":"i","phase":"events","at":4}}"#,
    ]);
    same::<Cursor>(&[
        r#"{"team":"acme","newest":1,"section":"groupmembers","after":"k","lines":2,"sha256":"00"}"#,
        r#"{"team":"acme","newest":1,"section":"deprovisioned","lines":2,"sha256":"00"}"#,
    ]);
}

#[test]
fn events_are_written_as_they_were_read() {
    same::<LoggedEvent>(&[
        r#"{"n":1,"at":2,"actor":{"kind":"identity_provider"},"action":"user.deactivate","subject":{"email":"a@b.c","user_id":"u"},"outcome":"refused","reason":"why"}"#,
        r#"{"n":1,"at":2,"actor":{"kind":"platform"},"action":"team.create","subject":{},"outcome":"done"}"#,
        r#"{"n":1,"at":2,"actor":{"kind":"platform","on_behalf_of":"a@b.c"},"action":"scim.rotate","subject":{},"outcome":"done"}"#,
        r#"{"n":1,"at":2,"actor":{"kind":"person","email":"a@b.c"},"action":"group.update","subject":{"group_id":"g","group_name":"n"},"outcome":"done","members":{"added":1,"removed":0}}"#,
    ]);
}

#[test]
fn another_kind_of_actor_or_origin_is_refused_by_name() {
    let event = br#"{"n":1,"at":2,"actor":{"kind":"robot"},"action":"team.create","subject":{},"outcome":"done"}"#;
    assert_eq!(
        from_slice::<LoggedEvent>(event).unwrap_err().to_string(),
        "actor.kind: one of `identity_provider`, `platform`, `person` was expected, not \"robot\""
    );
    let account = br#"{"id":"a","email":"a@b.c","created":1,"origin":{"kind":"robot"}}"#;
    assert_eq!(
        from_slice::<Account>(account).unwrap_err().to_string(),
        "origin.kind: one of `platform`, `scim` was expected, not \"robot\""
    );
}
