//! The examples of RFC 8037 and RFC 7515. Their payloads name nobody, so keys are asked, not the verifier.

use super::testing::decode;
use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// RFC 8037 A.4
const ED25519: &str = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

/// RFC 7515 A.2
const RS256: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

/// RFC 7515 A.3
const ES256: &str = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

/// Whether the key of `signer` made the signature of `token`, and what was signed.
fn check(token: &str, signer: Signer) -> (bool, Vec<u8>) {
    let key = Key::parse(&signer.jwk()).unwrap().unwrap();
    let compact = Compact::parse(token).unwrap();
    assert_eq!(compact.algorithm, key.algorithm());
    (key.verifies(compact.signed, &compact.signature), compact.payload)
}

#[test]
fn the_examples_of_the_rfcs_are_verified() {
    let (verified, payload) = check(ED25519, Signer::EdDsa);
    assert!(verified);
    assert_eq!(payload, b"Example of Ed25519 signing");
    for (token, signer) in [(RS256, Signer::Rs256), (ES256, Signer::Es256)] {
        let (verified, payload) = check(token, signer);
        assert!(verified, "{signer:?}");
        let expected =
            "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";
        assert_eq!(payload, expected.as_bytes());
    }
}

#[test]
fn the_examples_are_not_verified_with_one_bit_of_the_signature_changed() {
    for (token, signer) in
        [(ED25519, Signer::EdDsa), (RS256, Signer::Rs256), (ES256, Signer::Es256)]
    {
        let key = Key::parse(&signer.jwk()).unwrap().unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let mut signature = decode(signature);
        for index in 0..signature.len() {
            signature[index] ^= 1 << (index % 8);
            assert!(!key.verifies(signed.as_bytes(), &signature), "{signer:?} {index}");
            signature[index] ^= 1 << (index % 8);
        }
        assert!(key.verifies(signed.as_bytes(), &signature));
    }
}

#[test]
fn a_signature_of_another_length_is_none() {
    for (token, signer) in
        [(ED25519, Signer::EdDsa), (RS256, Signer::Rs256), (ES256, Signer::Es256)]
    {
        let key = Key::parse(&signer.jwk()).unwrap().unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let signature = decode(signature);
        let shorter = signature[1..].to_vec();
        let before = [&[0][..], &signature].concat();
        let behind = [&signature[..], &[0]].concat();
        for wrong in [shorter, before, behind, Vec::new(), vec![0; signature.len()], vec![0; 4096]]
        {
            assert!(!key.verifies(signed.as_bytes(), &wrong), "{signer:?} {}", wrong.len());
        }
    }
}
