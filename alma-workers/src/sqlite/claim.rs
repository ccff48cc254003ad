//! Claiming and prolonging leases.

use std::time::Duration;

use alma_core::{
    Claim, ErrorKind, Fault, JobState, Lease, Renewal, Result, Scope, Timestamp, Worker,
    sqlite::WriteTx,
};

use super::{
    end,
    row::{self, COLUMNS, DEAD, LEASED, Stored, read, stored, to_json},
};

/// Expired leases that one claim takes back at most.
const EXPIRED: usize = 100;

/// Takes back what expired, then takes the best that is ready.
pub(super) fn claim(
    tx: &WriteTx<'_>,
    worker: &Worker,
    n: usize,
    lease: Duration,
    now: Timestamp,
) -> Result<Vec<Lease>> {
    expire(tx, now)?;
    let kinds = to_json(&worker.kinds)?;
    let scopes = worker.scopes.as_ref().map(to_json).transpose()?;
    let sql = format!(
        "SELECT {COLUMNS} FROM jobs INDEXED BY jobs_waiting
         WHERE state = 0 AND due <= ?1 AND kind IN (SELECT value FROM json_each(?2))
           AND (?3 IS NULL OR scope IN (SELECT value FROM json_each(?3)))
         ORDER BY priority DESC, due, job LIMIT ?4"
    );
    let raws = tx
        .prepare_cached(&sql)?
        .query_map((now, &kinds, &scopes, n.clamp(1, 1_000) as i64), read)?
        .collect::<Result<Vec<_>, _>>()?;
    let until = now.plus(lease);
    let mut leases = Vec::with_capacity(raws.len());
    for raw in raws {
        let Stored { row, mut job, .. } = stored(raw, now)?;
        tx.prepare_cached(
            "UPDATE jobs SET state = ?2, until = ?3, attempts = attempts + 1, token = token + 1 WHERE id = ?1",
        )?
        .execute((row, LEASED, until))?;
        job.state = JobState::Leased;
        job.attempts += 1;
        job.token += 1;
        leases.push(Lease::new(job, until));
    }
    Ok(leases)
}

fn expire(tx: &WriteTx<'_>, now: Timestamp) -> Result<()> {
    let sql = format!(
        "SELECT {COLUMNS} FROM jobs INDEXED BY jobs_leased WHERE state = 1 AND until <= ?1 ORDER BY until LIMIT ?2"
    );
    let raws = tx
        .prepare_cached(&sql)?
        .query_map((now, EXPIRED as i64), read)?
        .collect::<Result<Vec<_>, _>>()?;
    for raw in raws {
        let stored = stored(raw, now)?;
        let fault = Fault::new(
            ErrorKind::LeaseLost,
            "cannot tell how the attempt ended: its worker went silent",
        );
        if stored.job.attempts >= stored.job.spec.max_attempts {
            end::end(tx, &stored, DEAD, Err(fault), now)?;
        } else {
            end::wait(tx, &stored, now, stored.job.attempts, Some(&fault))?;
        }
    }
    Ok(())
}

/// Prolongs leases, each judged alone.
pub(super) fn renew(
    tx: &WriteTx<'_>,
    scope: &Scope,
    claims: &[Claim],
    lease: Duration,
    now: Timestamp,
) -> Result<Vec<Renewal>> {
    let until = now.plus(lease);
    claims
        .iter()
        .map(|claim| {
            let Some(stored) = row::one(tx, scope, &claim.job, now)? else {
                return Ok(Renewal::Lost);
            };
            Ok(if stored.job.token != claim.token {
                Renewal::Lost
            } else if stored.is_cancelled() {
                Renewal::Cancelled
            } else if stored.is_leased() {
                tx.prepare_cached("UPDATE jobs SET until = ?2 WHERE id = ?1")?
                    .execute((stored.row, until))?;
                Renewal::Until(until)
            } else {
                Renewal::Lost
            })
        })
        .collect()
}
