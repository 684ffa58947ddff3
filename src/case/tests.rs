use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn each_character_is_what_it_is_in_the_standard_library() {
    for c in '\0'..=char::MAX {
        assert_eq!(
            to_lower_case(c.encode_utf8(&mut [0; 4])),
            c.to_string().to_lowercase(),
            "{c:?}"
        );
    }
}

#[test]
fn a_sigma_is_another_where_a_word_ends() {
    for text in ["ΟΔΥΣΣΕΥΣ", "ΓΙΩΡΓΟΣ ΠΑΠΠΑΣ", "Σ", "ΣΑΣ.", "ΑΣ@ΑΣΑ", "2Σ", "ἈΓΑΘΌΣ-ΣΟΦΌΣ"]
    {
        assert_eq!(to_lower_case(text), text.to_lowercase());
    }
    assert_eq!(to_lower_case("ΣΟΦΟΣ"), "σοφος");
}

#[test]
fn what_is_in_lower_case_stays() {
    for text in ["", "ada@example.com", "straße", "i\u{307}", "ǆ", "ﬃ"] {
        assert_eq!(to_lower_case(text), text);
    }
}
