//! All requirements together: complete, each there once, counted.

use std::collections::BTreeSet;
use std::io::Write as _;

use crate::requirement::{Level, Requirement, Status};

/// How many there are, by where they stand.
const TOTALS: [(&str, usize); 3] = [("EXTRA-", 18), ("RFC7643-", 51), ("RFC7644-", 72)];

fn all() -> Vec<Requirement> {
    [
        crate::bulk::REQUIREMENTS,
        crate::discovery::REQUIREMENTS,
        crate::errors::REQUIREMENTS,
        crate::filters::REQUIREMENTS,
        crate::lists::REQUIREMENTS,
        crate::patch::REQUIREMENTS,
        crate::put::REQUIREMENTS,
        crate::resources::REQUIREMENTS,
        crate::users::REQUIREMENTS,
        crate::values::REQUIREMENTS,
    ]
    .concat()
    .concat()
}

#[test]
fn every_requirement_is_there_once_with_its_status() {
    let all = all();
    let ids: BTreeSet<&str> = all.iter().map(|requirement| requirement.id).collect();
    assert_eq!(ids.len(), all.len(), "an id is there twice");
    for (prefix, total) in TOTALS {
        let counted = ids.iter().filter(|id| id.starts_with(prefix)).count();
        assert_eq!(counted, total, "{prefix}");
    }
    assert_eq!(ids.len(), TOTALS.iter().map(|(_, total)| total).sum::<usize>());
    assert!(all.iter().all(|requirement| requirement.rule.len() > 10), "a rule says nothing");

    // To the real standard error: what a test prints is shown only where it fails.
    let mut report = std::io::stderr().lock();
    let deviating: Vec<(&Requirement, &str)> = all
        .iter()
        .filter_map(|requirement| match requirement.status {
            Status::Held(_) => None,
            Status::Deviates(why, _) => Some((requirement, why)),
        })
        .collect();
    for (requirement, why) in &deviating {
        let Requirement { id, rule, .. } = requirement;
        writeln!(report, "deviates: {id}, {rule}: {why}").expect("standard error");
    }
    let strong = all.iter().filter(|requirement| requirement.level != Level::SHOULD).count();
    writeln!(
        report,
        "RFC 7643, RFC 7644: {} requirements ({strong} MUST or SHALL), {} held, {} deviating; {} examples",
        all.len(),
        all.len() - deviating.len(),
        deviating.len(),
        crate::examples::SECTIONS.concat().len(),
    )
    .expect("standard error");
}
