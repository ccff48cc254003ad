//! Postings: which records hold a term and how often, packed into blocks of bytes.
//!
//! A block holds the postings of one term in one scope, sorted by record number. Each is
//! the distance to the number before it and `count * 2 + (in the head?)`, both as
//! little-endian base-128 numbers: two or three bytes for most.

/// One record that holds a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Posting {
    /// The number of the record.
    pub(crate) number: i64,
    /// How often the term stands in its text.
    pub(crate) count: u32,
    /// Whether the term stands in its head: speaker, title, date.
    pub(crate) head: bool,
}

/// The bytes of `postings`, which are sorted by number, after a posting numbered `before`.
pub(crate) fn encode(before: i64, postings: &[Posting], out: &mut Vec<u8>) {
    let mut last = before;
    for posting in postings {
        put(out, posting.number.wrapping_sub(last).cast_unsigned());
        put(out, u64::from(posting.count) << 1 | u64::from(posting.head));
        last = posting.number;
    }
}

/// Reads a block back, calling `each` per posting; `None` when the bytes are no block.
pub(crate) fn decode(before: i64, mut bytes: &[u8], mut each: impl FnMut(Posting)) -> Option<()> {
    let mut number = before;
    while !bytes.is_empty() {
        number = number.wrapping_add(take(&mut bytes)?.cast_signed());
        let packed = take(&mut bytes)?;
        each(Posting {
            number,
            count: u32::try_from(packed >> 1).ok()?,
            head: packed & 1 == 1,
        });
    }
    Some(())
}

fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_block_reads_back_as_it_was_written(
            numbers in proptest::collection::btree_set(1..i64::MAX, 0..50),
            count in 0..u32::MAX >> 1,
            head: bool,
        ) {
            let written: Vec<_> =
                numbers.into_iter().map(|number| Posting { number, count, head }).collect();
            let (mut bytes, mut read) = (Vec::new(), Vec::new());
            encode(0, &written, &mut bytes);
            prop_assert!(decode(0, &bytes, |posting| read.push(posting)).is_some());
            prop_assert_eq!(read, written);
        }

        #[test]
        fn foreign_bytes_are_refused_or_read_without_panic(bytes: Vec<u8>) {
            let _ = decode(0, &bytes, |_| {});
        }
    }
}
