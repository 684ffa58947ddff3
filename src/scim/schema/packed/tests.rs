#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::pack::pack;
use super::{unpack, unpack_with};
use crate::scim::schema::resource_type::{COMMON, ENTERPRISE_USER, GROUP, USER};

#[test]
fn texts_come_out_as_they_went_in() {
    let texts = ["", "a", "aaaa", &"abcabcabd".repeat(50), "{\"name\":\"value\"}", "\0\u{7f}"];
    let mut packed: Vec<Vec<u8>> = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
    let pairs = pack(&mut packed);
    assert!(packed[3].len() < 60, "{}", packed[3].len());
    for (packed, text) in packed.iter().zip(texts) {
        assert_eq!(unpack_with(packed, &pairs), text.as_bytes());
    }
}

#[test]
fn the_schemas_are_those_of_the_files() {
    let files = [
        (COMMON, include_str!("../../schemas/common.json")),
        (USER, include_str!("../../schemas/user.json")),
        (GROUP, include_str!("../../schemas/group.json")),
        (ENTERPRISE_USER, include_str!("../../schemas/enterprise_user.json")),
    ];
    for (packed, file) in files {
        let text = unpack(packed);
        assert!(packed.len() * 2 < text.len(), "{} of {}", packed.len(), text.len());
        let value = |text: &[u8]| serde_json::from_slice::<serde_json::Value>(text).unwrap();
        assert_eq!(value(&text), value(file.as_bytes()));
    }
}
