//! Bytes taken apart and put together: variable-length numbers, and texts sharing a beginning with the
//! one before. Taking apart is total: whatever the bytes are, the answer is a value or [`Malformed`].

use crate::store::StoreError;

/// What is wrong with stored bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed(pub(super) &'static str);

impl From<Malformed> for StoreError {
    fn from(Malformed(reason): Malformed) -> Self {
        Self::corrupt(reason)
    }
}

/// What is left of stored bytes.
#[derive(Debug)]
pub(super) struct Reader<'b> {
    rest: &'b [u8],
}

impl<'b> Reader<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn take(&mut self, length: usize) -> Result<&'b [u8], Malformed> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Malformed("bytes missing"))?;
        self.rest = rest;
        Ok(taken)
    }

    pub(super) fn byte(&mut self) -> Result<u8, Malformed> {
        let (first, rest) = self.rest.split_first().ok_or(Malformed("bytes missing"))?;
        self.rest = rest;
        Ok(*first)
    }

    /// Eight bytes, little-endian.
    pub(super) fn word(&mut self) -> Result<u64, Malformed> {
        let (word, rest) = self.rest.split_first_chunk().ok_or(Malformed("bytes missing"))?;
        self.rest = rest;
        Ok(u64::from_le_bytes(*word))
    }

    /// Seven bits a byte, lowest first, the highest bit set in all bytes but the last.
    pub(super) fn number(&mut self) -> Result<u64, Malformed> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits {
                break;
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(Malformed("number too large"))
    }

    /// A number that is at most `limit`, asked for before anything is allocated.
    pub(super) fn length(&mut self, limit: usize) -> Result<usize, Malformed> {
        match usize::try_from(self.number()?) {
            Ok(length) if length <= limit => Ok(length),
            _ => Err(Malformed("length over its limit")),
        }
    }

    pub(super) fn rest(self) -> &'b [u8] {
        self.rest
    }

    pub(super) fn finish(self) -> Result<(), Malformed> {
        if self.rest.is_empty() { Ok(()) } else { Err(Malformed("bytes left over")) }
    }
}

/// Appends what [`Reader::number`] reads.
pub(super) fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Appends what [`Reader::length`] reads.
pub(super) fn put_length(out: &mut Vec<u8>, length: usize) {
    put_number(out, length as u64);
}

/// How many bytes `one` and `other` have in common at their beginning.
pub(super) fn shared_length(one: &[u8], other: &[u8]) -> usize {
    // Eight at a time: branches compare long keys a hundred times for every put.
    let words = one.as_chunks::<8>().0.iter().zip(other.as_chunks::<8>().0);
    let whole = 8 * words.take_while(|(one, other)| one == other).count();
    let rest = one.iter().skip(whole).zip(other.iter().skip(whole));
    whole + rest.take_while(|(one, other)| one == other).count()
}
