use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::given::Given;
use super::{Tools, folder};
use crate::demo::sha256;
use crate::{project, step};

/// The tests of the settings page, and the packages that they need, each with its version and its hash.
const TESTS: &str = "tests/browser";
const PACKAGES: [&str; 3] = ["package.json", "package-lock.json", ".npmrc"];

/// Chromium, unless the user names another.
const CHROMIUM: Given = Given {
    program: "chromium",
    variable: "CHROMIUM",
    name: "Chromium or Chrome",
    version: "--version",
    without: "it is installed by apt",
};

/// What the settings page is tested with: Chromium, Node, and the packages of the tests in a folder of their own.
#[derive(Clone, Debug)]
pub struct Browser {
    chromium: PathBuf,
    node: PathBuf,
    packages: PathBuf,
}

impl Browser {
    /// Fetches what is missing, or is not what the repository names.
    pub fn make() -> Result<Self> {
        let chromium = chromium()?;
        let node = program("node", "Node.js", "nodejs")?;
        let tests = project::root().join(TESTS);
        let packages = project::target()?.join("tools").join(name(&tests)?);
        let browser = Self { chromium, node, packages };
        let fetch = |new: &Path| browser.fetch(&tests, new);
        folder::whole(&browser.packages, |packages| browser.loads_from(packages), fetch)?;
        Ok(browser)
    }

    /// The tests, which start a demo by this very program.
    pub fn tests(&self, tools: &Tools) -> Result<Command> {
        let this = std::env::current_exe().context("this program does not know where it is")?;
        let mut node = Command::new(&self.node);
        node.current_dir(project::root())
            .args(["--test", "--test-reporter=spec"])
            .arg(Path::new(TESTS).join("main.js"))
            .env("SCIM_EDGE_XTASK", this)
            .env("SCIM_EDGE_CHROMIUM", &self.chromium)
            .env("SCIM_EDGE_BROWSER_PACKAGES", &self.packages)
            .env(super::ENVOY, &tools.envoy)
            .env(super::MODULE, &tools.module);
        Ok(node)
    }

    /// Whether the packages are there.
    fn loads_from(&self, packages: &Path) -> bool {
        const SCRIPT: &str = "require('playwright-core'); require.resolve('axe-core')";
        packages.is_dir()
            && step::succeeds(Command::new(&self.node).current_dir(packages).args(["-e", SCRIPT]))
    }

    fn fetch(&self, tests: &Path, into: &Path) -> Result<()> {
        for file in PACKAGES {
            let (from, to) = (tests.join(file), into.join(file));
            std::fs::copy(&from, to)
                .with_context(|| format!("{} cannot be copied", from.display()))?;
        }
        let npm = program("npm", "npm", "npm")?;
        step::run(
            "fetching the packages of the browser's tests from npm (about 15 MB)",
            Command::new(npm).arg("ci").current_dir(into),
            "check that npm's registry can be reached",
        )?;
        ensure!(
            self.loads_from(into),
            "the packages from npm do not run in {}: put a Node.js of 18 or newer first on PATH",
            self.node.display()
        );
        Ok(())
    }
}

fn chromium() -> Result<PathBuf> {
    if let Some(chromium) = CHROMIUM.look()? {
        return Ok(chromium);
    }
    super::apt_install("Chromium", &["chromium", "fonts-liberation"])?;
    step::find("chromium").context("there still is no chromium on PATH: name one by CHROMIUM")
}

/// A program on `PATH`, or else the one of Debian's `package`.
fn program(program: &str, name: &str, package: &str) -> Result<PathBuf> {
    if step::find(program).is_none() {
        super::apt_install(name, &[package])?;
    }
    step::find(program).with_context(|| format!("there still is no {program} on PATH: install it"))
}

/// A folder's name for these packages.
fn name(tests: &Path) -> Result<String> {
    let mut all = String::new();
    for file in PACKAGES {
        let file = tests.join(file);
        let text = std::fs::read_to_string(&file)
            .with_context(|| format!("{} cannot be read", file.display()))?;
        all.push_str(&text);
    }
    let digest = sha256(&all);
    Ok(format!("browser-{}", digest.get(..16).unwrap_or(&digest)))
}

#[cfg(test)]
mod tests;
