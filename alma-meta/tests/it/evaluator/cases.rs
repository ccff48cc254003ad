//! Cases: apart from what was searched on, drawn once, and gone with their sources.

use std::{collections::BTreeMap, sync::atomic::Ordering};

use alma_core::{
    Amount, Budget, Erasure, ErasureId, ErrorKind, Evaluator, LedgerExt, Metric, RecordId,
    StreamId, Suite, SuiteCase,
};
use alma_meta::{Bench, Rules};
use serde_json::json;

use super::pupil::{stage, suite};

#[tokio::test]
async fn what_confirms_is_never_what_was_searched_on_and_is_drawn_once() {
    let stage = stage();
    let bench = Bench::of_suite(
        "pupil",
        Suite::new("pupil", Metric::Exact, suite(&BTreeMap::new())),
    );
    let evaluator = stage.evaluator.clone().with_bench(bench);
    let budget = Budget::new(Amount::calls(10_000));
    let found = evaluator
        .propose(&stage.scope, &stage.subject, &budget)
        .await
        .unwrap();
    let searched: Vec<String> = std::mem::take(&mut stage.pupil.seen.lock().unwrap());
    assert!(searched.len() > 100);
    let mut rules = Rules::default();
    rules.pairs = 10;
    let evaluator = evaluator.with_rules(rules);
    let mut drawn: BTreeMap<String, u32> = BTreeMap::new();
    for _ in 0..5 {
        stage.pupil.seen.lock().unwrap().clear();
        evaluator
            .judge(&stage.scope, &stage.subject, &found[0])
            .await
            .unwrap();
        for case in stage.pupil.seen.lock().unwrap().iter() {
            assert!(!searched.contains(case), "{case} was searched on");
            *drawn.entry(case.clone()).or_default() += 1;
        }
        stage.days.pass();
    }
    assert!(drawn.len() >= 50, "{}", drawn.len());
    // Each case once for each version, but for the few on which the candidate showed that it repeats itself.
    let more = drawn.values().filter(|runs| **runs != 2).count();
    assert!(more <= 3, "{more} cases were drawn more than once");
}

#[tokio::test]
async fn cases_go_with_their_sources() {
    let stage = stage();
    let record = RecordId::of_parts(&[b"a secret"]);
    let sources = BTreeMap::from([(7, record)]);
    let bench = Bench::of_suite("pupil", Suite::new("pupil", Metric::Exact, suite(&sources)));
    let evaluator = stage.evaluator.clone().with_bench(bench);
    assert_eq!(
        evaluator
            .add_cases(&stage.scope, "pupil", &suite(&sources))
            .await
            .unwrap(),
        300
    );
    assert_eq!(
        evaluator
            .add_cases(&stage.scope, "pupil", &suite(&sources))
            .await
            .unwrap(),
        0
    );
    let erasure = Erasure::new(ErasureId::of_parts(&[b"1"]), vec![record]);
    let erased = evaluator.erase(&stage.scope, &erasure).await.unwrap();
    assert_eq!(
        (erased.component.as_str(), erased.removed),
        ("evaluator", 1)
    );
    let stream = StreamId::new("gate/cases/pupil").unwrap();
    let kept = stage.ledger.read_all(&stage.scope, &stream).await.unwrap();
    assert_eq!(kept.len(), 300);
    assert!(kept.iter().all(|event| event.body["id"] != "case-7"));
    // It neither runs nor comes back.
    let budget = Budget::new(Amount::calls(10_000));
    let found = evaluator
        .propose(&stage.scope, &stage.subject, &budget)
        .await
        .unwrap();
    stage.decide(&found[0]).await;
    assert!(
        !stage
            .pupil
            .seen
            .lock()
            .unwrap()
            .contains(&"case-7".to_owned())
    );
    assert_eq!(
        evaluator
            .add_cases(&stage.scope, "pupil", &suite(&sources))
            .await
            .unwrap(),
        0
    );
    let again = SuiteCase::new("case-7b", json!({}), json!("right")).with_sources(vec![record]);
    let error = evaluator
        .add_cases(&stage.scope, "pupil", &[again])
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Gone);
}

#[tokio::test]
async fn evaluates_with_the_active_settings_and_goes_on_after_a_failure() {
    let stage = stage();
    let mut cases: Vec<SuiteCase> = (0..10)
        .map(|i| {
            SuiteCase::new(
                format!("{i}"),
                json!({"difficulty": f64::from(i) / 10.0}),
                json!("right"),
            )
        })
        .collect();
    let suite = Suite::new("ten", Metric::Exact, cases.clone());
    let first = stage
        .evaluator
        .evaluate(&stage.scope, &stage.subject, &suite)
        .await
        .unwrap();
    assert_eq!(first.mean(), 0.5);
    let better = stage.skill(0.85).await;
    stage
        .evaluator
        .generations()
        .promote(&stage.scope, &better)
        .await
        .unwrap();
    let second = stage
        .evaluator
        .evaluate(&stage.scope, &stage.subject, &suite)
        .await
        .unwrap();
    assert_eq!(second.mean(), 0.9);
    assert_eq!(second.settings, better.candidate.digest());
    stage.pupil.away.store(true, Ordering::SeqCst);
    cases.truncate(2);
    let suite = Suite::new("two", Metric::Exact, cases);
    let away = stage
        .evaluator
        .evaluate(&stage.scope, &stage.subject, &suite)
        .await
        .unwrap();
    assert_eq!(away.mean(), 0.0);
    assert!(away.scores.iter().all(|score| score.fault.is_some()));
    assert_eq!(away.tally.input, 2);
}

#[tokio::test]
async fn an_audit_sees_what_nobody_else_does() {
    let stage = stage();
    let bench = Bench::of_suite(
        "pupil",
        Suite::new("pupil", Metric::Exact, suite(&BTreeMap::new())),
    );
    let evaluator = stage.evaluator.clone().with_bench(bench);
    let audit = evaluator.audit(&stage.scope, &stage.subject).await.unwrap();
    let audited: Vec<String> = std::mem::take(&mut stage.pupil.seen.lock().unwrap());
    // A tenth of 300, by groups of two.
    assert!((10..60).contains(&audited.len()) && audit.scores.len() == audited.len());
    let budget = Budget::new(Amount::calls(10_000));
    let found = evaluator
        .propose(&stage.scope, &stage.subject, &budget)
        .await
        .unwrap();
    evaluator
        .judge(&stage.scope, &stage.subject, &found[0])
        .await
        .unwrap();
    let others = stage.pupil.seen.lock().unwrap();
    assert!(audited.iter().all(|case| !others.contains(case)));
}
