//! The schema files as they are embedded, which takes a third of their room: a byte above ASCII stands for two others, which
//! may be such bytes again (byte pair encoding). `build.rs` packs them.

/// What the bytes above ASCII stand for, in their order.
static PAIRS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/schemas/pairs"));

/// The text of a file that was packed.
pub(super) fn unpack(packed: &[u8]) -> Vec<u8> {
    unpack_with(packed, PAIRS)
}

fn unpack_with(packed: &[u8], pairs: &[u8]) -> Vec<u8> {
    let (pairs, _) = pairs.as_chunks::<2>();
    let mut text = Vec::new();
    let mut waiting = packed.to_vec();
    waiting.reverse();
    while let Some(byte) = waiting.pop() {
        match byte.checked_sub(0x80).and_then(|place| pairs.get(usize::from(place))) {
            Some([first, second]) => waiting.extend([*second, *first]),
            None => text.push(byte),
        }
    }
    text
}

#[cfg(test)]
mod pack;
#[cfg(test)]
mod tests;
