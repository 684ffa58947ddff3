//! How often each sequence of instructions is in a module.

use std::collections::HashMap;

use super::code::{Effect, Id, Instructions};

/// How many instructions a sequence has at the most.
const LONGEST: usize = 7;

/// Sequences that are in fewer places are not worth a function.
const USES_MIN: usize = 4;

/// What is known of a sequence.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) uses: usize,
    /// How long it is.
    pub(super) bytes: usize,
    pub(super) effect: Effect,
}

/// The sequences that are in functions.
#[derive(Debug, Default)]
pub(super) struct Counts(HashMap<Vec<Id>, Found>);

impl Counts {
    /// Adds those of `code`.
    pub(super) fn add(&mut self, instructions: &Instructions, code: &[Id]) {
        for (start, first) in code.iter().enumerate() {
            let Some(mut effect) = instructions.effect(*first) else { continue };
            let mut bytes = instructions.bytes(*first).len();
            for (end, next) in code.iter().enumerate().skip(start + 1).take(LONGEST - 1) {
                let Some(then) = instructions.effect(*next) else { break };
                effect = effect.then(then);
                bytes += instructions.bytes(*next).len();
                let Some(sequence) = code.get(start..=end) else { break };
                match self.0.get_mut(sequence) {
                    Some(found) => found.uses += 1,
                    None => {
                        self.0.insert(sequence.to_vec(), Found { uses: 1, bytes, effect });
                    }
                }
            }
        }
    }

    /// Takes those of `code` away.
    pub(super) fn take(&mut self, code: &[Id]) {
        for start in 0..code.len() {
            for end in start + 1..code.len().min(start + LONGEST) {
                let Some(found) = code.get(start..=end).and_then(|all| self.0.get_mut(all)) else {
                    continue;
                };
                found.uses = found.uses.saturating_sub(1);
            }
        }
    }

    /// Forgets what is too seldom. It does not become more: what is replaced leaves other sequences behind.
    pub(super) fn forget_the_rare(&mut self) {
        self.0.retain(|_, found| found.uses >= USES_MIN);
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Vec<Id>, &Found)> {
        self.0.iter()
    }
}
