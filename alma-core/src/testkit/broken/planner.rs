//! Broken planners.

use std::{
    borrow::Cow,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;

use super::defects;
use crate::{
    Action, Binding, Digest, Draft, ErrorKind, Failure, Mission, Offer, Planner, Progress, Result,
    Scope, Task, TaskName, Trust, reference::ReferencePlanner,
};

defects! {
    /// Ways to break [`Planner`].
    PlannerDefect {
        /// Names a tool that is not on offer.
        NamesTheUnoffered => "Planner, only what is on offer",
        /// Does what the goal's text says of tools.
        ObeysText => "Planner, only what is on offer",
        /// Takes whoever speaks for the owner.
        TrustsAnybody => "Planner, text is data: a goal below the owner's trust",
        /// Guesses what it should ask.
        Guesses => "becomes a question",
        /// Asks for what it was given.
        AsksTheGiven => "Planner, plan: a value that the mission gives",
        /// Plans for any goal at all.
        NeverRefuses => "an empty or overlong goal is refused",
        /// Draws its plans by lot.
        Moody => "Planner, repeatable",
        /// Repairs what was done already.
        RedoesTheAccepted => "keep name, action and inputs",
    }
}

/// A planner that breaks one clause.
#[derive(Clone, Debug)]
pub struct BrokenPlanner {
    defect: PlannerDefect,
    count: Arc<AtomicU64>,
}

impl BrokenPlanner {
    /// A planner with this defect.
    #[must_use]
    pub fn new(defect: PlannerDefect) -> Self {
        Self {
            defect,
            count: Arc::default(),
        }
    }
}

#[async_trait]
impl Planner for BrokenPlanner {
    async fn plan(&self, scope: &Scope, mission: &Mission, offer: &Offer) -> Result<Draft> {
        let mut mission = mission.clone();
        if self.defect == PlannerDefect::AsksTheGiven {
            mission.inputs.clear();
        }
        let mut offer = Cow::Borrowed(offer);
        if self.defect == PlannerDefect::TrustsAnybody {
            mission.trust = Trust::Owner;
            offer.to_mut().trust = Trust::Owner;
        }
        let mut draft = match ReferencePlanner.plan(scope, &mission, &offer).await {
            Err(error)
                if self.defect == PlannerDefect::NeverRefuses
                    && error.kind() == ErrorKind::InvalidInput =>
            {
                Draft::default()
            }
            answer => answer?,
        };
        match self.defect {
            PlannerDefect::NamesTheUnoffered => {
                let action = Action::Tool(Digest::of(b"unoffered"));
                draft.tasks.push(Task::new(TaskName::new("extra")?, action));
            }
            PlannerDefect::ObeysText => {
                let mut words = mission.goal.split_whitespace();
                if let Some(digest) = words.find_map(|word| word.parse::<Digest>().ok()) {
                    draft
                        .tasks
                        .push(Task::new(TaskName::new("obeyed")?, Action::Tool(digest)));
                }
            }
            PlannerDefect::Guesses => {
                for task in &mut draft.tasks {
                    for binding in task
                        .inputs
                        .values_mut()
                        .filter(|one| **one == Binding::Answer)
                    {
                        *binding = Binding::Value("as usual".into());
                    }
                }
                draft.questions.clear();
            }
            PlannerDefect::Moody => {
                draft.reason = format!("lot {}", self.count.fetch_add(1, Ordering::Relaxed));
            }
            _ => {}
        }
        Ok(draft)
    }

    async fn repair(
        &self,
        scope: &Scope,
        progress: &Progress,
        failure: &Failure,
        offer: &Offer,
    ) -> Result<Draft> {
        let mut draft = ReferencePlanner
            .repair(scope, progress, failure, offer)
            .await?;
        if self.defect == PlannerDefect::RedoesTheAccepted {
            let done = draft
                .tasks
                .iter_mut()
                .filter(|task| progress.accepted.contains_key(&task.name));
            for binding in done.flat_map(|task| task.inputs.values_mut()) {
                *binding = Binding::Value("another".into());
            }
        }
        Ok(draft)
    }
}
