//! Clauses on leases and fencing.

use std::time::Duration;

use serde_json::json;

use crate::{
    Claim, Clock as _, ErrorKind, Fault, JobId, JobState, JobStore, NewJob, Renewal,
    testkit::{ManualClock, ana, ben, clause::Clause as _, join_all},
};

use super::{LEASE, LONG, claim, claimed, complete, job, log, state};

/// Every write with this claim must be refused and change nothing.
pub(super) async fn refused(jobs: &dyn JobStore, claim: Claim, clause: &str) {
    let scope = ana();
    let before = jobs
        .status(&scope, &[claim.job])
        .await
        .must("JobStore, status: answers");
    let outcomes = log(jobs, &scope).await;
    jobs.complete(&scope, claim, json!("stale"))
        .await
        .must_fail(ErrorKind::LeaseLost, clause);
    let fault = Fault::new(ErrorKind::Internal, "cannot go on");
    jobs.fail(&scope, claim, fault)
        .await
        .must_fail(ErrorKind::LeaseLost, clause);
    jobs.release(&scope, claim)
        .await
        .must_fail(ErrorKind::LeaseLost, clause);
    let renewed = jobs
        .renew(&scope, &[claim], LEASE)
        .await
        .must("JobStore, renew: answers");
    assert!(
        !matches!(renewed[..], [Renewal::Until(_)]) && renewed.len() == 1,
        "{clause}: renewed"
    );
    let after = jobs
        .status(&scope, &[claim.job])
        .await
        .must("JobStore, status: answers");
    assert_eq!(before, after, "{clause}: the job was changed");
    assert_eq!(
        outcomes,
        log(jobs, &scope).await,
        "{clause}: the log was changed"
    );
}

pub(super) async fn accepts_once(jobs: &dyn JobStore, clock: &ManualClock) {
    let lease = claimed(jobs, job("a").with_group("g")).await;
    let big = json!("x".repeat(NewJob::MAX_BYTES));
    let clause = "JobStore, complete: a result above MAX_BYTES is refused";
    jobs.complete(&ana(), lease.claim(), big)
        .await
        .must_fail(ErrorKind::InvalidInput, clause);
    assert_eq!(
        state(jobs, lease.job.id).await,
        JobState::Leased,
        "JobStore, complete: after a result that is too large the lease stays"
    );
    let scope = ana();
    let tries = (0..6).map(|n| jobs.complete(&scope, lease.claim(), json!(n)));
    let won = join_all(tries)
        .await
        .into_iter()
        .filter(Result::is_ok)
        .count();
    assert_eq!(
        won, 1,
        "JobStore, accepted once: of several results one is accepted"
    );
    let outcomes = log(jobs, &scope).await;
    assert_eq!(outcomes.len(), 1, "JobStore, accepted once: one outcome");
    let outcome = &outcomes[0];
    assert!(
        outcome.result.is_ok(),
        "JobStore, complete: the outcome is the result"
    );
    assert_eq!(
        (
            outcome.job,
            outcome.key.as_str(),
            outcome.group.as_str(),
            outcome.token,
            outcome.attempts
        ),
        (lease.job.id, "a", "g", lease.job.token, 1),
        "JobStore, complete: the outcome tells job, key, group, fencing number and attempts"
    );
    assert_eq!(
        outcome.finished,
        clock.now(),
        "JobStore, complete: dated by the store's clock"
    );
    assert_eq!(
        state(jobs, lease.job.id).await,
        JobState::Done,
        "JobStore, complete: the job is done"
    );
    refused(
        jobs,
        lease.claim(),
        "JobStore, accepted once: a job that ended takes nothing more",
    )
    .await;
    clock.advance(LONG);
    assert!(
        claim(jobs, 1).await.is_empty(),
        "JobStore: a done job is never claimed again"
    );
}

