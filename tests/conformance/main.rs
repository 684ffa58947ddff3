//! What public conformance suites say of the filter in a real Envoy.
//!
//! Every check must pass, but for those that stand in `known` with the reason why not. One that is listed and passes, or is
//! not there any more, fails the test as well, so the lists stay true. `requirements.in` has the suites' versions. The
//! same suites judge the component, in `tests/host/tests/suites`.

#![cfg(not(target_family = "wasm"))]

#[cfg(test)]
mod known;
#[cfg(test)]
mod report;
#[cfg(test)]
mod site;
#[cfg(test)]
mod suites;

#[test]
fn scim2_tester_finds_nothing_wrong() {
    suites::scim2_tester().judge(&[]);
}

#[test]
fn scim_sanity_finds_nothing_wrong_in_strict_mode() {
    suites::scim_sanity().judge(&known::SCIM_SANITY);
}
