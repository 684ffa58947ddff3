//! Packs the schema files, for `build.rs`.

use std::collections::BTreeMap;

/// Packs `texts`, which must be ASCII, and gives back what the bytes above ASCII in them stand for.
pub(crate) fn pack(texts: &mut [Vec<u8>]) -> Vec<u8> {
    let mut pairs = Vec::new();
    for symbol in 0x80..=0xff {
        let mut counts: BTreeMap<[u8; 2], usize> = BTreeMap::new();
        for pair in texts.iter().flat_map(|text| text.array_windows::<2>()) {
            *counts.entry(*pair).or_default() += 1;
        }
        let most = counts.into_iter().max_by_key(|(_, count)| *count);
        // A pair takes two bytes too.
        let Some((pair, _)) = most.filter(|(_, count)| *count > 3) else { break };
        for text in texts.iter_mut() {
            *text = replaced(text, pair, symbol);
        }
        pairs.extend(pair);
    }
    pairs
}

fn replaced(text: &[u8], pair: [u8; 2], symbol: u8) -> Vec<u8> {
    let mut packed = Vec::new();
    let mut rest = text;
    while let Some((first, behind)) = rest.split_first() {
        match rest.strip_prefix(&pair) {
            Some(behind) => {
                packed.push(symbol);
                rest = behind;
            }
            None => {
                packed.push(*first);
                rest = behind;
            }
        }
    }
    packed
}
