//! What the provider says of itself: RFC 7643 §5 to §7, RFC 7644 §3.1, §4.

use scim_edge::http::header::AUTHORIZATION;
use serde_json::Value;

use crate::team::{ENTERPRISE, GROUP, LIST, USER, text};

const MESSAGES: &str = "urn:ietf:params:scim:api:";

fn ids(list: &Value) -> Vec<&str> {
    list["Resources"].as_array().expect("a list").iter().map(|shown| text(&shown["id"])).collect()
}

requirements! {
    [(SHOULD "RFC7643-5-L1581" "authenticationSchemes can be read without authentication")]
    deviates "an endpoint is one team's, and nothing there answers who does not have the team's token"
    fn discovery_needs_the_token(team) {
        let path = "GET /ServiceProviderConfig";
        team.send(path, &[(AUTHORIZATION, "")], None).refused(401, "");
        let schemes = team.ask(path).is(200).body["authenticationSchemes"].clone();
        assert_eq!(schemes[0]["type"], "oauthbearertoken");
    }

    [
        (MUST "RFC7643-6-L1619" "a resource type has a name"),
        (MUST "RFC7643-6-L1641" "a resource type's schema is the id of a Schema"),
        (MUST "RFC7643-6-L1650" "an extension's schema is the id of a Schema"),
        (MUST "RFC7643-7-L1691" "a schema has its URI as id"),
        (MUST "RFC7643-7-L1700" "a schema has a name"),
    ]
    fn resource_types_and_schemas_fit_together(team) {
        let schemas = team.read("/Schemas");
        let known = ids(&schemas);
        for schema in schemas["Resources"].as_array().unwrap() {
            assert!(text(&schema["id"]).starts_with("urn:") && !text(&schema["name"]).is_empty());
            assert_eq!(&team.read(&format!("/Schemas/{}", text(&schema["id"]))), schema);
        }
        let types = team.read("/ResourceTypes");
        assert_eq!(ids(&types), ["User", "Group"]);
        for kind in types["Resources"].as_array().unwrap() {
            assert!(!text(&kind["name"]).is_empty());
            assert!(known.contains(&text(&kind["schema"])));
            for extension in kind["schemaExtensions"].as_array().into_iter().flatten() {
                assert!(known.contains(&text(&extension["schema"])));
            }
            assert_eq!(&team.read(&format!("/ResourceTypes/{}", text(&kind["id"]))), kind);
            team.ask(&format!("GET {}", text(&kind["endpoint"]))).is(200);
        }
    }

    [
        (MUST "RFC7644-3.1-L436" "URNs of messages begin with urn:ietf:params:scim:api:"),
        (SHALL "RFC7644-3.1-L439" "messages are not among the schemas"),
    ]
    fn messages_have_urns_of_their_own(team) {
        for line in ["GET /Users", "GET /Nothing", "GET /Schemas"] {
            assert!(text(&team.ask(line).body["schemas"][0]).starts_with(MESSAGES), "{line}");
        }
        assert!(ids(&team.read("/Schemas")).iter().all(|id| !id.starts_with(MESSAGES)));
        team.ask(&format!("GET /Schemas/{LIST}")).refused(404, "");
    }

    [
        (SHALL "RFC7644-4-L4068" "ServiceProviderConfig answers with its schema"),
        (SHALL "RFC7644-4-L4098" "Schemas answers with all schemas as a list"),
    ]
    fn discovery_answers_with_its_schemas(team) {
        let config = team.read("/ServiceProviderConfig");
        let schema = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
        assert_eq!(config["schemas"][0], schema);
        for feature in ["patch", "bulk", "filter", "sort", "etag"] {
            assert_eq!(config[feature]["supported"], true, "{feature}");
        }
        assert_eq!(config["changePassword"]["supported"], false);
        let schemas = team.read("/Schemas");
        assert_eq!(schemas["schemas"][0], LIST);
        assert_eq!(ids(&schemas), [USER, ENTERPRISE, GROUP]);
    }

    [(SHALL "RFC7644-4-L4125" "what a query says is ignored on discovery; a filter is refused with 403")]
    fn queries_on_discovery_are_ignored_and_filters_forbidden(team) {
        for path in ["/Schemas", "/ResourceTypes", "/ServiceProviderConfig"] {
            let plain = team.read(path);
            assert_eq!(team.read(&format!("{path}?startIndex=2&count=1&sortBy=id&attributes=id")), plain);
        }
        for path in ["/Schemas", "/ResourceTypes"] {
            team.ask(&format!("GET {path}?filter=id%20pr")).refused(403, "");
        }
        team.ask("POST /Schemas").refused(405, "");
    }
}
