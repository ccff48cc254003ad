//! What a search and a year may spend, and how a pool that runs dry ends.

use std::{collections::BTreeMap, sync::atomic::Ordering};

use alma_core::{Amount, Budget, Evaluator, Metric, Refusal, Scope, Suite, SuiteCase, Verdict};
use alma_meta::{Bench, Rules};

use super::pupil::{reason, stage, stage_with, suite};

#[tokio::test]
async fn a_pool_that_runs_dry_ends_in_time() {
    let stage = stage();
    let few: Vec<SuiteCase> = suite(&BTreeMap::new()).into_iter().take(20).collect();
    let bench = Bench::of_suite("pupil", Suite::new("pupil", Metric::Exact, few));
    let evaluator = stage.evaluator.clone().with_bench(bench);
    let better = stage.skill(0.9).await;
    for _ in 0..60 {
        let verdict = evaluator
            .judge(&stage.scope, &stage.subject, &better)
            .await
            .unwrap();
        assert!(matches!(verdict, Verdict::NotEnoughEvidence { .. }));
        stage.days.pass();
    }
    let verdict = evaluator
        .judge(&stage.scope, &stage.subject, &better)
        .await
        .unwrap();
    assert_eq!(*reason(&verdict), Refusal::Expired);
}

#[tokio::test]
async fn a_spent_year_tries_nothing_more() {
    let mut rules = Rules::default();
    rules.per_year = 2;
    let stage = stage_with(rules);
    for skill in [0.2, 0.3] {
        stage.decide(&stage.skill(skill).await).await;
    }
    let third = stage.skill(0.9).await;
    assert!(matches!(
        reason(&stage.judge(&third).await),
        Refusal::NoBudget(_)
    ));
    // Another scope has its own year.
    let elsewhere = Scope::new("home/ben").unwrap();
    let verdict = stage
        .evaluator
        .judge(&elsewhere, &stage.subject, &third)
        .await
        .unwrap();
    assert!(matches!(verdict, Verdict::NotEnoughEvidence { .. }));
    for _ in 0..366 {
        stage.days.pass();
    }
    assert!(matches!(
        stage.judge(&third).await,
        Verdict::NotEnoughEvidence { .. }
    ));
}

#[tokio::test]
async fn searches_within_its_budget_and_repeats() {
    let stage = stage();
    let budget = Budget::new(Amount::calls(600));
    let found = stage
        .evaluator
        .propose(&stage.scope, &stage.subject, &budget)
        .await
        .unwrap();
    let runs = stage.pupil.runs.load(Ordering::SeqCst);
    assert!(runs <= 600 && budget.used().calls == runs, "{runs}");
    assert_eq!(found.len(), 1);
    let skill = found[0].candidate.0["skill"].as_f64().unwrap();
    assert!(skill > 0.6, "{skill}");
    assert_eq!(found[0].origin, "search");
    let budget = Budget::new(Amount::calls(600));
    let again = stage
        .evaluator
        .propose(&stage.scope, &stage.subject, &budget)
        .await
        .unwrap();
    assert_eq!(again, found);
    for calls in [0, 1, 20, 60, 1_000] {
        let budget = Budget::new(Amount::calls(calls));
        stage
            .evaluator
            .propose(&stage.scope, &stage.subject, &budget)
            .await
            .unwrap();
        assert!(budget.used().calls <= calls);
    }
    // What is on trial already is not proposed again, and a full house waits.
    stage.judge(&found[0]).await;
    let budget = Budget::new(Amount::calls(600));
    assert!(
        stage
            .evaluator
            .propose(&stage.scope, &stage.subject, &budget)
            .await
            .unwrap()
            .is_empty()
    );
}
