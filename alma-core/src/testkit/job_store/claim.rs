//! Clauses on claiming and listing.

use std::{collections::BTreeSet, time::Duration};

use serde_json::json;

use crate::{
    Clock as _, Cursor, ErrorKind, JobQuery, JobState, JobStore, NewJob, Operator, PageRequest,
    Worker,
    testkit::{ManualClock, ana, ben, clause::Clause as _, join_all},
};

use super::{LEASE, claim, complete, enqueue, job, state, worker};

pub(super) async fn takes_the_best_first(jobs: &dyn JobStore, clock: &ManualClock) {
    let scope = ana();
    enqueue(
        jobs,
        &scope,
        vec![job("low").with_priority(-1), job("late")],
    )
    .await;
    clock.advance(Duration::from_secs(1));
    enqueue(
        jobs,
        &scope,
        vec![job("later"), job("high").with_priority(9)],
    )
    .await;
    let mut ties: Vec<_> = (0..4)
        .map(|n| job(&format!("tie-{n}")).with_priority(5))
        .collect();
    enqueue(jobs, &scope, ties.clone()).await;
    ties.sort_by_key(|spec| spec.id(&scope));
    let mut wanted = vec!["high".to_owned()];
    wanted.extend(ties.into_iter().map(|spec| spec.key));
    wanted.extend(["late", "later", "low"].map(str::to_owned));
    let mut taken: Vec<String> = Vec::new();
    for n in [1, 2, 100] {
        let leases = claim(jobs, n).await;
        assert!(leases.len() <= n, "JobStore, claim: at most n jobs");
        for lease in leases {
            assert_eq!(
                lease.until,
                clock.now().plus(LEASE),
                "JobStore, claim: a lease ends by the store's clock"
            );
            assert_eq!(
                (lease.job.state, lease.job.attempts),
                (JobState::Leased, 1),
                "JobStore, claim: the attempt counts at the claim"
            );
            assert!(
                lease.job.token >= 1,
                "JobStore, claim: a claim has a fencing number"
            );
            taken.push(lease.job.spec.key);
        }
    }
    assert_eq!(
        taken, wanted,
        "JobStore, claim: by priority, then time due, then id"
    );
    assert!(
        claim(jobs, 5).await.is_empty(),
        "JobStore, claim: none when nothing is ready"
    );
}

pub(super) async fn serves_kinds_and_scopes(jobs: &dyn JobStore, _clock: &ManualClock) {
    let (ana, ben) = (ana(), ben());
    enqueue(
        jobs,
        &ana,
        vec![job("a"), NewJob::new("other", "b", json!(1))],
    )
    .await;
    enqueue(jobs, &ben, vec![job("a")]).await;
    let take = async |worker: &Worker| {
        let leases = jobs
            .claim(worker, 10, LEASE)
            .await
            .must("JobStore, claim: jobs are claimed");
        leases
            .into_iter()
            .map(|lease| (lease.job.scope, lease.job.spec.key))
            .collect::<Vec<_>>()
    };
    let none = Worker::new("none", Vec::new(), vec![ana.clone()]);
    assert!(
        take(&none).await.is_empty(),
        "JobStore, claim: a worker without kinds gets nothing"
    );
    let nowhere = Worker::new("nowhere", vec!["work".to_owned()], Vec::new());
    assert!(
        take(&nowhere).await.is_empty(),
        "JobStore, scope: a worker without scopes gets nothing"
    );
    assert_eq!(
        take(&worker()).await,
        [(ana.clone(), "a".to_owned())],
        "JobStore, claim: only jobs of the worker's kinds and scopes"
    );
    let all = Worker::for_all(
        &Operator::assume(),
        "all",
        vec!["work".to_owned(), "other".to_owned()],
    );
    let mut rest = take(&all).await;
    rest.sort();
    assert_eq!(
        rest,
        [(ana, "b".to_owned()), (ben, "a".to_owned())],
        "JobStore, claim: an operator's worker serves every scope"
    );
}

