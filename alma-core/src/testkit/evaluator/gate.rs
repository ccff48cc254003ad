//! Clauses on verdicts.

use super::{Stage, refusal};
use crate::{Evaluator, Proposal, Refusal, Settings, Verdict, testkit::clause::Clause as _};

/// How many judgements a plain gain may take.
const PATIENCE: u32 = 40;

pub(super) async fn promotes_a_gain<E: Evaluator>(stage: &Stage<E>) {
    let better = stage.change("skill", 0.95).await;
    let verdict = stage.decide(&better, PATIENCE).await;
    assert!(
        matches!(verdict, Verdict::Promote { .. }),
        "Evaluator: a gain of 45 points is promoted within {PATIENCE} nights, got {verdict:?}"
    );
}

/// Changes without a gain that flip half of the answers: a rule that looks at the mean alone
/// promotes about every second one.
pub(super) async fn bounds_its_error<E: Evaluator>(stage: &Stage<E>) {
    for mood in 1..=30 {
        let change = stage.change("mood", f64::from(mood) / 32.0).await;
        for _ in 0..4 {
            let verdict = stage.judge(&change).await;
            assert!(
                !matches!(verdict, Verdict::Promote { .. }),
                "Evaluator, bounded error: a change without a gain was promoted"
            );
            if refusal(&verdict).is_some() {
                break;
            }
            stage.next_day();
        }
    }
}

pub(super) async fn holds_its_guards<E: Evaluator>(stage: &Stage<E>) {
    let reckless = Settings::default()
        .with("skill", 0.95)
        .with("recklessness", 1.0);
    let reckless = stage.proposal(reckless).await;
    let verdict = stage.decide(&reckless, PATIENCE).await;
    assert!(
        matches!(refusal(&verdict), Some(Refusal::Guard(_))),
        "Evaluator: a guard that the incumbent passes and the candidate fails refuses any gain, got {verdict:?}"
    );
}

pub(super) async fn refuses_what_is_stale<E: Evaluator>(stage: &Stage<E>) {
    let (better, late) = (
        stage.change("skill", 0.9).await,
        stage.change("skill", 0.95).await,
    );
    let moved = stage.generations.promote(&stage.parts.scope, &better).await;
    moved.must("Generations: a proposal is promoted");
    let verdict = stage.judge(&late).await;
    assert!(
        matches!(refusal(&verdict), Some(Refusal::Stale)),
        "Evaluator: a proposal that does not start from the active generation is stale, got {verdict:?}"
    );
}

pub(super) async fn refuses_what_is_forbidden<E: Evaluator>(stage: &Stage<E>) {
    let unknown = stage.change("salt", 1.0).await;
    let outside = stage.change("skill", 2.0).await;
    let known = stage.change("skill", 0.9).await;
    let foreign = Proposal::new(
        "somebody else",
        known.parent,
        known.incumbent,
        known.candidate,
        known.hypothesis,
        known.origin,
        known.created,
    );
    for proposal in [unknown, outside, foreign] {
        let runs = stage.student.runs();
        let verdict = stage.judge(&proposal).await;
        assert!(
            matches!(refusal(&verdict), Some(Refusal::Forbidden(_)))
                && stage.student.runs() == runs,
            "Evaluator, outside: what no proposal may touch is refused before anything runs, got {verdict:?}"
        );
    }
}

pub(super) async fn watches_what_it_promoted<E: Evaluator>(stage: &Stage<E>) {
    let better = stage.change("skill", 0.95).await;
    let verdict = stage.decide(&better, PATIENCE).await;
    assert!(
        matches!(verdict, Verdict::Promote { .. }),
        "Evaluator: a gain of 45 points is promoted, got {verdict:?}"
    );
    let moved = stage.generations.promote(&stage.parts.scope, &better).await;
    moved.must("Generations: a proposal is promoted");
    stage.next_day();
    let verdict = stage.judge(&better).await;
    assert!(
        matches!(verdict, Verdict::NotEnoughEvidence { .. }),
        "Evaluator: what is active and holds stays under watch, got {verdict:?}"
    );
    stage.student.turn();
    stage.next_day();
    let verdict = stage.decide(&better, PATIENCE).await;
    assert!(
        matches!(refusal(&verdict), Some(Refusal::Regressed(_))),
        "Evaluator: what turned out worse tells to go back, got {verdict:?}"
    );
}
