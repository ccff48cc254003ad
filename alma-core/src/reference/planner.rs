//! The reference planner: one task, the tool or kind whose words fit the goal best.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;

use super::words::words;
use crate::{
    Action, Binding, Draft, Error, ErrorKind, Failure, Mission, Offer, Planner, Progress, Question,
    Result, Schema, Scope, Task, TaskName,
};

/// A planner without memory or model: it chooses one tool by words and asks for what is missing.
///
/// # Examples
/// ```
/// use alma_core::{MissionId, Mission, Offer, Planner, Scope, reference::ReferencePlanner};
/// # async fn example() -> alma_core::Result<()> {
/// let mission = Mission::new(MissionId::from_bytes([1; 16]), "tell the weather in Porto");
/// let none = ReferencePlanner.plan(&Scope::new("home/ana")?, &mission, &Offer::default()).await;
/// assert!(none.is_err(), "nothing is on offer");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct ReferencePlanner;

#[async_trait]
impl Planner for ReferencePlanner {
    async fn plan(&self, _scope: &Scope, mission: &Mission, offer: &Offer) -> Result<Draft> {
        check(mission)?;
        let offer = &*offer.to(mission.trust);
        if offer.max_tasks.min(mission.max_tasks) < 1 {
            return Err(Error::new(
                ErrorKind::BudgetExceeded,
                "cannot plan without a single task",
            )
            .with_remedy("allow at least one task"));
        }
        let name = TaskName::numbered(0);
        let (action, input) = ranked(&mission.goal, offer)
            .into_iter()
            .next()
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::NotFound,
                    "cannot plan: no tool on offer fits the goal",
                )
                .with_remedy("add or forge a tool that does what the goal asks for")
            })?;
        let mut draft = Draft::new(Vec::new(), "the one whose words fit the goal best");
        fill(&mut draft, Task::new(name, action), input, mission);
        Ok(draft)
    }

    async fn repair(
        &self,
        _scope: &Scope,
        progress: &Progress,
        failure: &Failure,
        offer: &Offer,
    ) -> Result<Draft> {
        let mission = &progress.mission;
        check(mission)?;
        let offer = &*offer.to(mission.trust);
        let failed = progress.plan.task(&failure.task).ok_or_else(|| {
            Error::invalid(format!(
                "cannot repair '{}': the plan has no such task",
                failure.task
            ))
        })?;
        if progress.accepted.contains_key(&failure.task) {
            return Err(Error::invalid(format!(
                "cannot repair '{}': its result was accepted",
                failure.task
            )));
        }
        for (action, input) in ranked(&mission.goal, offer) {
            if action == failed.action {
                continue;
            }
            let mut draft = progress.plan.to_draft();
            draft.reason = format!("another way for '{}'", failure.task);
            draft.tasks.retain(|task| task.name != failed.name);
            draft
                .questions
                .retain(|question| question.task != failed.name);
            let mut task = Task::new(failed.name.clone(), action);
            task.after.clone_from(&failed.after);
            task.inputs = kept(&failed.inputs, input);
            fill(&mut draft, task, input, mission);
            if draft.clone().check(offer).is_ok() {
                return Ok(draft);
            }
        }
        Err(Error::new(
            ErrorKind::NotFound,
            format!("cannot repair '{}': there is no other way", failure.task),
        )
        .with_remedy("add or forge a tool that does the same"))
    }
}

fn check(mission: &Mission) -> Result<()> {
    let goal = &mission.goal;
    if goal.trim().is_empty() || goal.len() > Mission::MAX_GOAL {
        return Err(
            Error::invalid(format!("cannot plan for a goal of {} bytes", goal.len())).with_remedy(
                format!("state the goal in 1 to {} bytes", Mission::MAX_GOAL),
            ),
        );
    }
    Ok(())
}

/// What is on offer and shares words with the goal, best first.
fn ranked<'a>(goal: &str, offer: &'a Offer) -> Vec<(Action, &'a Schema)> {
    let goal = words(goal);
    let tools = offer.tools.iter().map(|tool| {
        let text = format!("{} {}", tool.name, tool.description);
        (text, Action::Tool(tool.digest), &tool.input)
    });
    let kinds = offer.kinds.iter().map(|kind| {
        let text = format!("{} {}", kind.name, kind.description);
        (text, Action::Job(kind.name.clone()), &kind.input)
    });
    let mut fit: Vec<_> = tools
        .chain(kinds)
        .map(|(text, action, input)| {
            let own: BTreeSet<_> = words(&text.replace(['_', '-', '.'], " "));
            let shared = own.intersection(&goal).count();
            // Among equals the one that says least beside.
            ((std::cmp::Reverse(shared), own.len(), action), input)
        })
        .filter(|((shared, _, _), _)| shared.0 > 0)
        .collect();
    fit.sort_by(|(a, _), (b, _)| a.cmp(b));
    fit.into_iter()
        .map(|((_, _, action), input)| (action, input))
        .collect()
}

/// The bindings to earlier tasks that another tool takes under the same names.
fn kept(inputs: &BTreeMap<String, Binding>, input: &Schema) -> BTreeMap<String, Binding> {
    inputs
        .iter()
        .filter(|(name, binding)| !binding.reads().is_empty() && input.property(name).is_some())
        .map(|(name, binding)| (name.clone(), binding.clone()))
        .collect()
}

/// Binds what the mission gives, asks for what is required and missing, and adds the task.
fn fill(draft: &mut Draft, mut task: Task, input: &Schema, mission: &Mission) {
    let mut names = input.properties();
    names.extend(input.required());
    for name in names {
        if task.inputs.contains_key(name) {
            continue;
        }
        let answer = format!("{}.{name}", task.name);
        let given = [&answer, name]
            .into_iter()
            .find_map(|key| mission.inputs.get(key));
        let fits = |value: &serde_json::Value| {
            input
                .property(name)
                .is_some_and(|schema| schema.check(value).is_ok())
        };
        match given.filter(|value| fits(value)) {
            Some(value) => task = task.with(name, Binding::Value(value.clone())),
            None if input.required().contains(&name) => {
                let text = format!("What is the {name} for this: {}", mission.goal);
                draft
                    .questions
                    .push(Question::new(task.name.clone(), name, text));
                task = task.with(name, Binding::Answer);
            }
            None => {}
        }
    }
    draft.tasks.push(task);
}
