//! A component, of which `wasm-opt` takes only the module inside.

use std::path::Path;

use anyhow::{Context as _, Result};

use super::binary::{PREAMBLE, Section, put_section, sections};
use super::shrink;

/// The section that holds a module (component model, binary format).
const MODULE: u8 = 1;

/// The section that means nothing: names for debuggers, and what made the component.
const CUSTOM: u8 = 0;

/// Makes of the component `from` the small one `to`: the largest module in it is made smaller, and what means nothing is
/// left out.
pub(super) fn shrink(from: &Path, to: &Path) -> Result<()> {
    let whole = std::fs::read(from).with_context(|| format!("reading {}", from.display()))?;
    let sections = sections(&whole)?;
    let largest = largest_module(&sections)?;
    let parent = to.parent().context("a component lies in a folder")?;
    std::fs::create_dir_all(parent)?;
    // Beside its place, and moved there whole: what was interrupted is no component.
    let folder = tempfile::Builder::new().prefix("new-").tempdir_in(parent)?;
    let (module, small) = (folder.path().join("module"), folder.path().join("small"));
    std::fs::write(&module, whole.get(largest.payload.clone()).unwrap_or_default())?;
    shrink::shrink(&module, &small, None)?;
    let small = std::fs::read(&small)?;
    let mut component = whole.get(..PREAMBLE).unwrap_or_default().to_vec();
    for section in sections.iter().filter(|section| section.kind != CUSTOM) {
        if section.all == largest.all {
            put_section(&mut component, MODULE, &small);
        } else {
            component.extend(whole.get(section.all.clone()).unwrap_or_default());
        }
    }
    let new = folder.path().join("component");
    std::fs::write(&new, component)?;
    std::fs::rename(&new, to).with_context(|| format!("{} cannot be made", to.display()))
}

fn largest_module(sections: &[Section]) -> Result<&Section> {
    let modules = sections.iter().filter(|section| section.kind == MODULE);
    modules.max_by_key(|module| module.payload.len()).context("the component has no module")
}

#[cfg(test)]
mod tests;
