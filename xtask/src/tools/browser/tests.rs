use super::*;

fn package_file(name: &str) -> serde_json::Value {
    let file = project::root().join(TESTS).join(name);
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

#[test]
fn every_package_is_of_exactly_one_version_and_has_its_hash() {
    let manifest = package_file("package.json");
    let lock = package_file("package-lock.json");
    let wanted = manifest["dependencies"].as_object().unwrap();
    assert!(!wanted.is_empty());
    for (package, version) in wanted {
        assert_eq!(&lock["packages"][format!("node_modules/{package}")]["version"], version);
        assert!(version.as_str().unwrap().starts_with(|first: char| first.is_ascii_digit()));
    }
    let locked = lock["packages"].as_object().unwrap();
    for (path, package) in locked.iter().filter(|(path, _)| !path.is_empty()) {
        assert!(package["integrity"].as_str().unwrap().starts_with("sha512-"), "{path}");
    }
}

#[test]
fn packages_come_from_whichever_registry_npm_is_told_of() {
    for name in PACKAGES {
        let text = std::fs::read_to_string(project::root().join(TESTS).join(name)).unwrap();
        assert!(!text.contains("://"), "{name} names a host");
    }
}

#[test]
fn other_packages_go_into_another_folder() {
    let folder = tempfile::tempdir().unwrap();
    for file in PACKAGES {
        std::fs::write(folder.path().join(file), "{}").unwrap();
    }
    let before = name(folder.path()).unwrap();
    assert_eq!(name(folder.path()).unwrap(), before);
    for file in PACKAGES {
        std::fs::write(folder.path().join(file), format!("{{ {file} }}")).unwrap();
        assert_ne!(name(folder.path()).unwrap(), before);
        std::fs::write(folder.path().join(file), "{}").unwrap();
    }
}
