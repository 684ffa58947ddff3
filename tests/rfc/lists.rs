//! Lists: RFC 7644 §3.4.2, §3.4.2.3 to §3.4.2.5, §3.4.3, §3.9.

use serde_json::json;

use crate::team::{LIST, names, text};

const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

requirements! {
    [
        (MUST "RFC7644-3.4.2-L817" "the answer to a query is a ListResponse"),
        (SHALL "RFC7644-3.4.2-L847" "a query that finds nothing is answered with 200 and no results"),
    ]
    fn a_query_is_answered_with_a_list(team) {
        for path in ["", "/Users", "/Groups"] {
            let none = team.ask(&format!("GET {path}")).is(200).body.clone();
            assert_eq!((&none["schemas"][0], &none["totalResults"]), (&json!(LIST), &json!(0)));
        }
        team.person("ada");
        let none = team.search("/Users", "userName eq \"nobody\"").is(200).body.clone();
        assert_eq!((&none["totalResults"], &none["itemsPerPage"]), (&json!(0), &json!(0)));
    }

    [(SHALL "RFC7644-3.4.2.1-L912" "more results than can be gone through are refused with 400 tooMany")]
    fn too_many_to_go_through_are_refused(team) {
        let ada = team.person("ada");
        team.multiply(&ada, 9_999);
        assert_eq!(team.read("/Users?filter=title%20pr")["totalResults"], 0);
        team.multiply(&ada, 10_000);
        team.search("/Users", "title pr").refused(400, "tooMany");
        team.ask("GET /Users?sortBy=title").refused(400, "tooMany");
        assert_eq!(team.found("/Users", "userName eq \"ada@example.com\" and title ne \"x\""), ["ada"]);
        assert_eq!(team.read("/Users?count=1")["totalResults"], 10_001);
    }

    [
        (SHALL "RFC7644-3.4.2.3-L1319" "sortOrder is ascending unless it says otherwise"),
        (MUST "RFC7644-3.4.2.3-L1321" "sorting follows the attribute's type and case"),
    ]
    fn lists_are_sorted_as_the_attribute_is_compared(team) {
        for (name, title, external_id) in [("b", "beta", "B"), ("a", "Alpha", "a"), ("c", "Gamma", "C")] {
            team.person_with(name, json!({ "title": title, "externalId": external_id }));
        }
        team.person("none");
        let sorted = |query: &str| names(&team.read(&format!("/Users?{query}")));
        assert_eq!(sorted("sortBy=title"), ["a", "b", "c", "none"]);
        assert_eq!(sorted("sortBy=title&sortOrder=ascending"), ["a", "b", "c", "none"]);
        assert_eq!(sorted("sortBy=title&sortOrder=descending"), ["none", "c", "b", "a"]);
        assert_eq!(sorted("sortBy=externalId&count=3"), ["b", "c", "a"]);
        assert_eq!(sorted("sortBy=meta.created&sortOrder=descending")[0], "none");
    }

    [
        (SHALL "RFC7644-3.4.2.4-L1358" "a startIndex below 1 means 1"),
        (MUST "RFC7644-3.4.2.4-L1363" "no more results than count are given"),
    ]
    fn pages_begin_and_end_where_they_should(team) {
        for name in ["a", "b", "c"] {
            team.person(name);
        }
        for start in ["-5", "0", "1"] {
            let page = team.read(&format!("/Users?startIndex={start}&count=2"));
            assert_eq!((names(&page), &page["startIndex"]), (vec!["a".into(), "b".into()], &json!(1)));
            assert_eq!((&page["totalResults"], &page["itemsPerPage"]), (&json!(3), &json!(2)));
        }
        assert_eq!(names(&team.read("/Users?startIndex=3&count=2")), ["c"]);
        for count in ["0", "-1"] {
            let page = team.read(&format!("/Users?count={count}"));
            assert_eq!((names(&page).len(), &page["totalResults"]), (0, &json!(3)));
        }
    }

    [
        (MUST "RFC7644-3.4.2.5-L1438" "attributes and excludedAttributes are there"),
        (SHALL "RFC7644-3.4.2.5-L1449" "excludedAttributes leaves out nothing that is always returned"),
        (MUST "RFC7644-3.9-L3596" "attributes names all that is shown, beside what is always returned"),
    ]
    fn the_client_chooses_what_it_sees(team) {
        let id = team.person_with("ada", json!({ "title": "Countess" }));
        let keys = |query: &str| -> Vec<String> {
            let shown = team.read(&format!("/Users/{id}?{query}"));
            shown.as_object().unwrap().keys().cloned().collect()
        };
        assert_eq!(keys("attributes=userName,name.givenName"), ["id", "name", "schemas", "userName"]);
        let shown = team.read(&format!("/Users/{id}?attributes=name.givenName"));
        assert_eq!(shown["name"], json!({ "givenName": "ada" }));
        let left = keys("excludedAttributes=id,schemas,userName,emails,meta");
        assert_eq!(left, ["active", "externalId", "id", "name", "schemas", "title"]);
        let listed = team.read("/Users?attributes=title");
        assert_eq!(listed["Resources"][0].as_object().unwrap().len(), 3);
    }

    [(MUST "RFC7644-3.4.3-L1476" "a search by POST has the schema of a SearchRequest")]
    fn a_search_can_be_posted(team) {
        for name in ["a", "b", "c"] {
            team.person(name);
        }
        let search = json!({
            "schemas": [SEARCH], "attributes": ["userName"], "filter": "userName sw \"b\" or userName sw \"c\"",
            "sortBy": "userName", "sortOrder": "descending", "startIndex": 1, "count": 1,
        });
        for path in ["/.search", "/Users/.search"] {
            let page = team.tell(&format!("POST {path}"), &search).is(200).body.clone();
            assert_eq!((names(&page), &page["totalResults"]), (vec!["c".to_owned()], &json!(2)));
            assert_eq!(page["Resources"][0].get("emails"), None);
        }
        let groups = team.tell("POST /Groups/.search", &json!({ "schemas": [SEARCH], "filter": "displayName pr" }));
        assert_eq!(groups.is(200).body["totalResults"], 0);
        let wrong = json!({ "schemas": [SEARCH], "filter": 7 });
        assert_eq!(team.tell("POST /.search", &wrong).status, 400);
        assert!(!text(&team.tell("POST /.search", &wrong).body["detail"]).is_empty());
    }
}
