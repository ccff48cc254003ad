//! The line: who may join, and who is next.

use std::{cmp::Reverse, collections::BTreeSet, time::Duration};

use super::state::{Row, State};
use crate::{
    Error, ErrorKind, Fault, Job, JobId, JobState, Lease, NewJob, Result, Scope, Timestamp, Worker,
};

impl State {
    /// Queues the whole batch or nothing; at most `limit` jobs may be open.
    pub(super) fn enqueue(
        &mut self,
        scope: &Scope,
        jobs: Vec<NewJob>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<JobId>> {
        let gone = self.gone.get(scope);
        let mut fresh = BTreeSet::new();
        for job in &jobs {
            job.check()?;
            if gone.is_some_and(|gone| job.sources.iter().any(|id| gone.contains(id))) {
                return Err(Error::new(
                    ErrorKind::Gone,
                    format!(
                        "cannot queue job '{}': it was made of forgotten records",
                        job.key
                    ),
                ));
            }
            if !self.used.contains(&job.id(scope)) {
                fresh.insert(job.id(scope));
            }
        }
        let open = self.rows.values().filter(|row| row.ended.is_none()).count();
        if !fresh.is_empty() && open + fresh.len() > limit {
            return Err(Error::new(
                ErrorKind::Overloaded,
                format!("cannot queue {} jobs more: {open} wait", fresh.len()),
            )
            .with_remedy("wait until some have ended"));
        }
        let mut ids = Vec::with_capacity(jobs.len());
        for spec in jobs {
            let id = spec.id(scope);
            ids.push(id);
            if self.used.insert(id) {
                self.last += 1;
                let row = Row {
                    number: self.last,
                    due: spec.run_at.unwrap_or(now).max(now),
                    job: Job::new(scope, spec, now),
                    until: now,
                    ended: None,
                };
                self.rows.insert(id, row);
            }
        }
        Ok(ids)
    }

    /// Leases the best `n` jobs that are ready, after those of silent workers have come back.
    pub(super) fn claim(
        &mut self,
        worker: &Worker,
        n: usize,
        lease: Duration,
        now: Timestamp,
    ) -> Vec<Lease> {
        let serves = |scope: &Scope| worker.scopes.as_ref().is_none_or(|all| all.contains(scope));
        self.expire(now);
        let mut ready: Vec<_> = self
            .rows
            .values()
            .filter(|row| row.state(now) == JobState::Ready && serves(&row.job.scope))
            .filter(|row| worker.kinds.contains(&row.job.spec.kind))
            .map(|row| (Reverse(row.job.spec.priority), row.due, row.job.id))
            .collect();
        ready.sort_unstable();
        let mut leases = Vec::new();
        for (_, _, id) in ready.into_iter().take(n.clamp(1, 1_000)) {
            if let Some(row) = self.rows.get_mut(&id) {
                row.until = now.plus(lease);
                row.job.state = JobState::Leased;
                row.job.attempts += 1;
                row.job.token += 1;
                leases.push(Lease::new(row.job.clone(), row.until));
            }
        }
        leases
    }

    /// Takes jobs back from workers that went silent.
    fn expire(&mut self, now: Timestamp) {
        let silent = |row: &&mut Row| row.job.state == JobState::Leased && row.until <= now;
        let mut silent: Vec<_> = self.rows.values_mut().filter(silent).collect();
        // The log tells of them in the order in which their leases ended.
        silent.sort_unstable_by_key(|row| (row.until, row.number));
        let mut spent = Vec::new();
        for row in silent {
            row.due = now;
            row.job.state = JobState::Ready;
            row.job.fault = Some(Fault::new(
                ErrorKind::LeaseLost,
                "cannot tell how the attempt ended: its worker went silent",
            ));
            if row.job.attempts >= row.job.spec.max_attempts {
                spent.push(row.job.id);
            }
        }
        for id in spent {
            if let Some(fault) = self.rows.get(&id).and_then(|row| row.job.fault.clone()) {
                self.end(id, JobState::Dead, Err(fault), now);
            }
        }
    }
}
