//! The suite of every job store.

mod claim;
mod erase;
mod fence;
mod outcomes;
mod queue;
mod retry;
mod upkeep;

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};

use super::{ManualClock, ana, clause::Clause as _};
use crate::{
    Claim, JobId, JobState, JobStore, Lease, NewJob, Outcome, OutcomeQuery, Scope, Worker,
};

/// How long the suite's leases last.
const LEASE: Duration = Duration::from_secs(30);

/// Longer than any pause before a retry.
const LONG: Duration = Duration::from_secs(7 * 24 * 3_600);

/// Holds a job store against every clause of [`JobStore`].
///
/// `fresh` makes an empty one whose clock is the one that it is given; it is called once a clause.
///
/// # Panics
/// When a clause is broken, with a message that names it.
pub async fn job_store<J: JobStore>(fresh: impl AsyncFn(Arc<ManualClock>) -> J) {
    /// Runs clauses that own the time.
    macro_rules! prove {
        ($($clause:path),* $(,)?) => {$({
            let clock = Arc::new(ManualClock::default());
            $clause(&fresh(Arc::clone(&clock)).await, &clock).await;
        })*};
    }
    prove!(
        queue::keeps_what_it_is_given,
        queue::is_idempotent_by_key,
        queue::takes_all_or_nothing,
        queue::tells_where_jobs_stand,
        claim::takes_the_best_first,
        claim::serves_kinds_and_scopes,
        claim::waits_for_its_time,
        claim::gives_each_job_to_one,
        claim::lists_in_order,
        fence::accepts_once,
        fence::returns_what_expired,
        fence::prolongs_what_is_alive,
        fence::refuses_false_claims,
        fence::releases_with_a_refund,
        retry::retries_and_buries,
        retry::buries_the_silent,
        outcomes::logs_in_order,
        outcomes::resumes_by_cursor,
        outcomes::waits_for_the_first,
        upkeep::cancels,
        upkeep::replays_the_dead,
        upkeep::purges_what_ended,
        upkeep::keeps_scopes_apart,
        erase::removes_every_copy,
    );
}

fn job(key: &str) -> NewJob {
    NewJob::new("work", key, json!({ "for": key }))
}

fn worker() -> Worker {
    Worker::new("one", vec!["work".to_owned()], vec![ana()])
}

async fn enqueue(jobs: &dyn JobStore, scope: &Scope, batch: Vec<NewJob>) -> Vec<JobId> {
    jobs.enqueue(scope, batch)
        .await
        .must("JobStore, enqueue: jobs are queued")
}

async fn claim(jobs: &dyn JobStore, n: usize) -> Vec<Lease> {
    jobs.claim(&worker(), n, LEASE)
        .await
        .must("JobStore, claim: jobs are claimed")
}

/// Queues one job and claims it.
async fn claimed(jobs: &dyn JobStore, spec: NewJob) -> Lease {
    enqueue(jobs, &ana(), vec![spec]).await;
    let mut leases = claim(jobs, 1).await;
    match leases.pop() {
        Some(lease) => lease,
        None => panic!("JobStore, claim: a ready job is claimed"),
    }
}

async fn complete(jobs: &dyn JobStore, claim: Claim, result: Value) {
    jobs.complete(&ana(), claim, result)
        .await
        .must("JobStore, complete: a held claim is accepted");
}

async fn state(jobs: &dyn JobStore, id: JobId) -> JobState {
    let status = jobs
        .status(&ana(), &[id])
        .await
        .must("JobStore, status: answers");
    match status.first() {
        Some(status) => status.state,
        None => panic!("JobStore, status: a known job has a status"),
    }
}

async fn log(jobs: &dyn JobStore, scope: &Scope) -> Vec<Outcome> {
    let query = OutcomeQuery::all().with_limit(1_000);
    jobs.outcomes(scope, &query)
        .await
        .must("JobStore, outcomes: the log is read")
        .items
}
