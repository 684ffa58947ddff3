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
    for folder in folders {
        assert!(!conversation::of(&folder).is_empty(), "{folder} has no conversation");
    }
}
