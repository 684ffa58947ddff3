//! A real proxy with the configuration file that is given away for it, on free ports.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use tempfile::TempDir;
use xtask::step::find;
use xtask::tools::apt_install;

/// The addresses in the files, in the order: the proxy's own, scim-edge's, the service's.
const ADDRESSES: [&str; 3] = ["127.0.0.1:8000", "127.0.0.1:3000", "127.0.0.1:8080"];

/// Which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Nginx,
    Caddy,
}

impl Kind {
    pub(crate) const ALL: [Self; 2] = [Self::Nginx, Self::Caddy];

    /// Its program, the Debian package that has it, and the file.
    fn names(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Nginx => ("nginx", "nginx-light", "nginx.conf"),
            Self::Caddy => ("caddy", "caddy", "Caddyfile"),
        }
    }
}

/// Runs until it is dropped.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    child: Child,
    folder: TempDir,
}

impl Proxy {
    /// Starts it between clients, scim-edge and a service.
    pub(crate) fn start(kind: Kind, edge: SocketAddr, service: SocketAddr) -> Self {
        install(kind);
        let folder = tempfile::tempdir().unwrap();
        let address = free_address();
        let given = fs::read_to_string(file(kind.names().2)).unwrap();
        let mut text = given;
        for (written, real) in ADDRESSES.into_iter().zip([address, edge, service]) {
            assert!(text.contains(written), "{written} is not in the file of {kind:?}");
            text = text.replace(written, &real.to_string());
        }
        let mut command = match kind {
            Kind::Nginx => nginx(folder.path(), &text),
            Kind::Caddy => caddy(folder.path(), &text),
        };
        let log = fs::File::create(folder.path().join("log")).unwrap();
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let mut proxy = Self { address, child: command.spawn().unwrap(), folder };
        proxy.wait();
        proxy
    }

    fn wait(&mut self) {
        for _ in 0..1000 {
            if TcpStream::connect(self.address).is_ok() {
                return;
            }
            assert_eq!(self.child.try_wait().unwrap(), None, "{}", self.log());
            std::thread::park_timeout(Duration::from_millis(20));
        }
        panic!("it does not listen: {}", self.log());
    }

    /// What it has said so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A file of those that are given away.
pub(crate) fn file(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("spin").join(name)
}

/// The file is one of many that are included; what is around it is for this machine.
fn nginx(folder: &Path, text: &str) -> Command {
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|what| format!("{what}_temp_path {};\n", folder.join(what).display()))
        .concat();
    let around = format!(
        "daemon off;\nmaster_process off;\nerror_log stderr info;\npid {};\n\
         events {{}}\nhttp {{\naccess_log off;\n{temporary}{text}\n}}\n",
        folder.join("pid").display()
    );
    let configuration = folder.join("nginx.conf");
    fs::write(&configuration, around).unwrap();
    let mut command = Command::new(program(Kind::Nginx));
    command.arg("-e").arg("stderr").arg("-p").arg(folder).arg("-c").arg(configuration);
    command
}

fn caddy(folder: &Path, text: &str) -> Command {
    let configuration = folder.join("Caddyfile");
    fs::write(&configuration, format!("{{\n\tadmin off\n}}\n{text}")).unwrap();
    let mut command = Command::new(program(Kind::Caddy));
    command.args(["run", "--adapter", "caddyfile", "--config"]).arg(configuration);
    command.env("HOME", folder).env("XDG_DATA_HOME", folder).env("XDG_CONFIG_HOME", folder);
    command
}

/// Where the program is: Debian puts nginx where only root's PATH leads.
fn program(kind: Kind) -> std::path::PathBuf {
    let (program, ..) = kind.names();
    let beside = Path::new("/usr/sbin").join(program);
    find(program).or_else(|| beside.exists().then_some(beside)).unwrap_or_else(|| program.into())
}

/// Installs it if it is missing, one after the other: apt lets nobody else in.
fn install(kind: Kind) {
    static APT: Mutex<()> = Mutex::new(());
    let _one = APT.lock().unwrap();
    let (name, package, _) = kind.names();
    if !program(kind).exists() {
        apt_install(name, &[package]).unwrap();
    }
}

fn free_address() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
}
