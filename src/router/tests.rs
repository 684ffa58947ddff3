use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn team(id: &str) -> TeamId {
    TeamId::parse(id).unwrap()
}

#[test]
fn every_endpoint_has_its_path() {
    let scim = |resource| Endpoint::Scim { endpoint: "acme.x1".to_owned(), resource };
    let manage = |endpoint| Endpoint::Manage(Some(endpoint));
    let cases = [
        ("/scim/v2/acme.x1/Users", scim(Some(ScimEndpoint::Users))),
        ("/scim/v2/acme.x1/Users/", scim(Some(ScimEndpoint::Users))),
        ("/scim/v2/acme.x1//Users", scim(Some(ScimEndpoint::Users))),
        ("/scim/v2/acme.x1///Users", scim(None)),
        ("/scim/v2/acme.x1/Users//7", scim(None)),
        ("/scim/v2/acme.x1/Users/7", scim(Some(ScimEndpoint::User("7".to_owned())))),
        ("/scim/v2/acme.x1/Nothing", scim(None)),
        ("/scim/v2/acme.x1", scim(Some(ScimEndpoint::Root))),
        ("/scim/v2/acme.x1/", scim(Some(ScimEndpoint::Root))),
        ("/scim/v2/acme.x1/Groups", scim(Some(ScimEndpoint::Groups))),
        ("/scim/v2/acme.x1/Groups/7", scim(Some(ScimEndpoint::Group("7".to_owned())))),
        ("/scim/v2/acme.x1/.search", scim(Some(ScimEndpoint::Search(SearchScope::All)))),
        ("/scim/v2/acme.x1/Users/.search", scim(Some(ScimEndpoint::Search(SearchScope::Users)))),
        ("/scim/v2/acme.x1/Groups/.search", scim(Some(ScimEndpoint::Search(SearchScope::Groups)))),
        ("/scim/v2/acme.x1/Bulk", scim(Some(ScimEndpoint::Bulk))),
        ("/scim/v2/acme.x1/Me", scim(Some(ScimEndpoint::Me))),
        ("/scim/v2/acme.x1/Me/x/y", scim(Some(ScimEndpoint::Me))),
        ("/scim/v1/acme.x1/Users", scim(Some(ScimEndpoint::OtherVersion("v1".to_owned())))),
        ("/scim/v10/acme.x1", scim(Some(ScimEndpoint::OtherVersion("v10".to_owned())))),
        (
            "/scim/v2/acme.x1/Schemas/urn:ietf:params:scim:schemas:core:2.0:User",
            scim(Some(ScimEndpoint::Schema(
                "urn:ietf:params:scim:schemas:core:2.0:User".to_owned(),
            ))),
        ),
        ("/v1/teams/acme", manage(ManageEndpoint::Team(team("acme")))),
        (
            "/v1/teams/acme/members/ada%2Bx%40example.com",
            manage(ManageEndpoint::Member(team("acme"), "ada+x@example.com".to_owned())),
        ),
        ("/v1/teams/acme/scim/rotate", manage(ManageEndpoint::Rotation(team("acme")))),
        ("/v1/teams/acme/export", manage(ManageEndpoint::Export(team("acme")))),
        ("/v1/teams/acme/import", manage(ManageEndpoint::Import(team("acme")))),
        ("/v1/teams/Acme", Endpoint::Manage(None)),
        ("/v1/nothing", Endpoint::Manage(None)),
        ("/t/acme/", Endpoint::Team(team("acme"))),
        ("/t/acme", Endpoint::Team(team("acme"))),
        ("/t/acme/a/b//c", Endpoint::Team(team("acme"))),
        ("/t/ACME/a", Endpoint::Other),
        ("/t/", Endpoint::Other),
        ("/gate/check", Endpoint::GateCheck),
        ("/gate/%63heck", Endpoint::GateCheck),
        ("/gate/check/", Endpoint::Other),
        ("/gate/Check", Endpoint::Other),
        ("/gate", Endpoint::Other),
        ("/", Endpoint::Other),
        ("/T/acme/", Endpoint::Other),
    ];
    for (path, expected) in cases {
        assert_eq!(route(path), expected, "{path}");
    }
}

#[test]
fn a_path_that_could_be_read_in_two_ways_names_nothing() {
    let paths = [
        "",
        "t/acme/x",
        "*",
        "/t/acme/../other/x",
        "/t/acme/%2e%2e/other",
        "/t/acme/.%2E/other",
        "/t/acme/./x",
        "/t/acme%2f..%2fother/x",
        "/t/acme/..%5cother",
        "/t/acme\\..\\other",
        "/t/acme/%00",
        "/t/acme/a%0d%0ax",
        "/t/acme/%ff",
        "/public/../t/acme",
    ];
    for path in paths {
        assert_eq!(route(path), Endpoint::Ambiguous, "{path}");
    }
}
