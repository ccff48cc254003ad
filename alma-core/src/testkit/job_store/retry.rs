//! Clauses on attempts that fail, and on workers that go silent.

use std::time::Duration;

use crate::{
    ErrorKind, Fault, JobState, JobStore,
    testkit::{ManualClock, ana, clause::Clause as _},
};

use super::{LEASE, LONG, claim, claimed, fence::refused, job, log, state};

pub(super) async fn retries_and_buries(jobs: &dyn JobStore, clock: &ManualClock) {
    let scope = ana();
    let fault = |kind| Fault::new(kind, format!("cannot go on for {kind}"));
    let again = [
        ErrorKind::Unavailable,
        ErrorKind::TimedOut,
        ErrorKind::Overloaded,
        ErrorKind::Internal,
        ErrorKind::LeaseLost,
    ];
    for kind in again {
        let lease = claimed(jobs, job(kind.as_str()).with_max_attempts(2)).await;
        let now = jobs
            .fail(&scope, lease.claim(), fault(kind))
            .await
            .must("JobStore, fail: a held claim fails");
        assert!(
            matches!(now, JobState::Scheduled | JobState::Ready),
            "JobStore, backoff: a fault of kind {kind} is tried again"
        );
        assert_eq!(
            state(jobs, lease.job.id).await,
            now,
            "JobStore, fail: answers where the job stands"
        );
        refused(
            jobs,
            lease.claim(),
            "JobStore, fail: a failed attempt holds nothing",
        )
        .await;
        clock.advance(LONG);
        let second = claim(jobs, 1).await;
        assert_eq!(second.len(), 1, "JobStore, backoff: the pause ends");
        assert_eq!(
            second[0].job.attempts, 2,
            "JobStore, backoff: the next attempt counts"
        );
        assert_eq!(
            second[0].job.fault,
            Some(fault(kind)),
            "JobStore, fail: the job tells what it failed of"
        );
        let end = jobs
            .fail(&scope, second[0].claim(), fault(kind))
            .await
            .must("JobStore, fail: a held claim fails");
        assert_eq!(
            end,
            JobState::Dead,
            "JobStore, fail: after the last attempt the job is dead"
        );
    }
    let outcomes = log(jobs, &scope).await;
    assert_eq!(
        outcomes.len(),
        again.len(),
        "JobStore, fail: one outcome for each that died, none for a retry"
    );
    for (outcome, kind) in outcomes.iter().zip(again) {
        assert_eq!(
            outcome.result,
            Err(fault(kind)),
            "JobStore, fail: the outcome of the dead is their fault"
        );
        assert_eq!(
            outcome.attempts, 2,
            "JobStore, fail: the outcome tells the attempts"
        );
    }
    let at_once = [
        ErrorKind::InvalidInput,
        ErrorKind::NotFound,
        ErrorKind::Denied,
        ErrorKind::Gone,
        ErrorKind::BudgetExceeded,
    ];
    for kind in at_once {
        let lease = claimed(jobs, job(kind.as_str()).with_max_attempts(9)).await;
        let now = jobs
            .fail(&scope, lease.claim(), fault(kind))
            .await
            .must("JobStore, fail: a held claim fails");
        assert_eq!(
            now,
            JobState::Dead,
            "JobStore, backoff: a fault of kind {kind} is final"
        );
    }
    let mut told = fault(ErrorKind::Unavailable);
    told.retry_after_ms = Some(90_000);
    let lease = claimed(jobs, job("told")).await;
    let now = jobs
        .fail(&scope, lease.claim(), told)
        .await
        .must("JobStore, fail: a held claim fails");
    assert_eq!(
        now,
        JobState::Scheduled,
        "JobStore, backoff: retry_after is a pause"
    );
    clock.advance(Duration::from_millis(89_999));
    assert!(
        claim(jobs, 1).await.is_empty(),
        "JobStore, backoff: not before retry_after"
    );
    clock.advance(Duration::from_millis(1));
    assert_eq!(
        claim(jobs, 1).await.len(),
        1,
        "JobStore, backoff: at retry_after"
    );
}

pub(super) async fn buries_the_silent(jobs: &dyn JobStore, clock: &ManualClock) {
    let scope = ana();
    let lease = claimed(jobs, job("a").with_max_attempts(2)).await;
    clock.advance(LEASE + Duration::from_millis(1));
    assert_eq!(
        claim(jobs, 1).await.len(),
        1,
        "JobStore, claim: a silent worker's job is tried again"
    );
    clock.advance(LEASE + Duration::from_millis(1));
    assert!(
        claim(jobs, 1).await.is_empty(),
        "JobStore, claim: without attempts left it is not tried again"
    );
    assert_eq!(
        state(jobs, lease.job.id).await,
        JobState::Dead,
        "JobStore, claim: a job whose worker dies each time is dead"
    );
    let outcomes = log(jobs, &scope).await;
    assert!(
        matches!(&outcomes[..], [only] if only.job == lease.job.id && only.result.is_err()),
        "JobStore, claim: the dead have an outcome"
    );
    refused(
        jobs,
        lease.claim(),
        "JobStore, fencing: the dead take nothing more",
    )
    .await;
}
