//! How host and module hand each other bytes.

use wasmtime::{Caller, Result, format_err};

use super::guest::Guest;
use super::stream::Fields;

/// The bytes at an address of the module's memory.
pub(super) fn read(caller: &Caller<'_, Guest>, address: u32, size: u32) -> Result<Vec<u8>> {
    let memory = caller.data().memory()?;
    let from = usize::try_from(address)?;
    let to = from.saturating_add(usize::try_from(size)?);
    let bytes = memory.data(caller).get(from..to);
    bytes.map(<[u8]>::to_vec).ok_or_else(|| format_err!("{address}+{size} is outside of memory"))
}

/// Writes bytes to an address.
pub(super) fn write(caller: &mut Caller<'_, Guest>, address: u32, bytes: &[u8]) -> Result<()> {
    let memory = caller.data().memory()?;
    Ok(memory.write(caller, usize::try_from(address)?, bytes)?)
}

/// Writes a number to an address.
pub(super) fn write_u32(caller: &mut Caller<'_, Guest>, address: u32, number: u32) -> Result<()> {
    write(caller, address, &number.to_le_bytes())
}

/// Hands over bytes in memory that the module allocates: their address and size go where it wants them. Nothing has the
/// address 0.
pub(super) async fn give(
    caller: &mut Caller<'_, Guest>,
    bytes: &[u8],
    address_at: u32,
    size_at: u32,
) -> Result<()> {
    let size = u32::try_from(bytes.len())?;
    let mut address = 0;
    if size > 0 {
        let allocate = caller.data().allocate()?;
        address = allocate.call_async(&mut *caller, size).await?;
        write(caller, address, bytes)?;
    }
    write_u32(caller, address_at, address)?;
    write_u32(caller, size_at, size)
}

/// Fields as the ABI has them: their number, all lengths, all texts with a zero behind each.
pub(super) fn encode_fields(fields: &Fields) -> Result<Vec<u8>> {
    let mut bytes = u32::try_from(fields.len())?.to_le_bytes().to_vec();
    for (name, value) in fields {
        bytes.extend(u32::try_from(name.len())?.to_le_bytes());
        bytes.extend(u32::try_from(value.len())?.to_le_bytes());
    }
    for (name, value) in fields {
        bytes.extend(name.as_bytes());
        bytes.push(0);
        bytes.extend(value);
        bytes.push(0);
    }
    Ok(bytes)
}

/// The opposite. `None`: they are none.
pub(super) fn decode_fields(bytes: &[u8]) -> Option<Fields> {
    let number = |at: usize| -> Option<usize> {
        let four = bytes.get(at..at.checked_add(4)?)?;
        usize::try_from(u32::from_le_bytes(four.try_into().ok()?)).ok()
    };
    if bytes.is_empty() {
        return Some(Fields::new());
    }
    let count = number(0)?;
    let mut at = count.checked_mul(8)?.checked_add(4)?;
    let mut text = |length: usize| -> Option<Vec<u8>> {
        let end = at.checked_add(length)?;
        let text = bytes.get(at..end)?.to_vec();
        at = end.checked_add(1)?;
        Some(text)
    };
    let mut fields = Fields::new();
    for field in 0..count {
        let lengths = field.checked_mul(8)?.checked_add(4)?;
        let name = String::from_utf8(text(number(lengths)?)?).ok()?;
        fields.push((name, text(number(lengths.checked_add(4)?)?)?));
    }
    Some(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_as_they_were_written_and_half_of_them_are_none() {
        let fields: Fields =
            vec![(":path".to_owned(), b"/a".to_vec()), ("x".to_owned(), vec![0xff, 0])];
        let bytes = encode_fields(&fields).unwrap();
        assert_eq!(decode_fields(&bytes), Some(fields));
        assert_eq!(decode_fields(&bytes[..bytes.len() - 2]), None);
        assert_eq!(decode_fields(&[9, 0, 0, 0]), None);
        assert_eq!(decode_fields(&[]), Some(Vec::new()));
    }
}
