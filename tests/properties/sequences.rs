//! Requests of any kind about the same few users and groups, one after the other.
//!
//! What must hold after each of them, the store's indexes among it, is checked by [`checks::check`].

use http::Method;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value, json};

use crate::answers::assert_valid;
use crate::checks;
use crate::checks::cast::Known;
use crate::checks::edge::{Edge, json_of};
use crate::made_up::{members, operation, path};

/// Few names, so that they meet each other.
fn user() -> impl Strategy<Value = Value> {
    let address = || "[a-cA]@(example\\.com|home\\.example)";
    let email = (address(), any::<Option<bool>>(), prop::option::of(Just("work")));
    let email = email.prop_map(
        |(value, primary, kind)| json!({ "value": value, "primary": primary, "type": kind }),
    );
    let emails = prop::collection::vec(email, 0..3);
    let optional = || prop::option::of("[abA]");
    (address(), emails, optional(), optional(), any::<Option<bool>>()).prop_map(
        |(user_name, emails, external_id, display_name, active)| {
            let all = json!({
                "userName": user_name, "emails": emails, "externalId": external_id,
                "displayName": display_name, "active": active,
            });
            let all = all.as_object().cloned().unwrap_or_default();
            Value::Object(all.into_iter().filter(|(_, value)| !value.is_null()).collect())
        },
    )
}

fn group() -> impl Strategy<Value = Value> {
    ("[GgH]", prop::option::of("[ab]"), members()).prop_map(|(name, external_id, members)| {
        json!({ "displayName": name, "externalId": external_id, "members": members })
    })
}

/// The operations of a PATCH: some about names and members, which have indexes, some about anything.
fn patch(whole: impl Strategy<Value = Value> + 'static) -> impl Strategy<Value = Value> {
    let named = (select(vec!["add", "replace", "remove"]), whole).prop_flat_map(|(op, whole)| {
        let given: Vec<(String, Value)> =
            whole.as_object().cloned().unwrap_or_default().into_iter().collect();
        select(given)
            .prop_map(move |(name, value)| json!({ "op": op, "path": name, "value": value }))
    });
    let member = select(vec!["$ID", "$OTHER", "$GROUP"])
        .prop_map(|id| json!({ "op": "remove", "path": format!("members[value eq \"{id}\"]") }));
    let one = prop_oneof![4 => named, 1 => member, 1 => operation()];
    prop::collection::vec(one, 1..4).prop_map(|operations| json!({ "Operations": operations }))
}

/// A write as a bulk request has it, where `$ID`, `$OTHER` and `$GROUP` are resources that may be there.
fn write() -> impl Strategy<Value = Map<String, Value>> {
    let of = |method: &'static str, path: &'static str| move |data: Value| json!({ "method": method, "path": path, "data": data });
    let write = prop_oneof![
        3 => user().prop_map(of("POST", "/Users")),
        2 => user().prop_map(of("PUT", "/Users/$ID")),
        3 => patch(user()).prop_map(of("PATCH", "/Users/$ID")),
        1 => Just(json!({ "method": "DELETE", "path": "/Users/$ID" })),
        2 => group().prop_map(of("POST", "/Groups")),
        2 => group().prop_map(of("PUT", "/Groups/$GROUP")),
        3 => patch(group()).prop_map(of("PATCH", "/Groups/$GROUP")),
        1 => Just(json!({ "method": "DELETE", "path": "/Groups/$GROUP" })),
    ];
    write.prop_map(|write| write.as_object().cloned().unwrap_or_default())
}

fn bulk() -> impl Strategy<Value = Value> {
    let version = prop::option::weighted(0.2, select(vec!["W/\"1\"", "W/\"2\"", "*", "x"]));
    let writes = prop::collection::vec((write(), version), 1..6);
    (writes, prop::option::weighted(0.3, 1..4_u64)).prop_map(|(writes, fail_on_errors)| {
        let numbered = writes.into_iter().enumerate().map(|(n, (mut write, version))| {
            write.insert("bulkId".to_owned(), format!("b{n}").into());
            write.insert("version".to_owned(), json!(version));
            write
        });
        json!({ "failOnErrors": fail_on_errors, "Operations": numbered.collect::<Vec<_>>() })
    })
}

