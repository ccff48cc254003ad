//! What owners do: look, cancel, replay, purge, erase.

use serde_json::Value;

use super::state::State;
use crate::{
    Erased, Erasure, ErrorKind, Fault, Job, JobId, JobQuery, JobState, JobStatus, Page,
    PageRequest, RecordId, Result, Scope, Timestamp,
    reference::paging::{is_number, number, page},
};

impl State {
    pub(super) fn status(&self, scope: &Scope, ids: &[JobId], now: Timestamp) -> Vec<JobStatus> {
        let rows = ids.iter().filter_map(|id| self.rows.get(id));
        rows.filter(|row| row.job.scope == *scope)
            .map(|row| {
                let job = row.seen(now);
                JobStatus::new(job.id, job.spec.key, job.state, job.attempts, job.fault)
            })
            .collect()
    }

    pub(super) fn cancel(&mut self, scope: &Scope, id: &JobId, now: Timestamp) {
        let open = self.rows.get_mut(id).filter(|row| row.job.scope == *scope);
        if let Some(row) = open.filter(|row| !row.job.state.is_final()) {
            let fault = Fault::new(
                ErrorKind::Cancelled,
                format!("cannot finish job '{}': it was cancelled", row.job.spec.key),
            );
            row.job.fault = Some(fault.clone());
            self.end(*id, JobState::Cancelled, Err(fault), now);
        }
    }

    /// The jobs in the order in which they were queued.
    pub(super) fn jobs(
        &self,
        scope: &Scope,
        query: &JobQuery,
        request: &PageRequest,
        now: Timestamp,
    ) -> Result<Page<Job>> {
        let wanted = |job: &Job| {
            let group = query.group.as_ref();
            job.scope == *scope
                && group.is_none_or(|group| *group == job.spec.group)
                && (query.states.is_empty() || query.states.contains(&job.state))
        };
        let mut found: Vec<_> = self
            .rows
            .values()
            .map(|row| (number(row.number), row.seen(now)))
            .filter(|(_, job)| wanted(job))
            .collect();
        found.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        page(found, request, is_number)
    }

    pub(super) fn replay(&mut self, scope: &Scope, ids: &[JobId], now: Timestamp) -> u64 {
        let State { rows, gone, .. } = self;
        let gone = gone.entry(scope.clone()).or_default();
        let mut count = 0;
        for id in ids {
            if let Some(row) = rows.get_mut(id)
                && row.job.scope == *scope
                && row.job.state == JobState::Dead
                // Its payload is gone for good: there is nothing to run.
                && !row.job.spec.sources.iter().any(|id| gone.contains(id))
            {
                row.job.state = JobState::Ready;
                row.job.attempts = 0;
                row.due = now;
                row.ended = None;
                count += 1;
            }
        }
        count
    }

    pub(super) fn purge(&mut self, scope: &Scope, before: Timestamp) -> u64 {
        let State {
            rows, log, purged, ..
        } = self;
        let jobs = rows.len();
        rows.retain(|_, row| row.job.scope != *scope || row.ended.is_none_or(|end| end >= before));
        log.retain(|number, (owner, outcome)| {
            let keep = owner != scope || outcome.finished >= before;
            if !keep {
                purged.insert(scope.clone(), *number);
            }
            keep
        });
        (jobs - rows.len()) as u64
    }

    pub(super) fn erase(&mut self, scope: &Scope, what: &Erasure, now: Timestamp) -> Erased {
        self.gone
            .entry(scope.clone())
            .or_default()
            .extend(&what.records);
        let made_of = |sources: &[RecordId]| sources.iter().any(|id| what.records.contains(id));
        let hit: Vec<JobId> = self
            .rows
            .values()
            .filter(|row| row.job.scope == *scope && made_of(&row.job.spec.sources))
            .map(|row| row.job.id)
            .collect();
        let mut removed = 0;
        for id in &hit {
            self.cancel(scope, id, now);
            if let Some(row) = self.rows.get_mut(id) {
                let job = &mut row.job;
                removed += u64::from(!job.spec.payload.is_null() || job.fault.is_some());
                job.spec.payload = Value::Null;
                job.fault = None;
            }
        }
        for (owner, outcome) in self.log.values_mut() {
            if owner == scope && made_of(&outcome.sources) {
                outcome.result = match &outcome.result {
                    Ok(_) => Ok(Value::Null),
                    Err(fault) => Err(Fault::new(fault.kind, "cannot tell why: forgotten")),
                };
            }
        }
        Erased::done("jobs", removed)
    }
}
