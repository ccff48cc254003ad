//! Writes on a claimed job: each carries (job, token), and changes nothing unless that claim holds.

use alma_core::{
    Claim, Error, ErrorKind, Fault, JobState, Renewal, Result, Scope, Timestamp,
    sqlite::{WriteTx, tombstones},
};

use super::{
    end::{Ending, end, written},
    erase,
    row::Stored,
    schema::{CANCELLED, DEAD, DONE, LEASED, WAITING},
    time::Moment,
};
use crate::Backoff;

/// The job of a claim that holds.
fn held(tx: &WriteTx<'_>, scope: &Scope, claim: Claim) -> Result<Stored> {
    Stored::by_id(tx, scope, claim.job)?
        .filter(|job| job.state == LEASED && job.token == claim.token)
        .ok_or_else(|| {
            Error::new(
                ErrorKind::LeaseLost,
                format!("cannot write on job {}: the claim does not hold", claim.job),
            )
            .with_remedy("drop the result")
        })
}

pub(super) fn renew(
    tx: &WriteTx<'_>,
    scope: &Scope,
    claims: &[Claim],
    until: Timestamp,
) -> Result<Vec<Renewal>> {
    let mut answers = Vec::with_capacity(claims.len());
    for claim in claims {
        let job = Stored::by_id(tx, scope, claim.job)?.filter(|job| job.token == claim.token);
        answers.push(match job.map(|job| (job.number, job.state)) {
            Some((number, LEASED)) => {
                tx.prepare_cached("UPDATE jobs SET until = ?2 WHERE number = ?1")?
                    .execute((number, until))?;
                Renewal::Until(until)
            }
            Some((_, CANCELLED)) => Renewal::Cancelled,
            _ => Renewal::Lost,
        });
    }
    Ok(answers)
}

/// Accepts a result; `false` when what the job was made of has been forgotten meanwhile, and it was blanked instead.
pub(super) fn complete(
    tx: &WriteTx<'_>,
    scope: &Scope,
    claim: Claim,
    result: &str,
    now: Moment,
) -> Result<bool> {
    let job = held(tx, scope, claim)?;
    if !tombstones::forgotten(tx, scope, &job.sources())?.is_empty() {
        erase::blank(tx, &job, now)?;
        return Ok(false);
    }
    end(tx, &job, DONE, &Ending::Result(result), now)?;
    Ok(true)
}

pub(super) fn fail(
    tx: &WriteTx<'_>,
    scope: &Scope,
    claim: Claim,
    fault: Fault,
    backoff: Backoff,
    now: Moment,
) -> Result<JobState> {
    let stored = held(tx, scope, claim)?;
    if !tombstones::forgotten(tx, scope, &stored.sources())?.is_empty() {
        erase::blank(tx, &stored, now)?;
        return Ok(JobState::Cancelled);
    }
    let pause = match stored.attempts < stored.max_attempts {
        true => backoff.pause(claim, stored.attempts, &fault),
        false => None,
    };
    let text = written(fault);
    let Some(pause) = pause else {
        end(tx, &stored, DEAD, &Ending::Fault(&text), now)?;
        return Ok(JobState::Dead);
    };
    let due = now.store.plus(pause);
    tx.prepare_cached("UPDATE jobs SET state = ?2, due = ?3, fault = ?4 WHERE number = ?1")?
        .execute((stored.number, WAITING, due, text))?;
    Ok(if due > now.store {
        JobState::Scheduled
    } else {
        JobState::Ready
    })
}

pub(super) fn release(tx: &WriteTx<'_>, scope: &Scope, claim: Claim) -> Result<()> {
    let job = held(tx, scope, claim)?;
    // The time due stays: what was given back stands where it stood in line.
    tx.prepare_cached(
        "UPDATE jobs SET state = ?2, attempts = max(attempts - 1, 0) WHERE number = ?1",
    )?
    .execute((job.number, WAITING))?;
    Ok(())
}
