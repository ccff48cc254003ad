//! What owners do to jobs: cancel, replay, purge.

use alma_core::{
    JobId, Result, Scope, Timestamp,
    sqlite::{WriteTx, tombstones},
};

use super::{
    end,
    row::Stored,
    schema::{DEAD, SHIFT, WAITING},
    scope,
    time::Moment,
};

/// How many outcomes one step of a purge removes, so that others get their turn.
const STEP: i64 = 500;

pub(super) fn cancel(tx: &WriteTx<'_>, scope: &Scope, ids: &[JobId], now: Moment) -> Result<()> {
    for id in ids {
        if let Some(job) = Stored::by_id(tx, scope, *id)?
            && !job.is_final()
        {
            end::cancel(tx, &job, now)?;
        }
    }
    Ok(())
}

/// Gives dead jobs a fresh set of attempts; what was made of forgotten records stays dead.
pub(super) fn replay(tx: &WriteTx<'_>, scope: &Scope, ids: &[JobId], now: Moment) -> Result<u64> {
    let mut count = 0;
    for id in ids {
        let Some(job) = Stored::by_id(tx, scope, *id)?.filter(|job| job.state == DEAD) else {
            continue;
        };
        if !tombstones::forgotten(tx, scope, &job.sources())?.is_empty() {
            continue;
        }
        tx.prepare_cached(
            "UPDATE jobs SET state = ?2, due = ?3, attempts = 0, ended = NULL WHERE number = ?1",
        )?
        .execute((job.number, WAITING, now.store))?;
        tx.prepare_cached("UPDATE job_scopes SET open = open + 1 WHERE number = ?1")?
            .execute([job.scope_number()])?;
        count += 1;
    }
    Ok(count)
}

/// One step of a purge: how many jobs went, and whether there may be more.
///
/// Each job that ended has an outcome, so the log leads to all of them. Keys stay used.
pub(super) fn purge(tx: &WriteTx<'_>, scope: &Scope, before: Timestamp) -> Result<(u64, bool)> {
    let Some(owner) = scope::find(tx, scope)? else {
        return Ok((0, false));
    };
    let (first, last) = scope::range(owner);
    let old: Vec<(i64, i64)> = tx
        .prepare_cached(
            "SELECT place, number FROM job_outcomes
             WHERE place BETWEEN ?1 AND ?2 AND finished < ?3 ORDER BY place LIMIT ?4",
        )?
        .query_map((first, last, before, STEP), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?
        .collect::<rusqlite::Result<_>>()?;
    let Some((latest, _)) = old.last() else {
        return Ok((0, false));
    };
    tx.prepare_cached("UPDATE job_scopes SET purged = max(purged, ?2) WHERE number = ?1")?
        .execute((owner, latest & ((1 << SHIFT) - 1)))?;
    let mut gone = 0;
    for (place, number) in &old {
        tx.prepare_cached("DELETE FROM job_outcomes WHERE place = ?1")?
            .execute([place])?;
        // A job that was replayed since stays, and with it what it has become.
        let job = Stored::by_number(tx, *number)?;
        if let Some(job) = job.filter(|job| job.is_final() && job.outcome == Some(*place)) {
            remove(tx, &job)?;
            gone += 1;
        }
    }
    Ok((gone, old.len() as i64 == STEP))
}

fn remove(tx: &WriteTx<'_>, job: &Stored) -> Result<()> {
    tx.prepare_cached("INSERT OR IGNORE INTO job_used (id) VALUES (?1)")?
        .execute([job.id])?;
    for record in job.sources() {
        tx.prepare_cached("DELETE FROM job_sources WHERE record = ?1 AND number = ?2")?
            .execute((record, job.number))?;
    }
    tx.prepare_cached("DELETE FROM job_payloads WHERE number = ?1")?
        .execute([job.number])?;
    tx.prepare_cached("DELETE FROM jobs WHERE number = ?1")?
        .execute([job.number])?;
    Ok(())
}
