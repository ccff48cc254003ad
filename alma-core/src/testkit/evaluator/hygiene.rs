//! Clauses on which cases are seen by whom, and on forgetting.

use std::collections::BTreeSet;

use super::{
    Stage,
    student::{is_secret, secret},
};
use crate::{
    Amount, Budget, ErasedState, Erasure, ErasureId, Evaluator, Verdict,
    testkit::{ben, clause::Clause as _},
};

async fn search<E: Evaluator>(stage: &Stage<E>) -> BTreeSet<String> {
    stage.student.take_asked();
    let budget = Budget::new(Amount::calls(100_000));
    let found = stage
        .evaluator
        .propose(&stage.parts.scope, &stage.subject, &budget)
        .await;
    found.must("Evaluator: a search is made");
    stage.student.take_asked().into_iter().collect()
}

pub(super) async fn judges_on_what_was_never_searched<E: Evaluator>(stage: &Stage<E>) {
    let mut searched = search(stage).await;
    assert!(!searched.is_empty(), "Evaluator: a search runs cases");
    let mut judged = BTreeSet::new();
    for skill in [0.55, 0.45] {
        let change = stage.change("skill", skill).await;
        for _ in 0..3 {
            stage.judge(&change).await;
            judged.extend(stage.student.take_asked());
            stage.next_day();
            searched.extend(search(stage).await);
        }
    }
    assert!(!judged.is_empty(), "Evaluator: a judgement runs cases");
    let both: Vec<_> = searched.intersection(&judged).collect();
    assert!(
        both.is_empty(),
        "Evaluator, apart: what confirms is never what was searched on; both saw {both:?}"
    );
}

pub(super) async fn keeps_scopes_apart<E: Evaluator>(stage: &Stage<E>) {
    let better = stage.change("skill", 0.95).await;
    let mine = stage.decide(&better, 40).await;
    assert!(
        matches!(mine, Verdict::Promote { .. }),
        "Evaluator: a gain of 45 points is promoted, got {mine:?}"
    );
    stage.student.take_asked();
    let theirs = stage.evaluator.judge(&ben(), &stage.subject, &better).await;
    let seen = stage.student.take_asked();
    assert!(
        !matches!(theirs, Ok(Verdict::Promote { .. })) && seen.is_empty(),
        "Evaluator, scope: cases and trials of another scope are not seen"
    );
}

pub(super) async fn erases<E: Evaluator>(stage: &Stage<E>) {
    let before = search(stage).await;
    assert!(
        before.iter().any(|case| is_secret(case)),
        "Evaluator: a search sees cases that were made of records"
    );
    let erasure = Erasure::new(ErasureId::from_bytes([3; 16]), vec![secret()]);
    let erase = || stage.evaluator.erase(&stage.parts.scope, &erasure);
    let elsewhere = stage.evaluator.erase(&ben(), &erasure).await;
    let elsewhere = elsewhere.must("Evaluator: a scope without cases erases nothing");
    assert_eq!(
        elsewhere.removed, 0,
        "Evaluator, scope: another scope's cases stay"
    );
    let erased = erase().await.must("Evaluator: cases are erased");
    assert!(
        erased.removed > 0 && !erased.component.is_empty(),
        "Evaluator: an erasure says who answers and how much went"
    );
    let again = erase().await.must("Evaluator: an erasure can be repeated");
    assert!(
        again.removed == 0
            && (erased.state != ErasedState::Erased || again.state == ErasedState::Erased),
        "Evaluator: an erasure is idempotent"
    );
    let mut seen = search(stage).await;
    let change = stage.change("skill", 0.55).await;
    for _ in 0..6 {
        stage.judge(&change).await;
        stage.next_day();
    }
    seen.extend(stage.student.take_asked());
    assert!(
        !seen.is_empty() && !seen.iter().any(|case| is_secret(case)),
        "Evaluator: no case made of forgotten records runs any more"
    );
}
