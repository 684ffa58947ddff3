use super::*;

#[test]
fn the_locked_version_is_that_of_the_package_and_of_no_namesake() {
    let lock = "[[package]]\nname = \"wasm-bindgen-test\"\nversion = \"0.3.80\"\n\n\
                [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
    assert_eq!(version_in(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
    assert_eq!(version_in(lock, "wasm"), None);
}

#[test]
fn the_checkout_has_a_manifest() {
    assert!(root().join("Cargo.toml").is_file());
    assert!(target().unwrap().is_absolute());
}