fn question() -> impl Strategy<Value = String> {
    prop_oneof![
        "(/Users|/Groups)?\\?(count=[0-3]&)?(startIndex=[0-4]&|cursor=&)?(sortBy=(userName|displayName|meta\\.created|id)&)?",
        "(/Users|/Groups)?\\?filter=(displayName|externalId|meta\\.resourceType)\\+(eq|co|ne)\\+%22(a|G|User)%22",
        "(/Users|/Groups)?\\?filter=(userName\\+sw\\+%22a%22|groups\\+eq\\+%22\\$GROUP%22|members\\+eq\\+%22\\$ID%22)",
        "(/Users/\\$ID|/Groups/\\$GROUP|/Users/\\$GROUP)",
        "/(Schemas|ResourceTypes|ServiceProviderConfig|ResourceTypes/Group|Schemas/x|Me)",
    ]
}

#[derive(Clone, Debug)]
enum Act {
    Alone(Map<String, Value>),
    Bulk(Value),
    Search(Value),
    Ask(String),
}

fn act() -> impl Strategy<Value = Act> {
    let search = (path(), "[abG]").prop_map(|(by, text)| {
        json!({ "sortBy": by, "filter": format!("displayName co \"{text}\""), "cursor": "", "count": 2 })
    });
    prop_oneof![
        6 => write().prop_map(Act::Alone),
        2 => bulk().prop_map(Act::Bulk),
        1 => search.prop_map(Act::Search),
        2 => question().prop_map(Act::Ask),
    ]
}

/// Everybody there ever was.
struct Cast {
    users: Vec<String>,
    groups: Vec<String>,
}

impl Cast {
    fn pick(&self, which: &[Index; 3]) -> Known {
        Known {
            user: which[0].get(&self.users).clone(),
            other: which[1].get(&self.users).clone(),
            group: which[2].get(&self.groups).clone(),
        }
    }

    /// Notes whoever is new.
    fn meet(&mut self, edge: &Edge) {
        for (endpoint, known) in [("/Users", &mut self.users), ("/Groups", &mut self.groups)] {
            let list = json_of(&edge.ask(Method::GET, &format!("{endpoint}?attributes=id"), None));
            for resource in list["Resources"].as_array().into_iter().flatten() {
                let id = resource["id"].as_str().unwrap().to_owned();
                if !known.contains(&id) {
                    known.push(id);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn any_requests_leave_a_sound_store_and_are_answered_in_scim(
        acts in prop::collection::vec((act(), any::<[Index; 3]>()), 1..16)
    ) {
        let (edge, known) = Edge::with_a_group();
        let mut cast = Cast { users: vec![known.user, known.other], groups: vec![known.group] };
        for (act, which) in acts {
            let known = cast.pick(&which);
            let (method, target, body) = match act {
                Act::Alone(write) => {
                    let method = write["method"].as_str().unwrap().parse().unwrap();
                    (method, write["path"].as_str().unwrap().to_owned(), write.get("data").cloned())
                }
                Act::Bulk(body) => (Method::POST, "/Bulk".to_owned(), Some(body)),
                Act::Search(body) => (Method::POST, "/.search".to_owned(), Some(body)),
                Act::Ask(target) => (Method::GET, target, None),
            };
            let mut request = edge.scim(method, &known.fill_text(&target), body.as_ref());
            request.body = known.fill(&request.body);
            assert_valid(&checks::check(&edge, &request));
            cast.meet(&edge);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_bulk_request_does_what_its_operations_do_one_by_one(bulk in bulk()) {
        checks::bulk(bulk.to_string().as_bytes());
    }
}
