//! What came of the tokens: one that was replaced opens nothing any more, and one that was not is not refused.

use std::time::Instant;

/// A token was asked for.
#[derive(Clone, Debug)]
struct Rotation {
    sent: Instant,
    /// The new token and when it was there; nothing where no answer says.
    shown: Option<(String, Instant)>,
}

/// A token was used.
#[derive(Clone, Debug)]
struct Use {
    token: String,
    sent: Instant,
    answered: Instant,
    accepted: bool,
}

/// Everything that was done with a team's tokens.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    rotations: Vec<Rotation>,
    uses: Vec<Use>,
}

impl Tokens {
    pub(crate) fn rotated(&mut self, token: Option<String>, sent: Instant) {
        let shown = token.map(|token| (token, Instant::now()));
        self.rotations.push(Rotation { sent, shown });
    }

    pub(crate) fn used(&mut self, token: &str, accepted: bool, sent: Instant) {
        let (token, answered) = (token.to_owned(), Instant::now());
        self.uses.push(Use { token, sent, answered, accepted });
    }

    /// All that were ever shown but `last`.
    pub(crate) fn replaced(&self, last: &str) -> Vec<String> {
        let shown = self.rotations.iter().filter_map(|rotation| rotation.shown.as_ref());
        shown.map(|(token, _)| token.clone()).filter(|token| token != last).collect()
    }

    /// The first use whose answer has no explanation.
    pub(crate) fn wrong(&self) -> Option<String> {
        let wrong = self.uses.iter().find(|it| !self.explains(it))?;
        Some(format!("{wrong:?}, with {:#?}", self.rotations))
    }

    fn explains(&self, it: &Use) -> bool {
        let own = |rotation: &&Rotation| {
            rotation.shown.as_ref().is_some_and(|(token, _)| *token == it.token)
        };
        let made = self.rotations.iter().find(own);
        let others = || self.rotations.iter().filter(|rotation| !own(rotation));
        if it.accepted {
            // Asked for when this one was there already, and there when this one was used.
            let made = made.and_then(|rotation| Some(rotation.shown.as_ref()?.1));
            !others().any(|other| {
                made.is_none_or(|made| made <= other.sent)
                    && other.shown.as_ref().is_some_and(|(_, shown)| *shown < it.sent)
            })
        } else {
            others().any(|other| {
                let before = |made: &Rotation| {
                    other.shown.as_ref().is_some_and(|(_, shown)| *shown < made.sent)
                };
                other.sent <= it.answered && !made.is_some_and(before)
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Rotations to a token, and uses of one with whether it was accepted; each with the time from and until which it took.
    fn judge(rotations: &[(&str, u64, u64)], uses: &[(&str, bool, u64, u64)]) -> bool {
        let zero = Instant::now();
        let at = |milliseconds| zero + Duration::from_millis(milliseconds);
        let rotation = |(token, sent, shown): &(&str, u64, u64)| Rotation {
            sent: at(*sent),
            shown: (!token.is_empty()).then(|| ((*token).to_owned(), at(*shown))),
        };
        let used = |(token, accepted, sent, answered): &(&str, bool, u64, u64)| Use {
            token: (*token).to_owned(),
            sent: at(*sent),
            answered: at(*answered),
            accepted: *accepted,
        };
        let tokens = Tokens {
            rotations: rotations.iter().map(rotation).collect(),
            uses: uses.iter().map(used).collect(),
        };
        tokens.wrong().is_none()
    }

    #[test]
    fn a_token_that_was_replaced_opens_nothing() {
        let rotations = [("first", 0, 1), ("second", 4, 8)];
        assert!(judge(&rotations, &[("first", true, 2, 3), ("second", true, 9, 10)]));
        assert!(judge(&rotations, &[("first", true, 5, 6), ("first", false, 9, 10)]));
        assert!(!judge(&rotations, &[("first", true, 9, 10)]));
    }

    #[test]
    fn a_token_that_nothing_can_have_replaced_is_not_refused() {
        assert!(!judge(&[("first", 0, 1)], &[("first", false, 2, 3)]));
        assert!(!judge(&[("first", 0, 1), ("second", 4, 8)], &[("second", false, 9, 10)]));
        assert!(judge(&[("first", 0, 1), ("second", 4, 8)], &[("first", false, 5, 6)]));
        // Nobody knows when one is done whose answer was lost.
        assert!(judge(&[("first", 0, 1), ("", 2, 3)], &[("first", false, 9, 10)]));
        assert!(judge(&[("first", 0, 1), ("", 2, 3)], &[("first", true, 9, 10)]));
    }
}
