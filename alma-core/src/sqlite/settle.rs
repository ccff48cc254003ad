//! Settling: after it no byte of what was erased is left in the database's files.

use std::time::Duration;

use rusqlite::Connection;

use super::{connection, faults::Boundaries, readers::Pool, state, writer::WriteTx};
use crate::{ErasedState, Result};

/// What is left to do: 2 the rewrite and the log, 1 the log, 0 nothing.
const UNSETTLED: &str = "unsettled";

/// How long the emptying of the log waits for readers.
const PATIENCE: Duration = Duration::from_millis(500);

impl WriteTx<'_> {
    /// Notes that this transaction erased something, so that the next [`settle`](super::Database::settle) does its work.
    ///
    /// [`Database::erase`](super::Database::erase) calls this.
    ///
    /// # Errors
    /// Those of writing the file.
    pub fn unsettle(&self) -> Result<()> {
        state::set(self, UNSETTLED, 2)
    }
}

/// Rewrites the file and empties the log, as far as something was erased since the last time.
///
/// Deleting alone is not enough: parts of rows stay in the unallocated part of pages, and whole pages in the log.
pub(super) fn settle(
    connection: &Connection,
    boundaries: &Boundaries,
    readers: &Pool,
) -> Result<ErasedState> {
    let left: i64 = state::get(connection, UNSETTLED)?.unwrap_or(0);
    if left == 0 {
        return Ok(ErasedState::Erased);
    }
    if left > 1 {
        connection.execute_batch("VACUUM")?;
        boundaries.pass()?;
        state::set(connection, UNSETTLED, 1)?;
    }
    if readers.path().is_some() && !empty_log(connection)? {
        return Ok(ErasedState::Pending(why(readers.active())));
    }
    boundaries.pass()?;
    state::set(connection, UNSETTLED, 0)?;
    Ok(ErasedState::Erased)
}

/// Moves the log into the file and cuts it to nothing; false when a reader still needs it.
pub(super) fn empty_log(connection: &Connection) -> Result<bool> {
    connection::with_patience(connection, PATIENCE, || {
        let busy: i64 =
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        Ok(busy == 0)
    })
}

fn why(active: usize) -> String {
    let who = match active {
        0 => "another process".to_owned(),
        1 => "a reader of this process".to_owned(),
        more => format!("{more} readers of this process"),
    };
    format!("{who} still reads an older state of the file; settle again when that has ended")
}
