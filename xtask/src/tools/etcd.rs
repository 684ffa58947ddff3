use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use super::folder;
use super::given::Given;
use crate::{interrupt, project, step};

/// Debian's package of the server.
const PACKAGE: &str = "etcd-server";

const GIVEN: Given = Given {
    program: "etcd",
    variable: "ETCD",
    name: "etcd",
    version: "--version",
    without: "one is fetched",
};

const ADVICE: &str = "name an etcd of your own with ETCD=/path/to/etcd, or install one on PATH";

/// The etcd binary: the one that `ETCD` names, else the one on `PATH`, else Debian's.
///
/// Debian's is unpacked into a folder and not installed: so it takes no root, and no service is started.
pub fn etcd() -> Result<PathBuf> {
    match GIVEN.look()? {
        Some(etcd) => Ok(etcd),
        None => fetched(&project::target()?.join("tools")),
    }
}

/// etcd under `tools`, fetched there first if need be.
fn fetched(tools: &Path) -> Result<PathBuf> {
    let home = tools.join("etcd");
    let binary = |home: &Path| home.join("usr").join("bin").join("etcd");
    folder::whole(&home, |home| step::is_executable(&binary(home)), fetch)?;
    Ok(binary(&home))
}

/// Fetches etcd into the folder `new`.
fn fetch(new: &Path) -> Result<()> {
    for program in ["apt-get", "dpkg-deb"] {
        if step::find(program).is_none() {
            bail!("etcd is missing, and there is no {program} to fetch it: {ADVICE}");
        }
    }
    let what = format!("fetching Debian's {PACKAGE} (about 8 MB)");
    let fetched = step::run(&what, &mut download(new, &[]), ADVICE);
    if fetched.is_err() {
        interrupt::check()?;
        fetch_with_own_lists(new)?;
    }
    let package = package(new)?;
    let mut unpack = Command::new("dpkg-deb");
    unpack.arg("--extract").arg(&package).arg(new);
    step::run("unpacking etcd", &mut unpack, "check that the disk has room")?;
    std::fs::remove_file(package)?;
    let etcd = new.join("usr").join("bin").join("etcd");
    ensure!(GIVEN.runs(&etcd), "Debian's etcd does not run on this machine: {ADVICE}");
    Ok(())
}

/// Fetches it with lists of packages in a folder that goes again: the machine's own are missing or out of date, and to
/// change them would take root.
fn fetch_with_own_lists(new: &Path) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name);
    for name in ["lists", "cache"] {
        std::fs::create_dir(path(name))?;
    }
    let options = [
        format!("Dir::State::Lists={}", path("lists").display()),
        format!("Dir::Cache={}", path("cache").display()),
        "Debug::NoLocking=1".to_owned(),
    ];
    let mut update = apt(&options);
    step::run("fetching apt's lists of packages", update.arg("update"), ADVICE)?;
    let what = format!("fetching Debian's {PACKAGE} with them");
    step::run(&what, &mut download(new, &options), ADVICE)
}

fn download(into: &Path, options: &[String]) -> Command {
    let mut download = apt(options);
    download.args(["download", PACKAGE]).current_dir(into);
    download
}

fn apt(options: &[String]) -> Command {
    let mut apt = Command::new("apt-get");
    // Root drops its rights for downloads, and then cannot write to a folder of root's.
    apt.args(["-q", "-o", "APT::Sandbox::User=root"]);
    for option in options {
        apt.args(["-o", option]);
    }
    apt
}

/// The package that was fetched into `folder`.
fn package(folder: &Path) -> Result<PathBuf> {
    let mut files = std::fs::read_dir(folder)?.filter_map(|file| Some(file.ok()?.path()));
    files
        .find(|file| file.extension().is_some_and(|extension| extension == "deb"))
        .with_context(|| format!("apt-get has downloaded no package {PACKAGE}: {ADVICE}"))
}
