use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn change(revision: i64, key: &str) -> Change {
    Change { revision, keys: Some(vec![key.to_owned()]) }
}

#[test]
fn only_changes_of_what_somebody_is_concerned_with_count() {
    let mut news = News::new(ms(100));
    news.hear(ms(10), change(5, "teams/a"));
    news.hear(ms(20), change(6, "teams/b"));
    assert_eq!(news.last_change(|key| key == "teams/a"), Some(ms(10)));
    assert_eq!(news.last_change(|key| key == "teams/b"), Some(ms(20)));
    assert_eq!(news.last_change(|key| key == "teams/c"), None);
    news.hear(ms(30), Change { revision: 7, keys: None });
    assert_eq!(news.last_change(|key| key == "teams/c"), Some(ms(30)));
}

#[test]
fn changes_are_news_for_as_long_as_some_node_may_not_go_by_them() {
    let mut news = News::new(ms(100));
    news.hear(ms(0), change(5, "a"));
    news.hear(ms(100), change(6, "b"));
    assert_eq!(news.last_change(|key| key == "a"), Some(ms(0)));
    news.hear(ms(101), change(7, "b"));
    assert_eq!(news.last_change(|key| key == "a"), None);
}

#[test]
fn changes_that_had_no_room_concern_everybody() {
    let mut news = News::new(ms(100));
    for revision in 0..=KEPT as i64 {
        news.hear(ms(1), change(revision, "a"));
    }
    assert_eq!(news.last_change(|key| key == "b"), Some(ms(1)));
}

#[test]
fn a_revision_is_as_old_as_the_first_that_was_heard_of_from_it_on() {
    let mut news = News::new(ms(100));
    assert_eq!(news.first_heard(ms(5), 1), ms(5));
    for (now, revision) in [(10, 4), (20, 9), (30, 9), (40, 7)] {
        news.hear_revision(ms(now), revision);
    }
    assert_eq!(news.first_heard(ms(50), 4), ms(10));
    assert_eq!(news.first_heard(ms(50), 5), ms(20));
    assert_eq!(news.first_heard(ms(50), 9), ms(20));
    assert_eq!(news.first_heard(ms(50), 10), ms(50));
    // What is forgotten was heard of no later than what is still known.
    news.hear_revision(ms(500), 20);
    assert_eq!(news.first_heard(ms(500), 4), ms(20));
}
