//! Clauses on submitting and on scopes.

use serde_json::json;

use crate::{
    Clock as _, ErrorKind, Executor, JobId, JobState, NewJob, OutcomeQuery, SystemClock,
    testkit::{ana, ben, clause::Clause as _, join_all},
};

use super::{hands::Hands, outcomes, state, status, submit};

/// A job that no handler of the suite runs.
fn idle(key: &str) -> NewJob {
    NewJob::new("nobody", key, json!({ "for": key })).with_group("g")
}

pub(super) async fn names_and_keeps(executor: &dyn Executor, _hands: &Hands) {
    let scope = ana();
    let ids = submit(executor, &scope, vec![idle("a"), idle("b"), idle("c")]).await;
    let wanted = ["a", "b", "c"].map(|key| idle(key).id(&scope));
    assert_eq!(
        ids, wanted,
        "Executor, submit: ids follow NewJob::id, in order"
    );
    let unknown = JobId::from_bytes([9; 16]);
    let told = status(executor, &[ids[2], unknown, ids[0]]).await;
    let told: Vec<_> = told.into_iter().map(|one| (one.key, one.state)).collect();
    assert_eq!(
        told,
        [
            ("c".to_owned(), JobState::Ready),
            ("a".to_owned(), JobState::Ready)
        ],
        "Executor, status: in the order asked, unknown ids left out"
    );
    let later = SystemClock
        .now()
        .plus(std::time::Duration::from_secs(100_000));
    let id = submit(executor, &scope, vec![idle("d").with_run_at(later)]).await[0];
    assert_eq!(
        state(executor, id).await,
        JobState::Scheduled,
        "Executor, status: before its time a job is scheduled"
    );
}

pub(super) async fn takes_all_or_nothing(executor: &dyn Executor, _hands: &Hands) {
    let scope = ana();
    let big = "x".repeat(NewJob::MAX_BYTES);
    let bad = [
        NewJob::new("", "k", json!(1)),
        NewJob::new("echo", "", json!(1)),
        NewJob::new("echo", "k", json!(big)),
        idle("k").with_max_attempts(0),
    ];
    for spec in bad {
        let clause = "Executor, submit: what breaks NewJob::check is refused";
        let answer = executor.submit(&scope, vec![idle("good"), spec]).await;
        answer.must_fail(ErrorKind::InvalidInput, clause);
        let left = status(executor, &[idle("good").id(&scope)]).await;
        assert!(
            left.is_empty(),
            "Executor, submit: the whole batch is queued or nothing"
        );
    }
}

pub(super) async fn is_idempotent_by_key(executor: &dyn Executor, hands: &Hands) {
    let scope = ana();
    let echo = |n: u64| NewJob::new("echo", "one", json!(n)).with_group("g");
    let calls = (0..5).map(|_| executor.submit(&scope, vec![echo(1), echo(2)]));
    let mut ids = Vec::new();
    for answer in join_all(calls).await {
        ids.extend(answer.must("Executor, submit: calls beside each other succeed"));
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "Executor, idempotent: one key is one job");
    let first = outcomes(executor, &scope, "g", 1).await;
    assert_eq!(
        first[0].result,
        Ok(json!({"echo": 1})),
        "Executor, idempotent: a used key changes nothing"
    );
    let again = submit(executor, &scope, vec![echo(3)]).await;
    assert_eq!(
        again, ids,
        "Executor, idempotent: a key stays used after its job ended"
    );
    let page = executor.outcomes(&scope, &OutcomeQuery::group("g")).await;
    let page = page.must("Executor, outcomes: the log is read");
    assert_eq!(
        page.items, first,
        "Executor, accepted once: an outcome never changes"
    );
    assert!(
        hands
            .ran("one")
            .iter()
            .all(|job| job.spec.payload == json!(1)),
        "Executor, idempotent: what ended is not run again"
    );
}

pub(super) async fn keeps_scopes_apart(executor: &dyn Executor, _hands: &Hands) {
    let (ana, ben) = (ana(), ben());
    let secret = NewJob::new("echo", "same", json!("canary-ana")).with_group("g");
    let mine = submit(executor, &ana, vec![secret]).await;
    let his = submit(
        executor,
        &ben,
        vec![NewJob::new("echo", "same", json!("ben")).with_group("g")],
    )
    .await;
    assert_ne!(
        mine, his,
        "Executor, scope: the same key elsewhere is another job"
    );
    outcomes(executor, &ana, "g", 1).await;
    let seen = outcomes(executor, &ben, "g", 1).await;
    assert_eq!(
        seen.len(),
        1,
        "Executor, scope: foreign outcomes are not read"
    );
    assert_eq!(
        seen[0].result,
        Ok(json!({"echo": "ben"})),
        "Executor, scope: each gets its own result"
    );
    let both = [mine[0], his[0]];
    let told = executor
        .status(&ben, &both)
        .await
        .must("Executor, status: answers");
    assert_eq!(told.len(), 1, "Executor, scope: foreign ids are left out");
    let waiting = submit(executor, &ana, vec![idle("waiting")]).await;
    let told = executor
        .cancel(&ben, &waiting)
        .await
        .must("Executor, cancel: answers");
    assert!(
        told.is_empty(),
        "Executor, scope: foreign jobs are not cancelled"
    );
    assert_eq!(
        state(executor, waiting[0]).await,
        JobState::Ready,
        "Executor, scope: foreign jobs are not cancelled"
    );
}
