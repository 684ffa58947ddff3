//! Every cargo command that the documentation names is there, and something runs it.

use xtask::bench::Bench;
use xtask::up::StoreName;

use crate::markdown::{Page, pages, read};

/// A command, the file that runs it, and the words it does that with.
const RUN_BY: [(&str, &str, &str); 10] = [
    ("cargo xtask up", "xtask/tests/up.rs", "up.arg(\"up\")"),
    ("cargo xtask test", ".ci/run", "cargo xtask test"),
    ("cargo xtask fsck", "xtask/src/fsck/tests.rs", "fsck.run()"),
    ("cargo xtask bench", "tests/docs/commands.rs", "bench.run()"),
    ("cargo wasm-envoy", "xtask/src/tools/rust.rs", "arg(\"wasm-envoy\")"),
    ("cargo wasm-spin", "xtask/src/tools/spin.rs", "arg(\"wasm-spin\")"),
    ("cargo test", "xtask/src/stages.rs", "\"test\""),
    ("cargo fmt", ".ci/run", "cargo fmt"),
    ("cargo clippy", ".ci/run", "cargo clippy"),
    ("cargo doc", ".ci/run", "cargo doc"),
];

#[test]
fn every_command_named_is_run_by_ci_or_by_a_test() {
    let known: Vec<&str> = RUN_BY.iter().map(|(command, ..)| *command).collect();
    for page in pages() {
        for command in commands(&page) {
            assert!(known.contains(&command.as_str()), "{}: nobody runs {command:?}", page.name);
        }
    }
    for (command, file, words) in RUN_BY {
        assert!(read(file).contains(words), "{file} does not run {command:?}");
    }
}

#[test]
fn every_alias_and_task_named_exists() {
    let aliases = read(".cargo/config.toml");
    for alias in ["xtask", "wasm-envoy", "wasm-spin"] {
        assert!(aliases.lines().any(|line| line.starts_with(&format!("{alias} = "))), "{alias}");
    }
    let tasks = read("xtask/src/main.rs");
    for task in ["    Up(", "    Test(", "    Fsck(", "    Bench("] {
        assert!(tasks.contains(task), "there is no task {task}");
    }
}

#[test]
fn every_option_of_up_that_the_readme_names_exists() {
    let up = read("xtask/src/up.rs");
    let spans = Page::read("README.md").code_spans();
    let options = spans.iter().filter_map(|span| span.strip_prefix("--")?.split(' ').next());
    let fields: Vec<String> = options.map(|option| option.replace('-', "_")).collect();
    assert!(fields.len() >= 4, "{fields:?}");
    for field in fields {
        assert!(up.contains(&format!("    pub {field}: ")), "up has no option {field}");
    }
}

#[test]
fn bench_measures_every_row() {
    let store = StoreName::Memory;
    let bench = Bench { requests: 1, few: 1, many: 2, store, scale: false, peers: false };
    bench.run().unwrap();
}

/// The cargo commands in a page's prose and shell blocks, without their arguments.
fn commands(page: &Page) -> Vec<String> {
    let fences = page.fences();
    let shell = fences.iter().filter(|fence| fence.language == "sh");
    let lines = shell.flat_map(|fence| fence.lines.iter().map(|(_, line)| (*line).to_owned()));
    page.code_spans().into_iter().chain(lines).filter_map(|text| command(&text)).collect()
}

fn command(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    match words.as_slice() {
        ["cargo", "xtask", task, ..] => Some(format!("cargo xtask {task}")),
        ["cargo", "xtask"] => None,
        ["cargo", command, ..] => Some(format!("cargo {command}")),
        _ => None,
    }
}
