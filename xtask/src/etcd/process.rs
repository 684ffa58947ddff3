use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::Signal;
use tempfile::TempDir;

use super::quiet_port;
use crate::client::Client;
use crate::{child, interrupt};

/// How long etcd may take from its start until it answers.
const START: Duration = Duration::from_secs(30);

/// One member of etcd on 127.0.0.1, stopped when the value is dropped, or when this process dies however it dies.
#[derive(Debug)]
pub struct Etcd {
    child: Child,
    binary: PathBuf,
    home: PathBuf,
    flags: Vec<String>,
    client: u16,
    peer: u16,
    _lock: File,
    _temporary: Option<TempDir>,
}

impl Etcd {
    /// Starts it in a folder that is gone when the value is dropped, and waits until it answers.
    pub fn start(binary: &Path) -> Result<Self> {
        Self::start_with(binary, &[])
    }

    /// Like [`Etcd::start`], with further `flags` of etcd.
    pub fn start_with(binary: &Path, flags: &[&str]) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("scim-edge-etcd-").tempdir()?;
        let home = folder.path().to_owned();
        Self::launch(binary, home, flags, Some(folder))
    }

    /// Starts it on what lies in `home`, made where it is missing, and waits until it answers. What it holds stays there.
    ///
    /// # Errors
    ///
    /// Where another program has started one in that folder, too.
    pub fn start_in(binary: &Path, home: &Path) -> Result<Self> {
        std::fs::create_dir_all(home)
            .with_context(|| format!("{} cannot be made", home.display()))?;
        let home =
            home.canonicalize().with_context(|| format!("{} cannot be used", home.display()))?;
        Self::launch(binary, home, &[], None)
    }

    fn launch(
        binary: &Path,
        home: PathBuf,
        flags: &[&str],
        temporary: Option<TempDir>,
    ) -> Result<Self> {
        let lock = lock(&home)?;
        let (client, peer) = (quiet_port()?, quiet_port()?);
        let flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
        let child = run(binary, &home, client, peer, &flags)?;
        let binary = binary.to_owned();
        let (_lock, _temporary) = (lock, temporary);
        let mut etcd = Self { child, binary, home, flags, client, peer, _lock, _temporary };
        etcd.wait_until_ready()?;
        Ok(etcd)
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let deadline = Instant::now() + START;
        while !self.answers() {
            if let Some(status) = self.child.try_wait()? {
                bail!("etcd did not start ({status}):\n{}", self.last_lines());
            }
            ensure!(
                Instant::now() < deadline,
                "etcd does not answer after {} s:\n{}",
                START.as_secs(),
                self.last_lines()
            );
            interrupt::check()?;
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Whether it says that it is well: it takes reads and writes.
    fn answers(&self) -> bool {
        let answer = Client::connect(self.address()).and_then(|mut it| it.get("/health", &[]));
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    /// Where clients come in.
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.client).into()
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The processor time that it has used so far.
    pub fn cpu_time(&self) -> Result<Duration> {
        child::cpu_time(self.pid())
    }

    /// The memory that it has now, in bytes.
    pub fn memory(&self) -> Result<u64> {
        child::memory(self.pid())
    }

    /// How many bytes of its database are in use.
    pub fn size_in_use(&self) -> Result<u64> {
        const NAME: &str = "etcd_mvcc_db_total_size_in_use_in_bytes ";
        let answer = Client::connect(self.address())?.get("/metrics", &[])?;
        let text = String::from_utf8_lossy(answer.body());
        let value = text.lines().find_map(|line| line.strip_prefix(NAME));
        let value = value.and_then(|value| value.trim().parse::<f64>().ok());
        let value = value.context("etcd's metrics lack its size")?;
        Ok(format!("{value:.0}").parse()?)
    }

    /// The folder that its state and its log lie in.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Whether it still runs; while it is paused it does.
    pub fn is_running(&mut self) -> bool {
        child::is_running(&mut self.child)
    }

    /// Ends it by SIGKILL, at once. What it holds stays.
    pub fn kill(&mut self) {
        child::kill(&mut self.child);
    }

    /// Starts it again after [`Etcd::kill`], on the same folder and ports, and waits until it answers.
    pub fn restart(&mut self) -> Result<()> {
        ensure!(!self.is_running(), "etcd still runs");
        self.child = run(&self.binary, &self.home, self.client, self.peer, &self.flags)?;
        self.wait_until_ready()
    }

    /// Stops its threads where they are (SIGSTOP): connections stay, nothing answers.
    pub fn pause(&self) {
        child::signal(&self.child, Signal::STOP);
    }

    /// Lets it go on after [`Etcd::pause`].
    pub fn resume(&self) {
        child::signal(&self.child, Signal::CONT);
    }

    /// Everything that it has logged since it was started the last time.
    pub fn log(&self) -> String {
        let log = std::fs::read(self.log_file()).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    /// The file of [`Etcd::log`].
    pub fn log_file(&self) -> PathBuf {
        log_file(&self.home)
    }

    /// The last lines of [`Etcd::log`].
    pub fn last_lines(&self) -> String {
        child::last_lines(&self.log())
    }
}

impl Drop for Etcd {
    fn drop(&mut self) {
        child::end(&mut self.child);
    }
}

/// Sees that nobody else runs an etcd in `home`: a second one would wait for the first without a word.
fn lock(home: &Path) -> Result<File> {
    let file = File::create(home.join("lock"))
        .with_context(|| format!("{} cannot be written to", home.display()))?;
    let free = file.try_lock().is_ok();
    ensure!(free, "another etcd runs in {}: stop it, or name another folder", home.display());
    Ok(file)
}

fn log_file(home: &Path) -> PathBuf {
    home.join("etcd.log")
}

fn run(binary: &Path, home: &Path, client: u16, peer: u16, flags: &[String]) -> Result<Child> {
    let output = File::create(log_file(home))
        .with_context(|| format!("{} cannot be written to", home.display()))?;
    let url = |port: u16| format!("http://127.0.0.1:{port}");
    let mut command = child::with_parent(binary);
    command
        .args(["--name", "scim-edge", "--data-dir"])
        .arg(home.join("data"))
        .args(["--listen-client-urls", &url(client), "--advertise-client-urls", &url(client)])
        .args(["--listen-peer-urls", &url(peer), "--initial-advertise-peer-urls", &url(peer)])
        .args(["--initial-cluster", &format!("scim-edge={}", url(peer))])
        .args(["--logger", "zap", "--log-outputs", "stderr"])
        .args(flags)
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output)
        .process_group(0);
    // Its settings come from here alone.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("ETCD_") {
            command.env_remove(name);
        }
    }
    child::spawn(command).with_context(|| format!("{} cannot be run", binary.display()))
}
