//! After a failure: once more, with another tool, with the owner's help, or by another way.

use std::collections::{BTreeMap, BTreeSet};

use alma_core::{
    Action, Binding, Draft, Error, ErrorKind, Failure, Offer, Progress, Question, Result, Task,
    TaskName, ToolInfo,
};

use crate::{
    TaskPlanner,
    assemble::{ask, coerce, rename, schemas},
    text::{is_stop, name_words, stem},
};

/// How much of two descriptions must be common for one tool to stand in for the other.
const ALIKE: f64 = 0.3;
/// How many repairs of a mission may merely try again.
const ONCE_MORE: u32 = 2;

/// A draft that goes on from where the mission stands.
///
/// The ways, in order: once more when the error may pass by itself; another tool that takes and
/// gives what the plan needs; a question, when a stated value was refused; and the goal planned
/// anew without the tool that failed.
pub(crate) fn repair(
    planner: &TaskPlanner,
    progress: &Progress,
    failure: &Failure,
    offer: &Offer,
) -> Result<Draft> {
    let Some(failed) = progress.plan.task(&failure.task) else {
        return Err(Error::invalid(format!(
            "cannot repair task '{}', which is not in the plan",
            failure.task
        )));
    };
    if progress.accepted.contains_key(&failed.name) {
        return Err(Error::invalid(format!(
            "cannot repair task '{}', whose result was accepted",
            failed.name
        )));
    }
    let case = Case {
        progress,
        failure,
        failed,
        offer,
    };
    let ways: [&dyn Fn() -> Option<Draft>; 4] = [
        &|| case.once_more(),
        &|| case.another_tool(),
        &|| case.question(),
        &|| case.another_way(planner),
    ];
    ways.iter()
        .find_map(|way| way().filter(|draft| case.admits(draft)))
        .ok_or_else(|| {
            Error::new(
                ErrorKind::NotFound,
                format!("cannot find another way around task '{}'", failed.name),
            )
            .with_remedy("offer another tool for it, or start the mission anew with another goal")
        })
}

struct Case<'a> {
    progress: &'a Progress,
    failure: &'a Failure,
    failed: &'a Task,
    offer: &'a Offer,
}

