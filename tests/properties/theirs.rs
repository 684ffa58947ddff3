//! Requests as a client sends them that writes them with `scim_v2`: all are taken.
//!
//! It has no types for bulk requests and cursors: those are put together here, of what it has.

use http::Method;
use proptest::prelude::*;
use proptest::sample::select;
use scim_v2::filter::{Filter, PatchPath};
use scim_v2::models::enterprise_user::{EnterpriseUser, Manager};
use scim_v2::models::group::{Group, Member, MemberType};
use scim_v2::models::others::{OperationTarget, PatchOp, PatchOperation, SearchRequest, SortOrder};
use scim_v2::models::user::{Address, Email, Name, PhoneNumber, Role, User};
use scim_v2::{Asserted, Context, Validate as _};
use serde::Serialize;
use serde_json::{Value, json};

use crate::answers::assert_valid;
use crate::checks;
use crate::checks::cast::Known;
use crate::checks::edge::{Edge, json_of};
use crate::made_up::ENTERPRISE;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// A text that is left out, taken back or given.
fn text() -> impl Strategy<Value = Asserted<String>> {
    prop_oneof![
        Just(Asserted::absent()),
        Just(Asserted::nulled()),
        "[^\u{0}]{0,12}".prop_map(Asserted::set),
    ]
}

fn list<T: std::fmt::Debug + Clone + 'static>(
    one: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = Asserted<Vec<T>>> {
    prop_oneof![
        Just(Asserted::absent()),
        Just(Asserted::nulled()),
        prop::collection::vec(one, 0..3).prop_map(Asserted::set),
    ]
}

fn kind() -> impl Strategy<Value = Option<String>> {
    prop::option::of(select(vec!["work".to_owned(), "Home".to_owned(), "x y".to_owned()]))
}

fn name() -> impl Strategy<Value = Asserted<Name>> {
    let name = (text(), text(), text()).prop_map(|(formatted, family_name, given_name)| Name {
        formatted,
        family_name,
        given_name,
        ..Name::default()
    });
    prop_oneof![Just(Asserted::absent()), Just(Asserted::nulled()), name.prop_map(Asserted::set)]
}

fn enterprise() -> impl Strategy<Value = Asserted<EnterpriseUser>> {
    let manager = (text(), text()).prop_map(|(value, reference)| Manager {
        value,
        r#ref: reference,
        ..Manager::default()
    });
    let user = (text(), text(), prop::option::of(manager)).prop_map(
        |(department, cost_center, manager)| EnterpriseUser {
            department,
            cost_center,
            manager: manager.map_or_else(Asserted::absent, Asserted::set),
            ..EnterpriseUser::default()
        },
    );
    prop_oneof![Just(Asserted::absent()), user.prop_map(Asserted::set)]
}

fn user() -> impl Strategy<Value = User> {
    let email = ("[a-z]{1,5}@(work|home)\\.example", kind()).prop_map(|(value, r#type)| Email {
        value: Some(value),
        r#type,
        ..Email::default()
    });
    let phone = ("[0-9+ ]{1,9}", kind()).prop_map(|(value, r#type)| PhoneNumber {
        value: Some(value),
        r#type,
        ..PhoneNumber::default()
    });
    let role = "[a-z]{1,5}".prop_map(|value| Role { value: Some(value), ..Role::default() });
    let address = ("[a-z ]{0,9}", kind()).prop_map(|(line, r#type)| Address {
        locality: Some(line),
        r#type,
        ..Address::default()
    });
    let lists = (list(email), list(phone), list(role), list(address));
    let active = prop_oneof![Just(Asserted::absent()), any::<bool>().prop_map(Asserted::set)];
    let texts = (text(), text(), text(), text());
    ("[a-z]{3,8}@example\\.com", name(), texts, active, lists, enterprise()).prop_map(
        |(user_name, name, texts, active, lists, enterprise_user)| User {
            schemas: [USER]
                .into_iter()
                .chain(enterprise_user.is_set().then_some(ENTERPRISE))
                .map(str::to_owned)
                .collect(),
            user_name,
            name,
            display_name: texts.0,
            title: texts.1,
            locale: texts.2,
            nick_name: texts.3,
            active,
            emails: lists.0,
            phone_numbers: lists.1,
            roles: lists.2,
            addresses: lists.3,
            enterprise_user,
            ..User::default()
        },
    )
}

