use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::step;

/// A server that the user may bring along.
pub(super) struct Given {
    /// What it is called on `PATH`.
    pub(super) program: &'static str,
    /// The variable that names another.
    pub(super) variable: &'static str,
    /// What people call it.
    pub(super) name: &'static str,
    /// With what argument it says its version, which it can where it runs.
    pub(super) version: &'static str,
    /// What happens where there is none.
    pub(super) without: &'static str,
}

impl Given {
    /// What the user chose, if anything: what the variable names, else what is on `PATH`.
    pub(super) fn look(&self) -> Result<Option<PathBuf>> {
        self.choose(std::env::var_os(self.variable).as_deref(), step::find(self.program))
    }

    /// Whether `file` is one that runs here.
    pub(super) fn runs(&self, file: &Path) -> bool {
        step::succeeds(Command::new(file).arg(self.version))
    }

    fn choose(&self, named: Option<&OsStr>, on_path: Option<PathBuf>) -> Result<Option<PathBuf>> {
        let Some(named) = named.filter(|named| !named.is_empty()) else { return Ok(on_path) };
        let file = PathBuf::from(named);
        let found = if file.components().count() > 1 {
            Some(file)
        } else {
            step::find(&file.to_string_lossy())
        };
        let runs = found.filter(|file| self.runs(file));
        let Self { variable, name, without, .. } = self;
        match runs {
            Some(file) => Ok(Some(file)),
            None => bail!(
                "{variable} is {named:?}, which is no {name} that runs here: name the binary, or unset {variable} and \
                 {without}"
            ),
        }
    }
}

#[cfg(test)]
mod tests;
