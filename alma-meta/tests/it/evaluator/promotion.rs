//! Promotion, the watch over it, and the way back.

use std::sync::atomic::Ordering;

use alma_core::{ErrorKind, Refusal, Verdict};

use super::pupil::{reason, stage};

#[tokio::test]
async fn promotion_moves_the_pointer_and_the_way_back_restores_the_bytes() {
    let stage = stage();
    let generations = stage.evaluator.generations().clone();
    let before = generations.active(&stage.scope).await.unwrap();
    let better = stage.skill(0.9).await;
    let (_, verdict) = stage.decide(&better).await;
    assert!(matches!(verdict, Verdict::Promote { .. }));
    generations.promote(&stage.scope, &better).await.unwrap();
    assert_ne!(
        generations.active(&stage.scope).await.unwrap().digest(),
        before.digest()
    );
    // Held: the watch says that it may stay.
    stage.days.pass();
    assert!(matches!(
        stage.judge(&better).await,
        Verdict::NotEnoughEvidence { .. }
    ));
    // The world turns, and what was better is worse now.
    stage.pupil.turned.store(true, Ordering::SeqCst);
    stage.days.pass();
    let mut verdict = stage.judge(&better).await;
    for _ in 0..10 {
        if matches!(verdict, Verdict::Refuse { .. }) {
            break;
        }
        stage.days.pass();
        verdict = stage.judge(&better).await;
    }
    assert!(matches!(reason(&verdict), Refusal::Regressed(why) if why.contains("scored better")));
    generations
        .roll_back(&stage.scope, "worse than before")
        .await
        .unwrap();
    let after = generations.active(&stage.scope).await.unwrap();
    assert_eq!(
        serde_json::to_string(&after).unwrap(),
        serde_json::to_string(&before).unwrap()
    );
    assert!(matches!(
        reason(&stage.judge(&better).await),
        Refusal::Regressed(_)
    ));
    assert_eq!(
        generations
            .roll_back(&stage.scope, "again")
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::NotFound
    );
}

#[tokio::test]
async fn a_hard_guard_takes_a_promotion_back_at_once() {
    let stage = stage();
    let better = stage.skill(0.9).await;
    assert!(matches!(
        stage.decide(&better).await.1,
        Verdict::Promote { .. }
    ));
    stage
        .evaluator
        .generations()
        .promote(&stage.scope, &better)
        .await
        .unwrap();
    stage.pupil.reckless.store(true, Ordering::SeqCst);
    stage.days.pass();
    let verdict = stage.judge(&better).await;
    assert!(matches!(reason(&verdict), Refusal::Regressed(why) if why.contains("attack")));
}
