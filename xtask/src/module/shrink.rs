use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::outline::outline;
use crate::{step, tools};

/// What a module may use of WebAssembly: what rustc uses.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// For size, once more with what that has made smaller. The stack begins at 0 and is used from its other end, so of the lowest kilobyte nothing is ever used: that
/// lets a constant that is added to an address go into the instruction. At last, constants that a function has often are
/// put into locals.
const SIZE: [&str; 4] = ["-Oz", "-Oz", "--low-memory-unused", "--const-hoisting"];

/// Functions that are called often come first, so that a call takes two bytes.
const REORDER: &str = "--reorder-functions";

const ADVICE: &str = "see the messages above";

/// Makes of the module `from` the small one `to`, which has no exports but `exports`, where it need not have all.
pub(super) fn shrink(from: &Path, to: &Path, exports: Option<&[&str]>) -> Result<()> {
    tools::binaryen()?;
    let parent = to.parent().context("a module lies in a folder")?;
    std::fs::create_dir_all(parent)?;
    // Beside its place, and moved there whole: what was interrupted is no module.
    let folder = tempfile::Builder::new().prefix("new-").tempdir_in(parent)?;
    let [graph, less, small, outlined] =
        ["graph", "less", "small", "outlined"].map(|name| folder.path().join(name));
    let from = match exports {
        None => from,
        Some(exports) => {
            std::fs::write(&graph, roots(exports).to_string())?;
            let mut reduce = Command::new("wasm-metadce");
            reduce.args(FEATURES).arg("--graph-file").arg(&graph).arg(from).arg("-o").arg(&less);
            // It would list what it leaves out.
            reduce.stdout(Stdio::null());
            step::run_with("leaving out what the host does not call", &mut reduce, ADVICE)?;
            &less
        }
    };
    let mut optimise = Command::new("wasm-opt");
    optimise.args(FEATURES).args(SIZE).arg(from).arg("-o").arg(&small);
    step::run("making the module smaller", &mut optimise, ADVICE)?;
    if exports.is_some() {
        step::say("saying once what it says often");
        std::fs::write(&outlined, outline(&std::fs::read(&small)?)?)?;
        let mut reorder = Command::new("wasm-opt");
        reorder.args(FEATURES).arg(REORDER).arg(&outlined).arg("-o").arg(&small);
        step::run("giving what is called often short names", &mut reorder, ADVICE)?;
    }
    std::fs::rename(&small, to).with_context(|| format!("{} cannot be made", to.display()))
}

/// What `wasm-metadce` is told: the host reaches these exports.
fn roots(exports: &[&str]) -> Value {
    let reached = exports.iter().map(|name| json!({ "name": name, "export": name, "root": true }));
    reached.collect()
}
