//! What holds of every token.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;

static TOKENS: LazyLock<[String; 3]> = LazyLock::new(|| Signer::ALL.map(|s| s.sign(&claims())));
static VERIFIER: LazyLock<Verifier> = LazyLock::new(verifier);

proptest! {
    #[test]
    fn a_token_with_one_byte_changed_is_refused(
        which in 0_usize..3,
        place in any::<prop::sample::Index>(),
        byte in prop_oneof![b' '..=b'~', 0_u8..128],
    ) {
        let mut bytes = TOKENS[which].clone().into_bytes();
        let place = place.index(bytes.len());
        prop_assume!(bytes[place] != byte);
        bytes[place] = byte;
        let changed = String::from_utf8(bytes).unwrap();
        prop_assert!(VERIFIER.identify(&changed, "email", NOW).is_err(), "{changed}");
    }

    #[test]
    fn a_token_with_a_byte_more_or_less_is_refused(
        which in 0_usize..3,
        place in any::<prop::sample::Index>(),
        more in prop::option::of(b' '..=b'~'),
    ) {
        let mut bytes = TOKENS[which].clone().into_bytes();
        let place = place.index(bytes.len());
        match more {
            Some(byte) => bytes.insert(place, byte),
            None => drop(bytes.remove(place)),
        }
        let changed = String::from_utf8(bytes).unwrap();
        prop_assert!(VERIFIER.identify(&changed, "email", NOW).is_err(), "{changed}");
    }

    #[test]
    fn no_text_is_a_token_by_chance(text in "[ -~]{0,40}(\\.[ -~]{0,40}){0,3}") {
        prop_assert!(VERIFIER.identify(&text, "email", NOW).is_err(), "{text}");
    }
}
