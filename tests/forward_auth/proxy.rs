//! A real proxy with the configuration file that is given away for it, on free ports.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use http::{Method, StatusCode};
use tempfile::TempDir;
use xtask::client::Client;
use xtask::step::find;
use xtask::tools::apt_install;

/// The addresses in the files, in the order: the proxy's own, scim-edge's, the service's.
const ADDRESSES: [&str; 3] = ["127.0.0.1:8000", "127.0.0.1:3000", "127.0.0.1:8080"];

/// Which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Nginx,
    Caddy,
    Traefik,
    /// As it is where nothing is said about that in its own configuration.
    TraefikThatCleansPaths,
    /// One behind a balancer, whose `x-forwarded-for` and so on it believes.
    TraefikThatTrustsClients,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Nginx, Self::Caddy, Self::Traefik];

    /// The files that are given away for it.
    fn files(self) -> &'static [&'static str] {
        match self {
            Self::Nginx => &["nginx.conf"],
            Self::Caddy => &["Caddyfile"],
            Self::Traefik | Self::TraefikThatCleansPaths | Self::TraefikThatTrustsClients => {
                &["traefik/traefik.yaml", "traefik/gate.yaml"]
            }
        }
    }

    /// Traefik's own configuration, made of the one that is given away.
    fn own(self, given: &str) -> String {
        let (said, instead) = match self {
            Self::Nginx | Self::Caddy | Self::Traefik => return given.to_owned(),
            Self::TraefikThatCleansPaths => ("sanitizePath: false", "sanitizePath: true"),
            Self::TraefikThatTrustsClients => {
                ("    http:\n", "    forwardedHeaders:\n      insecure: true\n    http:\n")
            }
        };
        assert!(given.contains(said), "{given}");
        given.replace(said, instead)
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
        let program = program(kind);
        let folder = tempfile::tempdir().unwrap();
        let address = free_address();
        let mut texts: Vec<String> =
            kind.files().iter().map(|name| fs::read_to_string(file(name)).unwrap()).collect();
        for (written, real) in ADDRESSES.into_iter().zip([address, edge, service]) {
            assert!(texts.concat().contains(written), "{written} is in no file of {kind:?}");
            for text in &mut texts {
                *text = text.replace(written, &real.to_string());
            }
        }
        let mut command = Command::new(program);
        match (kind, texts.as_slice()) {
            (Kind::Nginx, [text]) => nginx(&mut command, folder.path(), text),
            (Kind::Caddy, [text]) => caddy(&mut command, folder.path(), text),
            (_, [own, gate]) => traefik(&mut command, folder.path(), &kind.own(own), gate),
            _ => panic!("{kind:?} has other files"),
        }
        let log = fs::File::create(folder.path().join("log")).unwrap();
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let mut proxy = Self { address, child: command.spawn().unwrap(), folder };
        proxy.wait();
        proxy
    }

    fn wait(&mut self) {
        for _ in 0..1000 {
            if self.asks() {
                return;
            }
            assert_eq!(self.child.try_wait().unwrap(), None, "{}", self.log());
            std::thread::park_timeout(Duration::from_millis(20));
        }
        panic!("it does not listen: {}", self.log());
    }

    /// Whether it asks the gate already: Traefik listens before it knows for what.
    fn asks(&self) -> bool {
        let Ok(mut client) = Client::connect(self.address) else { return false };
        let answer = client.send(Method::GET, "/", &[], String::new());
        answer.is_ok_and(|answer| answer.status() != StatusCode::NOT_FOUND)
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
pub(crate) fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("spin").join(name)
}

/// The file is one of many that are included; what is around it is for this machine.
fn nginx(command: &mut Command, folder: &Path, text: &str) {
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
    command.arg("-e").arg("stderr").arg("-p").arg(folder).arg("-c").arg(configuration);
}

fn caddy(command: &mut Command, folder: &Path, text: &str) {
    let configuration = folder.join("Caddyfile");
    fs::write(&configuration, format!("{{\n\tadmin off\n}}\n{text}")).unwrap();
    command.args(["run", "--adapter", "caddyfile", "--config"]).arg(configuration);
    command.env("HOME", folder).env("XDG_DATA_HOME", folder).env("XDG_CONFIG_HOME", folder);
}

/// `own` names the file with `gate` by where it is once it is installed.
fn traefik(command: &mut Command, folder: &Path, own: &str, gate: &str) {
    const INSTALLED: &str = "/etc/traefik/gate.yaml";
    let [own_file, gate_file] = ["traefik.yaml", "gate.yaml"].map(|name| folder.join(name));
    assert!(own.contains(INSTALLED), "{own}");
    let own = own.replace(INSTALLED, &gate_file.display().to_string());
    fs::write(&own_file, format!("{own}\nglobal:\n  checkNewVersion: false\n")).unwrap();
    fs::write(&gate_file, gate).unwrap();
    command.arg(format!("--configFile={}", own_file.display()));
}

/// The program, installed if it is missing, one after the other: apt lets nobody else in.
fn program(kind: Kind) -> PathBuf {
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap();
    match kind {
        Kind::Nginx => debians("nginx", "nginx-light"),
        Kind::Caddy => debians("caddy", "caddy"),
        Kind::Traefik | Kind::TraefikThatCleansPaths | Kind::TraefikThatTrustsClients => {
            xtask::tools::traefik().unwrap()
        }
    }
}

/// A program of a Debian package. nginx's is where only root's PATH leads.
fn debians(program: &str, package: &str) -> PathBuf {
    let beside = Path::new("/usr/sbin").join(program);
    let find = || find(program).or_else(|| beside.exists().then(|| beside.clone()));
    find().unwrap_or_else(|| {
        apt_install(program, &[package]).unwrap();
        find().unwrap()
    })
}

fn free_address() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
}
