//! Your own evaluator: some subjects are frozen, whatever the evidence, in front of any other evaluator.

use std::sync::Arc;

use alma_core::{
    Budget, Erased, Erasure, Evaluation, Evaluator, Planner, Proposal, Refusal, Result, Scope,
    Subject, Suite, SystemClock, Verdict,
    reference::{ReferenceEvaluator, ReferenceLedger, ReferencePlanner},
};
use alma_meta::PlannerSubject;
use async_trait::async_trait;
use serde_json::Value;

/// An evaluator that lets nobody change the subjects named here.
#[derive(Debug)]
pub struct Frozen<E> {
    /// Who evaluates.
    pub inner: E,
    /// What stays as it is.
    pub subjects: Vec<&'static str>,
}

#[async_trait]
impl<E: Evaluator> Evaluator for Frozen<E> {
    async fn evaluate(&self, s: &Scope, of: &Arc<dyn Subject>, on: &Suite) -> Result<Evaluation> {
        self.inner.evaluate(s, of, on).await
    }

    async fn propose(
        &self,
        scope: &Scope,
        subject: &Arc<dyn Subject>,
        budget: &Budget,
    ) -> Result<Vec<Proposal>> {
        if self.subjects.contains(&subject.name()) {
            return Ok(Vec::new());
        }
        self.inner.propose(scope, subject, budget).await
    }

    async fn judge(
        &self,
        scope: &Scope,
        subject: &Arc<dyn Subject>,
        proposal: &Proposal,
    ) -> Result<Verdict> {
        if self.subjects.contains(&subject.name()) {
            let reason = Refusal::Forbidden(format!("{} is frozen", subject.name()));
            let evidence = Value::Null;
            return Ok(Verdict::Refuse { reason, evidence });
        }
        self.inner.judge(scope, subject, proposal).await
    }

    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased> {
        self.inner.erase(scope, what).await
    }
}

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<()> {
    let subject: Arc<dyn Subject> =
        Arc::new(PlannerSubject::new(vec![], |_| async { Ok(planner()) }));
    let (scope, budget) = (Scope::new("home/ana")?, Budget::unlimited());
    let clock = Arc::new(SystemClock);
    let frozen = Frozen {
        inner: ReferenceEvaluator::new(Arc::new(ReferenceLedger::new(clock.clone())), clock),
        subjects: vec!["planner"],
    };
    let found = frozen.propose(&scope, &subject, &budget).await?;
    assert!(found.is_empty());
    Ok(())
}

fn planner() -> Arc<dyn Planner> {
    Arc::new(ReferencePlanner)
}
