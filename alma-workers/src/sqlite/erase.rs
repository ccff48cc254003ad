//! Erasure: payloads, results and faults of jobs made of forgotten records.

use alma_core::{ErrorKind, Fault, RecordId, Result, Scope, sqlite::WriteTx};
use rusqlite::OptionalExtension;

use super::{
    end::{cancel, written},
    row::Stored,
    scope,
    time::Moment,
};

/// Blanks every job of a scope that was made of one of `records`; how many had something to blank.
pub(super) fn erase(
    tx: &WriteTx<'_>,
    scope: &Scope,
    records: &[RecordId],
    now: Moment,
) -> Result<u64> {
    let Some(owner) = scope::find(tx, scope)? else {
        return Ok(0);
    };
    let (first, last) = scope::range(owner);
    let mut removed = 0;
    for record in records {
        let numbers: Vec<i64> = tx
            .prepare_cached(
                "SELECT number FROM job_sources WHERE record = ?1 AND number BETWEEN ?2 AND ?3",
            )?
            .query_map((record, first, last), |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        for number in numbers {
            if let Some(job) = Stored::by_number(tx, number)? {
                removed += u64::from(blank(tx, &job, now)?);
            }
        }
    }
    Ok(removed)
}

/// Removes what a job holds, cancels it if it has not ended, and blanks its outcomes; whether there was anything.
pub(super) fn blank(tx: &WriteTx<'_>, job: &Stored, now: Moment) -> Result<bool> {
    if !job.is_final() {
        cancel(tx, job, now)?;
    }
    let payload = tx
        .prepare_cached(
            "UPDATE job_payloads SET payload = NULL WHERE number = ?1 AND payload IS NOT NULL",
        )?
        .execute([job.number])?;
    let fault = tx
        .prepare_cached("UPDATE jobs SET fault = NULL WHERE number = ?1 AND fault IS NOT NULL")?
        .execute([job.number])?;
    if payload + fault == 0 {
        return Ok(false);
    }
    // A job that is replayed has an outcome for each time it ended.
    let mut next: Option<i64> = tx
        .prepare_cached("SELECT outcome FROM jobs WHERE number = ?1")?
        .query_row([job.number], |row| row.get(0))?;
    while let Some(place) = next {
        next = blank_outcome(tx, place)?;
    }
    tx.unsettle()?;
    Ok(true)
}

/// Blanks one outcome, whose kind stays; the place of the job's outcome before it.
fn blank_outcome(tx: &WriteTx<'_>, place: i64) -> Result<Option<i64>> {
    let found: Option<(Option<String>, Option<i64>)> = tx
        .prepare_cached("SELECT fault, previous FROM job_outcomes WHERE place = ?1")?
        .query_row([place], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((fault, previous)) = found else {
        return Ok(None);
    };
    let (result, fault) = match fault {
        None => (Some("null"), None),
        Some(text) => {
            let kind =
                serde_json::from_str(&text).map_or(ErrorKind::Unknown, |fault: Fault| fault.kind);
            let blank = Fault::new(
                kind,
                "cannot tell why: what the job was made of is forgotten",
            );
            (None, Some(written(blank)))
        }
    };
    tx.prepare_cached("UPDATE job_outcomes SET result = ?2, fault = ?3 WHERE place = ?1")?
        .execute((place, result, fault))?;
    Ok(previous)
}
