//! Ctrl-C and SIGTERM: ends what runs in the foreground, and tells the rest to stop.

use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// How the program ended: somebody stopped it before it had done what it was asked for.
#[derive(Debug)]
pub struct Interrupted;

impl std::fmt::Display for Interrupted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("stopped")
    }
}

impl std::error::Error for Interrupted {}

#[derive(Default)]
struct State {
    seen: bool,
    groups: Vec<Pid>,
}

static STATE: Mutex<State> = Mutex::new(State { seen: false, groups: Vec::new() });
static CHANGED: Condvar = Condvar::new();

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on SIGINT, SIGTERM and SIGHUP end this program in good order.
pub fn listen() -> Result<()> {
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])
        .context("signals cannot be caught")?;
    std::thread::spawn(move || {
        for _ in signals.forever() {
            let mut state = state();
            state.seen = true;
            for group in &state.groups {
                kill_process_group(*group, Signal::TERM).ok();
            }
            CHANGED.notify_all();
        }
    });
    Ok(())
}

/// An error once the program is to stop.
pub fn check() -> Result<()> {
    if state().seen { Err(Interrupted.into()) } else { Ok(()) }
}

/// Waits at most `time`, and says whether the program is to stop.
pub fn wait(time: Duration) -> bool {
    let deadline = Instant::now() + time;
    let mut state = state();
    while !state.seen {
        let Some(left) = deadline.checked_duration_since(Instant::now()) else { break };
        state = CHANGED.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
    }
    state.seen
}

/// Whether a child ended because somebody stopped it.
pub(crate) fn ended(status: ExitStatus) -> bool {
    state().seen || status.signal() == Some(SIGINT)
}

/// A process group that is ended with this program, as long as the value lives.
pub(crate) struct Group(Option<Pid>);

impl Group {
    pub(crate) fn led_by(child: u32) -> Self {
        let pid = i32::try_from(child).ok().and_then(Pid::from_raw);
        state().groups.extend(pid);
        Self(pid)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        state().groups.retain(|group| Some(*group) != self.0);
    }
}
