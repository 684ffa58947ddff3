use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn a_key_that_was_there_is_always_known_and_a_new_one_nearly_never() {
    let known = Known::new();
    let key = |n: usize| format!("marks/user-names/user-{n:07}@example.com");
    let guessed = (0..100_000).filter(|n| known.insert(&key(*n))).count();
    assert!(guessed <= 1, "{guessed} of 100,000 new keys were taken for known ones");
    assert!((0..100_000).all(|n| known.insert(&key(n))));
}
