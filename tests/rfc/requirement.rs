//! How a requirement and its test are written down.

/// How strongly the RFC asks for it (RFC 2119).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::upper_case_acronyms, reason = "as RFC 2119 writes them")]
pub(crate) enum Level {
    MUST,
    SHALL,
    SHOULD,
}

/// What becomes of a requirement, with the test that sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// The test of this name sees it hold.
    Held(&'static str),
    /// It is not done so, for this reason; the test of this name sees what is done instead.
    Deviates(&'static str, &'static str),
}

/// A requirement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Requirement {
    /// RFC, section and line; `EXTRA-…` where it is about attributes of other kinds than ours.
    pub(crate) id: &'static str,
    pub(crate) level: Level,
    /// What it asks for, in our words.
    pub(crate) rule: &'static str,
    pub(crate) status: Status,
}

/// Requirements, each list with the test that sees them hold: a function of a new team's endpoint.
///
/// `[(MUST "RFC7644-…" "rule"), …] fn name(team) { … }`; `deviates "reason"` stands before `fn` where it is not done so.
macro_rules! requirements {
    ($(
        [$(($level:ident $id:literal $rule:literal)),+ $(,)?]
        $(deviates $reason:literal)?
        fn $name:ident($team:ident) $body:block
    )+) => {
        pub(crate) const REQUIREMENTS: &[&[crate::requirement::Requirement]] = &[$({
            const STATUS: crate::requirement::Status =
                requirements!(@status stringify!($name) $(, $reason)?);
            &[$(crate::requirement::Requirement {
                id: $id,
                level: crate::requirement::Level::$level,
                rule: $rule,
                status: STATUS,
            }),+]
        }),+];

        $(
            #[test]
            fn $name() {
                let $team = &crate::team::Team::new();
                $body
            }
        )+
    };
    (@status $name:expr) => { crate::requirement::Status::Held($name) };
    (@status $name:expr, $reason:literal) => {
        crate::requirement::Status::Deviates($reason, $name)
    };
}
