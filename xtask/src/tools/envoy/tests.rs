use super::*;

#[test]
fn envoy_naming_nothing_runnable_is_an_error_that_says_so() {
    for name in ["/no/such/envoy", "no-such-envoy-here", "/etc/passwd", "/"] {
        let error = given(Some(OsStr::new(name)), None).unwrap_err().to_string();
        assert!(error.contains(name) && error.contains("ENVOY"), "{error}");
        assert!(!error.contains('\n'), "{error}");
    }
}

#[test]
fn envoy_on_the_path_is_used_when_none_is_named() {
    let found = PathBuf::from("/usr/bin/envoy");
    assert_eq!(given(None, Some(found.clone())).unwrap(), Some(found.clone()));
    assert_eq!(given(Some(OsStr::new("")), Some(found.clone())).unwrap(), Some(found));
}

#[test]
fn a_named_envoy_comes_before_the_one_on_the_path() {
    let named = step::find("true").unwrap();
    let got = given(Some(named.as_os_str()), Some("/usr/bin/envoy".into())).unwrap();
    assert_eq!(got, Some(named));
}
