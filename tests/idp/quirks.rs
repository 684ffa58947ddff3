//! The inventory of what identity providers do beside the standard, or need beyond it: each is played by a step of
//! theirs, or by a test of Envoy where no conversation can bring it about.

use serde_json::Value;

use crate::IDENTITY_PROVIDERS;
use crate::conversation::{self, Conversation, Step};

/// What it is, the texts that are all in one step that plays it, and the beginning of the status it gets.
///
/// A step is one text here: its name, the line, the header fields and the body, without white space between the parts.
type Quirk = (&'static str, &'static [&'static str], &'static str);

const CYBERARK: &[Quirk] = &[
    ("reads a type of resources by its name", &["GET /ResourceTypes/Group"], "2"),
    (
        "reads schemas by their URN",
        &["GET /Schemas/urn:ietf:params:scim:schemas:core:2.0:Group"],
        "2",
    ),
    ("asks for one user, and needs to find groups", &["GET /Groups?count=1"], "2"),
    (
        "is told which attribute is missing for an account",
        &["POST /Users", r#""userName":"enigma""#],
        "400",
    ),
];

const ENTRA: &[Quirk] = &[
    (
        "tests with a name that nobody has, and needs an empty list",
        &["GET /Users?filter=userName+eq+%228d1c1f2e-"],
        "200",
    ),
    ("leaves the quotes of a value out", &["GET /Users?filter=externalId%20eq%20mary-4c1b"], "2"),
    ("has a flag in the query", &["GET /Users?aadOptscim062020&filter="], "2"),
    ("and in that of a change", &["PATCH /Users/{{id}}?aadOptscim062020"], "2"),
    (
        "announces an extension and sends none",
        &["POST /Users", "enterprise attributes are announced"],
        "201",
    ),
    ("sends empty roles", &["POST /Users", r#""roles":[]"#], "201"),
    ("sends null for what it has not", &["POST /Users", r#""title":null"#], "201"),
    (
        "sends texts for booleans",
        &["POST /Users", r#""active":"True""#, r#""primary":"True""#],
        "201",
    ),
    ("also in changes", &["PATCH /Users/", r#""path":"active""#, r#""value":"False""#], "2"),
    (
        "in another spelling too",
        &["PATCH /Users/", r#""path":"active""#, r#""value":"false""#],
        "2",
    ),
    ("has capitals in the names of operations", &["PATCH /Users/", r#""op":"Replace""#], "2"),
    ("changes elements that are not there", &["elements that are not there are made"], "2"),
    ("has names with dots in place of paths", &["PATCH /Users/", r#""name.givenName":"#], "2"),
    (
        "has names with a URN in place of paths",
        &["PATCH /Users/", r#":enterprise:2.0:User:department":"#],
        "2",
    ),
    (
        "has names with a filter in place of paths",
        &["PATCH /Users/", r#""emails[type eq \"work\"].value":"#],
        "2",
    ),
    (
        "picks by a boolean that is a text",
        &["PATCH /Users/", r#""roles[primary eq \"True\"].value""#],
        "2",
    ),
    (
        "packs an application role into a text",
        &["PATCH /Users/", r#""path":"roles""#, r#"{\"id\":\"06b0\""#],
        "2",
    ),
    ("and takes it away by the same", &["the first is taken away, as a value"], "2"),
    (
        "has a manager who is not there",
        &["POST /Users", "under somebody who is not known here"],
        "201",
    ),
    (
        "has an id for a manager",
        &["PATCH /Users/", r#""value":"{{gene}}""#, ":2.0:User:manager"],
        "2",
    ),
    (
        "has a list of one for a manager",
        &["PATCH /Users/", r#""value":[{"$ref":"{{base}}/Users/{{gene}}""#],
        "2",
    ),
    (
        "takes a manager away by an empty text",
        &["PATCH /Users/", r#":2.0:User:manager","value":"""#],
        "2",
    ),
    (
        "asks who somebody's manager is, without a URN",
        &["filter=id+eq+%22{{id}}%22+and+manager+eq+"],
        "2",
    ),
    (
        "takes a value away by an empty text, then by null",
        &["PATCH /Users/", r#""path":"title","value":"""#],
        "2",
    ),
    ("as null", &["PATCH /Users/", r#""path":"title","value":null"#], "2"),
    (
        "changes an attribute three times at once",
        &["PATCH /Users/", r#"{"op":"remove","path":"externalId"}"#],
        "2",
    ),
    (
        "removes, adds and replaces at once",
        &["an attribute each is removed, added and replaced"],
        "2",
    ),
    ("asks for a name in capitals", &["GET /Users?filter=userName+eq+%22PETRA%40"], "2"),
    (
        "finds an inactive user by a filter",
        &["as found", "GET /Users?filter=userName+eq+%22petra.lesley"],
        "2",
    ),
    (
        "has a plus for a space, and escapes a plus",
        &["filter=userName+eq+%22kay%2Btest.o%27neil%40"],
        "2",
    ),
    ("reads an inactive user", &["still to be read", "GET /Users/{{id}}"], "2"),
    ("deletes twice", &["not to be deleted again", "DELETE /Users/"], "404"),
    (
        "fills in whatever is advertised",
        &["POST /Users", r#""x509Certificates":"#, r#""profileUrl":"#],
        "201",
    ),
    ("sends a manager of random letters", &["POST /Users", r#""manager":{"value":"QWUN"#], "201"),
    (
        "reads the schema of groups",
        &["GET /Schemas/urn:ietf:params:scim:schemas:core:2.0:Group"],
        "2",
    ),
    ("reads users by pages of five", &["GET /Users?startIndex=6&count=5"], "2"),
    ("reads groups by pages of five", &["GET /Groups?startIndex=6&count=5"], "2"),
    ("looks through all accounts", &["GET /Users?startIndex=1&count=100"], "2"),
    (
        "has a schema for groups that is no URN",
        &["POST /Groups", "http://schemas.microsoft.com/"],
        "201",
    ),
    (
        "asks for a group in small letters",
        &["GET /Groups?excludedAttributes=members", "xwplmnae"],
        "2",
    ),
    ("wants no group of a name twice", &["POST /Groups", "the name once more"], "409"),
    ("reads a group without its members", &["GET /Groups/{{gid}}?excludedAttributes=members"], "2"),
    (
        "has null for the reference of a member",
        &["PATCH /Groups/", r#""op":"Add""#, r#""$ref":null"#],
        "2",
    ),
    (
        "removes members who stand in the value",
        &["PATCH /Groups/", r#""op":"Remove","path":"members","value":"#],
        "2",
    ),
    ("asks whether somebody is in a group", &["filter=id+eq+%22{{gid}}%22+and+members+eq+"], "2"),
    ("by the sub-attribute", &["filter=id+eq+%22{{gid}}%22+and+members.value+eq+"], "2"),
    (
        "changes a group without a path",
        &["PATCH /Groups/", r#""value":{"displayName":"LIWATRON","externalId":"#],
        "2",
    ),
];

const GOOGLE: &[Quirk] = &[
    ("tests with a list of everybody", &["GET /Users\n", "Google-Auto-Provisioning"], "2"),
    (
        "names a schema of SCIM 1 beside that of SCIM 2",
        &["POST /Users", "urn:scim:schemas:core:1.0"],
        "201",
    ),
    ("also in a change", &["PATCH /Users/", "urn:scim:schemas:core:1.0"], "2"),
    ("sends JSON of the plain type", &["POST /Users", "content-type: application/json\n"], "201"),
];

const JUMPCLOUD: &[Quirk] = &[
    ("tests by making a user", &["POST /Users", r#""userName":"scim.test@{{domain}}""#], "201"),
    ("and a group", &["POST /Groups", r#""displayName":"scim-test-group""#], "201"),
    ("deletes the group again", &["DELETE /Groups/{{gid}}"], "204"),
    ("deletes the user again", &["DELETE /Users/{{id}}"], "204"),
    (
        "makes the same user in every test",
        &["POST /Users", "the test is repeated once more"],
        "201",
    ),
    (
        "removes members who stand in the value",
        &["PATCH /Groups/", r#""op":"remove","path":"members","value":"#],
        "2",
    ),
    ("has user names that are no addresses", &["POST /Users", r#""userName":"vint""#], "201"),
];

const OKTA: &[Quirk] = &[
    (
        "asks for two users to test",
        &["GET /Users?startIndex=1&count=2", "accept-charset: utf-8"],
        "200",
    ),
    ("in older versions for groups", &["GET /Groups?startIndex=1&count=100"], "200"),
    ("sends the field as it was typed", &["GET /Users", "authorization: {{token}}\n"], "200"),
    ("or the scheme in small letters", &["GET /Users", "authorization: bearer {{token}}\n"], "200"),
    ("is told that the field holds no token", &["GET /Users", "authorization: non-token\n"], "401"),
    ("has a password in every create", &["POST /Users", r#""password":"q7Zr2mVx""#], "201"),
    ("changes a password without a path", &["PATCH /Users/", r#""value":{"password":"#], "2"),
    ("has no groups in every create", &["POST /Users", r#""groups":[]"#], "201"),
    ("wants no user twice", &["POST /Users", "once more it meets an active user"], "409"),
    (
        "creates who is inactive, and needs the former id",
        &["POST /Users", "the create is repeated"],
        "201",
    ),
    ("links who is there", &["link\nPUT /Users/"], "200"),
    (
        "sends back all that it has read",
        &["PUT /Users/", r#""groups":"{{groups}}""#, r#""meta":"{{meta}}""#],
        "200",
    ),
    (
        "sends back what it read before the last change",
        &["PUT /Users/", r#""version":"{{version}}""#],
        "200",
    ),
    ("deactivates by a write of all", &["PUT /Users/", r#""active":false"#], "200"),
    ("or by a change without a path", &["PATCH /Users/", r#""value":{"active":false}"#], "200"),
    ("reads who is inactive", &["GET /Users/", "the user is still to be read then"], "200"),
    ("leaves active out", &["PUT /Users/", "a write without active"], "200"),
    ("cannot take the owner out", &["PATCH /Users/", "a deactivation is refused"], "403"),
    (
        "and has to be able to link the owner",
        &["PUT /Users/", r#""userName":"{{owner}}""#, r#""active":true"#],
        "200",
    ),
    ("imports page by page", &["GET /Users?startIndex=3&count=2"], "200"),
    (
        "escapes names of groups twice, for the filter and the URL",
        &["%20eq%20%22Vertrieb%20%5C%22S%C3%BCd%5C%22"],
        "2",
    ),
    ("creates groups without members", &["POST /Groups", r#""members":[]"#], "201"),
    (
        "writes groups as a whole",
        &["PUT /Groups/", r#""id":"{{gid}}""#, r#""display":"ada@{{domain}}""#],
        "200",
    ),
    (
        "removes a member by a filter",
        &["PATCH /Groups/", r#""members[value eq \"{{ada}}\"]""#],
        "2",
    ),
    ("replaces all members", &["PATCH /Groups/", r#""op":"replace","path":"members""#], "2"),
    (
        "has the id in a value",
        &["PATCH /Groups/", r#""id":"{{gid}}""#, r#""displayName":"APP-Everybody""#],
        "2",
    ),
];

const ONELOGIN: &[Quirk] = &[
    ("has an & at the end", &["GET /Users?filter=userName+eq+%22nobody%40{{domain}}%22&\n"], "200"),
    ("has a ? at the end", &["PUT /Users/{{id}}?\n"], "200"),
    ("says nothing of who it is", &["POST /Users?\n", "user-agent: \n"], "201"),
    ("names schemas of a draft", &["POST /Users", r#""urn:scim:schemas:core:2.0""#], "201"),
    ("names schemas of SCIM 1", &["POST /Users", r#""urn:scim:schemas:core:1.0""#], "201"),
    ("names no schemas", &["POST /Users", "a template that names no schemas"], "201"),
    ("also where it changes a group", &["a change that names no schemas"], "2"),
    (
        "has the enterprise attributes under an old name",
        &["POST /Users", r#""urn:scim:schemas:extension:enterprise:1.0":{"#],
        "201",
    ),
    (
        "has another media type for groups",
        &["PATCH /Groups/", "content-type: application/scim+json\n"],
        "2",
    ),
];

const PINGONE: &[Quirk] = &[
    ("has a base URL with a slash at its end", &["GET //Users?"], "200"),
    ("has a path with one", &["GET /Users/{{id}}/\n"], "200"),
    ("has a type of authorization as it was typed", &["authorization: BEARER {{token}}\n"], "200"),
    ("spells names and operators in its own way", &["filter=username%20Eq%20"], "200"),
    ("creates users who are disabled", &["POST /Users", r#""active":false"#], "201"),
    ("spells the type of an address in its own way", &["POST /Users", r#""type":"WORK""#], "201"),
    ("calls an address primary twice", &["POST /Users", "marks one address twice"], "201"),
    ("reads all groups page by page", &["GET /Groups/?startIndex=2&count=1"], "200"),
];

const RIPPLING: &[Quirk] = &[
    ("asks what is supported to test", &["GET /ServiceProviderConfig"], "200"),
    ("creates twice", &["POST /Users", "the create is retried"], "409"),
    ("creates a group twice", &["POST /Groups", "the create is retried"], "409"),
    ("writes groups as a whole", &["PUT /Groups/{{gid}}"], "2"),
    ("or changes them, as is set", &["PATCH /Groups/{{gid}}", "members[value eq"], "2"),
];

/// Of the identity providers, in the order of [`IDENTITY_PROVIDERS`].
const QUIRKS: [&[Quirk]; 8] =
    [CYBERARK, ENTRA, GOOGLE, JUMPCLOUD, OKTA, ONELOGIN, PINGONE, RIPPLING];

/// What no conversation can bring about: what it is, the file, and the test in it.
const OF_ENVOY: [(&str, &str, &str); 8] = [
    (
        "Okta shows \"Invalid JSON\" for whatever is none",
        "edge_answers",
        "a_body_that_does_not_arrive_is_408",
    ),
    ("also where a body is too large", "edge_answers", "a_body_over_envoy_s_own_limit_is_413"),
    (
        "also where there is no filter",
        "edge_answers",
        "what_has_no_filter_in_front_of_it_is_404_in_the_words_of_its_path",
    ),
    (
        "also where the filter has crashed",
        "crash",
        "after_a_crash_the_filter_is_back_with_all_its_state",
    ),
    (
        "also where the way behind is broken",
        "edge_answers",
        "a_gateway_that_fails_is_a_scim_error_on_the_paths_of_scim",
    ),
    (
        "Okta and Entra wait whole seconds",
        "edge_answers",
        "too_many_requests_are_429_with_the_seconds_to_wait",
    ),
    (
        "Entra sends many at once",
        "contention",
        "what_was_acknowledged_to_many_writers_at_once_is_there_afterwards",
    ),
    (
        "filters hold addresses, which stay out of the log",
        "logs",
        "the_log_tells_of_requests_without_saying_who",
    ),
];

#[test]
fn every_quirk_is_played_by_a_step_of_its_identity_provider() {
    for (idp, quirks) in IDENTITY_PROVIDERS.iter().zip(QUIRKS) {
        let conversations = conversation::of(idp);
        let of = |conversation: &Conversation| {
            let step = |step: &Step| (text(conversation, step), step.response.status.to_string());
            conversation.steps.iter().map(step).collect::<Vec<_>>()
        };
        let steps: Vec<(String, String)> = conversations.iter().flat_map(of).collect();
        for (what, texts, expected) in quirks {
            let plays = |(text, status): &(String, String)| {
                texts.iter().all(|part| text.contains(part)) && status.starts_with(expected)
            };
            assert!(steps.iter().any(plays), "{idp} {what}: no step has {texts:?} with {expected}");
        }
    }
}

#[test]
fn every_quirk_of_envoy_is_tested_there() {
    for (what, file, test) in OF_ENVOY {
        let path = conversation::folder().join(format!("../envoy/{file}.rs"));
        let source = std::fs::read_to_string(path).unwrap();
        assert!(source.contains(&format!("fn {test}()")), "{what}: {file} has no {test}");
    }
}

/// A step as the inventory sees it.
fn text(conversation: &Conversation, step: &Step) -> String {
    let request = &step.request;
    let mut headers = conversation.headers.clone();
    headers.extend(request.headers.clone());
    let headers: String =
        headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    let body = request.body.as_ref().map(Value::to_string).unwrap_or_default();
    format!("{}\n{} {}\n{headers}{body}", step.name, request.method, request.path)
}
