//! What the store holds, and what every part of it does with that.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    Claim, Error, ErrorKind, Fault, Job, JobId, JobState, Outcome, RecordId, Result, Scope,
    Timestamp,
};

#[derive(Default)]
pub(super) struct State {
    pub(super) rows: BTreeMap<JobId, Row>,
    /// Every outcome in the order of acceptance.
    pub(super) log: BTreeMap<u64, (Scope, Outcome)>,
    /// The last number given to a row or an outcome.
    pub(super) last: u64,
    /// Per scope, the last outcome that was purged.
    pub(super) purged: BTreeMap<Scope, u64>,
    /// Keys stay used after their jobs were purged.
    pub(super) used: BTreeSet<JobId>,
    pub(super) gone: BTreeMap<Scope, BTreeSet<RecordId>>,
}

pub(super) struct Row {
    pub(super) number: u64,
    pub(super) job: Job,
    pub(super) due: Timestamp,
    pub(super) until: Timestamp,
    pub(super) ended: Option<Timestamp>,
}

impl Row {
    /// A delay is over when its time has come, without anybody touching the row.
    pub(super) fn state(&self, now: Timestamp) -> JobState {
        match self.job.state {
            JobState::Scheduled | JobState::Ready if self.due > now => JobState::Scheduled,
            JobState::Scheduled => JobState::Ready,
            other => other,
        }
    }

    pub(super) fn seen(&self, now: Timestamp) -> Job {
        let mut job = self.job.clone();
        job.state = self.state(now);
        job
    }
}

impl State {
    /// The row of a claim that holds.
    pub(super) fn held(&mut self, scope: &Scope, claim: Claim) -> Result<&mut Row> {
        self.rows
            .get_mut(&claim.job)
            .filter(|row| row.job.scope == *scope && row.job.token == claim.token)
            .filter(|row| row.job.state == JobState::Leased)
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::LeaseLost,
                    format!("cannot write on job {}: the claim does not hold", claim.job),
                )
                .with_remedy("drop the result")
            })
    }

    /// Ends a job and writes its outcome, in one.
    pub(super) fn end(
        &mut self,
        id: JobId,
        state: JobState,
        result: Result<Value, Fault>,
        now: Timestamp,
    ) {
        if let Some(row) = self.rows.get_mut(&id) {
            row.job.state = state;
            row.ended = Some(now);
            self.last += 1;
            let outcome = Outcome::new(&row.job, result, now);
            self.log.insert(self.last, (row.job.scope.clone(), outcome));
        }
    }
}
