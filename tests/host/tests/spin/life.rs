use http::StatusCode;
use scim_edge_host::spin::Reuse;
use scim_edge_host::spin::store::{Memory, Sqlite};

use crate::member::{MEMBER, create, gate, live, team};
use crate::site::{Site, product, seen};

#[test]
fn a_member_is_let_in_while_active_and_at_no_other_time() {
    let site = Site::on(Memory::new());
    live(&site, &team(&site), MEMBER);
}

#[test]
fn a_member_is_let_in_while_active_where_a_swap_from_absent_overwrites() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::on(Sqlite::open(&folder.path().join("state.db"), "default").unwrap());
    live(&site, &team(&site), MEMBER);
}

#[test]
fn the_service_behind_is_told_who_it_is_and_believes_no_client() {
    let product = product();
    let site = Site::of(&product, |app| app.store("default", Memory::new()));
    let connection = team(&site);
    assert_eq!(create(&site, &connection, MEMBER).status(), StatusCode::CREATED);
    let token = site.signed_in(MEMBER);
    let headers = [("authorization", &*token), ("x-team-role", "owner"), ("x-team-id", "other")];
    let answer = site.client().unwrap().get("/t/demo/hello?a=b", &headers).unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let seen = seen(&product);
    assert_eq!(seen.len(), 1, "nobody else reached it");
    assert_eq!(seen[0].path, "/t/demo/hello?a=b");
    let fields = |name: &str| -> Vec<_> { seen[0].headers.get_all(name).iter().collect() };
    assert_eq!(fields("x-team-id"), ["demo"]);
    assert_eq!(fields("x-team-role"), ["member"]);
    assert_eq!(fields("x-account-id").len(), 1);
}

#[test]
fn one_instance_serves_requests_one_after_the_other_until_it_has_served_its_share() {
    let reuse = Reuse { total: 10, ..Reuse::default() };
    let site = Site::of(&product(), |app| app.store("default", Memory::new()).reuse(reuse));
    team(&site);
    let before = site.server.instances();
    for _ in 0..40 {
        assert_eq!(gate(&site, MEMBER), StatusCode::FORBIDDEN);
    }
    let made = site.server.instances().saturating_sub(before);
    assert!((4..=6).contains(&made), "{made} instances for 40 requests");
}
