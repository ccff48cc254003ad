//! The suite of every executor.

mod erase;
mod hands;
mod log;
mod run;
mod submit;

use std::{sync::Arc, time::Duration};

use super::{ana, clause::Clause as _};
use crate::{
    Executor, JobHandler, JobId, JobState, JobStatus, NewJob, Outcome, OutcomeQuery, Scope,
};
use hands::Hands;

/// Holds an executor against every clause of [`Executor`].
///
/// `fresh` makes an empty one whose jobs are run by the handlers that it is given, in every scope,
/// beside the suite or whenever outcomes are read; it is called once a clause. Its clock is the
/// real one or goes on like it. Nothing is timed: the suite waits as long as it takes, up to a minute.
///
/// # Panics
/// When a clause is broken, with a message that names it.
pub async fn executor<E: Executor>(fresh: impl AsyncFn(Vec<Arc<dyn JobHandler>>) -> E) {
    macro_rules! prove {
        ($($clause:path),* $(,)?) => {$({
            let hands = Arc::new(Hands::default());
            $clause(&fresh(Hands::handlers(&hands)).await, &hands).await;
        })*};
    }
    prove!(
        submit::names_and_keeps,
        submit::takes_all_or_nothing,
        submit::is_idempotent_by_key,
        submit::keeps_scopes_apart,
        run::hands_over_what_was_queued,
        run::accepts_one_outcome_a_job,
        run::retries_and_gives_up,
        run::drops_what_takes_too_long,
        run::cancels_what_waits,
        run::cancels_what_runs,
        log::resumes_by_cursor,
        log::waits_for_the_first,
        erase::removes_every_copy,
    );
}

async fn submit(executor: &dyn Executor, scope: &Scope, jobs: Vec<NewJob>) -> Vec<JobId> {
    executor
        .submit(scope, jobs)
        .await
        .must("Executor, submit: jobs are queued")
}

/// The first `n` outcomes of a group, once they are there.
async fn outcomes(executor: &dyn Executor, scope: &Scope, group: &str, n: usize) -> Vec<Outcome> {
    let mut seen = Vec::new();
    let mut query = OutcomeQuery::group(group).with_wait(Duration::from_secs(1));
    for _ in 0..60 {
        let page = executor
            .outcomes(scope, &query)
            .await
            .must("Executor, outcomes: the log is read");
        seen.extend(page.items);
        if seen.len() >= n {
            return seen;
        }
        query = query.after(page.next);
    }
    panic!(
        "Executor: every job gets an outcome; {} of {n} after a minute",
        seen.len()
    );
}

async fn status(executor: &dyn Executor, ids: &[JobId]) -> Vec<JobStatus> {
    executor
        .status(&ana(), ids)
        .await
        .must("Executor, status: answers")
}

async fn state(executor: &dyn Executor, id: JobId) -> JobState {
    match status(executor, &[id]).await.first() {
        Some(status) => status.state,
        None => panic!("Executor, status: a known job has a status"),
    }
}
