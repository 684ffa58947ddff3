//! One step of the work: a line that says what happens, a child process that does it, and one line if it fails.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Result, anyhow, bail};

use crate::interrupt::{self, Group, Interrupted};

/// Says on stderr what is being done.
pub fn say(line: impl std::fmt::Display) {
    eprintln!("xtask: {line}");
}

/// Runs `command` to its end, its output shown as it comes.
///
/// # Errors
///
/// One line: what failed, and `advice` on what to do about it.
pub fn run(what: &str, command: &mut Command, advice: &str) -> Result<()> {
    // stdout is for what this program answers.
    run_with(what, command.stdout(std::io::stderr()), advice)
}

/// Like [`run`], with stdout as `command` has it: for tests, whose output *is* the answer.
pub fn run_with(what: &str, command: &mut Command, advice: &str) -> Result<()> {
    interrupt::check()?;
    say(what);
    let failed = |why: String| anyhow!("{what}: {why}; {advice}");
    // A group of its own, so that a stop reaches grandchildren too.
    let mut child =
        command.stdin(Stdio::null()).process_group(0).spawn().map_err(|error| {
            failed(format!("{:?} cannot be run ({error})", command.get_program()))
        })?;
    let group = Group::led_by(child.id());
    interrupt::check()?;
    let status = child.wait().map_err(|error| failed(error.to_string()))?;
    drop(group);
    if interrupt::ended(status) {
        bail!(Interrupted);
    }
    if status.success() { Ok(()) } else { Err(failed(format!("{status}"))) }
}

/// Runs `command` silently and says whether it succeeded.
pub fn succeeds(command: &mut Command) -> bool {
    let silent = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    silent.status().is_ok_and(|status| status.success())
}

/// What `command` prints, if it succeeds.
pub fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The first executable called `name` in `path`, a list like that of `PATH`.
pub fn find_in(path: &std::ffi::OsStr, name: &str) -> Option<PathBuf> {
    std::env::split_paths(path).map(|folder| folder.join(name)).find(|file| is_executable(file))
}

/// The executable called `name` on `PATH`.
pub fn find(name: &str) -> Option<PathBuf> {
    find_in(&std::env::var_os("PATH")?, name)
}

/// Whether `file` is a file that may be run.
pub fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    file.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests;
