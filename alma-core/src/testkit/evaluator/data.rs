//! Clauses on evaluations and on what is proposed.

use serde_json::json;

use super::{Stage, Verdict};
use crate::{
    Amount, Budget, Evaluator, Metric, Settings, Suite, SuiteCase, testkit::clause::Clause as _,
};

/// More than any search of the suite needs.
const ENOUGH: u64 = 100_000;

fn few() -> Suite {
    let cases = (0..10).map(|i| {
        let name = format!("few-{i}");
        let input = json!({"case": name, "difficulty": f64::from(i) / 10.0, "fails": i == 0});
        SuiteCase::new(name.as_str(), input, json!("right"))
    });
    Suite::new("few", Metric::Exact, cases.collect())
}

pub(super) async fn scores_every_case<E: Evaluator>(stage: &Stage<E>) {
    let evaluate = || {
        stage
            .evaluator
            .evaluate(&stage.parts.scope, &stage.subject, &FEW)
    };
    let first = evaluate().await.must("Evaluator: a subject is evaluated");
    let named: Vec<&str> = first
        .scores
        .iter()
        .map(|score| score.case.as_str())
        .collect();
    let wanted: Vec<&str> = FEW.cases.iter().map(|case| case.id.as_str()).collect();
    assert_eq!(
        named, wanted,
        "Evaluator, data first: one score a case, in the order of the suite"
    );
    let scores: Vec<f64> = first.scores.iter().map(|score| score.score).collect();
    assert_eq!(
        scores,
        [0.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        "Evaluator, data first: scores follow the metric, and a failed case scores 0"
    );
    assert!(
        first.scores[0].fault.is_some()
            && first.scores[1..].iter().all(|score| score.fault.is_none()),
        "Evaluator: a case on which the subject fails carries the fault, and the call goes on"
    );
    assert_eq!(
        (first.tally.input, first.tally.output + first.tally.skipped),
        (10, 10),
        "Evaluator: the tally accounts for every case"
    );
    let again = evaluate().await.must("Evaluator: a subject is evaluated");
    assert_eq!(
        first, again,
        "Evaluator, repeatable: the same evaluation gives the same data"
    );
}

static FEW: std::sync::LazyLock<Suite> = std::sync::LazyLock::new(few);

pub(super) async fn uses_the_active_settings<E: Evaluator>(stage: &Stage<E>) {
    let evaluate = || {
        stage
            .evaluator
            .evaluate(&stage.parts.scope, &stage.subject, &FEW)
    };
    let before = evaluate().await.must("Evaluator: a subject is evaluated");
    let better = stage.change("skill", 0.8).await;
    let moved = stage.generations.promote(&stage.parts.scope, &better).await;
    moved.must("Generations: a proposal is promoted");
    let after = evaluate().await.must("Evaluator: a subject is evaluated");
    assert!(
        after.mean() > before.mean() && after.settings == better.candidate.digest(),
        "Evaluator: a subject is scored with its active settings"
    );
}

pub(super) async fn keeps_to_its_budget<E: Evaluator>(stage: &Stage<E>) {
    for calls in [0, 1, 7, 150] {
        let before = stage.student.runs();
        let budget = Budget::new(Amount::calls(calls));
        let found = stage
            .evaluator
            .propose(&stage.parts.scope, &stage.subject, &budget)
            .await;
        found.must("Evaluator: a search that its budget ends is no error");
        let runs = stage.student.runs() - before;
        assert!(
            runs <= calls && runs <= budget.used().calls,
            "Evaluator: each run reserves one call first; {runs} runs for {calls} calls"
        );
    }
}

pub(super) async fn proposes_what_is_better<E: Evaluator>(stage: &Stage<E>) {
    let budget = Budget::new(Amount::calls(ENOUGH));
    let found = stage
        .evaluator
        .propose(&stage.parts.scope, &stage.subject, &budget)
        .await;
    let found = found.must("Evaluator: a search is made");
    let first = found.first().map(|proposal| &proposal.candidate);
    let skill = first
        .and_then(|settings| settings.0.get("skill"))
        .and_then(|skill| skill.as_f64());
    assert!(
        skill.is_some_and(|skill| skill > 0.5),
        "Evaluator: a search over declared parameters finds what is plainly better, got {found:?}"
    );
    let active = stage.generations.active(&stage.parts.scope).await;
    let active = active.must("Generations: the active one is read");
    let parameters = stage.subject.parameters();
    for proposal in &found {
        assert!(
            proposal.subject == stage.subject.name()
                && proposal.parent == active.digest()
                && proposal.incumbent == Settings::default(),
            "Evaluator: a proposal starts from the active generation"
        );
        let checked = proposal.candidate.check(&parameters);
        checked.must("Evaluator: a proposal sets declared parameters to values that they admit");
    }
}

pub(super) async fn proposes_nothing_without_a_gain<E: Evaluator>(stage: &Stage<E>) {
    let budget = Budget::new(Amount::calls(ENOUGH));
    let found = stage
        .evaluator
        .propose(&stage.parts.scope, &stage.subject, &budget)
        .await;
    let found = found.must("Evaluator: a search is made");
    assert!(
        found.is_empty(),
        "Evaluator: nothing is proposed when nothing looks better"
    );
}

/// Two evaluators of the same parts, at the same time.
pub(super) async fn repeats<E: Evaluator>(twins: &[Stage<E>; 2]) {
    let mut told = Vec::new();
    for stage in twins {
        let budget = Budget::new(Amount::calls(ENOUGH));
        let found = stage
            .evaluator
            .propose(&stage.parts.scope, &stage.subject, &budget)
            .await;
        let found = found.must("Evaluator: a search is made");
        let mut verdicts: Vec<Verdict> = Vec::new();
        for _ in 0..3 {
            for proposal in &found {
                verdicts.push(stage.judge(proposal).await);
            }
            stage.next_day();
        }
        told.push((found, verdicts));
    }
    assert_eq!(
        told[0], told[1],
        "Evaluator, repeatable: given seed, clock and history, every answer repeats"
    );
}
