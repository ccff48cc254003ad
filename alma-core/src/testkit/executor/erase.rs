//! Clauses on erasure.

use serde_json::json;

use crate::{
    ErasedState, Erasure, ErasureId, ErrorKind, Executor, JobState, NewJob, OutcomeQuery, RecordId,
    testkit::{ana, ben, clause::Clause as _},
};

use super::{hands::Hands, outcomes, status, submit};

pub(super) async fn removes_every_copy(executor: &dyn Executor, hands: &Hands) {
    let scope = ana();
    let (gone, kept) = (RecordId::from_bytes([1; 16]), RecordId::from_bytes([2; 16]));
    let made_of = |kind: &str, key: &str, sources: Vec<RecordId>| {
        NewJob::new(kind, key, json!("canary-payload"))
            .with_group("g")
            .with_sources(sources)
    };
    let done = made_of("echo", "done", vec![kept, gone]);
    submit(executor, &scope, vec![done]).await;
    outcomes(executor, &scope, "g", 1).await;
    submit(executor, &ben(), vec![made_of("echo", "his", vec![gone])]).await;
    let his = outcomes(executor, &ben(), "g", 1).await;
    let other = NewJob::new("nobody", "other", json!("fine")).with_sources(vec![kept]);
    let open = submit(
        executor,
        &scope,
        vec![made_of("nobody", "open", vec![gone]), other],
    )
    .await;

    let erasure = Erasure::new(ErasureId::from_bytes([9; 16]), vec![gone]);
    let erased = executor
        .erase(&scope, &erasure)
        .await
        .must("Executor, erase: answers");
    assert!(
        erased.removed >= 2,
        "Executor, erase: tells how much was removed"
    );
    assert!(
        !matches!(&erased.state, ErasedState::Pending(why) if why.is_empty()),
        "Executor, erase: pending says why"
    );
    let told = status(executor, &open).await;
    let states: Vec<_> = told.iter().map(|one| one.state).collect();
    assert_eq!(
        states,
        [JobState::Cancelled, JobState::Ready],
        "Executor, erase: unfinished jobs are cancelled, others are left alone"
    );
    let all = outcomes(executor, &scope, "g", 2).await;
    assert!(
        !format!("{all:?} {told:?}").contains("canary"),
        "Executor, erase: no payload, result or fault of forgotten records is left"
    );
    let kind = all[1].result.as_ref().err().map(|fault| fault.kind);
    assert_eq!(
        kind,
        Some(ErrorKind::Cancelled),
        "Executor, erase: a job that it cancelled has an outcome"
    );
    let late = vec![
        NewJob::new("echo", "fine", json!(1)),
        made_of("echo", "late", vec![gone]),
    ];
    let clause = "Executor, erase: a job made of forgotten records is refused later";
    executor
        .submit(&scope, late)
        .await
        .must_fail(ErrorKind::Gone, clause);
    assert!(
        hands.ran("fine").is_empty(),
        "Executor, submit: the whole batch is queued or nothing"
    );
    let again = executor
        .erase(&scope, &erasure)
        .await
        .must("Executor, erase: idempotent");
    assert_eq!(
        again.removed, 0,
        "Executor, erase: a repetition removes nothing"
    );
    let page = executor.outcomes(&ben(), &OutcomeQuery::group("g")).await;
    let page = page.must("Executor, outcomes: the log is read").items;
    assert_eq!(
        page, his,
        "Executor, scope: an erasure reaches its own scope alone"
    );
}
