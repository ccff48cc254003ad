//! Cursors: which list, and the number within the scope after which to go on.

use alma_core::{Cursor, Error, Result};

/// Marks cursors of the log of outcomes.
pub(super) const OUTCOME: char = 'o';
/// Marks cursors of the list of jobs.
pub(super) const JOB: char = 'j';

pub(super) fn write(number: i64, list: char) -> Cursor {
    Cursor::new(format!("{list}{number}"))
}

/// The number; nothing at the start.
pub(super) fn read(cursor: &Cursor, list: char) -> Result<Option<i64>> {
    if cursor.is_start() {
        return Ok(None);
    }
    let digits = cursor.as_str().strip_prefix(list);
    let number = digits
        .filter(|digits| digits.len() <= 13 && digits.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|digits| digits.parse().ok())
        .filter(|number| *number >> super::schema::SHIFT == 0);
    number.map(Some).ok_or_else(|| {
        Error::invalid("cannot read the cursor: it was not given by this list")
            .with_remedy("begin at the start")
    })
}
