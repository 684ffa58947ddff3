use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::folder;
use crate::demo::sha256;
use crate::{project, step};

/// The packages of the conformance suites, each with its version and its hashes.
const REQUIREMENTS: &str = "tests/conformance/requirements.txt";

/// A Python that has pip. `or_else` is what can be done where none is to be had.
pub(super) fn with_pip(or_else: &str) -> Result<PathBuf> {
    let has_pip =
        |python: &Path| step::succeeds(Command::new(python).args(["-m", "pip", "--version"]));
    let usable = || step::find("python3").filter(|python| has_pip(python));
    if let Some(python) = usable() {
        return Ok(python);
    }
    super::apt_install("Python with pip", &["python3", "python3-pip"])?;
    // Debian's own knows Debian's pip, whatever other Python comes first on PATH.
    let debians = Some(PathBuf::from("/usr/bin/python3")).filter(|python| has_pip(python));
    usable().or(debians).with_context(|| format!("python3 still has no pip: install it{or_else}"))
}

/// A Python, and the conformance suites in a folder of their own.
#[derive(Clone, Debug)]
pub struct Suites {
    python: PathBuf,
    packages: PathBuf,
}

impl Suites {
    /// Fetches the suites where they are missing, or are not those that the repository names.
    pub fn make() -> Result<Self> {
        let file = project::root().join(REQUIREMENTS);
        let wanted = std::fs::read_to_string(&file)
            .with_context(|| format!("{REQUIREMENTS} cannot be read"))?;
        let python = with_pip("")?;
        let packages = project::target()?.join("tools").join(name(&wanted, &version(&python)));
        let suites = Self { python, packages };
        let fetch = |new: &Path| suites.fetch(&file, new);
        folder::whole(&suites.packages, |packages| suites.run_from(packages), fetch)?;
        Ok(suites)
    }

    /// Python, with nothing but the suites to import: no package of the machine gets between them.
    pub fn python(&self) -> Command {
        self.python_from(&self.packages)
    }

    fn python_from(&self, packages: &Path) -> Command {
        let mut python = Command::new(&self.python);
        python.arg("-S").env("PYTHONPATH", packages).env("PYTHONDONTWRITEBYTECODE", "1");
        python
    }

    /// Whether the suites are there.
    fn run_from(&self, packages: &Path) -> bool {
        let mut import = self.python_from(packages);
        step::succeeds(import.args(["-c", "import scim2_tester, scim_sanity, httpx2"]))
    }

    /// No virtual environment: not every Python with pip can make one.
    fn fetch(&self, requirements: &Path, into: &Path) -> Result<()> {
        let mut pip = Command::new(&self.python);
        pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:"])
            .args(["--require-hashes", "--requirement"])
            .arg(requirements)
            .arg("--target")
            .arg(into)
            .env("PIP_ROOT_USER_ACTION", "ignore");
        step::run(
            "fetching the conformance suites from PyPI (about 10 MB)",
            &mut pip,
            "check that PyPI can be reached and that python3 is 3.11 or newer",
        )?;
        ensure!(
            self.run_from(into),
            "the conformance suites from PyPI do not run in {}: put a Python of 3.11 or newer first on PATH",
            self.python.display()
        );
        Ok(())
    }
}

/// A folder's name for these packages in this Python: some of them are built for one version of it.
fn name(requirements: &str, python: &str) -> String {
    let digest = sha256(&format!("{python}\n{requirements}"));
    format!("conformance-{}", digest.get(..16).unwrap_or(&digest))
}

/// What Python says it is, with its compiler and machine.
fn version(python: &Path) -> String {
    const SCRIPT: &str = "import platform, sys; print(sys.version, platform.platform())";
    step::output(Command::new(python).args(["-c", SCRIPT])).unwrap_or_default()
}

#[cfg(test)]
mod tests;
