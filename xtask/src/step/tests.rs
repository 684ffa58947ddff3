use super::*;

#[test]
fn a_failed_step_is_one_line_with_advice() {
    let error = run("fetching", &mut Command::new("false"), "do this").unwrap_err().to_string();
    assert_eq!(error, "fetching: exit status: 1; do this");
}

#[test]
fn a_missing_program_is_one_line_with_advice() {
    let mut command = Command::new("no-such-program-here");
    let error = run("fetching", &mut command, "do this").unwrap_err().to_string();
    assert!(error.starts_with("fetching: \"no-such-program-here\" cannot be run"), "{error}");
    assert!(error.ends_with("; do this") && !error.contains('\n'), "{error}");
}

#[test]
fn only_files_that_may_be_run_are_found() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("tool"), "").unwrap();
    assert_eq!(find_in(folder.path().as_os_str(), "tool"), None);
    assert!(find("sh").is_some());
}
