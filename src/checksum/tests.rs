use super::CRC32;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn tokens_and_versions_that_were_given_out_hold() {
    assert_eq!(CRC32.checksum(b"123456789"), 0xcbf4_3926);
    let mut digest = CRC32.digest();
    digest.update(b"1234");
    digest.update(b"56789");
    assert_eq!(digest.finalize(), 0xcbf4_3926);
}