/// A group, where `$ID` and `$GROUP` are resources that are there.
fn group() -> impl Strategy<Value = Group> {
    let who = select(vec![
        ("$ID", MemberType::User),
        ("$OTHER", MemberType::User),
        ("$GROUP", MemberType::Group),
    ]);
    let member = (who, any::<bool>()).prop_map(|((id, kind), typed)| Member {
        value: Some(id.to_owned()),
        r#ref: None,
        r#type: typed.then_some(kind),
        display: None,
    });
    let external_id = prop_oneof![
        Just(Asserted::absent()),
        Just(Asserted::nulled()),
        "[a-z/ %]{1,9}".prop_map(Asserted::set),
    ];
    ("[A-Z][a-z ]{1,9}[a-z]", external_id, list(member)).prop_map(
        |(display_name, external_id, members)| Group {
            schemas: vec!["urn:ietf:params:scim:schemas:core:2.0:Group".to_owned()],
            id: None,
            external_id,
            display_name,
            members,
            meta: None,
        },
    )
}

fn parsed(path: &str) -> PatchPath {
    path.parse().unwrap()
}

fn patch() -> impl Strategy<Value = PatchOp> {
    let path = select(vec![
        "title",
        "name.familyName",
        "displayName",
        "nickName",
        "emails[type eq \"work\"].value",
    ]);
    let at = (path, "[a-z]{1,6}@example\\.com").prop_map(|(path, text)| {
        OperationTarget::WithPath { path: parsed(path), value: Some(text.into()) }
    });
    let whole = user().prop_map(|mut user| {
        // What names somebody may be another's.
        user.emails = Asserted::absent();
        let mut value = serde_json::to_value(user).unwrap().as_object().cloned().unwrap();
        value.retain(|name, _| !matches!(&**name, "userName" | "schemas"));
        OperationTarget::WithoutPath { value }
    });
    let target = prop_oneof![2 => at, 1 => whole].boxed();
    let removed = select(vec![
        "title",
        "name",
        "phoneNumbers",
        "roles",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
    ]);
    let one = prop_oneof![
        target.clone().prop_map(PatchOperation::Add),
        target.prop_map(PatchOperation::Replace),
        removed.prop_map(|path| PatchOperation::Remove { path: parsed(path), value: None }),
    ];
    prop::collection::vec(one, 1..4).prop_map(|operations| PatchOp {
        schemas: vec!["urn:ietf:params:scim:api:messages:2.0:PatchOp".to_owned()],
        operations,
    })
}

fn search() -> impl Strategy<Value = SearchRequest> {
    let filter = select(vec![
        "userName eq \"ada@example.com\"",
        "displayName co \"e\" and not (externalId pr)",
        "emails[type eq \"work\" and value co \"@\"] or members.value eq \"$ID\"",
        "meta.created gt \"2011-05-13T04:42:34Z\"",
    ]);
    let names = || {
        prop::collection::vec(select(vec!["userName".to_owned(), "displayName".to_owned()]), 0..3)
    };
    let sort = select(vec!["userName", "name.familyName", "meta.lastModified"]);
    let order = select(vec![SortOrder::Ascending, SortOrder::Descending]);
    let sort = prop::option::of((sort, prop::option::of(order)));
    (prop::option::of(filter), sort, names(), any::<bool>(), -2..9_i64, -2..9_i64).prop_map(
        |(filter, sort, names, only, start_index, count)| {
            let (attributes, excluded_attributes) =
                if only { (names, Vec::new()) } else { (Vec::new(), names) };
            SearchRequest {
                filter: filter.map(|filter| filter.parse::<Filter>().unwrap()),
                sort_by: sort.map(|(by, _)| by.to_owned()),
                sort_order: sort.and_then(|(_, order)| order),
                attributes,
                excluded_attributes,
                start_index: Some(start_index),
                count: Some(count),
                ..SearchRequest::default()
            }
        },
    )
}

