//! How much one request looks at.

use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

const SCANS: [&str; 5] = [
    "filter=displayName+eq+%22x%22",
    "filter=displayName+eq+%22x%22&cursor=",
    "sortBy=displayName&count=1",
    "sortBy=displayName&sortOrder=descending&cursor=&count=1",
    "sortBy=displayName&filter=displayName+pr&count=0",
];

fn many(users: usize, groups: usize) -> [Fake; 2] {
    let both = [Fake::of(schema::user()), Fake::of(schema::group())];
    for (fake, many) in both.iter().zip([users, groups]) {
        let resources = (0..many).map(|n| {
            Map::from_iter([
                ("id".to_owned(), id(n).into()),
                ("displayName".to_owned(), "y".into()),
            ])
        });
        fake.resources.borrow_mut().extend(resources);
    }
    both
}

#[test]
fn ten_thousand_resources_are_looked_at_and_no_more() {
    let both = many(10_000, 1);
    for query in SCANS {
        assert!(ask(&both[..1], query).is_ok(), "{query}");
        assert_eq!(ask(&both, query), Err("tooMany".to_owned()), "{query}, both together");
    }
    let both = many(10_001, 0);
    for query in SCANS {
        assert_eq!(ask(&both[..1], query), Err("tooMany".to_owned()), "{query}");
    }
}

#[test]
fn what_an_index_or_the_order_of_creation_answers_has_no_limit() {
    let both = many(10_001, 10_001);
    for (query, total) in [
        ("", 20_002),
        ("cursor=&count=3", 20_002),
        ("startIndex=20000", 20_002),
        ("filter=meta.resourceType+eq+%22User%22", 10_001),
        ("filter=id+eq+%2201980a00-0000-7000-8000-000000000003%22&sortBy=displayName", 2),
        ("filter=shoe+pr+or+id+pr", 0),
    ] {
        match ask(&both, query) {
            Ok(body) => assert_eq!(body["totalResults"], total, "{query}"),
            Err(error) => assert_eq!((error.as_str(), total), ("invalidFilter", 0), "{query}"),
        }
    }
    let sorted = ask(&both[..1], "sortBy=id&startIndex=10001").unwrap();
    assert_eq!((ids(&sorted), &sorted["totalResults"]), (vec![id(10_000)], &json!(10_001)));
    // Only one of the types has to be looked at.
    let both = many(10_001, 10);
    assert!(ask(&both, "filter=members+pr").is_ok());
    assert_eq!(ask(&both, "filter=members+pr+or+title+pr"), Err("tooMany".to_owned()));
}

#[test]
fn a_sorted_page_reads_what_it_shows_and_keeps_no_more_of_the_rest() {
    let both = many(1_000, 0);
    ask(&both[..1], "sortBy=displayName&startIndex=500&count=7").unwrap();
    assert_eq!(*both[0].read.borrow(), 1_000 + 7);
}

#[test]
fn a_page_of_heavy_resources_ends_early_and_none_is_left_out() {
    let both = [Fake::of(schema::user()), Fake::of(schema::group())];
    for (fake, many) in both.iter().zip([3, 4]) {
        for n in 0..many {
            // Two fit, and one that is alone always does.
            let weight = if n == 2 { WEIGHT_MAX * 2 } else { WEIGHT_MAX / 2 };
            fake.add(n, &json!({ "displayName": format!("n{n}"), "weight": weight }));
        }
    }
    for query in
        ["", "&sortBy=displayName", "&filter=displayName+pr", "&sortBy=id&sortOrder=descending"]
    {
        let mut by_index = Vec::new();
        while by_index.len() < 7 {
            let start = by_index.len() + 1;
            let page = ids(&ask(&both, &format!("startIndex={start}{query}")).unwrap());
            assert!((1..=2).contains(&page.len()), "{query}: {page:?}");
            by_index.extend(page);
        }
        let (mut by_cursor, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = ask(&both, &format!("cursor={cursor}{query}")).unwrap();
            assert_eq!(page["totalResults"], 7, "{query}");
            by_cursor.extend(ids(&page));
            match page["nextCursor"].as_str() {
                Some(next) => next.clone_into(&mut cursor),
                None => break,
            }
        }
        assert_eq!(by_cursor, by_index, "{query}");
        let mut each = by_index.clone();
        each.sort();
        let mut expected = [both[0].ids(), both[1].ids()].concat();
        expected.sort();
        assert_eq!(each, expected, "{query}");
    }
}
