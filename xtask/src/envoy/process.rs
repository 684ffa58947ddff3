use std::fs::File;
use std::net::SocketAddr;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};
use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;

use super::{Config, Place};
use crate::client::Client;
use crate::{child, interrupt};

/// How long Envoy may take from its start until it answers.
const START: Duration = Duration::from_secs(30);

/// How Envoy is run.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Worker threads.
    pub concurrency: u32,
    /// Envoy's log level.
    pub log_level: &'static str,
    /// How long, in seconds, connections of a replaced listener live on.
    pub drain_time: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self { concurrency: 2, log_level: "info", drain_time: 600 }
    }
}

/// A running Envoy, stopped when the value is dropped, or when this process dies however it dies.
#[derive(Debug)]
pub struct Envoy {
    child: Child,
    admin: SocketAddr,
    log: PathBuf,
    _folder: TempDir,
}

impl Envoy {
    /// Starts Envoy and waits until it is ready.
    ///
    /// The admin interface gets a free port whatever the configuration says. Listeners may have port 0, see
    /// [`Envoy::listener`].
    ///
    /// # Errors
    ///
    /// If it ends or does not get ready, with the last lines of its log.
    pub fn start(binary: &Path, config: &Config, options: Options) -> Result<Self> {
        let mut config = config.clone();
        config.set_port(Place::Admin, 0)?;
        let folder = tempfile::Builder::new().prefix("scim-edge-").tempdir()?;
        let file = config.write(folder.path())?;
        let log = folder.path().join("envoy.log");
        let admin_file = folder.path().join("admin");
        let output = File::create(&log)?;
        let mut command = child::with_parent(binary);
        command
            .args(["--disable-hot-restart", "--log-level", options.log_level])
            // The access log, which by default comes ten seconds late.
            .args(["--file-flush-interval-msec", "200"])
            .args(["--concurrency", &options.concurrency.to_string()])
            .args(["--drain-time-s", &options.drain_time.to_string()])
            .arg("--admin-address-path")
            .arg(&admin_file)
            .arg("-c")
            .arg(file)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .process_group(0);
        let child =
            child::spawn(command).with_context(|| format!("{} cannot be run", binary.display()))?;
        let mut envoy = Self { child, admin: ([127, 0, 0, 1], 0).into(), log, _folder: folder };
        envoy.wait_until_ready(&admin_file)?;
        Ok(envoy)
    }

    fn wait_until_ready(&mut self, admin_file: &Path) -> Result<()> {
        let deadline = Instant::now() + START;
        loop {
            if let Some(status) = self.child.try_wait()? {
                bail!("Envoy did not start ({status}):\n{}", self.last_lines());
            }
            // The file is there before it is filled.
            if let Ok(Ok(admin)) = std::fs::read_to_string(admin_file).map(|text| text.parse()) {
                self.admin = admin;
                if self.admin("/ready").is_ok_and(|answer| answer.starts_with("LIVE")) {
                    return Ok(());
                }
            }
            if Instant::now() > deadline {
                bail!("Envoy is not ready after {} s:\n{}", START.as_secs(), self.last_lines());
            }
            interrupt::check()?;
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Asks the admin interface with GET.
    pub fn admin(&self, path: &str) -> Result<String> {
        let mut client = Client::connect(self.admin)?;
        let answer = client.get(path, &[])?;
        Ok(String::from_utf8_lossy(answer.body()).into_owned())
    }

    /// The base URL of the admin interface.
    pub fn admin_url(&self) -> String {
        format!("http://{}", self.admin)
    }

    /// The address of a listener, by its name.
    pub fn listener(&self, name: &str) -> Result<SocketAddr> {
        let listeners: Value = serde_json::from_str(&self.admin("/listeners?format=json")?)?;
        let all = listeners.get("listener_statuses").and_then(Value::as_array);
        let mine = all.into_iter().flatten().find(|one| one.get("name") == Some(&name.into()));
        let address = mine.and_then(|one| one.pointer("/local_address/socket_address"));
        let port = address.and_then(|address| address.get("port_value")).and_then(Value::as_u64);
        let port = port.and_then(|port| u16::try_from(port).ok());
        port.map(|port| ([127, 0, 0, 1], port).into())
            .ok_or_else(|| anyhow!("Envoy has no listener named {name}:\n{}", self.last_lines()))
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Everything that Envoy wrote: its log and the access log.
    pub fn log(&self) -> String {
        let log = std::fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    /// The file of [`Envoy::log`], gone when Envoy is dropped.
    pub fn log_file(&self) -> &Path {
        &self.log
    }

    /// The processor time that all of Envoy's threads have used so far.
    pub fn cpu_time(&self) -> Result<Duration> {
        child::cpu_time(self.pid())
    }

    /// The memory that it has now, in bytes.
    pub fn memory(&self) -> Result<u64> {
        child::memory(self.pid())
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        child::is_running(&mut self.child)
    }

    /// The last lines of [`Envoy::log`].
    pub fn last_lines(&self) -> String {
        child::last_lines(&self.log())
    }

    /// Stops its threads where they are (SIGSTOP): what is sent to it waits in the kernel.
    pub fn pause(&self) {
        child::signal(&self.child, Signal::STOP);
    }

    /// Lets it go on after [`Envoy::pause`].
    pub fn resume(&self) {
        child::signal(&self.child, Signal::CONT);
    }

    /// Ends it by SIGKILL, at once.
    pub fn kill(&mut self) {
        child::kill(&mut self.child);
    }
}

impl Drop for Envoy {
    fn drop(&mut self) {
        child::end(&mut self.child);
    }
}
