//! The contract of every evaluator.

use std::{fmt, sync::Arc};

use async_trait::async_trait;

use crate::{
    Budget, Erased, Erasure, Evaluation, Proposal, Result, Scope, Subject, Suite, Verdict,
};

/// Evaluates modules, proposes changes, and judges them.
///
/// Implemented by `alma_meta`, the reference in [`reference`](crate::reference), and whoever
/// keeps the contract; the suite `testkit::evaluator` proves it.
///
/// # Contract
/// - **Data first**: `evaluate` gives scores and no verdict.
/// - **Apart**: what `judge` runs on was never seen by `propose`.
/// - **Outside**: the cases, code, account and salt of the gate lie outside every path that a proposal may touch.
/// - **Bounded error**: however many proposals come, the chance that any change without a gain is promoted within a year stays below what the implementation states.
/// - **Scope**: accounts, trials and cases of another scope are not seen.
/// - **Repeatable**: given seed, clock and history, every answer repeats.
// The mock would repeat the alias on an impl block, where none may stand.
#[cfg_attr(not(feature = "mock"), doc(alias = "Forty-Two"))]
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Evaluator: fmt::Debug + Send + Sync + 'static {
    /// Scores a subject, with its active settings, on every case of a suite.
    ///
    /// A case on which the subject fails scores 0 and carries the fault; the call goes on.
    async fn evaluate(
        &self,
        scope: &Scope,
        subject: &Arc<dyn Subject>,
        suite: &Suite,
    ) -> Result<Evaluation>;

    /// Searches for better settings on cases kept for the search; none when nothing looks better.
    ///
    /// Each run of the subject reserves one call of `budget` first; the search ends when it is used up.
    async fn propose(
        &self,
        scope: &Scope,
        subject: &Arc<dyn Subject>,
        budget: &Budget,
    ) -> Result<Vec<Proposal>>;

    /// Tries a proposal beside the incumbent on fresh cases, adds the evidence to what earlier nights gave, and judges.
    ///
    /// - **Durable**: what was staked and seen survives a crash, and is counted once.
    /// - A promotion is a verdict; whoever asked makes it the active generation.
    /// - Judged again once it is active, it is watched: fresh cases try what was active before beside it, and [`Refusal::Regressed`](crate::Refusal::Regressed) tells to go back; until then the answer is `NotEnoughEvidence`.
    async fn judge(
        &self,
        scope: &Scope,
        subject: &Arc<dyn Subject>,
        proposal: &Proposal,
    ) -> Result<Verdict>;

    /// Removes every case made of forgotten records, with what was kept of its runs.
    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased>;
}
