//! Runs the shell examples of a page against a real Envoy, as somebody would who pastes them.
//!
//! The status that a `curl` gets stands behind it: `curl … # → 201`. Everything else must succeed.

use std::fmt::Write as _;
use std::process::Command;

use xtask::edge::Edge;
use xtask::up::{OWNER, Ready, TEAM, make_team};

use crate::markdown::{Fence, Page};

const ARROW: &str = " # → ";

/// Keeps the status of each `curl` apart from what it prints, and notes it where one is expected.
const PRELUDE: &str = "
set -eu
curl() { command curl -sS --noproxy '*' --max-time 30 -w '%{stderr}%{http_code}' \"$@\" 2> status; }
expect() { echo \"$1 $2 $(cat status)\" >> noted; }
";

/// Runs the examples of the page `name` in the demo that `cargo xtask up` makes.
pub(crate) fn run(name: &str) {
    run_after(&[], name);
}

/// As [`run`], with the examples of the pages `before` in front of them, in the same shell.
pub(crate) fn run_after(before: &[&str], name: &str) {
    let pages: Vec<Page> = before.iter().chain([&name]).map(|name| Page::read(name)).collect();
    let (script, expected) = script(&pages);
    if xtask::step::find("curl").is_none() {
        xtask::tools::apt_install("curl", &["curl"]).unwrap();
    }
    let edge = Edge::start().unwrap();
    let connection = make_team(&edge, TEAM, "Demo", OWNER).unwrap();
    let folder = tempfile::tempdir().unwrap();
    Ready::of(&edge, &connection, edge.envoy.admin_url())
        .write(&folder.path().join("ready.json"))
        .unwrap();

    let output = Command::new("sh").arg("-c").arg(script).current_dir(&folder).output().unwrap();
    let noted = std::fs::read_to_string(folder.path().join("noted")).unwrap_or_default();
    let wrong: Vec<&str> = noted.lines().filter(|line| !as_expected(line)).collect();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(wrong.is_empty(), "{name}: line, status written, status got: {wrong:#?}\n{said}");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: an example fails: {errors}\n{noted}{said}");
    assert_eq!(noted.lines().count(), expected, "{name}: not every example was run");
}

fn as_expected(noted: &str) -> bool {
    let words: Vec<&str> = noted.split_whitespace().collect();
    matches!(words.as_slice(), [_, written, got] if written == got)
}

/// All examples of the pages as one script, and how many statuses it notes. The last page has some.
fn script(pages: &[Page]) -> (String, usize) {
    let mut script = PRELUDE.to_owned();
    let mut expected = 0;
    for page in pages {
        let before = expected;
        expected += add_page(&mut script, page);
        let is_last = pages.last().is_some_and(|last| last.name == page.name);
        assert!(!is_last || expected > before, "{}: no example", page.name);
    }
    (script, expected)
}

/// Adds the examples of a page, and says how many statuses they note.
fn add_page(script: &mut String, page: &Page) -> usize {
    let mut expected = 0;
    for fence in page.fences().iter().filter(|fence| fence.language == "sh" && !is_build(fence)) {
        let mut curl = None;
        for (number, line) in &fence.lines {
            let begins = !line.starts_with(' ');
            if let (true, Some(number)) = (begins, curl) {
                panic!("{}:{number}: no status is written behind this curl", page.name);
            }
            if begins && line.starts_with("curl ") {
                curl = Some(*number);
            }
            writeln!(script, "{line}").unwrap();
            if let Some((_, status)) = line.rsplit_once(ARROW) {
                writeln!(script, "expect {number} {status}").unwrap();
                expected += 1;
                curl = None;
            }
        }
        assert_eq!(curl, None, "{}: no status is written behind this curl", page.name);
    }
    expected
}

/// Whether the block is for cargo, not for a running demo.
fn is_build(fence: &Fence<'_>) -> bool {
    fence.lines.iter().any(|(_, line)| line.starts_with("cargo "))
}
