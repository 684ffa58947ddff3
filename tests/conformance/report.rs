//! What a suite found, and whether that is as it should be.

use std::fmt::{self, Write as _};
use std::io::Write as _;

/// What became of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    Skipped,
    /// With an error, or with no more than a warning.
    Failed,
}

/// One check of a suite.
#[derive(Clone, Debug)]
pub(crate) struct Check {
    pub(crate) name: String,
    pub(crate) outcome: Outcome,
    pub(crate) says: String,
}

/// A check that is known not to pass.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    pub(crate) check: &'static str,
    pub(crate) outcome: Outcome,
    /// A part of what the suite says of it.
    pub(crate) says: &'static str,
    /// Why that is right.
    pub(crate) because: &'static str,
}

/// What a suite found.
pub(crate) struct Report {
    /// Its name and version.
    pub(crate) suite: String,
    pub(crate) checks: Vec<Check>,
}

impl Known {
    fn is(&self, check: &Check) -> bool {
        check.name == self.check && check.outcome == self.outcome && check.says.contains(self.says)
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}: {}", self.outcome, self.name, self.says)
    }
}

impl Report {
    /// Prints the counts, and fails if anything but `known` did not pass.
    pub(crate) fn judge(&self, known: &[Known]) {
        // Not by `println!`, which is kept back where a test passes.
        writeln!(std::io::stderr(), "{}", self.counts(known)).unwrap();
        let wrong = self.wrong(known);
        assert!(wrong.is_empty(), "{}:\n{}", self.suite, wrong.join("\n"));
    }

    /// How many checks had which outcome, and each that is known not to pass, with the reason.
    fn counts(&self, known: &[Known]) -> String {
        let of = |outcome| self.checks.iter().filter(|check| check.outcome == outcome).count();
        let excepted = |check: &&Check| known.iter().any(|known| known.is(check));
        let failed = of(Outcome::Failed);
        let excepted = self
            .checks
            .iter()
            .filter(|check| check.outcome == Outcome::Failed)
            .filter(excepted)
            .count();
        let mut counts = format!(
            "{}: {} checks, {} passed, {} skipped, {} failed, {excepted} failed as listed",
            self.suite,
            self.checks.len(),
            of(Outcome::Passed),
            of(Outcome::Skipped),
            failed - excepted,
        );
        for Known { check, outcome, says, because } in known {
            write!(counts, "\n  {outcome:?}: {check} ({says}): {because}").unwrap();
        }
        counts
    }

    /// The checks that should have passed, and the exceptions that nothing needs.
    fn wrong(&self, known: &[Known]) -> Vec<String> {
        let unexpected = self.checks.iter().filter(|check| {
            check.outcome != Outcome::Passed && !known.iter().any(|known| known.is(check))
        });
        let needless =
            known.iter().filter(|known| !self.checks.iter().any(|check| known.is(check)));
        let needless = needless.map(|known| {
            format!("listed, but not so: {:?}: {}: {}", known.outcome, known.check, known.says)
        });
        let mut wrong: Vec<String> = unexpected.map(Check::to_string).chain(needless).collect();
        if self.checks.is_empty() {
            wrong.push("nothing was checked".to_owned());
        }
        wrong
    }
}

const KNOWN: Known = Known {
    check: "b",
    outcome: Outcome::Skipped,
    says: "not in scope",
    because: "it is no check of ours",
};

fn report(checks: &[(&str, Outcome, &str)]) -> Report {
    let checks = checks.iter().map(|(name, outcome, says)| Check {
        name: (*name).to_owned(),
        outcome: *outcome,
        says: (*says).to_owned(),
    });
    Report { suite: "suite 1.0".to_owned(), checks: checks.collect() }
}

#[test]
fn checks_that_pass_and_those_that_are_listed_are_right() {
    let report =
        report(&[("a", Outcome::Passed, ""), ("b", Outcome::Skipped, "b is not in scope")]);
    assert!(report.wrong(&[KNOWN]).is_empty());
    let counts = "suite 1.0: 2 checks, 1 passed, 1 skipped, 0 failed, 0 failed as listed\n  \
                  Skipped: b (not in scope): it is no check of ours";
    assert_eq!(report.counts(&[KNOWN]), counts);
}

#[test]
fn a_check_that_does_not_pass_and_is_not_listed_is_wrong() {
    for outcome in [Outcome::Failed, Outcome::Skipped] {
        let wrong = report(&[("a", outcome, "why")]).wrong(&[]);
        assert_eq!(wrong, [format!("{outcome:?}: a: why")]);
    }
}

#[test]
fn what_is_listed_is_listed_with_its_outcome_and_its_words() {
    for (outcome, says) in [(Outcome::Failed, "b is not in scope"), (Outcome::Skipped, "too slow")]
    {
        let wrong = report(&[("b", outcome, says)]).wrong(&[KNOWN]);
        assert_eq!(wrong.len(), 2, "{wrong:?}");
    }
}

#[test]
fn what_is_listed_and_passes_is_wrong() {
    let wrong = report(&[("b", Outcome::Passed, "")]).wrong(&[KNOWN]);
    assert_eq!(wrong, ["listed, but not so: Skipped: b: not in scope"]);
}

#[test]
fn a_suite_that_checks_nothing_is_wrong() {
    assert_eq!(report(&[]).wrong(&[]), ["nothing was checked"]);
}
