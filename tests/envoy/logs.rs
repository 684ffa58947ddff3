//! What is in Envoy's log, and what never is (RFC 7644 §7.5.2). Every other edge's log is looked through as well.

use http::Method;

use crate::site::Site;
use crate::team::Team;

#[test]
fn the_log_tells_of_requests_without_saying_who() {
    let site = Site::start(|_| {});
    let team = Team::new(&site, "logs-team");
    let id = team.provision("ada");
    let ada = team.address("ada");
    team.scim(Method::GET, &format!("/Users?filter=userName%20eq%20%22{ada}%22"), "").expect(200);
    team.scim(Method::PATCH, &format!("/Users/{id}"), &format!(r#"{{"mail":"{ada}"}}"#))
        .expect(400);
    team.scim(Method::POST, "/Users", &team.user("ada").to_string()).expect(409);
    team.visit("ada").expect(200);
    team.visit("eve").expect(403);
    for path in [format!("/v1/accounts/{ada}"), format!("/v1/teams/logs-team/members/{ada}")] {
        site.get(&path, &site.platform()).expect(200);
        site.get(&path, "Bearer wrong").expect_problem(401);
    }
    site.get(&team.path("/Users"), &format!("Bearer {}x", team.connection.token)).expect(401);
    // Dropping the edge looks at all that it wrote.
    drop(site);
}
