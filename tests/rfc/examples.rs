//! The examples of RFC 7643 and RFC 7644 that a provider of Users and Groups can meet: the same requests about our own
//! people, with the answers that the text around the example asks for.

mod bulk;
mod patch;
mod read;
mod resources;

/// The examples, by section.
pub(crate) const SECTIONS: &[&[(&str, &str)]] =
    &[bulk::EXAMPLES, patch::EXAMPLES, read::EXAMPLES, resources::EXAMPLES];

/// Examples, each with the section it stands in, as a test on a new team.
macro_rules! examples {
    ($($section:literal fn $name:ident($team:ident) $body:block)+) => {
        pub(crate) const EXAMPLES: &[(&str, &str)] = &[$(($section, stringify!($name))),+];

        $(
            #[test]
            fn $name() {
                let $team = &crate::team::Team::new();
                $body
            }
        )+
    };
}
use examples;
