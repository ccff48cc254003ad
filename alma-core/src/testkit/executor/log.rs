//! Clauses on the log of outcomes.

use std::{pin::Pin, time::Duration};

use serde_json::json;

use crate::{
    Cursor, ErrorKind, Executor, NewJob, OutcomeQuery,
    testkit::{ana, clause::Clause as _, join_all},
};

use super::{hands::Hands, outcomes, submit};

fn echo(group: &str, key: &str) -> NewJob {
    NewJob::new("echo", key, json!(key)).with_group(group)
}

async fn read(executor: &dyn Executor, query: &OutcomeQuery) -> (Vec<String>, Cursor) {
    let page = executor
        .outcomes(&ana(), query)
        .await
        .must("Executor, outcomes: the log is read");
    assert!(
        page.items.len() <= query.limit,
        "Executor, outcomes: a page keeps its limit"
    );
    (
        page.items.into_iter().map(|outcome| outcome.key).collect(),
        page.next,
    )
}

pub(super) async fn resumes_by_cursor(executor: &dyn Executor, _hands: &Hands) {
    let scope = ana();
    let (none, start) = read(executor, &OutcomeQuery::all()).await;
    assert!(
        none.is_empty(),
        "Executor, outcomes: an empty log is an empty page"
    );
    for key in ["a1", "b1", "a2", "b2", "a3"] {
        let group = &key[..1];
        submit(executor, &scope, vec![echo(group, key)]).await;
        let n: usize = key[1..].parse().unwrap_or(1);
        outcomes(executor, &scope, group, n).await;
    }
    let wanted = ["a1", "b1", "a2", "b2", "a3"];
    let (keys, _) = read(executor, &OutcomeQuery::all().after(start)).await;
    assert_eq!(
        keys, wanted,
        "Executor, outcomes: in the order of acceptance, after the cursor of an empty page too"
    );
    for limit in [1, 2, 100] {
        let mut seen = Vec::new();
        let mut query = OutcomeQuery::all().with_limit(limit);
        loop {
            let (keys, next) = read(executor, &query).await;
            if keys.is_empty() {
                break;
            }
            seen.extend(keys);
            query = query.after(next);
        }
        assert_eq!(
            seen, wanted,
            "Executor, outcomes: each once by pages of {limit}"
        );
    }
    let (keys, next) = read(executor, &OutcomeQuery::group("a")).await;
    assert_eq!(
        keys,
        ["a1", "a2", "a3"],
        "Executor, outcomes: only of the group"
    );
    submit(executor, &scope, vec![echo("b", "b3"), echo("a", "a4")]).await;
    outcomes(executor, &scope, "a", 4).await;
    let (keys, _) = read(executor, &OutcomeQuery::group("a").after(next)).await;
    assert_eq!(
        keys,
        ["a4"],
        "Executor, outcomes: a group is followed by its cursor"
    );
    let query = OutcomeQuery::all().after(Cursor::new("no cursor"));
    let answer = executor.outcomes(&scope, &query).await;
    answer.must_fail(
        ErrorKind::InvalidInput,
        "Executor, outcomes: a foreign cursor is refused",
    );
}

pub(super) async fn waits_for_the_first(executor: &dyn Executor, _hands: &Hands) {
    let scope = ana();
    let short = OutcomeQuery::group("g").with_wait(Duration::from_millis(20));
    let (none, _) = read(executor, &short).await;
    assert!(
        none.is_empty(),
        "Executor, outcomes: an empty page comes back once the wait has passed"
    );
    let long = OutcomeQuery::group("g").with_wait(Duration::from_secs(60));
    let reader = async { read(executor, &long).await.0.len() };
    let writer = async {
        submit(executor, &scope, vec![echo("g", "late")])
            .await
            .len()
    };
    let both: [Pin<Box<dyn Future<Output = usize>>>; 2] = [Box::pin(reader), Box::pin(writer)];
    assert_eq!(
        join_all(both).await,
        [1, 1],
        "Executor, outcomes: a waiting reader gets what is accepted meanwhile"
    );
}
