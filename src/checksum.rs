//! CRC-32 as of ISO 3309, which is in tokens and in the versions of users.

use crc::{CRC_32_ISO_HDLC, Crc, Table};

/// With a table of 1 KiB. What is faster has one of 16, for texts of a hundred bytes.
pub(crate) static CRC32: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&CRC_32_ISO_HDLC);

#[cfg(test)]
mod tests;
