//! Scopes and their counters.

use alma_core::{Error, ErrorKind, Result, Scope};
use rusqlite::{Connection, OptionalExtension};

use super::schema::SHIFT;

/// The number of a scope; nothing when it never queued a job.
pub(super) fn find(db: &Connection, scope: &Scope) -> Result<Option<i64>> {
    Ok(db
        .prepare_cached("SELECT number FROM job_scopes WHERE scope = ?1")?
        .query_row([scope], |row| row.get(0))
        .optional()?)
}

/// The number of a scope, given to it now if it has none.
pub(super) fn find_or_add(tx: &Connection, scope: &Scope) -> Result<i64> {
    if let Some(number) = find(tx, scope)? {
        return Ok(number);
    }
    tx.prepare_cached("INSERT INTO job_scopes (scope) VALUES (?1)")?
        .execute([scope])?;
    let number = tx.last_insert_rowid();
    if number >> (63 - SHIFT) > 0 {
        return Err(Error::new(
            ErrorKind::Overloaded,
            format!("cannot number scope '{scope}': there are too many"),
        )
        .with_remedy("use another database"));
    }
    Ok(number)
}

/// The row numbers that a scope's jobs and outcomes can have.
pub(super) const fn range(scope: i64) -> (i64, i64) {
    (scope << SHIFT, (scope << SHIFT) | ((1 << SHIFT) - 1))
}

/// How many jobs of a scope have not ended.
pub(super) fn open(db: &Connection, scope: i64) -> Result<i64> {
    Ok(db
        .prepare_cached("SELECT open FROM job_scopes WHERE number = ?1")?
        .query_row([scope], |row| row.get(0))?)
}

/// Takes `count` row numbers for a scope while `opened` jobs open (end, when negative); answers the first.
pub(super) fn take(tx: &Connection, scope: i64, count: i64, opened: i64) -> Result<i64> {
    let last: i64 = tx
        .prepare_cached(
            "UPDATE job_scopes SET last = last + ?2, open = open + ?3 WHERE number = ?1 RETURNING last",
        )?
        .query_row((scope, count, opened), |row| row.get(0))?;
    if last >> SHIFT > 0 {
        return Err(Error::new(
            ErrorKind::Overloaded,
            "cannot number another job: the scope has had too many",
        )
        .with_remedy("use another scope"));
    }
    Ok((scope << SHIFT) | (last - count + 1))
}
