//! A component, of which `wasm-opt` takes only the module inside.

use std::ops::Range;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::shrink;

/// The bytes before the first section: `\0asm`, version, layer.
const PREAMBLE: usize = 8;

/// The section that holds a module (component model, binary format).
const MODULE: u8 = 1;

/// Makes of the component `from` the small one `to`: the largest module in it is made smaller.
pub(super) fn shrink(from: &Path, to: &Path) -> Result<()> {
    let whole = std::fs::read(from).with_context(|| format!("reading {}", from.display()))?;
    let section = largest_module(&whole)?;
    let parent = to.parent().context("a component lies in a folder")?;
    std::fs::create_dir_all(parent)?;
    // Beside its place, and moved there whole: what was interrupted is no component.
    let folder = tempfile::Builder::new().prefix("new-").tempdir_in(parent)?;
    let (module, small) = (folder.path().join("module"), folder.path().join("small"));
    std::fs::write(&module, whole.get(section.payload).unwrap_or_default())?;
    shrink::shrink(&module, &small, None)?;
    let small = std::fs::read(&small)?;
    let mut component = whole.get(..section.all.start).unwrap_or_default().to_vec();
    component.push(MODULE);
    put_number(&mut component, small.len());
    component.extend(small);
    component.extend(whole.get(section.all.end..).unwrap_or_default());
    let new = folder.path().join("component");
    std::fs::write(&new, component)?;
    std::fs::rename(&new, to).with_context(|| format!("{} cannot be made", to.display()))
}

/// Where a section is.
struct Section {
    all: Range<usize>,
    payload: Range<usize>,
}

fn largest_module(component: &[u8]) -> Result<Section> {
    let mut found: Option<Section> = None;
    let mut place = PREAMBLE;
    while let Some(kind) = component.get(place) {
        let (length, payload) = number(component, place + 1)?;
        let end = payload + length;
        if end > component.len() {
            bail!("a section of the component is longer than the rest of it");
        }
        let larger = found.as_ref().is_none_or(|section| section.payload.len() < length);
        if *kind == MODULE && larger {
            found = Some(Section { all: place..end, payload: payload..end });
        }
        place = end;
    }
    found.context("the component has no module")
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
