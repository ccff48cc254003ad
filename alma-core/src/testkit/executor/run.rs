//! Clauses on running, retrying and cancelling.

use std::{pin::Pin, time::Duration};

use serde_json::json;

use crate::{
    Clock as _, ErrorKind, Executor, JobState, NewJob, OutcomeQuery, RecordId, SystemClock, Trust,
    testkit::{ana, clause::Clause as _, join_all},
};

use super::{hands::Hands, outcomes, state, submit};

fn job(kind: &str, key: &str, payload: serde_json::Value) -> NewJob {
    NewJob::new(kind, key, payload).with_group("g")
}

pub(super) async fn hands_over_what_was_queued(executor: &dyn Executor, hands: &Hands) {
    let source = RecordId::from_bytes([3; 16]);
    let spec = job("echo", "ключ", json!({"deep": [1, null, "ü"]}))
        .with_sources(vec![source])
        .with_trust(Trust::Derived)
        .with_priority(4);
    let id = submit(executor, &ana(), vec![spec.clone()]).await[0];
    let outcome = outcomes(executor, &ana(), "g", 1).await.remove(0);
    assert_eq!(
        outcome.result,
        Ok(json!({"echo": {"deep": [1, null, "ü"]}})),
        "Executor: a handler's answer is the result"
    );
    assert_eq!(
        (
            outcome.job,
            outcome.key.as_str(),
            outcome.group.as_str(),
            outcome.sources.as_slice()
        ),
        (id, "ключ", "g", &[source][..]),
        "Executor, outcomes: an outcome names job, key, group and sources"
    );
    assert!(
        outcome.attempts >= 1 && outcome.token >= 1,
        "Executor, outcomes: an outcome tells its attempt"
    );
    let given = hands.ran("ключ").remove(0);
    assert_eq!(
        given.spec, spec,
        "Executor: a handler is given what was queued"
    );
    assert_eq!(
        (given.id, given.scope),
        (id, ana()),
        "Executor: a handler is told job and scope"
    );
    assert_eq!(
        state(executor, id).await,
        JobState::Done,
        "Executor: a job with a result is done"
    );
}

pub(super) async fn accepts_one_outcome_a_job(executor: &dyn Executor, _hands: &Hands) {
    let scope = ana();
    let batch = (0..30)
        .map(|n| job("echo", &n.to_string(), json!(n)))
        .collect();
    let ids = submit(executor, &scope, batch).await;
    let readers = (0..3).map(|_| outcomes(executor, &scope, "g", 30));
    for seen in join_all(readers).await {
        assert_eq!(
            seen.len(),
            30,
            "Executor, accepted once: each job gets one outcome, for every reader"
        );
        let mut jobs: Vec<_> = seen.iter().map(|outcome| outcome.job).collect();
        jobs.sort_unstable();
        let mut wanted = ids.clone();
        wanted.sort_unstable();
        assert_eq!(
            jobs, wanted,
            "Executor, accepted once: no job is left out, none comes twice"
        );
    }
}

pub(super) async fn retries_and_gives_up(executor: &dyn Executor, hands: &Hands) {
    let scope = ana();
    let batch = vec![
        job("shaky", "heals", json!(2)).with_group("heals"),
        job("shaky", "hopeless", json!(99))
            .with_group("hopeless")
            .with_max_attempts(2),
        job("final", "denied", json!(1))
            .with_group("denied")
            .with_max_attempts(9),
    ];
    let ids = submit(executor, &scope, batch).await;
    let heals = outcomes(executor, &scope, "heals", 1).await.remove(0);
    assert!(
        heals.result.is_ok(),
        "Executor: an error of a transient kind is tried again"
    );
    assert_eq!(heals.attempts, 3, "Executor: attempts are counted");
    let hopeless = outcomes(executor, &scope, "hopeless", 1).await.remove(0);
    let kind = hopeless.result.as_ref().err().map(|fault| fault.kind);
    assert_eq!(
        kind,
        Some(ErrorKind::Unavailable),
        "Executor: after the last attempt the outcome is its fault"
    );
    assert_eq!(
        hands.ran("hopeless").len(),
        2,
        "Executor: no more attempts than allowed"
    );
    let denied = outcomes(executor, &scope, "denied", 1).await.remove(0);
    let fault = denied.result.err();
    assert_eq!(
        fault
            .as_ref()
            .map(|fault| (fault.kind, fault.message.as_str(), fault.remedy.as_deref())),
        Some((ErrorKind::Denied, "cannot do that", Some("ask first"))),
        "Executor: a fault keeps kind, message and remedy"
    );
    assert_eq!(
        hands.ran("denied").len(),
        1,
        "Executor: any other kind of error is final"
    );
    assert_eq!(
        state(executor, ids[1]).await,
        JobState::Dead,
        "Executor: what failed for good is dead"
    );
}