pub(super) async fn returns_what_expired(jobs: &dyn JobStore, clock: &ManualClock) {
    let first = claimed(jobs, job("a")).await;
    clock.advance(LEASE - Duration::from_millis(1));
    assert!(
        claim(jobs, 1).await.is_empty(),
        "JobStore, claim: a lease that lasts is respected"
    );
    clock.advance(Duration::from_millis(2));
    let second = claim(jobs, 1).await;
    assert_eq!(
        second.len(),
        1,
        "JobStore, claim: a lease that ended returns its job"
    );
    let second = &second[0];
    assert!(
        second.job.token > first.job.token,
        "JobStore, fencing: the fencing number grows with each claim"
    );
    assert_eq!(
        second.job.attempts, 2,
        "JobStore, claim: attempts count at the claim, so that a crash counts"
    );
    refused(
        jobs,
        first.claim(),
        "JobStore, fencing: a worker that lost its lease writes nothing",
    )
    .await;
    complete(jobs, second.claim(), json!("fresh")).await;
    let outcomes = log(jobs, &ana()).await;
    assert_eq!(
        outcomes[0].result,
        Ok(json!("fresh")),
        "JobStore, fencing: the holder's result is accepted"
    );
    assert_eq!(
        outcomes[0].token, second.job.token,
        "JobStore, fencing: an outcome tells whose it is"
    );
}

pub(super) async fn prolongs_what_is_alive(jobs: &dyn JobStore, clock: &ManualClock) {
    let (a, b) = (claimed(jobs, job("a")).await, claimed(jobs, job("b")).await);
    complete(jobs, b.claim(), json!(1)).await;
    let unknown = Claim::new(JobId::from_bytes([5; 16]), 1);
    for _ in 0..5 {
        clock.advance(LEASE / 2);
        let asked = [unknown, a.claim(), b.claim()];
        let answers = jobs
            .renew(&ana(), &asked, LEASE)
            .await
            .must("JobStore, renew: answers");
        assert_eq!(
            answers,
            [
                Renewal::Lost,
                Renewal::Until(clock.now().plus(LEASE)),
                Renewal::Lost
            ],
            "JobStore, renew: each claim is judged alone, in the order asked"
        );
        assert!(
            claim(jobs, 1).await.is_empty(),
            "JobStore, renew: a renewed lease is respected"
        );
    }
    clock.advance(LEASE + Duration::from_millis(1));
    assert_eq!(
        claim(jobs, 1).await.len(),
        1,
        "JobStore, renew: without renewal the lease ends"
    );
}

pub(super) async fn refuses_false_claims(jobs: &dyn JobStore, _clock: &ManualClock) {
    let lease = claimed(jobs, job("a")).await;
    for token in [0, lease.job.token + 1, u64::MAX / 2] {
        let clause = "JobStore, fencing: a false fencing number writes nothing";
        refused(jobs, Claim::new(lease.job.id, token), clause).await;
    }
    let unknown = Claim::new(JobId::from_bytes([5; 16]), 1);
    refused(
        jobs,
        unknown,
        "JobStore, fencing: a claim on an unknown job writes nothing",
    )
    .await;
    let clause = "JobStore, scope: a claim names the job's own scope";
    let foreign = ben();
    jobs.complete(&foreign, lease.claim(), json!(1))
        .await
        .must_fail(ErrorKind::LeaseLost, clause);
    jobs.release(&foreign, lease.claim())
        .await
        .must_fail(ErrorKind::LeaseLost, clause);
    let fault = Fault::new(ErrorKind::Internal, "cannot go on");
    jobs.fail(&foreign, lease.claim(), fault)
        .await
        .must_fail(ErrorKind::LeaseLost, clause);
    let renewed = jobs
        .renew(&foreign, &[lease.claim()], LEASE)
        .await
        .must("JobStore, renew: answers");
    assert_eq!(renewed, [Renewal::Lost], "{clause}");
    complete(jobs, lease.claim(), json!(1)).await;
}

pub(super) async fn releases_with_a_refund(jobs: &dyn JobStore, _clock: &ManualClock) {
    let first = claimed(jobs, job("a").with_max_attempts(1)).await;
    jobs.release(&ana(), first.claim())
        .await
        .must("JobStore, release: a held claim is given back");
    assert_eq!(
        state(jobs, first.job.id).await,
        JobState::Ready,
        "JobStore, release: the job is ready at once"
    );
    refused(
        jobs,
        first.claim(),
        "JobStore, release: what was given back is no longer held",
    )
    .await;
    let second = claim(jobs, 1).await;
    assert_eq!(
        second.len(),
        1,
        "JobStore, release: the attempt is refunded, so the last one is not used up"
    );
    assert_eq!(
        second[0].job.attempts, 1,
        "JobStore, release: the attempt is refunded"
    );
    assert!(
        second[0].job.token > first.job.token,
        "JobStore, fencing: the fencing number grows, whatever was refunded"
    );
    assert!(
        log(jobs, &ana()).await.is_empty(),
        "JobStore, release: no outcome"
    );
}
