use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use super::State;
use crate::step::say;
use crate::{child, project, tools};

/// What the component runs in, and the component.
#[derive(Clone, Debug)]
pub struct Runtime {
    program: Program,
    component: PathBuf,
}

#[derive(Clone, Debug)]
enum Program {
    Spin(PathBuf),
    Host(PathBuf),
}

impl Runtime {
    /// The Spin that `SPIN` names or that is on `PATH`, else [`Runtime::host`], saying so.
    pub fn find() -> Result<Self> {
        if let Some(spin) = Self::spin()? {
            return Ok(spin);
        }
        let host = Self::host()?;
        say(
            "no spin here: the component runs in the wasmtime host of the tests, its state in a SQLite file",
        );
        Ok(host)
    }

    /// The Spin that `SPIN` names or that is on `PATH`, if any.
    pub fn spin() -> Result<Option<Self>> {
        let Some(spin) = tools::spin()? else { return Ok(None) };
        Ok(Some(Self { program: Program::Spin(spin), component: tools::component()? }))
    }

    /// The host that the tests have, built.
    pub fn host() -> Result<Self> {
        Self::host_at(tools::build_spin_host()?)
    }

    /// The host that the tests have, built already.
    pub fn host_at(host: PathBuf) -> Result<Self> {
        Ok(Self { program: Program::Host(host), component: tools::component()? })
    }

    /// What people call it.
    pub fn name(&self) -> &'static str {
        match self.program {
            Program::Spin(_) => "Spin",
            Program::Host(_) => "the component's host",
        }
    }

    /// The command that serves the component on `port`, with its files in `folder`.
    pub(super) fn command(&self, state: &State, port: u16, folder: &Path) -> Result<Command> {
        let manifest = folder.join("spin.toml");
        std::fs::write(&manifest, self.manifest()?)?;
        let command = match &self.program {
            Program::Spin(spin) => {
                let config = folder.join("runtime-config.toml");
                std::fs::write(&config, state.runtime_config())?;
                let mut command = child::with_parent(spin);
                command.arg("up").arg("--from").arg(manifest);
                command.args(["--listen", &format!("127.0.0.1:{port}")]);
                command.arg("--runtime-config-file").arg(config);
                command.arg("--state-dir").arg(folder);
                command
            }
            Program::Host(host) => {
                let mut command = child::with_parent(host);
                command.arg("--manifest").arg(manifest).args(["--port", &port.to_string()]);
                match state {
                    State::Sqlite(folder) => command.arg("--sqlite").arg(State::file(folder)),
                    State::Redis(url) => command.args(["--redis", url]),
                };
                command
            }
        };
        Ok(command)
    }

    /// The shipped manifest, with the component where cargo put it.
    fn manifest(&self) -> Result<String> {
        let manifest = std::fs::read_to_string(project::root().join("spin.toml"));
        let manifest = manifest.context("spin.toml cannot be read")?;
        let source = serde_json::json!(self.component.to_string_lossy());
        let line = |line: &str| match line.starts_with("source = ") {
            true => format!("source = {source}\n"),
            false => format!("{line}\n"),
        };
        Ok(manifest.lines().map(line).collect())
    }
}
