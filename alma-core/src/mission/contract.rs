//! The contract of every planner.

use std::fmt;

use async_trait::async_trait;

use crate::{Draft, Failure, Mission, Offer, Progress, Result, Scope};

/// Drafts plans and repairs them. It runs nothing: a planner names tools and never calls one.
///
/// Implemented by `alma_planner`, the reference in [`reference`](crate::reference), and whoever
/// keeps the contract; the suite `testkit::planner` proves it.
///
/// # Contract
/// - **Only what is on offer**: a draft names tools and kinds of its [`Offer`]; [`Draft::check`] decides, whatever the planner thinks.
/// - **Text is data**: the goal, cases and descriptions choose among what is on offer and grant nothing. A goal below the owner's trust chooses no sink ([`Offer::to`](crate::Offer::to)).
/// - **Repeatable** without a model: equal input gives an equal draft.
/// - **Stateless**: nothing is kept between calls; any process may repair what another planned.
/// - **Cancel safety**: a dropped call leaves nothing behind.
// The mock would repeat the alias on an impl block, where none may stand.
#[cfg_attr(not(feature = "mock"), doc(alias = "Moroni"))]
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Planner: fmt::Debug + Send + Sync + 'static {
    /// Drafts a plan that reaches the goal of `mission` with what is on `offer`.
    ///
    /// What must be known and is neither in the goal nor an output becomes a question. A draft that takes anything from
    /// a past case names its mission in [`Draft::follows`](crate::Draft::follows), so that forgetting that one reaches this one.
    ///
    /// # Errors
    /// `InvalidInput` for an empty or overlong goal; `NotFound` when nothing on offer serves it,
    /// with a remedy that names what is missing; `BudgetExceeded` when the plan would be too large.
    async fn plan(&self, scope: &Scope, mission: &Mission, offer: &Offer) -> Result<Draft>;

    /// Drafts the plan anew after a failure, from where the mission stands.
    ///
    /// Tasks whose result was accepted keep name, action and inputs.
    ///
    /// # Errors
    /// `NotFound` when there is no other way; the mission then fails with the failure's fault.
    async fn repair(
        &self,
        scope: &Scope,
        progress: &Progress,
        failure: &Failure,
        offer: &Offer,
    ) -> Result<Draft>;
}
