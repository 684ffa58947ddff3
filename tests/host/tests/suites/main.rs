//! What public conformance suites say of the component: the same checks with the same outcome as of the filter, see
//! `tests/conformance`.

#[cfg(test)]
#[path = "../../../conformance/known.rs"]
mod known;
#[cfg(test)]
#[path = "../../../conformance/report.rs"]
mod report;
#[cfg(test)]
mod site;
#[cfg(test)]
#[path = "../../../conformance/suites.rs"]
mod suites;

#[test]
fn scim2_tester_finds_nothing_wrong_on_spin() {
    suites::scim2_tester().judge(&[]);
}

#[test]
fn scim_sanity_finds_nothing_wrong_in_strict_mode_on_spin() {
    suites::scim_sanity().judge(&known::SCIM_SANITY);
}
