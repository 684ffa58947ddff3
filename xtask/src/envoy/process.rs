use std::fs::File;
use std::net::SocketAddr;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use super::{Config, Place};
use crate::client::Client;
use crate::{interrupt, step};

/// How long Envoy may take from its start until it answers.
const START: Duration = Duration::from_secs(30);
/// How long Envoy may take to end before it is killed.
const END: Duration = Duration::from_secs(3);

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
        let mut command = with_parent(binary);
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
            spawn(command).with_context(|| format!("{} cannot be run", binary.display()))?;
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
        let mut nanoseconds = 0;
        for task in std::fs::read_dir(format!("/proc/{}/task", self.pid()))? {
            let file = task?.path().join("schedstat");
            let text = std::fs::read_to_string(&file)
                .with_context(|| format!("{} cannot be read", file.display()))?;
            nanoseconds += text.split_whitespace().next().unwrap_or("0").parse::<u64>()?;
        }
        Ok(Duration::from_nanos(nanoseconds))
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// The last lines of [`Envoy::log`].
    pub fn last_lines(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines.get(lines.len().saturating_sub(15)..).unwrap_or_default().join("\n")
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let Some(pid) = pid {
            kill_process(pid, signal).ok();
        }
    }
}

impl Drop for Envoy {
    fn drop(&mut self) {
        if !self.is_running() {
            return;
        }
        self.signal(Signal::TERM);
        let deadline = Instant::now() + END;
        while self.is_running() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(10));
        }
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A command that the kernel ends together with its parent, where `setpriv` (util-linux) can ask for that.
fn with_parent(binary: &Path) -> Command {
    let Some(setpriv) = step::find("setpriv") else { return Command::new(binary) };
    let mut command = Command::new(setpriv);
    command.args(["--pdeathsig", "KILL"]).arg(binary);
    command
}

/// Spawns from a thread that lives as long as the program: to the kernel, the parent whose death ends the child is the
/// *thread* that started it, and a test's thread ends with the test.
fn spawn(command: Command) -> std::io::Result<Child> {
    type Job = (Command, Sender<std::io::Result<Child>>);
    static SPAWNER: LazyLock<Mutex<Sender<Job>>> = LazyLock::new(|| {
        let (jobs, todo) = channel::<Job>();
        std::thread::spawn(move || {
            for (mut command, answer) in todo {
                answer.send(command.spawn()).ok();
            }
        });
        Mutex::new(jobs)
    });
    let (answer, spawned) = channel();
    let gone = || std::io::Error::other("the spawning thread is gone");
    let jobs = SPAWNER.lock().unwrap_or_else(PoisonError::into_inner);
    jobs.send((command, answer)).map_err(|_| gone())?;
    spawned.recv().map_err(|_| gone())?
}
