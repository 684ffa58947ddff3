//! Dates with times (RFC 7643 §2.3.5): `xsd:dateTime` with an offset, as RFC 3339 has it.
//!
//! Taken as well is what those write who do not read that closely: small letters or a space between date and time, no
//! seconds, offsets of whole hours or without colon.

use std::str::FromStr;

use datealgo::{datetime_to_secs, days_in_month};

/// An instant, to the nanosecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DateTime {
    /// Seconds since 1970-01-01T00:00:00Z, without leap seconds.
    seconds: i64,
    nanoseconds: u32,
}

/// A text is no date with a time and an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoDateTime;

impl DateTime {
    /// Bytes that are in the order of the instants from 1970 on.
    pub(crate) fn to_be_bytes(self) -> [u8; 12] {
        let mut bytes = [0; 12];
        bytes[..8].copy_from_slice(&self.seconds.to_be_bytes());
        bytes[8..].copy_from_slice(&self.nanoseconds.to_be_bytes());
        bytes
    }
}

impl FromStr for DateTime {
    type Err = NoDateTime;

    fn from_str(text: &str) -> Result<Self, NoDateTime> {
        let mut reader = Reader(text.as_bytes());
        reader.date_time().filter(|_| reader.0.is_empty()).ok_or(NoDateTime)
    }
}

/// What of a text was not read.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn date_time(&mut self) -> Option<DateTime> {
        let year = self.digits(4, 9999)?;
        self.one_of(b"-")?;
        let month = self.digits(2, 12).filter(|month| *month > 0)?;
        self.one_of(b"-")?;
        let (year, month) = (i32::try_from(year).ok()?, u8::try_from(month).ok()?);
        let days = days_in_month(year, month);
        let day = self.digits(2, days.into()).filter(|day| *day > 0)?;
        self.one_of(b"Tt ")?;
        let hour = self.digits(2, 23)?;
        self.one_of(b":")?;
        let minute = self.digits(2, 59)?;
        let (mut second, mut nanoseconds) = (0, 0);
        if self.one_of(b":").is_some() {
            // A leap second is taken for the one before.
            second = self.digits(2, 60)?.min(59);
            if self.one_of(b".,").is_some() {
                nanoseconds = self.fraction()?;
            }
        }
        let part = |number: u32| u8::try_from(number).ok();
        let date_time = (year, month, part(day)?, part(hour)?, part(minute)?, part(second)?);
        Some(DateTime { seconds: datetime_to_secs(date_time) - self.offset()?, nanoseconds })
    }

    /// How far the clock was ahead, in seconds.
    fn offset(&mut self) -> Option<i64> {
        let sign = match self.one_of(b"Zz+-")? {
            b'+' => 1,
            b'-' => -1,
            _ => return Some(0),
        };
        let hours = self.digits(2, 23)?;
        let more = self.one_of(b":").is_some() || !self.0.is_empty();
        let minutes = if more { self.digits(2, 59)? } else { 0 };
        Some(sign * i64::from(hours * 3600 + minutes * 60))
    }

    /// One to nine digits behind a decimal point, as billionths.
    fn fraction(&mut self) -> Option<u32> {
        let count = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let fraction = self.digits(count, u32::MAX).filter(|_| (1..=9).contains(&count))?;
        Some((count..9).fold(fraction, |fraction, _| fraction * 10))
    }

    /// A number of this many digits, at most `most`.
    fn digits(&mut self, count: usize, most: u32) -> Option<u32> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        let mut number = 0_u32;
        for digit in digits {
            let digit = digit.is_ascii_digit().then(|| u32::from(digit - b'0'))?;
            number = number.checked_mul(10)?.checked_add(digit)?;
        }
        (number <= most).then_some(number)
    }

    fn one_of(&mut self, bytes: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first().filter(|(first, _)| bytes.contains(first))?;
        self.0 = rest;
        Some(*first)
    }
}

#[cfg(test)]
mod tests;
