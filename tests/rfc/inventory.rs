//! All requirements together: complete, each there once, counted.

use std::collections::BTreeSet;

use crate::requirement::{Level, Requirement, Status};

/// Requirements about what is not there.
const NOT_OURS: &[Requirement] = &[];

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
        &[NOT_OURS],
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
    let total: usize = TOTALS.iter().map(|(_, total)| total).sum();
    assert_eq!(ids.len(), total);

    let (mut held, mut deviating, mut not_ours) = (0, 0, 0);
    for requirement in &all {
        assert!(requirement.rule.len() > 15, "{} says nothing", requirement.id);
        match requirement.status {
            Status::Held(_) => held += 1,
            Status::Deviates(why, _) => {
                deviating += 1;
                println!("{} deviates: {} ({why})", requirement.id, requirement.rule);
            }
            Status::NotOurs(why) => {
                not_ours += 1;
                println!("{} is not ours: {} ({why})", requirement.id, requirement.rule);
            }
        }
    }
    let strong = all.iter().filter(|requirement| requirement.level != Level::SHOULD).count();
    println!(
        "{total} requirements ({strong} MUST or SHALL): {held} held, {deviating} deviating, \
         {not_ours} not ours; {} examples",
        crate::examples::SECTIONS.len(),
    );
}
