use super::*;

const ENVOY: Given = Given {
    program: "envoy",
    variable: "ENVOY",
    name: "Envoy",
    version: "--version",
    without: "one is fetched",
};

#[test]
fn a_variable_naming_nothing_runnable_is_an_error_that_says_so() {
    for name in ["/no/such/envoy", "no-such-envoy-here", "/etc/passwd", "/"] {
        let error = ENVOY.choose(Some(OsStr::new(name)), None).unwrap_err().to_string();
        assert!(error.contains(name) && error.contains("ENVOY"), "{error}");
        assert!(!error.contains('\n'), "{error}");
    }
}

#[test]
fn what_is_on_the_path_is_used_when_none_is_named() {
    let found = PathBuf::from("/usr/bin/envoy");
    assert_eq!(ENVOY.choose(None, Some(found.clone())).unwrap(), Some(found.clone()));
    assert_eq!(ENVOY.choose(Some(OsStr::new("")), Some(found.clone())).unwrap(), Some(found));
}

#[test]
fn what_is_named_comes_before_what_is_on_the_path() {
    let named = step::find("true").unwrap();
    let got = ENVOY.choose(Some(named.as_os_str()), Some("/usr/bin/envoy".into())).unwrap();
    assert_eq!(got, Some(named));
}
