//! Writes on a claimed job: each carries (job, token), and changes nothing unless that claim holds.

use std::time::Duration;

use serde_json::Value;

use super::state::State;
use crate::{
    Claim, Digest, Error, ErrorKind, Fault, Job, JobState, NewJob, Renewal, Result, Scope,
    Timestamp,
};

/// The first pause before a retry, and the longest.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

impl State {
    pub(super) fn renew(&mut self, scope: &Scope, claim: &Claim, until: Timestamp) -> Renewal {
        match self.rows.get_mut(&claim.job) {
            Some(row) if row.job.scope == *scope && row.job.token == claim.token => {
                match row.job.state {
                    JobState::Leased => {
                        row.until = until;
                        Renewal::Until(until)
                    }
                    JobState::Cancelled => Renewal::Cancelled,
                    _ => Renewal::Lost,
                }
            }
            _ => Renewal::Lost,
        }
    }

    pub(super) fn complete(
        &mut self,
        scope: &Scope,
        claim: Claim,
        result: Value,
        now: Timestamp,
    ) -> Result<()> {
        self.held(scope, claim)?;
        let size = result.to_string().len();
        if size > NewJob::MAX_BYTES {
            return Err(Error::invalid(format!(
                "cannot accept a result of {size} bytes for job {}",
                claim.job
            ))
            .with_remedy(format!("keep results under {} bytes", NewJob::MAX_BYTES)));
        }
        self.end(claim.job, JobState::Done, Ok(result), now);
        Ok(())
    }

    pub(super) fn fail(
        &mut self,
        scope: &Scope,
        claim: Claim,
        fault: Fault,
        now: Timestamp,
    ) -> Result<JobState> {
        let row = self.held(scope, claim)?;
        row.job.fault = Some(fault.clone());
        let again = fault.kind.is_transient()
            || matches!(fault.kind, ErrorKind::Internal | ErrorKind::LeaseLost);
        if again && row.job.attempts < row.job.spec.max_attempts {
            let told = fault.retry_after_ms.map(Duration::from_millis);
            row.due = now.plus(told.unwrap_or_else(|| pause(&row.job)));
            row.job.state = JobState::Scheduled;
            return Ok(row.state(now));
        }
        self.end(claim.job, JobState::Dead, Err(fault), now);
        Ok(JobState::Dead)
    }

    pub(super) fn release(&mut self, scope: &Scope, claim: Claim) -> Result<()> {
        let row = self.held(scope, claim)?;
        row.job.attempts -= 1;
        // The time due stays: what was given back stands where it stood in line.
        row.job.state = JobState::Ready;
        Ok(())
    }
}

/// Exponential with full jitter, which follows from the job so that a run can be repeated.
fn pause(job: &Job) -> Duration {
    let most = PAUSE
        .saturating_mul(1 << job.attempts.saturating_sub(1).min(16))
        .min(LONGEST_PAUSE);
    let draw = Digest::of_parts(&[job.id.as_bytes(), &job.token.to_le_bytes()]).number();
    most.mul_f64(draw as f64 / u64::MAX as f64)
}
