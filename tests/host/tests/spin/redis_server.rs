use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use xtask::{etcd, tools};

/// Debian's Redis on a free port, with a file that each write goes to. Stopped when the value is dropped.
pub(crate) struct RedisServer {
    child: Child,
    port: u16,
    folder: TempDir,
}

impl RedisServer {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = etcd::quiet_port().unwrap();
        let child = run(port, &folder);
        Self { child, port, folder }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Ends it by SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it on what it had written.
    pub(crate) fn restart(&mut self) {
        self.child = run(self.port, &self.folder);
    }

    /// Stops it where it is: connections stay, and nothing is answered.
    pub(crate) fn pause(&self) {
        self.signal("STOP");
    }

    /// Lets it go on.
    pub(crate) fn go_on(&self) {
        self.signal("CONT");
    }

    fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn run(port: u16, folder: &TempDir) -> Child {
    let mut redis = Command::new(tools::redis().unwrap());
    redis.args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", ""]);
    redis.args(["--appendonly", "yes", "--appendfsync", "always", "--dir"]).arg(folder.path());
    let child = redis.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    let begun = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(10), "Redis does not answer");
        std::thread::sleep(Duration::from_millis(10));
    }
    child
}
