use super::*;
use crate::provisioning::OperationError;
use crate::provisioning::testing::Fixture;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn append_many(acme: &Fixture, count: u64) {
    acme.run(|transaction, context| {
        for _ in 0..count {
            let event = Event::done(Action::UserUpdate, Subject::default());
            append(transaction, context, &acme.id, event)?;
        }
        Ok::<_, OperationError<()>>(())
    })
    .unwrap();
}

fn numbers(acme: &Fixture, before: Option<u64>, limit: usize) -> Vec<u64> {
    let page = acme.read(|t| list(t, &acme.id, before, limit));
    page.into_iter().map(|logged| logged.n).collect()
}

#[test]
fn events_are_listed_newest_first_page_by_page() {
    let acme = Fixture::without_team();
    assert_eq!(numbers(&acme, None, 10), [] as [u64; 0]);
    append_many(&acme, 7);
    assert_eq!(numbers(&acme, None, 3), [7, 6, 5]);
    assert_eq!(numbers(&acme, Some(5), 3), [4, 3, 2]);
    assert_eq!(numbers(&acme, Some(2), 3), [1]);
    assert_eq!(numbers(&acme, Some(1), 3), [] as [u64; 0]);
    assert_eq!(numbers(&acme, Some(1000), 2), [7, 6]);
}

#[cfg(not(target_family = "wasm"))]
#[test]
fn only_the_newest_events_are_kept() {
    let acme = Fixture::without_team();
    append_many(&acme, KEPT + 2 * TRIMMED + 5);
    let newest = KEPT + 2 * TRIMMED + 5;
    let kept = acme.read(|t| t.count(&key::events(acme.id.as_str())));
    assert_eq!(kept, KEPT + 5);
    assert_eq!(numbers(&acme, None, 2), [newest, newest - 1]);
    let oldest = 2 * TRIMMED + 1;
    assert_eq!(numbers(&acme, Some(oldest + 2), 5), [oldest + 1, oldest]);
}
