//! Trials over nights: what the gate promotes, closes, takes back and refuses.

use std::sync::atomic::Ordering;

use alma_core::{Clock, ErrorKind, Evaluator, Proposal, Refusal, Settings, Verdict};
use alma_meta::{GatedEvaluator, Rules};

use super::pupil::{evaluator, reason, salt, stage};

#[tokio::test]
async fn promotes_a_real_gain_after_several_nights_and_never_on_the_first() {
    let stage = stage();
    let better = stage.skill(0.9).await;
    let first = stage.judge(&better).await;
    assert!(
        matches!(first, Verdict::NotEnoughEvidence { .. }),
        "{first:?}"
    );
    stage.days.pass();
    let (_, verdict) = stage.decide(&better).await;
    let Verdict::Promote { evidence } = verdict else {
        panic!("{verdict:?}")
    };
    assert!(evidence["ln_e"].as_f64() >= evidence["ln_e_needed"].as_f64());
    assert!(evidence["nights"].as_u64() >= Some(2));
}

#[tokio::test]
async fn closes_what_changes_nothing() {
    let stage = stage();
    let hat = stage
        .proposal(Settings::default().with("hat", "blue"))
        .await;
    let (_, verdict) = stage.decide(&hat).await;
    assert_eq!(*reason(&verdict), Refusal::NoGain);
    let worse = stage.skill(0.3).await;
    let (nights, verdict) = stage.decide(&worse).await;
    assert_eq!(*reason(&verdict), Refusal::NoGain);
    assert!(nights <= 3);
    // How it ended stays so, and costs no further run.
    let runs = stage.pupil.runs.load(Ordering::SeqCst);
    stage.days.pass();
    assert_eq!(*reason(&stage.judge(&worse).await), Refusal::NoGain);
    assert_eq!(stage.pupil.runs.load(Ordering::SeqCst), runs);
}

#[tokio::test]
async fn a_newly_failing_attack_ends_a_trial_at_once() {
    let stage = stage();
    stage.pupil.reckless.store(true, Ordering::SeqCst);
    let reckless = stage.skill(0.95).await;
    let verdict = stage.judge(&reckless).await;
    assert!(matches!(reason(&verdict), Refusal::Guard(what) if what.contains("attack")));
}

#[tokio::test]
async fn one_night_counts_once_however_often_it_is_judged() {
    let stage = stage();
    let better = stage.skill(0.6).await;
    let first = stage.judge(&better).await;
    let runs = stage.pupil.runs.load(Ordering::SeqCst);
    assert_eq!(stage.judge(&better).await, first);
    // Another process with the same books, too.
    let other = evaluator(&stage.ledger, &stage.days, Rules::default());
    assert_eq!(
        other
            .judge(&stage.scope, &stage.subject, &better)
            .await
            .unwrap(),
        first
    );
    assert_eq!(stage.pupil.runs.load(Ordering::SeqCst), runs);
}

#[tokio::test]
async fn two_processes_at_once_agree() {
    let stage = stage();
    let better = stage.skill(0.9).await;
    let other = evaluator(&stage.ledger, &stage.days, Rules::default());
    for _ in 0..4 {
        let (a, b) = tokio::join!(
            stage.evaluator.judge(&stage.scope, &stage.subject, &better),
            other.judge(&stage.scope, &stage.subject, &better),
        );
        assert_eq!(a.unwrap(), b.unwrap());
        stage.days.pass();
    }
}

#[tokio::test]
async fn another_promotion_makes_open_trials_stale() {
    let stage = stage();
    let (better, other) = (stage.skill(0.9).await, stage.skill(0.85).await);
    assert!(matches!(
        stage.judge(&other).await,
        Verdict::NotEnoughEvidence { .. }
    ));
    let (_, verdict) = stage.decide(&better).await;
    assert!(matches!(verdict, Verdict::Promote { .. }));
    stage
        .evaluator
        .generations()
        .promote(&stage.scope, &better)
        .await
        .unwrap();
    assert_eq!(*reason(&stage.judge(&other).await), Refusal::Stale);
    let late = Proposal::new(
        "pupil",
        other.parent,
        Settings::default(),
        Settings::default().with("skill", 0.8),
        "late",
        "owner",
        stage.days.now(),
    );
    assert_eq!(*reason(&stage.judge(&late).await), Refusal::Stale);
}

#[tokio::test]
async fn refuses_what_no_proposal_may_do() {
    let stage = stage();
    let forbidden = |verdict: Verdict| matches!(reason(&verdict), Refusal::Forbidden(_));
    let unknown = stage
        .proposal(Settings::default().with("salt", "known"))
        .await;
    assert!(forbidden(stage.judge(&unknown).await));
    let outside = stage.skill(7.0).await;
    assert!(forbidden(stage.judge(&outside).await));
    let mut renamed = stage.skill(0.9).await;
    renamed.candidate = Settings::default().with("skill", 0.1);
    assert!(forbidden(stage.judge(&renamed).await));
    let mut foreign = stage.skill(0.9).await;
    foreign.subject = "other".to_owned();
    assert!(forbidden(stage.judge(&foreign).await));
    // An incumbent of straw is not what is active.
    let mut straw = stage.skill(0.6).await;
    straw.incumbent = Settings::default().with("skill", 0.0);
    assert_eq!(*reason(&stage.judge(&straw).await), Refusal::Stale);
    let same = stage.proposal(Settings::default()).await;
    assert_eq!(*reason(&stage.judge(&same).await), Refusal::NoGain);
    stage.pupil.fickle.store(true, Ordering::SeqCst);
    assert!(forbidden(stage.judge(&stage.skill(0.9).await).await));
}

#[tokio::test]
async fn an_engine_that_is_away_decides_nothing() {
    let stage = stage();
    let better = stage.skill(0.9).await;
    stage.judge(&better).await;
    stage.days.pass();
    stage.pupil.away.store(true, Ordering::SeqCst);
    let error = stage
        .evaluator
        .judge(&stage.scope, &stage.subject, &better)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    stage.pupil.away.store(false, Ordering::SeqCst);
    assert!(matches!(
        stage.judge(&better).await,
        Verdict::Promote { .. }
    ));
}

#[tokio::test]
async fn a_subject_without_a_bench_is_named() {
    let stage = stage();
    let bare = GatedEvaluator::new(stage.ledger.clone(), salt());
    let error = bare
        .judge(&stage.scope, &stage.subject, &stage.skill(0.9).await)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Missing);
    assert!(error.message().contains("pupil"));
}
