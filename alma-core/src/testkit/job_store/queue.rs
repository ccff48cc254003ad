//! Clauses on queueing.

use std::time::Duration;

use serde_json::json;

use crate::{
    Clock as _, ErrorKind, JobId, JobQuery, JobState, JobStore, NewJob, PageRequest, RecordId,
    Trust,
    testkit::{ManualClock, ana, ben, clause::Clause as _, join_all},
};

use super::{claim, enqueue, job};

pub(super) async fn keeps_what_it_is_given(jobs: &dyn JobStore, clock: &ManualClock) {
    let scope = ana();
    let none = enqueue(jobs, &scope, Vec::new()).await;
    assert!(
        none.is_empty(),
        "JobStore, enqueue: nothing in, nothing out"
    );
    let full = NewJob::new("work", "ключ/1", json!({"deep": [1, null, {"x": "ü"}]}))
        .with_group("mission/1")
        .with_priority(-3)
        .with_max_attempts(7)
        .with_timeout(Duration::from_millis(1_500))
        .with_sources(vec![RecordId::from_bytes([4; 16])])
        .with_trust(Trust::VerifiedTool);
    let ids = enqueue(jobs, &scope, vec![full.clone(), job("2")]).await;
    assert_eq!(
        ids,
        [full.id(&scope), job("2").id(&scope)],
        "JobStore, enqueue: ids follow NewJob::id, in order"
    );
    let page = jobs
        .jobs(&scope, &JobQuery::default(), &PageRequest::default())
        .await;
    let page = page.must("JobStore, jobs: jobs are listed");
    let kept = &page.items[0];
    assert_eq!(
        kept.spec, full,
        "JobStore, enqueue: all that was queued is kept"
    );
    assert_eq!(
        (&kept.scope, kept.state, kept.attempts, kept.enqueued),
        (&scope, JobState::Ready, 0, clock.now()),
        "JobStore, enqueue: a new job is ready, untried, and dated by the store's clock"
    );
}

pub(super) async fn is_idempotent_by_key(jobs: &dyn JobStore, _clock: &ManualClock) {
    let scope = ana();
    let first = enqueue(jobs, &scope, vec![job("a")]).await;
    let mut other = job("a");
    other.payload = json!("another payload");
    let again = enqueue(jobs, &scope, vec![other.clone(), job("b"), other]).await;
    assert_eq!(
        (again[0], again[2]),
        (first[0], first[0]),
        "JobStore, idempotent: a used key answers with its job"
    );
    let twice = join_all((0..6).map(|_| jobs.enqueue(&scope, vec![job("a"), job("c")]))).await;
    for ids in twice {
        assert_eq!(
            ids.must("JobStore, enqueue: calls beside each other succeed")[0],
            first[0]
        );
    }
    let leases = claim(jobs, 100).await;
    assert_eq!(
        leases.len(),
        3,
        "JobStore, idempotent: one key is one job, also at once"
    );
    let a = leases.iter().find(|lease| lease.job.id == first[0]);
    assert!(
        a.is_some_and(|lease| lease.job.spec == job("a")),
        "JobStore, idempotent: a used key changes nothing"
    );
    let claim = leases[0].claim();
    super::complete(jobs, claim, json!(1)).await;
    let key = leases[0].job.spec.key.clone();
    let after = enqueue(jobs, &scope, vec![job(&key)]).await;
    assert_eq!(
        after,
        [claim.job],
        "JobStore, idempotent: a key stays used after its job ended"
    );
    assert!(
        super::claim(jobs, 10).await.is_empty(),
        "JobStore, idempotent: an ended job is not run again"
    );
}

pub(super) async fn takes_all_or_nothing(jobs: &dyn JobStore, _clock: &ManualClock) {
    let scope = ana();
    let big = "x".repeat(NewJob::MAX_BYTES);
    let bad = [
        NewJob::new("", "k", json!(1)),
        NewJob::new("work", "", json!(1)),
        NewJob::new("work", "k".repeat(513), json!(1)),
        NewJob::new("work", "k", json!(big)),
        job("k").with_max_attempts(0),
        job("k").with_group("g".repeat(513)),
    ];
    for spec in bad {
        let batch = vec![job("good"), spec];
        let clause = "JobStore, enqueue: what breaks NewJob::check is refused";
        jobs.enqueue(&scope, batch)
            .await
            .must_fail(ErrorKind::InvalidInput, clause);
        let left = claim(jobs, 10).await;
        assert!(
            left.is_empty(),
            "JobStore, enqueue: the whole batch is queued or nothing"
        );
    }
}

pub(super) async fn tells_where_jobs_stand(jobs: &dyn JobStore, _clock: &ManualClock) {
    let scope = ana();
    let ids = enqueue(jobs, &scope, vec![job("a"), job("b"), job("c")]).await;
    let unknown = JobId::from_bytes([9; 16]);
    let asked = [ids[2], unknown, ids[0]];
    let status = jobs
        .status(&scope, &asked)
        .await
        .must("JobStore, status: answers");
    let told: Vec<_> = status
        .iter()
        .map(|one| (one.id, one.key.as_str(), one.state))
        .collect();
    assert_eq!(
        told,
        [
            (ids[2], "c", JobState::Ready),
            (ids[0], "a", JobState::Ready)
        ],
        "JobStore, status: in the order asked, unknown ids left out"
    );
    let foreign = jobs
        .status(&ben(), &ids)
        .await
        .must("JobStore, status: answers");
    assert!(
        foreign.is_empty(),
        "JobStore, scope: foreign ids are left out like unknown ones"
    );
}
