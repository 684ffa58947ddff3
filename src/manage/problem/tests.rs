use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn each_status_of_a_problem_has_its_reason_phrase_as_title() {
    let source = include_str!("../problem.rs");
    let mut told = 0;
    for status in (100..600).filter_map(|code| StatusCode::from_u16(code).ok()) {
        let Some(phrase) = status.canonical_reason() else { continue };
        let name = phrase.to_uppercase().replace([' ', '-'], "_");
        let is_told = source.contains(&format!("(StatusCode::{name}, \""));
        assert_eq!(title(status), is_told.then_some(phrase), "{status}");
        told += usize::from(is_told);
    }
    assert!(told >= 14, "{told}");
}
