//! Says once what a module says again and again: a sequence of instructions that is there often becomes a function, which
//! is called in its place.
//!
//! Nothing else changes. A sequence has no branch in it and no local, and all that it takes and gives is 32 bits wide, so
//! that a call of a function with the same instructions does the same. With these back in the place of each call the module
//! must be as it was, which is looked at whenever one is made.
//!
//! It is also not slower in Envoy: most of these sequences move a few words of memory, which is a call inside of the
//! engine either way.

mod code;
mod counts;

use anyhow::{Result, bail};

use code::{Code, Function, Id, is_same};
use counts::Counts;

/// How many bytes a call has of a function that is among the first 128.
const CALL: usize = 2;

/// How many functions are made at the most: so that all of them are among the first, with those that are called often.
const MOST: usize = 110;

/// What making one must save, in bytes.
const WORTH: usize = 20;

/// What takes less room than the module `bytes` and does the same.
pub(super) fn outline(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut code = Code::read(bytes)?;
    let mut counts = Counts::default();
    for function in &code.functions {
        counts.add(&code.instructions, &function.code);
    }
    counts.forget_the_rare();
    while code.outlined.len() < MOST
        && let Some(sequence) = best(&counts)
    {
        let call = code.outline(&sequence)?;
        for Function { code: function, .. } in &mut code.functions {
            if let Some(shorter) = replaced(function, &sequence, call) {
                counts.take(function);
                counts.add(&code.instructions, &shorter);
                *function = shorter;
            }
        }
    }
    let outlined = code.write(bytes)?;
    if !is_same(&Code::read(bytes)?, &Code::read(&outlined)?) {
        bail!("outlining has changed what the module does");
    }
    Ok(outlined)
}

/// The sequence that saves most; the first of those that save as much, so that it is always the same.
fn best(counts: &Counts) -> Option<Vec<Id>> {
    let saved = |(sequence, found): (&Vec<Id>, &counts::Found)| {
        let made = found.bytes + 2 * found.effect.takes + 5;
        let saved = (found.bytes.checked_sub(CALL)? * found.uses).checked_sub(made)?;
        let is_one = found.effect.takes <= 4 && found.effect.gives <= 1;
        (is_one && saved >= WORTH).then(|| (saved, sequence.clone()))
    };
    let all = counts.iter().filter_map(saved);
    let best = all.max_by(|(one, first), (other, second)| one.cmp(other).then(second.cmp(first)));
    best.map(|(_, sequence)| sequence)
}

/// `code` with a `call` in each place of `sequence`; `None` where there is none.
fn replaced(code: &[Id], sequence: &[Id], call: Id) -> Option<Vec<Id>> {
    let mut shorter = Vec::with_capacity(code.len());
    let mut rest = code;
    while let Some((first, behind)) = rest.split_first() {
        match rest.strip_prefix(sequence) {
            Some(behind) => {
                shorter.push(call);
                rest = behind;
            }
            None => {
                shorter.push(*first);
                rest = behind;
            }
        }
    }
    (shorter.len() < code.len()).then_some(shorter)
}

#[cfg(test)]
mod tests;
