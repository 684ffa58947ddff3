//! `cargo xtask up --host spin` as a user meets it.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use xtask::client::Client;
use xtask::up::Ready;
use xtask::{project, tools};

use crate::site::program;

/// A demo that is told to stop also where a test fails.
struct Demo(Child);

impl Demo {
    /// Asks it to stop: cargo hands the end on, being the same process.
    fn stop(mut self) {
        self.ask_to_stop();
        assert!(self.0.wait().unwrap().success());
    }

    fn ask_to_stop(&self) {
        Command::new("kill").args(["-s", "TERM", &self.0.id().to_string()]).status().unwrap();
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            self.ask_to_stop();
        }
    }
}

fn up(data: &Path, ready: &Path) -> (Demo, Ready) {
    // One of before would be taken for this one's.
    std::fs::remove_file(ready).ok();
    let mut up = project::cargo();
    up.args(["xtask", "up", "--host", "spin", "--port", "0", "--spin-data"]).arg(data);
    up.arg("--ready-file").arg(ready);
    up.env(tools::COMPONENT, tools::component().unwrap()).env(tools::SPIN_HOST, program());
    let mut up = Demo(up.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap());
    let begun = Instant::now();
    loop {
        if let Ok(Ok(ready)) = std::fs::read(ready).map(|json| serde_json::from_slice(&json)) {
            return (up, ready);
        }
        assert_eq!(up.0.try_wait().unwrap(), None, "it has ended");
        assert!(begun.elapsed() < Duration::from_secs(600), "it takes too long");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn status(url: &str, bearer: &str) -> u16 {
    let (address, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let bearer = format!("Bearer {bearer}");
    let mut client = Client::connect(address.parse().unwrap()).unwrap();
    let answer = client.get(&format!("/{path}"), &[("authorization", &*bearer)]).unwrap();
    answer.status().as_u16()
}

#[test]
fn a_demo_on_spin_answers_and_the_next_one_finds_what_it_printed() {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (folder.path().join("state"), folder.path().join("ready.json"));
    let (running, before) = up(&data, &file);
    assert_eq!(before.admin_url, "");
    assert_eq!(status(&format!("{}/Users", before.scim_url), &before.scim_token), 200);
    assert_eq!(status(&before.gate_url, &before.member_jwt), 403);
    assert_eq!(status(&before.gate_url, &before.owner_jwt), 200);
    running.stop();

    let (running, after) = up(&data, &file);
    assert_eq!(after.scim_token, before.scim_token);
    assert_eq!(after.platform_key, before.platform_key);
    assert_eq!(status(&after.gate_url, &before.owner_jwt), 200, "a sign-in of before is believed");
    running.stop();
}