pub(super) async fn waits_for_its_time(jobs: &dyn JobStore, clock: &ManualClock) {
    let at = clock.now().plus(Duration::from_secs(60));
    let id = enqueue(jobs, &ana(), vec![job("later").with_run_at(at)]).await[0];
    assert_eq!(
        state(jobs, id).await,
        JobState::Scheduled,
        "JobStore: a job before its time is scheduled"
    );
    assert!(
        claim(jobs, 1).await.is_empty(),
        "JobStore, claim: not before its time"
    );
    clock.advance(Duration::from_secs(59));
    assert!(
        claim(jobs, 1).await.is_empty(),
        "JobStore, claim: not before its time"
    );
    clock.advance(Duration::from_secs(1));
    assert_eq!(
        claim(jobs, 1).await.len(),
        1,
        "JobStore, claim: from its time on"
    );
    let past = clock.now();
    clock.advance(Duration::from_secs(5));
    let id = enqueue(jobs, &ana(), vec![job("past").with_run_at(past)]).await[0];
    assert_eq!(
        state(jobs, id).await,
        JobState::Ready,
        "JobStore: a job whose time is over is ready"
    );
}

pub(super) async fn gives_each_job_to_one(jobs: &dyn JobStore, _clock: &ManualClock) {
    let scope = ana();
    enqueue(jobs, &scope, (0..40).map(|n| job(&n.to_string())).collect()).await;
    let worker = worker();
    let calls = (0..10).map(|_| jobs.claim(&worker, 7, LEASE));
    let mut seen = BTreeSet::new();
    let mut count = 0;
    for leases in join_all(calls).await {
        for lease in leases.must("JobStore, claim: calls beside each other succeed") {
            count += 1;
            assert!(
                seen.insert(lease.job.id),
                "JobStore, claim: no job is leased to two"
            );
        }
    }
    assert_eq!(count, 40, "JobStore, claim: every ready job is found");
}

pub(super) async fn lists_in_order(jobs: &dyn JobStore, _clock: &ManualClock) {
    let scope = ana();
    for batch in [0..3, 3..4, 4..9] {
        let batch =
            batch.map(|n| job(&n.to_string()).with_group(if n % 2 == 0 { "even" } else { "odd" }));
        enqueue(jobs, &scope, batch.collect()).await;
    }
    let list = async |query: &JobQuery, limit: usize| {
        let mut keys = Vec::new();
        let mut request = PageRequest::first(limit);
        loop {
            let page = jobs
                .jobs(&scope, query, &request)
                .await
                .must("JobStore, jobs: jobs are listed");
            assert!(
                page.items.len() <= limit,
                "JobStore, jobs: a page keeps its limit"
            );
            keys.extend(page.items.into_iter().map(|job| job.spec.key));
            if !page.more {
                return keys.join("");
            }
            request.after = page.next;
        }
    };
    for limit in [1, 4, 100] {
        let all = list(&JobQuery::default(), limit).await;
        assert_eq!(
            all, "012345678",
            "JobStore, jobs: each once, in the order of queueing"
        );
    }
    let even = JobQuery {
        group: Some("even".to_owned()),
        ..JobQuery::default()
    };
    assert_eq!(list(&even, 2).await, "02468", "JobStore, jobs: of a group");
    let leases = claim(jobs, 3).await;
    complete(jobs, leases[0].claim(), json!(1)).await;
    let ended = list(&JobQuery::states(vec![JobState::Done]), 10).await;
    assert_eq!(ended, leases[0].job.spec.key, "JobStore, jobs: in a state");
    let open = JobQuery::states(vec![JobState::Ready, JobState::Leased]);
    assert_eq!(
        list(&open, 10).await.len(),
        8,
        "JobStore, jobs: in any of several states"
    );
    let foreign = PageRequest::after(Cursor::new("no cursor"), 5);
    let answer = jobs.jobs(&scope, &JobQuery::default(), &foreign).await;
    answer.must_fail(
        ErrorKind::InvalidInput,
        "JobStore, jobs: a foreign cursor is refused",
    );
}
