//! How attempts and jobs end: the state and the outcome in one transaction.

use std::time::Duration;

use alma_core::{
    Claim, Digest, Error, ErrorKind, Fault, Job, JobState, NewJob, Outcome, Result, Scope,
    Timestamp, sqlite::WriteTx,
};
use serde_json::Value;

use super::row::{self, CANCELLED, DEAD, DONE, Stored, WAITING, to_json};

/// The first pause before a retry, and the longest.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// The job of a claim that holds.
pub(super) fn held(
    tx: &WriteTx<'_>,
    scope: &Scope,
    claim: Claim,
    now: Timestamp,
) -> Result<Stored> {
    row::one(tx, scope, &claim.job, now)?
        .filter(|stored| stored.is_leased() && stored.job.token == claim.token)
        .ok_or_else(|| {
            Error::new(
                ErrorKind::LeaseLost,
                format!("cannot write to job {}: the claim holds no more", claim.job),
            )
            .with_remedy("drop the result: somebody else has the job, or it has ended")
        })
}

pub(super) fn complete(
    tx: &WriteTx<'_>,
    scope: &Scope,
    claim: Claim,
    result: Value,
    now: Timestamp,
) -> Result<()> {
    let stored = held(tx, scope, claim, now)?;
    let size = result.to_string().len();
    if size > NewJob::MAX_BYTES {
        return Err(Error::invalid(format!(
            "cannot accept a result of {size} bytes for job {}",
            claim.job
        ))
        .with_remedy(format!("keep results under {} bytes", NewJob::MAX_BYTES)));
    }
    end(tx, &stored, DONE, Ok(result), now)
}

pub(super) fn fail(
    tx: &WriteTx<'_>,
    scope: &Scope,
    claim: Claim,
    fault: Fault,
    now: Timestamp,
) -> Result<JobState> {
    let stored = held(tx, scope, claim, now)?;
    let again = fault.kind.is_transient()
        || matches!(fault.kind, ErrorKind::Internal | ErrorKind::LeaseLost);
    if !again || stored.job.attempts >= stored.job.spec.max_attempts {
        end(tx, &stored, DEAD, Err(fault), now)?;
        return Ok(JobState::Dead);
    }
    let pause = fault
        .retry_after_ms
        .map_or_else(|| pause(&stored.job), Duration::from_millis);
    let due = now.plus(pause);
    wait(tx, &stored, due, stored.job.attempts, Some(&fault))?;
    Ok(if due > now {
        JobState::Scheduled
    } else {
        JobState::Ready
    })
}

/// Puts a leased job back among those that wait.
pub(super) fn wait(
    tx: &WriteTx<'_>,
    stored: &Stored,
    due: Timestamp,
    attempts: u32,
    fault: Option<&Fault>,
) -> Result<()> {
    tx.prepare_cached(
        "UPDATE jobs SET state = ?2, due = ?3, attempts = ?4, fault = ?5 WHERE id = ?1",
    )?
    .execute((
        stored.row,
        WAITING,
        due,
        attempts,
        fault.map(to_json).transpose()?,
    ))?;
    Ok(())
}

/// Ends a job and writes its outcome.
pub(super) fn end(
    tx: &WriteTx<'_>,
    stored: &Stored,
    state: i64,
    result: Result<Value, Fault>,
    now: Timestamp,
) -> Result<()> {
    let fault = result.as_ref().err().map(to_json).transpose()?;
    tx.prepare_cached(
        "UPDATE jobs SET state = ?2, ended = ?3, fault = coalesce(?4, fault) WHERE id = ?1",
    )?
    .execute((stored.row, state, now, fault))?;
    let outcome = Outcome::new(&stored.job, result, now);
    tx.prepare_cached(
        "INSERT INTO job_outcomes (scope, grp, job, finished, outcome) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute((
        &stored.job.scope,
        &outcome.group,
        outcome.job,
        now,
        to_json(&outcome)?,
    ))?;
    count_open(tx, -1)
}

/// Cancels a job that has not ended.
pub(super) fn cancel(tx: &WriteTx<'_>, stored: &Stored, now: Timestamp) -> Result<()> {
    if !stored.is_open() {
        return Ok(());
    }
    let key = &stored.job.spec.key;
    let fault = Fault::new(
        ErrorKind::Cancelled,
        format!("cannot finish job '{key}': it was cancelled"),
    );
    end(tx, stored, CANCELLED, Err(fault), now)
}

/// Counts jobs that wait or are leased.
pub(super) fn count_open(tx: &WriteTx<'_>, by: i64) -> Result<()> {
    tx.prepare_cached("UPDATE job_open SET count = count + ?1")?
        .execute([by])?;
    Ok(())
}

/// Exponential with full jitter; the draw follows from the claim, so that it repeats.
fn pause(job: &Job) -> Duration {
    let doubled = PAUSE.saturating_mul(1 << job.attempts.saturating_sub(1).min(16));
    let draw = Digest::of_parts(&[job.id.as_bytes(), &job.token.to_le_bytes()]).number();
    doubled
        .min(LONGEST_PAUSE)
        .mul_f64(draw as f64 / u64::MAX as f64)
}
