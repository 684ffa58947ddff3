//! A component, of which `wasm-opt` takes only the module inside.

use std::ops::Range;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::shrink;

/// The bytes before the first section: `\0asm`, version, layer.
const PREAMBLE: usize = 8;

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
            component.push(MODULE);
            put_number(&mut component, small.len());
            component.extend(&small);
        } else {
            component.extend(whole.get(section.all.clone()).unwrap_or_default());
        }
    }
    let new = folder.path().join("component");
    std::fs::write(&new, component)?;
    std::fs::rename(&new, to).with_context(|| format!("{} cannot be made", to.display()))
}

/// What a section is, and where.
struct Section {
    kind: u8,
    all: Range<usize>,
    payload: Range<usize>,
}

fn sections(component: &[u8]) -> Result<Vec<Section>> {
    let mut found = Vec::new();
    let mut place = PREAMBLE;
    while let Some(&kind) = component.get(place) {
        let (length, payload) = number(component, place + 1)?;
        let end = payload + length;
        if end > component.len() {
            bail!("a section of the component is longer than the rest of it");
        }
        found.push(Section { kind, all: place..end, payload: payload..end });
        place = end;
    }
    Ok(found)
}

fn largest_module(sections: &[Section]) -> Result<&Section> {
    let modules = sections.iter().filter(|section| section.kind == MODULE);
    modules.max_by_key(|module| module.payload.len()).context("the component has no module")
}

/// The number at `place` in LEB128, and where it ends.
fn number(bytes: &[u8], place: usize) -> Result<(usize, usize)> {
    let mut number = 0;
    for (count, byte) in bytes.iter().skip(place).take(5).enumerate() {
        number |= usize::from(byte & 0x7f) << (7 * count);
        if byte & 0x80 == 0 {
            return Ok((number, place + count + 1));
        }
    }
    bail!("a length in the component has no end");
}

fn put_number(bytes: &mut Vec<u8>, mut number: usize) {
    loop {
        let low = u8::try_from(number & 0x7f).unwrap_or_default();
        number >>= 7;
        bytes.push(if number == 0 { low } else { low | 0x80 });
        if number == 0 {
            return;
        }
    }
}

#[cfg(test)]
mod tests;
