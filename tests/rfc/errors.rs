//! Errors and authentication: RFC 7644 §2, §3.12.

use scim_edge::http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use serde_json::json;

use crate::team::NOBODY;

requirements! {
    [(SHALL "RFC7644-2-L307" "a 401 says in WWW-Authenticate which schemes there are")]
    fn a_401_names_the_scheme(team) {
        for credential in ["", "Basic YWRhOmtpbmc=", "Bearer nonsense"] {
            let answer = team.send("GET /Users", &[(AUTHORIZATION, credential)], None);
            answer.refused(401, "");
            assert!(answer.field(WWW_AUTHENTICATE).expect("a challenge").starts_with("Bearer "));
        }
    }

    [(MUST "RFC7644-3.12-L3707" "an error is told in JSON in the body")]
    fn every_error_is_a_scim_error_in_json(team) {
        team.person("ada");
        let wrong = [
            (team.ask("GET /Nothing"), 404, ""),
            (team.ask(&format!("GET /Users/{NOBODY}")), 404, ""),
            (team.ask("TRACE /Users"), 405, ""),
            (team.ask("DELETE /Schemas"), 405, ""),
            (team.search("/Users", "userName xx \"1\""), 400, "invalidFilter"),
            (team.tell("POST /Users", &json!([])), 400, "invalidSyntax"),
            (team.tell("POST /Users", &json!({ "userName": 7 })), 400, "invalidValue"),
            (team.tell("POST /Users", &json!({ "userName": "ada@example.com" })), 409, "uniqueness"),
            (team.send("POST /Users", &[(CONTENT_TYPE, "text/plain")], Some(&json!({}))), 415, ""),
            (team.ask("GET /Me"), 501, ""),
        ];
        for (answer, status, scim_type) in wrong {
            answer.refused(status, scim_type);
            assert_eq!(answer.field(CONTENT_TYPE), Some("application/scim+json"));
        }
    }
}
