//! Clauses on the log of outcomes.

use std::time::Duration;

use serde_json::json;

use crate::{
    Clock as _, Cursor, ErrorKind, JobStore, OutcomeQuery, RecordId, Trust,
    testkit::{ManualClock, ana, clause::Clause as _, join_all, run::while_time_goes},
};

use super::{claim, claimed, complete, enqueue, job, log};

/// Queues and completes jobs with these keys, in this order.
async fn work(jobs: &dyn JobStore, keys: &[&str]) {
    for key in keys {
        let group = if key.starts_with('a') {
            "alpha"
        } else {
            "beta"
        };
        let lease = claimed(jobs, job(key).with_group(group)).await;
        complete(jobs, lease.claim(), json!(key)).await;
    }
}

async fn read(jobs: &dyn JobStore, query: &OutcomeQuery) -> (String, Cursor, bool) {
    let page = jobs
        .outcomes(&ana(), query)
        .await
        .must("JobStore, outcomes: the log is read");
    let keys: Vec<_> = page.items.into_iter().map(|outcome| outcome.key).collect();
    (keys.join(" "), page.next, page.more)
}

pub(super) async fn logs_in_order(jobs: &dyn JobStore, clock: &ManualClock) {
    let source = RecordId::from_bytes([6; 16]);
    enqueue(
        jobs,
        &ana(),
        vec![
            job("c")
                .with_sources(vec![source])
                .with_trust(Trust::VerifiedTool),
            job("a"),
            job("b"),
        ],
    )
    .await;
    let mut leases = claim(jobs, 3).await;
    leases.sort_by(|a, b| b.job.spec.key.cmp(&a.job.spec.key));
    for lease in &leases {
        clock.advance(Duration::from_millis(5));
        complete(jobs, lease.claim(), json!({ "done": lease.job.spec.key })).await;
    }
    let all = log(jobs, &ana()).await;
    let keys: Vec<_> = all.iter().map(|outcome| outcome.key.as_str()).collect();
    assert_eq!(
        keys,
        ["c", "b", "a"],
        "JobStore, outcomes: in the order in which they were accepted"
    );
    assert_eq!(
        all[0].result,
        Ok(json!({"done": "c"})),
        "JobStore, outcomes: results come back as they were given"
    );
    assert_eq!(
        (&all[0].sources[..], all[0].trust, all[1].trust),
        (&[source][..], Trust::VerifiedTool, Trust::External),
        "JobStore, outcomes: sources and trust come along"
    );
    assert_eq!(
        all,
        log(jobs, &ana()).await,
        "JobStore, outcomes: reading changes nothing"
    );
}

pub(super) async fn resumes_by_cursor(jobs: &dyn JobStore, _clock: &ManualClock) {
    let start = read(jobs, &OutcomeQuery::all()).await;
    assert_eq!(
        (start.0.as_str(), start.2),
        ("", false),
        "JobStore, outcomes: an empty log is an empty page"
    );
    work(jobs, &["a1", "b1", "a2", "b2", "a3"]).await;
    let (keys, _, _) = read(jobs, &OutcomeQuery::all().after(start.1)).await;
    assert_eq!(
        keys, "a1 b1 a2 b2 a3",
        "JobStore, outcomes: the cursor of an empty page goes on"
    );
    for limit in [1, 2, 5] {
        let mut seen = Vec::new();
        let mut query = OutcomeQuery::all().with_limit(limit);
        loop {
            let (keys, next, more) = read(jobs, &query).await;
            if keys.is_empty() {
                assert!(
                    !more,
                    "JobStore, outcomes: more is not claimed of an empty log"
                );
                break;
            }
            assert!(
                keys.split(' ').count() <= limit,
                "JobStore, outcomes: a page keeps its limit"
            );
            seen.push(keys);
            query = query.after(next);
        }
        assert_eq!(
            seen.join(" "),
            "a1 b1 a2 b2 a3",
            "JobStore, outcomes: each once by pages of {limit}"
        );
        work(jobs, &[]).await;
    }
    let (keys, next, _) = read(jobs, &OutcomeQuery::group("alpha").with_limit(2)).await;
    assert_eq!(keys, "a1 a2", "JobStore, outcomes: only of the group");
    work(jobs, &["b3", "a4"]).await;
    let (keys, next, _) = read(jobs, &OutcomeQuery::group("alpha").after(next)).await;
    assert_eq!(
        keys, "a3 a4",
        "JobStore, outcomes: a group is followed by its cursor"
    );
    let (keys, next, _) = read(jobs, &OutcomeQuery::group("alpha").after(next)).await;
    assert_eq!(keys, "", "JobStore, outcomes: nothing new, nothing read");
    work(jobs, &["a5"]).await;
    let (keys, _, _) = read(jobs, &OutcomeQuery::group("alpha").after(next)).await;
    assert_eq!(
        keys, "a5",
        "JobStore, outcomes: an empty page's cursor goes on too"
    );
    let (keys, _, _) = read(jobs, &OutcomeQuery::group("gamma")).await;
    assert_eq!(keys, "", "JobStore, outcomes: none of an unknown group");
    let query = OutcomeQuery::all().after(Cursor::new("no cursor"));
    let answer = jobs.outcomes(&ana(), &query).await;
    answer.must_fail(
        ErrorKind::InvalidInput,
        "JobStore, outcomes: a foreign cursor is refused",
    );
}

pub(super) async fn waits_for_the_first(jobs: &dyn JobStore, clock: &ManualClock) {
    let wait = Duration::from_secs(60);
    let query = OutcomeQuery::all().with_wait(wait);
    let before = clock.now();
    let empty = while_time_goes(clock, Duration::from_secs(1), read(jobs, &query)).await;
    assert_eq!(
        empty.0, "",
        "JobStore, outcomes: an empty page comes back once the wait has passed"
    );
    assert!(
        clock.now().since(before) <= wait * 10,
        "JobStore, outcomes: an empty page comes back once the wait has passed"
    );
    let lease = claimed(jobs, job("a")).await;
    let scope = ana();
    let reader = async {
        let page = jobs.outcomes(&scope, &query).await;
        page.must("JobStore, outcomes: the log is read").items.len()
    };
    let writer = async {
        complete(jobs, lease.claim(), json!(1)).await;
        1
    };
    let both: [std::pin::Pin<Box<dyn Future<Output = usize>>>; 2] =
        [Box::pin(reader), Box::pin(writer)];
    let seen = while_time_goes(clock, Duration::from_secs(1), join_all(both)).await;
    assert_eq!(
        seen,
        [1, 1],
        "JobStore, outcomes: a waiting reader gets what is accepted meanwhile"
    );
    let at = clock.now();
    let page = jobs
        .outcomes(&ana(), &query)
        .await
        .must("JobStore, outcomes: the log is read");
    assert_eq!(
        page.items.len(),
        1,
        "JobStore, outcomes: what is there is read"
    );
    assert_eq!(
        clock.now(),
        at,
        "JobStore, outcomes: nobody waits for what is there"
    );
}
