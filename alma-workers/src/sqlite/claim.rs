//! Claiming: what expired returns first, then the best of what is due is leased.

use std::time::Duration;

use alma_core::{
    ErrorKind, Fault, JobId, Result, Scope, Timestamp, Worker,
    sqlite::{WriteTx, tombstones},
};
use rusqlite::{Connection, OptionalExtension};

use super::{
    end::{Ending, end, written},
    row::Stored,
    schema::{DEAD, LEASED, WAITING},
    scope,
    time::Moment,
};

/// The most expired leases that one claim returns: it stays short, and the next one goes on.
const EXPIRED: i64 = 100;

/// The most text that one claim hands out.
const BYTES: usize = 8 * 1024 * 1024;

/// The lanes of a kind.
pub(super) const LANES: &str = "SELECT lane FROM job_lanes WHERE kind = ?1";

/// The lane of a kind in a scope.
pub(super) const LANE: &str = "SELECT lane FROM job_lanes WHERE kind = ?1 AND scope = ?2";

/// The next priority of a lane, from above.
pub(super) const BELOW: &str =
    "SELECT max(priority) FROM jobs WHERE state = 0 AND lane = ?1 AND priority <= ?2";

/// What is due in a lane at one priority, in order.
pub(super) const DUE: &str = "SELECT due, id, number FROM jobs
     WHERE state = 0 AND lane = ?1 AND priority = ?2 AND due <= ?3 ORDER BY due, id";

/// Whether any lease has expired.
pub(super) const ANY_SILENT: &str = "SELECT 1 FROM jobs WHERE state = 1 AND until <= ?1";

/// Expired leases, in the order in which they ended.
pub(super) const SILENT: &str =
    "SELECT number FROM jobs WHERE state = 1 AND until <= ?1 ORDER BY until, number LIMIT ?2";

/// A job becomes leased.
pub(super) const TAKE: &str = "UPDATE jobs
     SET state = ?2, until = ?3, attempts = attempts + 1, token = token + 1 WHERE number = ?1";

/// Where a waiting job stands in line: sorted, the best is first.
type Place = (std::cmp::Reverse<i32>, Timestamp, JobId);

/// The lanes that a worker may take from.
fn lanes(db: &Connection, worker: &Worker) -> Result<Vec<i64>> {
    let mut lanes = Vec::new();
    let mut kinds = worker.kinds.clone();
    kinds.sort_unstable();
    kinds.dedup();
    match &worker.scopes {
        None => {
            let mut find = db.prepare_cached(LANES)?;
            for kind in &kinds {
                let found = find.query_map([kind], |row| row.get(0))?;
                lanes.extend(found.collect::<rusqlite::Result<Vec<i64>>>()?);
            }
        }
        Some(scopes) => {
            let mut scopes: Vec<&Scope> = scopes.iter().collect();
            scopes.sort_unstable();
            scopes.dedup();
            let mut find = db.prepare_cached(LANE)?;
            for scope in scopes {
                let Some(number) = scope::find(db, scope)? else {
                    continue;
                };
                for kind in &kinds {
                    let found = find.query_row((kind, number), |row| row.get::<_, i64>(0));
                    lanes.extend(found.optional()?);
                }
            }
        }
    }
    Ok(lanes)
}

/// The best `n` jobs of `lanes` that are due, by priority, time due, then id.
///
/// Each lane is read in that order along the index, one priority after the other, and only as far as it
/// betters what was found: neither a long line nor many jobs that are not due yet are walked through.
fn best(
    db: &Connection,
    lanes: &[i64],
    now: Timestamp,
    n: usize,
) -> Result<impl Iterator<Item = i64> + use<>> {
    let mut found: Vec<(Place, i64)> = Vec::new();
    let mut below = db.prepare_cached(BELOW)?;
    let mut due = db.prepare_cached(DUE)?;
    for lane in lanes {
        let mut next = i64::from(i32::MAX);
        'lane: loop {
            let priority: Option<i32> = below.query_row((lane, next), |row| row.get(0))?;
            let Some(priority) = priority else { break };
            let mut rows = due.query((lane, priority, now))?;
            while let Some(row) = rows.next()? {
                let place = (std::cmp::Reverse(priority), row.get(0)?, row.get(1)?);
                if found.len() == n && found.last().is_some_and(|(last, _)| *last < place) {
                    break 'lane;
                }
                let at = found.partition_point(|(other, _)| *other < place);
                found.insert(at, (place, row.get(2)?));
                found.truncate(n);
            }
            next = i64::from(priority) - 1;
        }
    }
    Ok(found.into_iter().map(|(_, number)| number))
}

/// Whether a claim would change anything; idle workers ask this without writing.
pub(super) fn is_worth_it(db: &Connection, worker: &Worker, now: Moment) -> Result<bool> {
    if now.stale {
        return Ok(true);
    }
    let expired = db.prepare_cached(ANY_SILENT)?.exists([now.store])?;
    Ok(expired
        || best(db, &lanes(db, worker)?, now.store, 1)?
            .next()
            .is_some())
}

/// Takes the best jobs; their rows as they are now, all until the same moment.
pub(super) fn claim(
    tx: &WriteTx<'_>,
    worker: &Worker,
    n: usize,
    lease: Duration,
    now: Moment,
) -> Result<(Vec<Stored>, Timestamp)> {
    reclaim(tx, now)?;
    let until = now.store.plus(lease);
    let mut taken = Vec::new();
    let mut bytes = 0;
    for number in best(tx, &lanes(tx, worker)?, now.store, n)? {
        if bytes > BYTES {
            break;
        }
        let Some(mut job) = Stored::whole(tx, number)? else {
            continue;
        };
        // A restored backup, or memory alone, may have forgotten what the job was made of.
        if !tombstones::forgotten(tx, &job.scope, &job.sources())?.is_empty() {
            super::erase::blank(tx, &job, now)?;
            continue;
        }
        tx.prepare_cached(TAKE)?.execute((number, LEASED, until))?;
        job.state = LEASED;
        job.attempts += 1;
        job.token += 1;
        bytes += job.bytes();
        taken.push(job);
    }
    Ok((taken, until))
}

/// Takes jobs back from workers that went silent.
fn reclaim(tx: &WriteTx<'_>, now: Moment) -> Result<()> {
    let expired: Vec<i64> = tx
        .prepare_cached(SILENT)?
        .query_map((now.store, EXPIRED), |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    if expired.is_empty() {
        return Ok(());
    }
    let fault = written(Fault::new(
        ErrorKind::LeaseLost,
        "cannot tell how the attempt ended: its worker went silent",
    ));
    for number in expired {
        let Some(job) = Stored::by_number(tx, number)? else {
            continue;
        };
        tracing::warn!(job = %job.id, attempts = job.attempts, "lease expired");
        if job.attempts >= job.max_attempts {
            end(tx, &job, DEAD, &Ending::Fault(&fault), now)?;
        } else {
            tx.prepare_cached(
                "UPDATE jobs SET state = ?2, due = ?3, fault = ?4 WHERE number = ?1",
            )?
            .execute((number, WAITING, now.store, &fault))?;
        }
    }
    Ok(())
}
