//! A team moves from an Envoy's memory into etcd, and its identity provider goes on as if nothing had happened.

use serde_json::json;

use super::Pair;
use crate::patience::eventually;
use crate::site::Site;
use crate::team::{Team, address};
use crate::transfer::{export, file, import};

#[test]
fn a_team_moves_from_memory_to_etcd_with_its_token() {
    const USERS: usize = 2_000;
    let (from, pair) = (Site::shared(), Pair::shared());
    let name = "moves-to-etcd";
    settled(&from, name, import(&from, name, &file(name, USERS)).status);
    let connection = from.enable_scim(name, &address("owner", name)).unwrap();
    from.keep_secret(&connection.token);
    let there = Team { site: &from, id: name.to_owned(), connection };
    let ada = there.provision("ada");

    let (moved, _) = export(&from, name);
    settled(&pair.one, name, import(&pair.one, name, &moved).status);
    for site in [&pair.one, &pair.two] {
        let here = there.at(site);
        let list = here.list().expect(200).json();
        assert_eq!(list["totalResults"], json!(USERS + 1));
        here.create("ada").expect_scim_error(409);
        here.visit("ada").expect(200);
        here.visit("user-001999").expect(200);
    }
    there.at(&pair.two).set_active(&ada, false);
    there.at(&pair.one).visit("ada").expect_problem(403);

    // And out of etcd again, all but who was deactivated as it came.
    let (back, _) = export(&pair.two, name);
    let lines = |file: &[u8]| file.iter().filter(|byte| **byte == b'\n').count();
    assert!(lines(&back) > lines(&moved));
}

/// Waits until an import that was answered with `status` is carried out.
fn settled(site: &Site, team: &str, status: u16) {
    assert!(matches!(status, 201 | 202), "{status}");
    eventually("the import is done", || {
        let answer = site.get(&format!("/v1/teams/{team}"), &site.platform());
        (answer.status == 200).then_some(())
    });
}
