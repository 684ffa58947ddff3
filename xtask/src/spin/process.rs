use std::collections::BTreeMap;
use std::fs::File;
use std::net::SocketAddr;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use tempfile::TempDir;

use super::{Runtime, State};
use crate::client::Client;
use crate::{child, interrupt};

/// How long it may take until it answers: it compiles the component first.
const START: Duration = Duration::from_secs(120);

/// The process that a component runs in, stopped when the value is dropped, or when this process dies however it dies.
pub struct Process {
    child: Child,
    address: SocketAddr,
    log: PathBuf,
    runtime: Runtime,
    state: State,
    variables: BTreeMap<String, String>,
    folder: TempDir,
}

impl Process {
    pub(super) fn start(
        runtime: Runtime,
        state: &State,
        variables: &BTreeMap<String, String>,
        address: SocketAddr,
    ) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("scim-edge-").tempdir()?;
        let log = folder.path().join("host.log");
        let child = run(&runtime, state, variables, address, folder.path(), &log)?;
        let (state, variables) = (state.clone(), variables.clone());
        let mut process = Self { child, address, log, runtime, state, variables, folder };
        process.wait_until_ready()?;
        Ok(process)
    }

    /// Starts it again as it was, after it was [killed](Process::kill) or as it is.
    pub fn restart(&mut self) -> Result<()> {
        self.kill();
        let Self { runtime, state, variables, address, folder, log, .. } = self;
        self.child = run(runtime, state, variables, *address, folder.path(), log)?;
        self.wait_until_ready()
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let deadline = Instant::now() + START;
        let name = self.runtime.name();
        while !self.answers() {
            if let Some(status) = self.child.try_wait()? {
                bail!("{name} did not start ({status}):\n{}", self.last_lines());
            }
            ensure!(
                Instant::now() < deadline,
                "{name} does not answer after {} s:\n{}",
                START.as_secs(),
                self.last_lines()
            );
            interrupt::check()?;
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    fn answers(&self) -> bool {
        let answer = Client::connect(self.address).and_then(|mut it| it.get("/scim/v2/", &[]));
        answer.is_ok_and(|answer| !answer.status().is_server_error())
    }

    /// What people call the program.
    pub fn name(&self) -> &'static str {
        self.runtime.name()
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        child::is_running(&mut self.child)
    }

    /// Ends it by SIGKILL, with what serves for it: `spin up` only starts that.
    pub fn kill(&mut self) {
        child::kill_group(&mut self.child);
    }

    /// The file that it writes its log to.
    pub fn log_file(&self) -> &Path {
        &self.log
    }

    /// All that it has written.
    pub fn log(&self) -> String {
        std::fs::read(&self.log)
            .map_or_else(|_| String::new(), |bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The last lines of its log.
    pub fn last_lines(&self) -> String {
        child::last_lines(&self.log())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        child::end(&mut self.child);
    }
}

fn run(
    runtime: &Runtime,
    state: &State,
    variables: &BTreeMap<String, String>,
    address: SocketAddr,
    folder: &Path,
    log: &Path,
) -> Result<Child> {
    let output = File::options().create(true).append(true).open(log)?;
    let mut command = runtime.command(state, address.port(), folder)?;
    command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output).process_group(0);
    for (name, value) in variables {
        command.env(format!("SPIN_VARIABLE_{}", name.to_ascii_uppercase()), value);
    }
    child::spawn(command).with_context(|| format!("{} cannot be run", runtime.name()))
}
