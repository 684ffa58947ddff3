//! Numbers by their value. Each is kept as the text that a client sent (RFC 8259 §6), so that it goes back with the same
//! digits. What it takes to read and write floating point exactly would be 17 KB of the filter.

use std::cmp::Ordering;

use serde_json::Number;

/// The number that `text` is; `None` if it is none.
pub(super) fn parse(text: String) -> Option<Number> {
    // Not `FromStr`, which has the module write floating point. It looks at no more than this.
    is_number(&text).then(|| Number::from_string_unchecked(text))
}

fn is_number(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let (whole, rest) = digits(text);
    let has_whole = whole == "0" || (!whole.is_empty() && !whole.starts_with('0'));
    let (fraction, rest) = rest.strip_prefix('.').map_or(("0", rest), digits);
    let (power, rest) = match rest.strip_prefix(['e', 'E']) {
        Some(power) => digits(power.strip_prefix(['+', '-']).unwrap_or(power)),
        None => ("0", rest),
    };
    has_whole && !fraction.is_empty() && !power.is_empty() && rest.is_empty()
}

/// The digits that `text` begins with, and what is behind them.
fn digits(text: &str) -> (&str, &str) {
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// So many thousandths.
pub(crate) fn of_thousandths(count: u64) -> Number {
    let text = format!("{}.{:03}", count / 1000, count % 1000);
    let text = text.trim_end_matches('0').trim_end_matches('.').to_owned();
    Number::from_string_unchecked(text)
}

/// The power of ten, and the digits, of the largest number that others can read who know floating point of 64 bits only
/// (RFC 8259 §6).
const MAX: (i64, &str) = (309, "1797693134862315807");

/// A number, exactly: `0.digits` times ten to the power of `exponent`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal {
    is_negative: bool,
    /// The least there is for zero.
    exponent: i64,
    /// Neither the first nor the last is `0`; none for zero.
    digits: String,
}

impl Decimal {
    /// The value of `number`.
    pub fn of(number: &Number) -> Self {
        Self::read(number.as_str())
    }

    /// The value of a number's text.
    pub(super) fn read(text: &str) -> Self {
        let (mut digits, mut exponent) = (String::new(), 0_i64);
        let mut is_whole = true;
        for (place, character) in text.char_indices() {
            match character {
                '.' => is_whole = false,
                '0' if digits.is_empty() => exponent -= i64::from(!is_whole),
                '0'..='9' => {
                    digits.push(character);
                    exponent += i64::from(is_whole);
                }
                'e' | 'E' => {
                    let power = text.get(place + 1..).unwrap_or_default();
                    exponent = exponent.saturating_add(power_of_ten(power));
                    break;
                }
                _ => {}
            }
        }
        digits.truncate(digits.trim_end_matches('0').len());
        if digits.is_empty() {
            return Self { is_negative: false, exponent: i64::MIN, digits };
        }
        Self { is_negative: text.starts_with('-'), exponent, digits }
    }

    /// Whether it is too large, or too far below zero, for others to read it.
    pub(super) fn is_out_of_range(&self) -> bool {
        (self.exponent, self.digits.as_str()) > MAX
    }

    /// The number, if it is whole; the nearest that fits where it is beyond them.
    pub(crate) fn whole(&self) -> Option<i64> {
        let mut digits = self.digits.bytes();
        let mut whole = 0_i64;
        // What has more digits than these is beyond all that fit.
        for _ in 0..self.exponent.min(20) {
            let digit = i64::from(digits.next().unwrap_or(b'0') - b'0');
            let digit = if self.is_negative { -digit } else { digit };
            whole = whole.saturating_mul(10).saturating_add(digit);
        }
        let is_whole =
            usize::try_from(self.exponent).is_ok_and(|places| places >= self.digits.len());
        (is_whole || self.digits.is_empty()).then_some(whole)
    }

    /// Bytes that are other ones for another number.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![u8::from(self.is_negative)];
        bytes.extend(self.exponent.to_be_bytes());
        bytes.extend(self.digits.bytes());
        bytes
    }
}

/// What is behind the `e` of a number. Beyond all numbers, where it has more digits than these.
fn power_of_ten(text: &str) -> i64 {
    let farthest = if text.starts_with('-') { i64::MIN / 2 } else { i64::MAX / 2 };
    text.parse().map_or(farthest, |power: i64| power.clamp(i64::MIN / 2, i64::MAX / 2))
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let distance = |number: &Self, other: &Self| {
            number.exponent.cmp(&other.exponent).then_with(|| number.digits.cmp(&other.digits))
        };
        match (self.is_negative, other.is_negative) {
            (false, false) => distance(self, other),
            (true, true) => distance(other, self),
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests;