/// What `request` is answered with once it is written.
fn send(edge: &Edge, known: &Known, method: Method, target: &str, request: &impl Serialize) -> u16 {
    let body = serde_json::to_value(request).unwrap();
    let mut request = edge.scim(method, &known.fill_text(target), Some(&body));
    request.body = known.fill(&request.body);
    let answer = checks::check(edge, &request);
    let is_whole = target != "/.search"
        || body["attributes"].is_null() && body["excludedAttributes"].is_null();
    if is_whole {
        assert_valid(&answer);
    }
    let status = answer.status.as_u16();
    assert!(status < 300, "{body}: {}", json_of(&answer));
    status
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn users_are_taken(user in user(), patch in patch()) {
        user.validate_as(Context::CreateRequest).unwrap();
        patch.validate().unwrap();
        let (edge, known) = Edge::with_a_group();
        prop_assert_eq!(send(&edge, &known, Method::POST, "/Users", &user), 201);
        let mut whole = serde_json::to_value(&user).unwrap();
        whole["userName"] = json!("ada@example.com");
        whole.as_object_mut().unwrap().retain(|name, _| name != "emails");
        prop_assert_eq!(send(&edge, &known, Method::PUT, "/Users/$ID", &whole), 200);
        let emails = json!([{ "value": "ada@example.com", "type": "work" }]);
        let emails = json!({ "Operations": [{ "op": "add", "path": "emails", "value": emails }] });
        prop_assert_eq!(send(&edge, &known, Method::PATCH, "/Users/$ID", &emails), 200);
        prop_assert_eq!(send(&edge, &known, Method::PATCH, "/Users/$ID", &patch), 200);
    }

    #[test]
    fn groups_and_bulk_requests_of_them_are_taken(group in group(), user in user()) {
        group.validate_as(Context::CreateRequest).unwrap();
        let (edge, known) = Edge::with_a_group();
        prop_assert_eq!(send(&edge, &known, Method::POST, "/Groups", &group), 201);
        let mut flat = group.clone();
        flat.display_name.push('2');
        flat.external_id = Asserted::absent();
        // A group in itself is refused.
        flat.members = match flat.members {
            Asserted::Set(of) => Asserted::set(of.into_iter().filter(|one| one.value.as_deref() != Some("$GROUP")).collect()),
            other => other,
        };
        prop_assert_eq!(send(&edge, &known, Method::PUT, "/Groups/$GROUP", &flat), 200);
        let mut made = group.clone();
        made.display_name.push('3');
        made.external_id = Asserted::absent();
        made.members = Asserted::set(vec![Member { value: Some("bulkId:u".to_owned()), ..Member::default() }]);
        let bulk = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": [
                { "method": "POST", "path": "/Groups", "bulkId": "g", "data": made },
                { "method": "POST", "path": "/Users", "bulkId": "u", "data": user },
            ],
        });
        let mut request = edge.scim(Method::POST, "/Bulk", Some(&bulk));
        request.body = known.fill(&request.body);
        let answer = json_of(&checks::check(&edge, &request));
        for result in answer["Operations"].as_array().unwrap() {
            prop_assert_eq!(&result["status"], "201", "{}", result);
        }
    }

    #[test]
    fn searches_are_taken(search in search(), with_cursor: bool) {
        search.validate().unwrap();
        let (edge, known) = Edge::with_a_group();
        prop_assert_eq!(send(&edge, &known, Method::POST, "/.search", &search), 200);
        if with_cursor {
            let mut search = serde_json::to_value(&search).unwrap();
            search.as_object_mut().unwrap().remove("startIndex");
            search["cursor"] = Value::from("");
            search["count"] = json!(search["count"].as_i64().unwrap().max(1));
            prop_assert_eq!(send(&edge, &known, Method::POST, "/.search", &search), 200);
        }
    }
}
