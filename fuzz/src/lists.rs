//! Searches and cursors, through the service.

use http::Method;
use scim_edge::http::Request;
use scim_edge::scim::{Cursor, ListQuery, Mark, SortKey, cursor};
use serde_json::{Map, Value};

use super::edge::{Edge, json_of};
use super::message::check;

const PLACES: [(&str, &str); 3] = [("", "User Group"), ("/Users", "User"), ("/Groups", "Group")];

/// A search is refused, or shows what the same question in a URL shows.
pub fn search(bytes: &[u8]) {
    let (edge, known) = Edge::with_a_group();
    for (place, _) in PLACES {
        let mut request = edge.scim(Method::POST, &format!("{place}/.search"), None);
        request.body = known.fill(bytes);
        let found = check(&edge, &request);
        if found.status != 200 {
            continue;
        }
        let page = json_of(&found);
        check_page(&page);
        let body = scim_edge::json::parse_object(&request.body).expect("it was read");
        if let Some(query) = in_url(&body) {
            let listed = edge.ask(Method::GET, &format!("{place}?{query}"), None);
            assert_eq!(json_of(&listed), page, "{place}?{query}");
        }
    }
}

/// A cursor of any bytes is refused; one that is put together as ours are, which anybody could do, gets a page or is
/// expired.
///
/// The first line is a query, then come the cursor's marks, each of two bytes: its type, and which id it has.
pub fn cursor(bytes: &[u8]) {
    let mut lines = bytes.splitn(2, |byte| *byte == b'\n');
    let (query, marks) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let Ok(query) = std::str::from_utf8(query) else { return };
    let (edge, known) = Edge::with_a_group();
    let ids = [&known.user, &known.group, &known.other, "01980a00-0000-7000-8000-00000000000a"];
    let marks = marks.chunks_exact(2).take(cursor::MAX_MARKS + 1).map(|mark| {
        let key = SortKey::Text("ada@example.com".into());
        let which = usize::from(mark[1]);
        Mark::behind(mark[0], ids[which % ids.len()], (which > 127).then_some(&key))
    });
    let cursor = Cursor { marks: marks.map(|mark| mark.expect("an id of ours")).collect() };
    for (place, types) in PLACES {
        let Ok(asked) = ListQuery::parse(query) else { return };
        let binding = asked.binding(&format!("https://edge.example{} {types}", edge.path));
        let text = cursor.to_text(&binding);
        let good = (1..=cursor::MAX_MARKS).contains(&cursor.marks.len());
        assert_eq!(Cursor::parse(&text, &binding).ok(), good.then(|| cursor.clone()));
        assert!(Cursor::parse(&text, &format!("{binding}.")).is_err());
        let given = String::from_utf8_lossy(bytes).into_owned();
        let given_is_good = given.is_empty();
        let pages = [(text, good), (given, given_is_good)];
        for (text, good) in pages {
            let given: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
            let request = edge.scim(Method::GET, &format!("{place}?{query}&cursor={given}"), None);
            check_cursor(&edge, &request, good);
        }
    }
}

fn check_cursor(edge: &Edge, request: &Request, good: bool) {
    let answer = check(edge, request);
    let page = json_of(&answer);
    if answer.status == 200 {
        assert!(good, "{page}");
        check_page(&page);
        assert!(page.get("startIndex").is_none());
    } else if good {
        // Whatever is wrong, it is not the cursor's form.
        assert_ne!(page["scimType"], "invalidCursor", "{page}");
    }
}

/// A page says how much it shows, and no more than there is.
fn check_page(page: &Value) {
    let shown = page["Resources"].as_array().expect("resources");
    assert_eq!(page["itemsPerPage"], shown.len());
    assert!(page["totalResults"].as_u64().is_some_and(|total| total >= shown.len() as u64));
    let ids: std::collections::BTreeSet<&str> =
        shown.iter().filter_map(|resource| resource["id"].as_str()).collect();
    assert_eq!(ids.len(), shown.len(), "somebody is shown twice");
}

/// The query that asks the same as a body; none where a URL cannot say it.
fn in_url(body: &Map<String, Value>) -> Option<String> {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in body.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("schemas")) {
        match value {
            Value::Null => {}
            Value::String(text) => {
                query.append_pair(name, text);
            }
            Value::Number(number) => {
                query.append_pair(name, &number.as_i64()?.to_string());
            }
            Value::Array(names) => {
                let names: Option<Vec<&str>> = names.iter().map(Value::as_str).collect();
                let names = names.filter(|names| names.iter().all(|name| !name.contains(',')))?;
                query.append_pair(name, &names.join(","));
            }
            // Of a member that SCIM does not know.
            Value::Bool(_) | Value::Object(_) => {}
        }
    }
    Some(query.finish())
}
