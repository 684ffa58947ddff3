//! What identity providers say, and the answers they need: each file below the folder of an identity provider is one
//! conversation with it, in a team of its own. `conversation` says what stands in a file.
//!
//! Every conversation is played to the core on a store in memory, and to the filter in a real Envoy. What every answer
//! must hold, whatever the file expects of it, is in `answer`; which habit of whom is played where, in `quirks`.

#![cfg(not(target_family = "wasm"))]

#[cfg(test)]
mod answer;
#[cfg(test)]
mod conversation;
#[cfg(test)]
mod envoy;
#[cfg(test)]
mod expectation;
#[cfg(test)]
mod native;
#[cfg(test)]
mod player;
#[cfg(test)]
mod quirks;
#[cfg(test)]
mod refusals;

/// For each identity provider, named as its folder, the tests that play its conversations.
macro_rules! identity_providers {
    ($($name:ident),+ $(,)?) => {
        #[cfg(test)]
        const IDENTITY_PROVIDERS: &[&str] = &[$(stringify!($name)),+];

        $(
            #[cfg(test)]
            mod $name {
                #[test]
                fn gets_the_answers_it_needs_from_the_core() {
                    crate::native::play_all(stringify!($name));
                }

                #[test]
                fn gets_the_answers_it_needs_from_envoy() {
                    crate::envoy::play_all(stringify!($name));
                }
            }
        )+
    };
}

identity_providers!(cyberark, entra, google, jumpcloud, okta, onelogin, pingone, rippling);

#[test]
fn every_conversation_there_is_is_played() {
    use std::io::Write as _;

    let mut folders = Vec::new();
    for entry in std::fs::read_dir(conversation::folder()).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() {
            folders.push(name);
        } else {
            assert!(name.ends_with(".rs"), "{name} is in no identity provider's folder");
        }
    }
    folders.sort();
    assert_eq!(folders, IDENTITY_PROVIDERS);
    let (mut files, mut steps) = (0, 0);
    for folder in folders {
        let conversations = conversation::of(&folder);
        assert!(!conversations.is_empty(), "{folder} has no conversation");
        files += conversations.len();
        steps += conversations.iter().map(|conversation| conversation.steps.len()).sum::<usize>();
    }
    // To the real standard error: what a test prints is shown only where it fails.
    let count = IDENTITY_PROVIDERS.len();
    writeln!(
        std::io::stderr(),
        "{count} identity providers: {files} conversations of {steps} steps, played to the core and through Envoy"
    )
    .unwrap();
}
