//! Servers that run beside this program: they end when their value is dropped, and when this program dies, however it
//! dies.

use std::process::{Child, Command};
use std::sync::mpsc::{Sender, channel};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::step;

/// How long a server may take to end before it is killed.
const END: Duration = Duration::from_secs(3);

/// A command that the kernel ends together with its parent, where `setpriv` (util-linux) can ask for that.
pub(crate) fn with_parent(binary: &std::path::Path) -> Command {
    let Some(setpriv) = step::find("setpriv") else { return Command::new(binary) };
    let mut command = Command::new(setpriv);
    command.args(["--pdeathsig", "KILL"]).arg(binary);
    command
}

/// Spawns from a thread that lives as long as the program: to the kernel, the parent whose death ends the child is the
/// *thread* that started it, and a test's thread ends with the test.
pub(crate) fn spawn(command: Command) -> std::io::Result<Child> {
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

/// Whether `child` still runs; a paused one does.
pub(crate) fn is_running(child: &mut Child) -> bool {
    matches!(child.try_wait(), Ok(None))
}

/// The processor time that all threads of the process `pid` have used so far.
pub(crate) fn cpu_time(pid: u32) -> Result<Duration> {
    let mut nanoseconds = 0;
    for task in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        let file = task?.path().join("schedstat");
        // A thread may end between being listed and being looked at.
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        nanoseconds += text.split_whitespace().next().unwrap_or("0").parse::<u64>()?;
    }
    Ok(Duration::from_nanos(nanoseconds))
}

/// The memory that the process `pid` has now, in bytes (its resident set).
pub(crate) fn memory(pid: u32) -> Result<u64> {
    let file = format!("/proc/{pid}/status");
    let status =
        std::fs::read_to_string(&file).with_context(|| format!("{file} cannot be read"))?;
    let size = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = size.and_then(|size| size.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.map(|kilobytes| kilobytes * 1024).with_context(|| format!("{file} has no VmRSS"))
}

/// Sends `child` a signal.
pub(crate) fn signal(child: &Child, signal: Signal) {
    if let Some(pid) = pid(child) {
        kill_process(pid, signal).ok();
    }
}

fn pid(child: &Child) -> Option<Pid> {
    i32::try_from(child.id()).ok().and_then(Pid::from_raw)
}

/// Ends `child` by SIGKILL, and waits until it is gone.
pub(crate) fn kill(child: &mut Child) {
    child.kill().ok();
    child.wait().ok();
}

/// The same with all that `child` has started, which it leads as a group of processes.
pub(crate) fn kill_group(child: &mut Child) {
    if let Some(group) = pid(child) {
        kill_process_group(group, Signal::KILL).ok();
    }
    child.wait().ok();
}

/// Asks `child` to end, and kills it if it takes too long.
pub(crate) fn end(child: &mut Child) {
    if !is_running(child) {
        return;
    }
    signal(child, Signal::TERM);
    // One that is paused would not hear of it.
    signal(child, Signal::CONT);
    let deadline = Instant::now() + END;
    while is_running(child) && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(10));
    }
    kill(child);
}

/// The last lines of a log.
pub(crate) fn last_lines(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines.get(lines.len().saturating_sub(15)..).unwrap_or_default().join("\n")
}
