//! Filters: RFC 7643 §7, RFC 7644 §3.4.2.1, §3.4.2.2.

use serde_json::json;

requirements! {
    [
        (SHALL "RFC7643-7-L1748" "a filter compares exactly or ignoring case as the attribute's definition says"),
        (SHALL "RFC7644-3.4.2.2-L1217" "texts are compared as caseExact says"),
        (MUST "EXTRA-CASE-EXACT" "what is case-exact is found in its case only"),
        (MUST "EXTRA-CASE-INSENSITIVE" "what is not case-exact is found in any case"),
    ]
    fn case_counts_where_the_schema_says_so(team) {
        team.person("ada");
        let cases = [
            ("userName eq \"ADA@Example.COM\"", true),
            ("userName sw \"ADA\"", true),
            ("emails.value eq \"ADA@example.com\"", true),
            ("name.givenName eq \"ADA\"", true),
            ("externalId eq \"ext-ada\"", true),
            ("externalId eq \"EXT-ADA\"", false),
            ("externalId sw \"EXT\"", false),
        ];
        for (filter, found) in cases {
            assert_eq!(team.found("/Users", filter).len(), usize::from(found), "{filter}");
        }
    }

    [(MUST "RFC7644-3.4.2.1-L918" "a filter over several types is evaluated as one over one type")]
    fn a_filter_over_all_types_finds_both(team) {
        let ada = team.person_with("ada", json!({ "displayName": "Analyst" }));
        team.person("grace");
        team.group("Analysts", &[&ada]);
        assert_eq!(team.found("", "displayName sw \"analyst\""), ["Analysts", "ada"]);
        assert_eq!(team.found("", "userName eq \"grace@example.com\""), ["grace"]);
        assert_eq!(team.found("", "meta.resourceType eq \"Group\""), ["Analysts"]);
        team.search("", "nobodyHasThis eq 1").refused(400, "invalidFilter");
    }

    [(MUST "RFC7644-3.4.2.2-L944" "a filter holds one expression at the least")]
    fn a_filter_says_something(team) {
        for nothing in ["()", "and", "not ()", "emails[]", "userName"] {
            team.search("/Users", nothing).refused(400, "invalidFilter");
        }
    }

    [(SHALL "RFC7644-3.4.2.2-L1001" "greater and less of booleans and bytes fail with 400 invalidFilter")]
    fn booleans_and_bytes_have_no_order(team) {
        for filter in ["active gt true", "active le false", "x509Certificates.value ge \"AA==\""] {
            team.search("/Users", filter).refused(400, "invalidFilter");
        }
    }

    [(MUST "RFC7644-3.4.2.2-L1127" "filters are as the grammar has them")]
    fn filters_follow_the_grammar(team) {
        team.person_with("ada", json!({ "title": "Countess", "userType": "Employee" }));
        let right = [
            "title pr",
            "TITLE PR AND not (userType EQ \"Intern\")",
            "title pr and (userType eq \"Employee\" or userType eq \"Intern\")",
            "emails[type eq \"work\" and value co \"@example\"]",
            "urn:ietf:params:scim:schemas:core:2.0:User:userName sw \"a\"",
            "title ne null",
            "title eq \"\\u0043ountess\"",
        ];
        for filter in right {
            assert_eq!(team.found("/Users", filter), ["ada"], "{filter}");
        }
        let wrong = [
            "title pr and",
            "(title pr",
            "title pr)",
            "not title pr",
            "emails[type eq \"work\"",
            "title eq \"open",
            "title eq 'x'",
            "and title pr",
            "title eq \"a\" \"b\"",
        ];
        for filter in wrong {
            team.search("/Users", filter).refused(400, "invalidFilter");
        }
    }

    [(MUST "RFC7644-3.4.2.2-L1197" "a complex attribute is compared by a sub-attribute")]
    fn complex_attributes_are_compared_by_their_parts(team) {
        team.person("ada");
        assert_eq!(team.found("/Users", "name.familyName eq \"example\""), ["ada"]);
        // Values with a `value` are compared by it (RFC 7643 §2.4).
        assert_eq!(team.found("/Users", "emails co \"ada@\""), ["ada"]);
        team.search("/Users", "name eq \"Ada\"").refused(400, "invalidFilter");
    }

    [(MUST "RFC7644-3.4.2.2-L1208" "an operator that is none is refused with 400 invalidFilter")]
    fn unknown_operators_are_refused(team) {
        for filter in ["userName is \"a\"", "userName = \"a\"", "userName eqq \"a\""] {
            team.search("/Users", filter).refused(400, "invalidFilter");
        }
    }
}
