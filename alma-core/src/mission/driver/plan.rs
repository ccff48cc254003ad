//! Plans and repairs: what the planner drafts is checked, and only then written down.

use super::{Driver, event, state::State, unknown};
use crate::{
    Error, ErrorKind, Failure, Fault, Flaw, Plan, Progress, RecordId, Result, Scope, TaskName,
};

impl Driver {
    /// Asks for a plan and writes it down, or why there is none.
    pub(super) async fn plan(&self, scope: &Scope, state: &State) -> Result<()> {
        let (offer, made_of) = self.offer(scope, &state.mission).await?;
        let event = match self.planner.plan(scope, &state.mission, &offer).await {
            Ok(draft) => match draft.check(&offer) {
                Ok(plan) => {
                    let plan = self.answered(state, plan)?;
                    event::planned(state, &plan, made_of.of(&plan))?
                }
                Err(flaws) => event::aborted(state, &flawed(&flaws))?,
            },
            Err(error) if error.is_transient() => return Err(error),
            Err(error) => event::aborted(state, &Fault::from(error))?,
        };
        self.append(scope, state.mission.id, state.version, vec![event])
            .await?;
        Ok(())
    }

    /// The plan without the questions that the mission's inputs answer already.
    fn answered(&self, state: &State, plan: Plan) -> Result<Plan> {
        let mut draft = plan.to_draft();
        let answer = |task: &TaskName, input: &str| {
            state
                .mission
                .inputs
                .get(&format!("{task}.{input}"))
                .cloned()
        };
        for task in &mut draft.tasks {
            for (input, binding) in &mut task.inputs {
                if *binding == crate::Binding::Answer
                    && let Some(value) = answer(&task.name, input)
                {
                    *binding = crate::Binding::Value(value);
                }
            }
        }
        draft
            .questions
            .retain(|question| answer(&question.task, &question.input).is_none());
        Plan::try_from(draft)
    }

    /// Asks for another way after a failure; without one the mission ends with the failure.
    pub(super) async fn repair(
        &self,
        scope: &Scope,
        state: &State,
        failure: Failure,
    ) -> Result<()> {
        let event = match self.repaired(scope, state, &failure).await {
            Ok((plan, made_of)) => event::repaired(state, &failure.task, plan, made_of)?,
            Err(error) if error.is_transient() => return Err(error),
            Err(error) => {
                tracing::info!(mission = %state.mission.id, task = %failure.task, %error, "no repair");
                let event = event::aborted(state, &failure.fault)?;
                return self.stop(scope, state, event).await;
            }
        };
        self.append(scope, state.mission.id, state.version, vec![event])
            .await?;
        Ok(())
    }

    async fn repaired(
        &self,
        scope: &Scope,
        state: &State,
        failure: &Failure,
    ) -> Result<(Plan, Vec<RecordId>)> {
        let Some(plan) = state.plan.clone() else {
            return Err(unknown(state.mission.id));
        };
        if state.repairs >= state.mission.max_repairs {
            return Err(Error::new(
                ErrorKind::BudgetExceeded,
                format!(
                    "cannot repair a mission more than {} times",
                    state.mission.max_repairs
                ),
            ));
        }
        let mut progress = Progress::new(state.mission.clone(), plan);
        progress.accepted.clone_from(&state.accepted);
        progress.repairs = state.repairs;
        let (offer, made_of) = self.offer(scope, &state.mission).await?;
        let draft = self
            .planner
            .repair(scope, &progress, failure, &offer)
            .await?;
        let plan = draft
            .check(&offer)
            .map_err(|flaws| Error::from(flawed(&flaws)))?;
        for name in state.accepted.keys() {
            if plan.task(name) != progress.plan.task(name) {
                return Err(Error::new(
                    ErrorKind::Internal,
                    format!("cannot follow a repair that changes the accepted task '{name}'"),
                ));
            }
        }
        let plan = self.answered(state, plan)?;
        let made_of = made_of.of(&plan);
        Ok((plan, made_of))
    }
}

fn flawed(flaws: &[Flaw]) -> Fault {
    let mut fault = Fault::new(
        ErrorKind::InvalidInput,
        "cannot follow a plan that does not hold together",
    );
    fault.chain = flaws.iter().take(20).map(ToString::to_string).collect();
    fault
}
