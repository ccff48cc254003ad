//! Clauses on cancelling, replaying, purging and scopes.

use std::time::Duration;

use serde_json::json;

use crate::{
    Clock as _, ErrorKind, Fault, JobId, JobQuery, JobState, JobStore, OutcomeQuery, PageRequest,
    Renewal,
    testkit::{ManualClock, ana, ben, clause::Clause as _},
};

use super::{LEASE, claim, claimed, complete, enqueue, job, log, state};

pub(super) async fn cancels(jobs: &dyn JobStore, clock: &ManualClock) {
    let scope = ana();
    let running = claimed(jobs, job("running")).await;
    let done = claimed(jobs, job("done")).await;
    complete(jobs, done.claim(), json!(1)).await;
    let later = job("later").with_run_at(clock.now().plus(LEASE));
    let waiting = enqueue(jobs, &scope, vec![job("ready"), later]).await;
    let ids = [
        running.job.id,
        done.job.id,
        waiting[0],
        waiting[1],
        JobId::from_bytes([8; 16]),
    ];
    let foreign = jobs
        .cancel(&ben(), &ids)
        .await
        .must("JobStore, cancel: answers");
    assert!(
        foreign.is_empty(),
        "JobStore, scope: foreign jobs are not cancelled"
    );
    let status = jobs
        .cancel(&scope, &ids)
        .await
        .must("JobStore, cancel: answers");
    let states: Vec<_> = status.iter().map(|one| one.state).collect();
    assert_eq!(
        states,
        [
            JobState::Cancelled,
            JobState::Done,
            JobState::Cancelled,
            JobState::Cancelled
        ],
        "JobStore, cancel: what has not ended is cancelled; answers like status, after the fact"
    );
    let renewed = jobs
        .renew(&scope, &[running.claim()], LEASE)
        .await
        .must("JobStore, renew: answers");
    assert_eq!(
        renewed,
        [Renewal::Cancelled],
        "JobStore, cancel: a running job's worker is told"
    );
    let clause = "JobStore, cancel: a cancelled job's result is refused";
    jobs.complete(&scope, running.claim(), json!("late"))
        .await
        .must_fail(ErrorKind::LeaseLost, clause);
    let outcomes = log(jobs, &scope).await;
    assert_eq!(
        outcomes.len(),
        4,
        "JobStore, cancel: a cancelled job gets an outcome"
    );
    for outcome in &outcomes[1..] {
        let told = outcome.result.as_ref().err().map(|fault| fault.kind);
        assert_eq!(
            told,
            Some(ErrorKind::Cancelled),
            "JobStore, cancel: the outcome says Cancelled"
        );
    }
    jobs.cancel(&scope, &ids)
        .await
        .must("JobStore, cancel: may be repeated");
    assert_eq!(
        log(jobs, &scope).await,
        outcomes,
        "JobStore, cancel: a repetition changes nothing"
    );
    clock.advance(LEASE * 10);
    assert!(
        claim(jobs, 10).await.is_empty(),
        "JobStore, cancel: a cancelled job is not claimed"
    );
}

pub(super) async fn replays_the_dead(jobs: &dyn JobStore, _clock: &ManualClock) {
    let scope = ana();
    let dead = claimed(jobs, job("dead").with_max_attempts(2)).await;
    let fault = Fault::new(ErrorKind::Denied, "cannot go on");
    jobs.fail(&scope, dead.claim(), fault)
        .await
        .must("JobStore, fail: a held claim fails");
    let done = claimed(jobs, job("done")).await;
    complete(jobs, done.claim(), json!(1)).await;
    let running = claimed(jobs, job("running")).await;
    let ids = [dead.job.id, done.job.id, running.job.id];
    let foreign = jobs
        .replay(&ben(), &ids)
        .await
        .must("JobStore, replay: answers");
    assert_eq!(foreign, 0, "JobStore, scope: foreign jobs are not replayed");
    let count = jobs
        .replay(&scope, &ids)
        .await
        .must("JobStore, replay: answers");
    assert_eq!(count, 1, "JobStore, replay: only dead jobs are replayed");
    assert_eq!(
        state(jobs, done.job.id).await,
        JobState::Done,
        "JobStore, replay: others are left alone"
    );
    assert_eq!(
        state(jobs, running.job.id).await,
        JobState::Leased,
        "JobStore, replay: others are left alone"
    );
    let again = claim(jobs, 10).await;
    assert_eq!(
        again.len(),
        1,
        "JobStore, replay: the job can be claimed again"
    );
    assert_eq!(
        again[0].job.attempts, 1,
        "JobStore, replay: with a fresh set of attempts"
    );
    assert!(
        again[0].job.token > dead.job.token,
        "JobStore, fencing: the fencing number goes on growing"
    );
    complete(jobs, again[0].claim(), json!("risen")).await;
    let outcomes = log(jobs, &scope).await;
    let last = outcomes.iter().rfind(|outcome| outcome.job == dead.job.id);
    assert_eq!(
        last.map(|outcome| outcome.result.clone()),
        Some(Ok(json!("risen"))),
        "JobStore, replay: the replayed job gets its outcome"
    );
}

