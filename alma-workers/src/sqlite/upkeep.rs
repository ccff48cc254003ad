//! Listing, replaying, purging and erasing jobs.

use alma_core::{
    Fault, Job, JobId, JobQuery, Outcome, Page, PageRequest, RecordId, Result, Scope, Timestamp,
    sqlite::{WriteTx, tombstones},
};
use rusqlite::Connection;
use serde_json::Value;

use super::{
    end,
    outcomes::{cursor, number},
    row::{self, COLUMNS, from_json, read, stored, to_json},
};

/// Jobs in the order in which they were queued.
pub(super) fn list(
    db: &Connection,
    scope: &Scope,
    query: &JobQuery,
    page: &PageRequest,
    now: Timestamp,
) -> Result<Page<Job>> {
    let mut after = number(&page.after)?;
    let sql =
        format!("SELECT {COLUMNS} FROM jobs WHERE scope = ?1 AND id > ?2 ORDER BY id LIMIT ?3");
    let mut select = db.prepare_cached(&sql)?;
    let mut items = Vec::new();
    // The state of a job depends on the time, so that it is looked at here and not in SQL.
    loop {
        let raws = select
            .query_map((scope, after, PageRequest::MAX as i64), read)?
            .collect::<Result<Vec<_>, _>>()?;
        if raws.is_empty() {
            return Ok(Page::new(items, cursor(after), false));
        }
        for raw in raws {
            let found = stored(raw, now)?;
            let wanted = query
                .group
                .as_ref()
                .is_none_or(|group| *group == found.job.spec.group)
                && (query.states.is_empty() || query.states.contains(&found.job.state));
            if wanted && items.len() == page.limit {
                return Ok(Page::new(items, cursor(after), true));
            }
            after = found.row;
            if wanted {
                items.push(found.job);
            }
        }
    }
}

/// Gives dead jobs a fresh set of attempts, unless what they were made of is forgotten.
pub(super) fn replay(
    tx: &WriteTx<'_>,
    scope: &Scope,
    ids: &[JobId],
    now: Timestamp,
) -> Result<u64> {
    let mut count = 0;
    for id in ids {
        let Some(found) = row::one(tx, scope, id, now)?.filter(row::Stored::is_dead) else {
            continue;
        };
        if tombstones::check(tx, scope, &found.job.spec.sources).is_err() {
            continue;
        }
        end::wait(tx, &found, now, 0, found.job.fault.as_ref())?;
        tx.prepare_cached("UPDATE jobs SET ended = NULL WHERE id = ?1")?
            .execute([found.row])?;
        end::count_open(tx, 1)?;
        count += 1;
    }
    Ok(count)
}

/// Removes what ended before a time; the keys stay used.
pub(super) fn purge(tx: &WriteTx<'_>, scope: &Scope, before: Timestamp) -> Result<u64> {
    const ENDED: &str = "scope = ?1 AND ended IS NOT NULL AND ended < ?2";
    tx.prepare_cached(&format!(
        "INSERT OR IGNORE INTO job_used (job) SELECT job FROM jobs WHERE {ENDED}"
    ))?
    .execute((scope, before))?;
    tx.prepare_cached(&format!(
        "DELETE FROM job_sources WHERE job IN (SELECT id FROM jobs WHERE {ENDED})"
    ))?
    .execute((scope, before))?;
    let removed = tx
        .prepare_cached(&format!("DELETE FROM jobs WHERE {ENDED}"))?
        .execute((scope, before))?;
    let last: Option<i64> = tx
        .prepare_cached("SELECT max(id) FROM job_outcomes WHERE scope = ?1 AND finished < ?2")?
        .query_row((scope, before), |row| row.get(0))?;
    if let Some(last) = last {
        tx.prepare_cached(
            "INSERT INTO job_purged (scope, outcome) VALUES (?1, ?2)
             ON CONFLICT (scope) DO UPDATE SET outcome = max(outcome, excluded.outcome)",
        )?
        .execute((scope, last))?;
        tx.prepare_cached("DELETE FROM job_outcomes WHERE scope = ?1 AND finished < ?2")?
            .execute((scope, before))?;
    }
    Ok(removed as u64)
}

/// Cancels and blanks every job made of these records, and its outcomes.
pub(super) fn erase(
    tx: &WriteTx<'_>,
    scope: &Scope,
    records: &[RecordId],
    now: Timestamp,
) -> Result<u64> {
    let mut removed = 0;
    for record in records {
        let sql = format!(
            "SELECT {COLUMNS} FROM jobs WHERE scope = ?1 AND id IN (SELECT job FROM job_sources WHERE record = ?2)"
        );
        let raws = tx
            .prepare_cached(&sql)?
            .query_map((scope, record), read)?
            .collect::<Result<Vec<_>, _>>()?;
        for raw in raws {
            let mut found = stored(raw, now)?;
            end::cancel(tx, &found, now)?;
            removed += u64::from(!found.job.spec.payload.is_null() || found.job.fault.is_some());
            found.job.spec.payload = Value::Null;
            tx.prepare_cached("UPDATE jobs SET spec = ?2, fault = NULL WHERE id = ?1")?
                .execute((found.row, to_json(&found.job.spec)?))?;
            blank(tx, &found.job.id)?;
        }
    }
    Ok(removed)
}

fn blank(tx: &WriteTx<'_>, id: &JobId) -> Result<()> {
    let rows: Vec<(i64, String)> = tx
        .prepare_cached("SELECT id, outcome FROM job_outcomes WHERE job = ?1")?
        .query_map([id], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (row, text) in rows {
        let mut outcome: Outcome = from_json(&text)?;
        outcome.result = match outcome.result {
            Ok(_) => Ok(Value::Null),
            Err(fault) => Err(Fault::new(fault.kind, "cannot tell why: forgotten")),
        };
        tx.prepare_cached("UPDATE job_outcomes SET outcome = ?2 WHERE id = ?1")?
            .execute((row, to_json(&outcome)?))?;
    }
    Ok(())
}
