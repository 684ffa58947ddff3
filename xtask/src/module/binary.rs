//! What the binary formats of modules and of components have in common: sections, and numbers in LEB128.

use std::ops::Range;

use anyhow::{Result, bail};

/// The bytes before the first section: `\0asm`, version, layer.
pub(super) const PREAMBLE: usize = 8;

/// What a section is, and where.
pub(super) struct Section {
    pub(super) kind: u8,
    pub(super) all: Range<usize>,
    pub(super) payload: Range<usize>,
}

/// The sections of a module or of a component.
pub(super) fn sections(bytes: &[u8]) -> Result<Vec<Section>> {
    let mut found = Vec::new();
    let mut place = PREAMBLE;
    while let Some(&kind) = bytes.get(place) {
        let (length, payload) = number(bytes, place + 1)?;
        let end = payload + length;
        if end > bytes.len() {
            bail!("a section is longer than what is left");
        }
        found.push(Section { kind, all: place..end, payload: payload..end });
        place = end;
    }
    Ok(found)
}

/// The number at `place`, and where it ends.
pub(super) fn number(bytes: &[u8], place: usize) -> Result<(usize, usize)> {
    let mut number = 0;
    for (count, byte) in bytes.iter().skip(place).take(5).enumerate() {
        number |= usize::from(byte & 0x7f) << (7 * count);
        if byte & 0x80 == 0 {
            return Ok((number, place + count + 1));
        }
    }
    bail!("a number has no end");
}

/// Appends a number.
pub(super) fn put_number(bytes: &mut Vec<u8>, mut number: usize) {
    loop {
        let low = u8::try_from(number & 0x7f).unwrap_or_default();
        number >>= 7;
        bytes.push(if number == 0 { low } else { low | 0x80 });
        if number == 0 {
            return;
        }
    }
}

/// Appends a section.
pub(super) fn put_section(bytes: &mut Vec<u8>, kind: u8, payload: &[u8]) {
    bytes.push(kind);
    put_number(bytes, payload.len());
    bytes.extend(payload);
}
