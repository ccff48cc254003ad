//! The suite of every planner.

mod offers;
mod plan;
mod repair;

use super::{ana, clause::Clause as _};
use crate::{Draft, Flaw, Mission, Offer, Plan, Planner};

/// Holds a planner against every clause of [`Planner`].
///
/// `fresh` makes one; it is called once a clause. The goals are plain ones that name what a
/// tool on offer says of itself, so that any planner, with a model or without, can meet them.
///
/// # Panics
/// When a clause is broken, with a message that names it.
pub async fn planner<P: Planner>(fresh: impl AsyncFn() -> P) {
    plan::reaches_a_plain_goal(&fresh().await).await;
    plan::asks_for_what_is_missing(&fresh().await).await;
    plan::names_only_what_is_on_offer(&fresh().await).await;
    plan::takes_text_as_data(&fresh().await).await;
    plan::keeps_sinks_for_the_owner(&fresh().await).await;
    plan::refuses_what_cannot_be_planned(&fresh().await).await;
    plan::repeats_itself(&fresh().await, &fresh().await).await;
    repair::keeps_what_was_accepted(&fresh().await).await;
    repair::gives_up_without_another_way(&fresh().await).await;
}

/// The plan of a draft, which the offer must admit.
#[track_caller]
fn admitted(draft: Draft, offer: &Offer) -> Plan {
    match draft.check(offer) {
        Ok(plan) => plan,
        Err(flaws) => {
            let clause = if flaws.iter().any(|flaw| matches!(flaw, Flaw::Sink { .. })) {
                "text is data: a goal below the owner's trust chooses no sink"
            } else {
                "only what is on offer: a draft passes Draft::check"
            };
            let flaws: Vec<_> = flaws.iter().map(ToString::to_string).collect();
            panic!("Planner, {clause}; {}", flaws.join("; "))
        }
    }
}

async fn draft(planner: &dyn Planner, mission: &Mission, offer: &Offer) -> Draft {
    planner
        .plan(&ana(), mission, offer)
        .await
        .must("Planner, plan: a plain goal is planned")
}
