use super::*;

#[test]
fn other_packages_or_another_python_get_a_folder_of_their_own() {
    let one = name("click==8.5.1\n", "3.11.7");
    assert_eq!(one, name("click==8.5.1\n", "3.11.7"));
    assert_ne!(one, name("click==8.5.2\n", "3.11.7"));
    assert_ne!(one, name("click==8.5.1\n", "3.12.0"));
    assert!(one.starts_with("conformance-") && one.len() < 40, "{one}");
}

#[test]
fn every_package_is_pinned_to_a_version_with_its_hashes() {
    let text = std::fs::read_to_string(project::root().join(REQUIREMENTS)).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let (hashes, packages): (Vec<&str>, Vec<&str>) =
        lines.partition(|line| line.trim().starts_with("--hash=sha256:"));
    for package in &packages {
        let version = package.strip_suffix(" \\").and_then(|package| package.split_once("=="));
        assert!(version.is_some_and(|(_, version)| !version.contains(' ')), "{package}");
    }
    assert!(hashes.len() >= packages.len(), "a package has no hash");
    for suite in ["scim2-tester==", "scim-sanity=="] {
        assert!(packages.iter().any(|package| package.starts_with(suite)), "{suite} is missing");
    }
}

#[test]
fn a_folder_without_the_suites_is_not_taken_for_one_with_them() {
    let python = step::find("python3").unwrap();
    let empty = tempfile::tempdir().unwrap();
    let suites = Suites { python, packages: empty.path().to_owned() };
    assert!(!suites.run_from(empty.path()));
}

#[test]
fn the_suites_see_no_package_of_the_machine() {
    let python = step::find("python3").unwrap();
    let empty = tempfile::tempdir().unwrap();
    let suites = Suites { python, packages: empty.path().to_owned() };
    let path = step::output(suites.python().args(["-c", "import sys; print(sys.path)"])).unwrap();
    assert!(!path.contains("site-packages") && !path.contains("dist-packages"), "{path}");
    assert!(path.contains(&*empty.path().to_string_lossy()), "{path}");
}