pub(super) async fn purges_what_ended(jobs: &dyn JobStore, clock: &ManualClock) {
    let scope = ana();
    for key in ["a", "b"] {
        let lease = claimed(jobs, job(key)).await;
        complete(jobs, lease.claim(), json!(key)).await;
    }
    let first = jobs
        .outcomes(&scope, &OutcomeQuery::all().with_limit(1))
        .await;
    let early = first.must("JobStore, outcomes: the log is read").next;
    clock.advance(Duration::from_secs(10));
    let border = clock.now();
    let lease = claimed(jobs, job("c")).await;
    complete(jobs, lease.claim(), json!("c")).await;
    let open = enqueue(jobs, &scope, vec![job("open")]).await[0];
    let foreign = jobs
        .purge(&ben(), border)
        .await
        .must("JobStore, purge: answers");
    assert_eq!(
        foreign, 0,
        "JobStore, scope: nothing of another scope is purged"
    );
    let count = jobs
        .purge(&scope, border)
        .await
        .must("JobStore, purge: answers");
    assert_eq!(
        count, 2,
        "JobStore, purge: removes what ended before the time"
    );
    let left = jobs
        .jobs(&scope, &JobQuery::default(), &PageRequest::default())
        .await;
    let left: Vec<_> = left
        .must("JobStore, jobs: jobs are listed")
        .items
        .iter()
        .map(|job| job.spec.key.clone())
        .collect();
    assert_eq!(
        left,
        ["c", "open"],
        "JobStore, purge: what ended later and what is open stays"
    );
    assert_eq!(
        state(jobs, open).await,
        JobState::Ready,
        "JobStore, purge: open jobs are left alone"
    );
    let keys: Vec<_> = log(jobs, &scope)
        .await
        .into_iter()
        .map(|outcome| outcome.key)
        .collect();
    assert_eq!(
        keys,
        ["c"],
        "JobStore, purge: outcomes go along; the log is read from its start"
    );
    let answer = jobs
        .outcomes(&scope, &OutcomeQuery::all().after(early))
        .await;
    answer.must_fail(
        ErrorKind::Gone,
        "JobStore, outcomes: a cursor older than what is retained is Gone",
    );
    let again = jobs
        .purge(&scope, border)
        .await
        .must("JobStore, purge: may be repeated");
    assert_eq!(again, 0, "JobStore, purge: a repetition removes nothing");
}

pub(super) async fn keeps_scopes_apart(jobs: &dyn JobStore, _clock: &ManualClock) {
    let (ana, ben) = (ana(), ben());
    let mut secret = job("same");
    secret.payload = json!("canary-ana");
    let mine = enqueue(jobs, &ana, vec![secret]).await;
    let his = enqueue(jobs, &ben, vec![job("same")]).await;
    assert_ne!(
        mine, his,
        "JobStore, scope: the same key elsewhere is another job"
    );
    let lease = claim(jobs, 10).await;
    assert_eq!(
        lease.len(),
        1,
        "JobStore, scope: a worker sees the scopes that it serves"
    );
    complete(jobs, lease[0].claim(), json!("canary-result")).await;
    let seen = jobs
        .jobs(&ben, &JobQuery::default(), &PageRequest::default())
        .await;
    let seen = seen.must("JobStore, jobs: jobs are listed").items;
    assert_eq!(
        seen.len(),
        1,
        "JobStore, scope: foreign jobs are not listed"
    );
    assert!(
        log(jobs, &ben).await.is_empty(),
        "JobStore, scope: foreign outcomes are not read"
    );
    let status = jobs
        .status(&ben, &[mine[0], his[0]])
        .await
        .must("JobStore, status: answers");
    assert_eq!(status.len(), 1, "JobStore, scope: foreign ids are left out");
    let all = format!("{seen:?} {status:?}");
    assert!(
        !all.contains("canary"),
        "JobStore, scope: nothing of another scope shows"
    );
}