impl Case<'_> {
    /// Whether a draft is sound and leaves what was accepted as it is.
    fn admits(&self, draft: &Draft) -> bool {
        let kept = self.progress.accepted.keys().all(|name| {
            let after = draft.tasks.iter().find(|task| task.name == *name);
            after.is_some() && after == self.progress.plan.task(name)
        });
        kept && draft.tasks.len() <= crate::planner::most(&self.progress.mission, self.offer)
            && draft.clone().check(self.offer).is_ok()
    }

    /// The plan as it is: a task that failed becomes a new job when it is ready again.
    fn once_more(&self) -> Option<Draft> {
        let passing = matches!(
            self.failure.fault.kind,
            ErrorKind::Unavailable
                | ErrorKind::TimedOut
                | ErrorKind::Overloaded
                | ErrorKind::LeaseLost
                | ErrorKind::Unknown
        );
        // The workers tried it several times already: what goes on failing is not passing.
        (passing && self.progress.repairs < ONCE_MORE)
            .then(|| self.replaced(self.failed.clone(), "once more"))
    }

    fn another_tool(&self) -> Option<Draft> {
        let Action::Tool(digest) = self.failed.action else {
            return None;
        };
        let old = self.offer.tools.iter().find(|tool| tool.digest == digest);
        let read = self.parts_read();
        let mut best: Option<(f64, Draft)> = None;
        for tool in self.offer.tools.iter().filter(|tool| tool.digest != digest) {
            // The failed tool may be off offer by now; then the names of its inputs must do.
            let alike = old.map_or(ALIKE, |old| likeness(old, tool));
            // A substitute must not do more to the world than what was planned.
            let tame = old.is_none_or(|old| tool.effect <= old.effect);
            if alike < ALIKE || !tame || best.as_ref().is_some_and(|(most, _)| *most >= alike) {
                continue;
            }
            let Some(task) = self.with_tool(tool, &read) else {
                continue;
            };
            let draft = self.replaced(task, &format!("with {} instead", tool.name));
            if self.admits(&draft) {
                best = Some((alike, draft));
            }
        }
        best.map(|(_, draft)| draft)
    }

    /// The failed task with another tool, if that takes the same inputs and gives what is read.
    fn with_tool(&self, tool: &ToolInfo, read: &BTreeSet<Option<String>>) -> Option<Task> {
        let output = tool.output.properties();
        let gives = read
            .iter()
            .flatten()
            .all(|name| output.contains(&name.as_str()));
        let known: Vec<&str> = tool.input.properties();
        let mut task = Task::new(self.failed.name.clone(), Action::Tool(tool.digest));
        task.after.clone_from(&self.failed.after);
        for (name, binding) in &self.failed.inputs {
            let same = known.contains(&name.as_str()).then_some(name.as_str());
            let near = || known.iter().copied().find(|other| one_word(name, other));
            // An input that finds no place would be dropped in silence.
            let input = same.or_else(near)?;
            let binding = match binding {
                Binding::Value(value) => {
                    Binding::Value(coerce(value, &tool.input.property(input)?)?)
                }
                other => other.clone(),
            };
            task.inputs.insert(input.to_owned(), binding);
        }
        let bound = tool
            .input
            .required()
            .iter()
            .all(|name| task.inputs.contains_key(*name));
        (gives && bound).then_some(task)
    }

    /// Asks the owner for the values that were refused, unless the owner gave them.
    fn question(&self) -> Option<Draft> {
        if self.failure.fault.kind != ErrorKind::InvalidInput {
            return None;
        }
        let (schema, _) = schemas(&self.failed.action, self.offer)?;
        let mut task = self.failed.clone();
        let mut questions = Vec::new();
        for (input, binding) in &mut task.inputs {
            let answer = format!("{}.{input}", self.failed.name);
            let guessed = matches!(binding, Binding::Value(_));
            if guessed && !self.progress.mission.inputs.contains_key(&answer) {
                let text = ask(self.failed.name.as_str(), input, &schema.property(input)?);
                let text = format!("{text} (the value that was tried is refused)");
                questions.push(Question::new(task.name.clone(), input, text));
                *binding = Binding::Answer;
            }
        }
        (!questions.is_empty()).then(|| {
            let mut draft = self.replaced(task, "with the owner's answer");
            draft.questions.extend(questions);
            draft
        })
    }

    /// The goal planned anew without what failed; steps that were already accepted are not repeated.
    fn another_way(&self, planner: &TaskPlanner) -> Option<Draft> {
        let mut rest = self.offer.clone();
        match &self.failed.action {
            Action::Tool(digest) => rest.tools.retain(|tool| tool.digest != *digest),
            Action::Job(name) => rest.kinds.retain(|kind| kind.name != *name),
            _ => return None,
        }
        let prefix = format!("r{}-", self.progress.repairs + 1);
        let (_, left) = planner
            .chained(&self.progress.mission, self.offer, &prefix)
            .ok()?;
        let (mut anew, left_anew) = planner
            .chained(&self.progress.mission, &rest, &prefix)
            .ok()?;
        // A plan that only leaves out what failed is no other way to the goal.
        if anew.tasks.is_empty() || left_anew > left {
            return None;
        }
        let mut tasks: Vec<Task> = self.accepted();
        let mut names: BTreeMap<TaskName, TaskName> = BTreeMap::new();
        for task in &mut anew.tasks {
            rename(task, &names);
            let done = tasks.iter().find(|done| {
                done.action == task.action
                    && done.inputs == task.inputs
                    && self.progress.accepted.contains_key(&done.name)
            });
            match done {
                Some(done) => {
                    names.insert(task.name.clone(), done.name.clone());
                }
                None => tasks.push(task.clone()),
            }
        }
        let mut draft = Draft::new(tasks, self.reason("planned anew without it"));
        draft.questions = anew.questions;
        draft
            .questions
            .retain(|question| !names.contains_key(&question.task));
        Some(draft)
    }

    fn accepted(&self) -> Vec<Task> {
        let accepted = |task: &&Task| self.progress.accepted.contains_key(&task.name);
        self.progress
            .plan
            .tasks()
            .iter()
            .filter(accepted)
            .cloned()
            .collect()
    }

    /// The plan with `task` in the place of the failed one.
    fn replaced(&self, task: Task, how: &str) -> Draft {
        let mut draft = self.progress.plan.to_draft();
        draft.questions.retain(|question| {
            question.task != task.name || task.inputs.get(&question.input) == Some(&Binding::Answer)
        });
        for other in &mut draft.tasks {
            if other.name == task.name {
                *other = task.clone();
            }
        }
        draft.reason = self.reason(how);
        draft
    }

    fn reason(&self, how: &str) -> String {
        format!(
            "'{}' failed ({}): {how}",
            self.failed.name, self.failure.fault.kind
        )
    }

    /// The parts of the failed task's output that others read; `None` for the whole.
    fn parts_read(&self) -> BTreeSet<Option<String>> {
        let mut parts = BTreeSet::new();
        for task in self.progress.plan.tasks() {
            for binding in task.inputs.values() {
                if !binding.reads().contains(&self.failed.name) {
                    continue;
                }
                if let Binding::Output { path, .. } | Binding::Gather { path, .. } = binding {
                    parts.insert(path.first().cloned());
                }
            }
        }
        parts
    }
}

fn one_word(a: &str, b: &str) -> bool {
    let stems =
        |name: &str| -> Vec<String> { name_words(name).iter().map(|word| stem(word)).collect() };
    let (a, b) = (stems(a), stems(b));
    a == b || a.last().is_some() && a.last() == b.last()
}

/// How much two tools say alike of themselves (Dice over names, descriptions and outputs).
fn likeness(a: &ToolInfo, b: &ToolInfo) -> f64 {
    let words = |tool: &ToolInfo| -> BTreeSet<String> {
        let text = format!(
            "{} {} {}",
            tool.name,
            tool.description,
            tool.output.properties().join(" ")
        );
        name_words(&text)
            .iter()
            .filter(|word| !is_stop(word))
            .map(|word| stem(word))
            .collect()
    };
    let (a, b) = (words(a), words(b));
    let all = a.len() + b.len();
    if all == 0 {
        0.0
    } else {
        2.0 * a.intersection(&b).count() as f64 / all as f64
    }
}