pub(super) async fn drops_what_takes_too_long(executor: &dyn Executor, _hands: &Hands) {
    let spec = job("endless", "slow", json!(1))
        .with_max_attempts(1)
        .with_timeout(Duration::from_millis(30));
    submit(executor, &ana(), vec![spec]).await;
    let outcome = outcomes(executor, &ana(), "g", 1).await.remove(0);
    let kind = outcome.result.err().map(|fault| fault.kind);
    assert_eq!(
        kind,
        Some(ErrorKind::TimedOut),
        "Executor: an attempt that takes too long has failed"
    );
}

pub(super) async fn cancels_what_waits(executor: &dyn Executor, hands: &Hands) {
    let scope = ana();
    let later = SystemClock.now().plus(Duration::from_secs(100_000));
    let batch = vec![
        job("echo", "done", json!(1)),
        job("echo", "later", json!(1)).with_run_at(later),
        job("nobody", "idle", json!(1)),
    ];
    let ids = submit(executor, &scope, batch).await;
    outcomes(executor, &scope, "g", 1).await;
    let told = executor
        .cancel(&scope, &ids)
        .await
        .must("Executor, cancel: answers");
    let states: Vec<_> = told.iter().map(|one| one.state).collect();
    assert_eq!(
        states,
        [JobState::Done, JobState::Cancelled, JobState::Cancelled],
        "Executor, cancel: what has not ended is cancelled; answers like status, after the fact"
    );
    let all = outcomes(executor, &scope, "g", 3).await;
    for outcome in &all[1..] {
        let kind = outcome.result.as_ref().err().map(|fault| fault.kind);
        assert_eq!(
            kind,
            Some(ErrorKind::Cancelled),
            "Executor, cancel: the outcome says Cancelled"
        );
    }
    executor
        .cancel(&scope, &ids)
        .await
        .must("Executor, cancel: may be repeated");
    let again = executor.outcomes(&scope, &OutcomeQuery::group("g")).await;
    let again = again.must("Executor, outcomes: the log is read").items;
    assert_eq!(again, all, "Executor, cancel: a repetition changes nothing");
    assert!(
        hands.ran("later").is_empty(),
        "Executor, cancel: a cancelled job is not run"
    );
}

pub(super) async fn cancels_what_runs(executor: &dyn Executor, hands: &Hands) {
    let scope = ana();
    let ids = submit(executor, &scope, vec![job("endless", "runs", json!(1))]).await;
    let reader = async {
        let outcome = outcomes(executor, &scope, "g", 1).await.remove(0);
        outcome.result.err().map(|fault| fault.kind)
    };
    let owner = async {
        for _ in 0..6_000 {
            if !hands.ran("runs").is_empty() {
                break;
            }
            SystemClock.sleep(Duration::from_millis(10)).await;
        }
        assert!(
            !hands.ran("runs").is_empty(),
            "Executor: a ready job is run"
        );
        executor
            .cancel(&scope, &ids)
            .await
            .must("Executor, cancel: answers");
        Some(ErrorKind::Cancelled)
    };
    let both: [Pin<Box<dyn Future<Output = Option<ErrorKind>>>>; 2] =
        [Box::pin(reader), Box::pin(owner)];
    let kinds = join_all(both).await;
    assert_eq!(
        kinds[0],
        Some(ErrorKind::Cancelled),
        "Executor, cancel: a running job ends as cancelled"
    );
    assert_eq!(
        state(executor, ids[0]).await,
        JobState::Cancelled,
        "Executor, cancel: a running job ends as cancelled"
    );
}
