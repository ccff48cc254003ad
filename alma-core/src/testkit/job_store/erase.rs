//! Clauses on erasure.

use serde_json::json;

use crate::{
    ErasedState, Erasure, ErasureId, ErrorKind, Fault, JobQuery, JobState, JobStore, NewJob,
    PageRequest, RecordId,
    testkit::{ManualClock, ana, ben, clause::Clause as _},
};

use super::{claimed, complete, enqueue, job, log};

/// Everything that the store answers with, as text.
async fn shown(jobs: &dyn JobStore) -> String {
    let scope = ana();
    let listed = jobs
        .jobs(&scope, &JobQuery::default(), &PageRequest::default())
        .await;
    let listed = listed.must("JobStore, jobs: jobs are listed").items;
    let ids: Vec<_> = listed.iter().map(|job| job.id).collect();
    let status = jobs
        .status(&scope, &ids)
        .await
        .must("JobStore, status: answers");
    format!("{listed:?} {status:?} {:?}", log(jobs, &scope).await)
}

pub(super) async fn removes_every_copy(jobs: &dyn JobStore, _clock: &ManualClock) {
    let scope = ana();
    let (gone, kept) = (RecordId::from_bytes([1; 16]), RecordId::from_bytes([2; 16]));
    let made_of = |key: &str, sources: Vec<RecordId>| {
        NewJob::new("work", key, json!({ "text": "canary-payload" })).with_sources(sources)
    };
    let done = claimed(jobs, made_of("done", vec![gone])).await;
    complete(jobs, done.claim(), json!("canary-result")).await;
    let dead = claimed(jobs, made_of("dead", vec![kept, gone])).await;
    let fault = Fault::new(ErrorKind::Denied, "cannot print canary-fault");
    jobs.fail(&scope, dead.claim(), fault)
        .await
        .must("JobStore, fail: a held claim fails");
    let running = claimed(jobs, made_of("running", vec![gone])).await;
    let waiting = enqueue(jobs, &scope, vec![made_of("waiting", vec![gone])]).await[0];
    let other = job("other").with_sources(vec![kept]);
    let other = enqueue(jobs, &scope, vec![other]).await[0];
    enqueue(jobs, &ben(), vec![made_of("his", vec![gone])]).await;

    let erasure = Erasure::new(ErasureId::from_bytes([9; 16]), vec![gone]);
    let erased = jobs
        .erase(&scope, &erasure)
        .await
        .must("JobStore, erase: answers");
    assert!(
        erased.removed >= 4,
        "JobStore, erase: tells how much was removed"
    );
    assert!(
        !matches!(&erased.state, ErasedState::Pending(why) if why.is_empty()),
        "JobStore, erase: pending says why"
    );
    let all = shown(jobs).await;
    assert!(
        !all.contains("canary"),
        "JobStore, erase: no payload, result or fault of forgotten records is left"
    );
    let ids = [running.job.id, waiting, other];
    let status = jobs
        .status(&scope, &ids)
        .await
        .must("JobStore, status: answers");
    let states: Vec<_> = status.iter().map(|one| one.state).collect();
    assert_eq!(
        states,
        [JobState::Cancelled, JobState::Cancelled, JobState::Ready],
        "JobStore, erase: unfinished jobs are cancelled, others are left alone"
    );
    let outcomes = log(jobs, &scope).await;
    for id in [running.job.id, waiting] {
        let told = outcomes.iter().find(|outcome| outcome.job == id);
        let kind = told
            .and_then(|outcome| outcome.result.as_ref().err())
            .map(|fault| fault.kind);
        assert_eq!(
            kind,
            Some(ErrorKind::Cancelled),
            "JobStore, erase: a job that it cancelled has an outcome"
        );
    }
    let clause = "JobStore, erase: a running job's result is refused";
    let late = jobs
        .complete(&scope, running.claim(), json!("canary-late"))
        .await;
    late.must_fail(ErrorKind::LeaseLost, clause);
    let clause = "JobStore, erase: a job made of forgotten records is refused later";
    let batch = vec![job("new"), made_of("late", vec![gone])];
    jobs.enqueue(&scope, batch)
        .await
        .must_fail(ErrorKind::Gone, clause);
    let again = jobs
        .erase(&scope, &erasure)
        .await
        .must("JobStore, erase: idempotent");
    assert_eq!(
        again.removed, 0,
        "JobStore, erase: a repetition removes nothing"
    );
    let replayed = jobs
        .replay(&scope, &[dead.job.id])
        .await
        .must("JobStore, replay: answers");
    let back = super::claim(jobs, 10).await;
    assert!(
        back.iter().all(|lease| lease.job.id == other) && replayed <= 1,
        "JobStore, erase: what was made of forgotten records does not run again"
    );
    let his = jobs
        .jobs(&ben(), &JobQuery::default(), &PageRequest::default())
        .await;
    let his = his.must("JobStore, jobs: jobs are listed").items;
    assert_eq!(
        his[0].spec.payload,
        json!({"text": "canary-payload"}),
        "JobStore, scope: an erasure reaches its own scope alone"
    );
}
