//! The suite of evaluators rejects evaluators that break one clause each, and names the clause.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use alma_core::{
    Budget, Erased, Erasure, Evaluation, Evaluator, Proposal, Refusal, Result, Scope, Subject,
    Suite, Verdict,
    reference::ReferenceEvaluator,
    testkit::{self, EvaluatorParts, block_on},
};
use async_trait::async_trait;
use serde_json::Value;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Break {
    /// Promotes whenever the mean went up.
    Mean,
    /// Promotes on the word of the search: judges on its cases, too.
    Searched,
    NoGuards,
    NeverStale,
    NeverBack,
    Overspends,
    KeepsForgotten,
    OneScope,
}

#[derive(Debug)]
struct Broken {
    inner: ReferenceEvaluator,
    suite: Suite,
    scope: Scope,
    how: Break,
}

impl Broken {
    fn new(parts: EvaluatorParts, how: Break) -> Self {
        let inner = ReferenceEvaluator::new(parts.ledger, parts.clock);
        Self {
            inner: inner.with_suite(&parts.scope, parts.subject, parts.suite.clone()),
            suite: parts.suite,
            scope: parts.scope,
            how,
        }
    }

    /// The gain on the whole suite.
    async fn gain(&self, subject: &Arc<dyn Subject>, proposal: &Proposal) -> Result<f64> {
        let mut gain = 0.0;
        for case in self.suite.cases.iter().filter(|case| !case.guard) {
            for (settings, sign) in [(&proposal.candidate, 1.0), (&proposal.incumbent, -1.0)] {
                let output = subject.run(settings, &case.input).await?;
                gain += sign * self.suite.metric.score(&case.expected, &output);
            }
        }
        Ok(gain)
    }
}

#[async_trait]
impl Evaluator for Broken {
    async fn evaluate(
        &self,
        scope: &Scope,
        subject: &Arc<dyn Subject>,
        suite: &Suite,
    ) -> Result<Evaluation> {
        self.inner.evaluate(scope, subject, suite).await
    }

    async fn propose(
        &self,
        scope: &Scope,
        subject: &Arc<dyn Subject>,
        budget: &Budget,
    ) -> Result<Vec<Proposal>> {
        let more = Budget::unlimited();
        let budget = if self.how == Break::Overspends {
            &more
        } else {
            budget
        };
        self.inner.propose(scope, subject, budget).await
    }

    async fn judge(
        &self,
        scope: &Scope,
        subject: &Arc<dyn Subject>,
        proposal: &Proposal,
    ) -> Result<Verdict> {
        let scope = if self.how == Break::OneScope {
            &self.scope
        } else {
            scope
        };
        let verdict = self.inner.judge(scope, subject, proposal).await?;
        let open = Verdict::NotEnoughEvidence {
            evidence: Value::Null,
        };
        Ok(match (self.how, verdict) {
            (Break::Mean, undecided @ Verdict::NotEnoughEvidence { .. }) => {
                if self.gain(subject, proposal).await? > 0.0 {
                    Verdict::Promote {
                        evidence: Value::Null,
                    }
                } else {
                    undecided
                }
            }
            (Break::Searched, undecided @ Verdict::NotEnoughEvidence { .. }) => {
                self.gain(subject, proposal).await?;
                undecided
            }
            (
                Break::NoGuards,
                Verdict::Refuse {
                    reason: Refusal::Guard(_),
                    ..
                },
            )
            | (
                Break::NeverStale,
                Verdict::Refuse {
                    reason: Refusal::Stale,
                    ..
                },
            )
            | (
                Break::NeverBack,
                Verdict::Refuse {
                    reason: Refusal::Regressed(_),
                    ..
                },
            ) => open,
            (_, verdict) => verdict,
        })
    }

    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased> {
        if self.how == Break::KeepsForgotten {
            return Ok(Erased::done("evaluator", 0));
        }
        self.inner.erase(scope, what).await
    }
}

/// What the suite says of an evaluator that is broken so.
fn said(how: Break) -> String {
    let run = || block_on(testkit::evaluator(async |parts| Broken::new(parts, how)));
    let panic =
        catch_unwind(AssertUnwindSafe(run)).expect_err("the suite accepts a broken evaluator");
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap()
}

#[test]
fn are_rejected_by_the_clause_that_they_break() {
    for (how, clause) in [
        (Break::Mean, "bounded error"),
        (Break::Searched, "apart"),
        (Break::NoGuards, "guard"),
        (Break::NeverStale, "stale"),
        (Break::NeverBack, "go back"),
        (Break::Overspends, "reserves one call"),
        (Break::KeepsForgotten, "how much went"),
        (Break::OneScope, "scope"),
    ] {
        let said = said(how);
        assert!(said.contains(clause), "{how:?}: {said}");
    }
}
