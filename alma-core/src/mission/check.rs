//! The validator: what must hold before a draft becomes a plan.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::{Deserialize, Serialize};

use crate::{
    Action, Binding, Draft, Effect, Offer, Plan, Schema, Task, TaskName, Trust, digest::clip,
    mission::plan::order,
};

/// One thing that is wrong with a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Flaw {
    /// It has no task.
    Empty,
    /// It has more tasks than the offer allows.
    TooLarge {
        /// Tasks in the draft.
        tasks: usize,
        /// Tasks allowed.
        most: usize,
    },
    /// Two tasks have one name.
    Duplicate(TaskName),
    /// A task names a tool or job kind that is not on offer.
    NotOffered {
        /// The task.
        task: TaskName,
        /// What it names.
        what: String,
    },
    /// A task sends, pays, deletes or executes for words that are not the owner's.
    Sink {
        /// The task.
        task: TaskName,
        /// The tool or job kind.
        what: String,
    },
    /// A task reads or waits for a task that does not exist.
    UnknownTask {
        /// The task.
        task: TaskName,
        /// What it names.
        reads: TaskName,
    },
    /// These tasks wait for each other.
    Cycle(Vec<TaskName>),
    /// A required input is neither bound nor asked for.
    Unbound {
        /// The task.
        task: TaskName,
        /// Its input.
        input: String,
    },
    /// A bound input does not exist, or its value does not fit.
    Misfit {
        /// The task.
        task: TaskName,
        /// Its input.
        input: String,
        /// Why.
        why: String,
    },
    /// An input waits for an answer to a question that the draft does not ask.
    NoQuestion {
        /// The task.
        task: TaskName,
        /// Its input.
        input: String,
    },
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "the plan has no task"),
            Self::TooLarge { tasks, most } => {
                write!(f, "the plan has {tasks} tasks where {most} are allowed")
            }
            Self::Duplicate(task) => write!(f, "two tasks are named '{task}'"),
            Self::NotOffered { task, what } => {
                write!(f, "task '{task}' names {what}, which is not on offer")
            }
            Self::Sink { task, what } => {
                write!(
                    f,
                    "task '{task}' uses {what}, which only the owner's words can"
                )
            }
            Self::UnknownTask { task, reads } => {
                write!(f, "task '{task}' waits for '{reads}', which does not exist")
            }
            Self::Cycle(tasks) => {
                let names: Vec<_> = tasks.iter().map(TaskName::as_str).collect();
                write!(f, "the tasks {} wait for each other", names.join(", "))
            }
            Self::Unbound { task, input } => write!(f, "task '{task}' lacks its input '{input}'"),
            Self::Misfit { task, input, why } => {
                write!(
                    f,
                    "the input '{input}' of task '{task}' does not fit: {why}"
                )
            }
            Self::NoQuestion { task, input } => {
                write!(
                    f,
                    "the input '{input}' of task '{task}' waits for an answer that nobody asks for"
                )
            }
        }
    }
}

impl Draft {
    /// Checks the draft against what is on offer; the only door to a [`Plan`] that may run.
    ///
    /// Proves that every tool and job kind is on offer, that none is a sink unless the goal is the
    /// owner's, that every reference meets a task and a
    /// property of its output whose type fits, that every required input is bound or asked for,
    /// that literal values fit their schemas, that nothing waits in a circle, and that the size is allowed.
    ///
    /// # Errors
    /// Every flaw that was found, in the order of the tasks.
    pub fn check(self, offer: &Offer) -> Result<Plan, Vec<Flaw>> {
        let mut flaws = structure(&self);
        if self.tasks.len() > offer.max_tasks {
            flaws.push(Flaw::TooLarge {
                tasks: self.tasks.len(),
                most: offer.max_tasks,
            });
        }
        let shapes: BTreeMap<_, _> = self
            .tasks
            .iter()
            .map(|task| (&task.name, shape(&task.action, offer)))
            .collect();
        for task in &self.tasks {
            match shapes.get(&task.name) {
                Some(Some((input, _))) => fits(task, input, &shapes, &mut flaws),
                _ => flaws.push(Flaw::NotOffered {
                    task: task.name.clone(),
                    what: named(&task.action),
                }),
            }
            if offer.trust < Trust::Owner && is_sink(&task.action, offer) {
                flaws.push(Flaw::Sink {
                    task: task.name.clone(),
                    what: named(&task.action),
                });
            }
        }
        if flaws.is_empty() {
            Ok(Plan::proven(self))
        } else {
            Err(flaws)
        }
    }
}

fn named(action: &Action) -> String {
    match action {
        Action::Tool(digest) => format!("tool {}", digest.short()),
        Action::Job(kind) => format!("job kind '{}'", clip(kind)),
    }
}

fn is_sink(action: &Action, offer: &Offer) -> bool {
    match action {
        Action::Tool(digest) => {
            let mut tools = offer.tools.iter();
            tools.any(|tool| tool.digest == *digest && tool.effect == Effect::Sink)
        }
        Action::Job(name) => {
            let mut kinds = offer.kinds.iter();
            kinds.any(|kind| kind.name == *name && kind.effect == Effect::Sink)
        }
    }
}

type Shape<'a> = (&'a Schema, &'a Schema);

fn shape<'a>(action: &Action, offer: &'a Offer) -> Option<Shape<'a>> {
    match action {
        Action::Tool(digest) => offer
            .tools
            .iter()
            .find(|tool| tool.digest == *digest)
            .map(|tool| (&tool.input, &tool.output)),
        Action::Job(name) => offer
            .kinds
            .iter()
            .find(|kind| kind.name == *name)
            .map(|kind| (&kind.input, &kind.output)),
    }
}

/// What can be proved of a draft without an offer; also proved when a stored plan is loaded.
pub(crate) fn structure(draft: &Draft) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    if draft.tasks.is_empty() {
        flaws.push(Flaw::Empty);
    }
    let mut names = BTreeSet::new();
    for task in &draft.tasks {
        if !names.insert(&task.name) {
            flaws.push(Flaw::Duplicate(task.name.clone()));
        }
    }
    for task in &draft.tasks {
        for needed in task.needs() {
            if !names.contains(needed) {
                flaws.push(Flaw::UnknownTask {
                    task: task.name.clone(),
                    reads: needed.clone(),
                });
            }
        }
        for (input, binding) in &task.inputs {
            let asked = || {
                draft
                    .questions
                    .iter()
                    .any(|q| q.task == task.name && q.input == *input)
            };
            if *binding == Binding::Answer && !asked() {
                flaws.push(Flaw::NoQuestion {
                    task: task.name.clone(),
                    input: input.clone(),
                });
            }
        }
    }
    if flaws.is_empty()
        && let Err(circle) = order(&draft.tasks)
    {
        flaws.push(Flaw::Cycle(circle));
    }
    flaws
}

fn fits(
    task: &Task,
    input: &Schema,
    shapes: &BTreeMap<&TaskName, Option<Shape<'_>>>,
    flaws: &mut Vec<Flaw>,
) {
    for name in input.required() {
        if !task.inputs.contains_key(name) {
            flaws.push(Flaw::Unbound {
                task: task.name.clone(),
                input: name.to_owned(),
            });
        }
    }
    for (name, binding) in &task.inputs {
        let why = match input.property(name) {
            None => Some("it takes no such input".to_owned()),
            Some(wanted) => misfit(binding, &wanted, shapes),
        };
        if let Some(why) = why {
            flaws.push(Flaw::Misfit {
                task: task.name.clone(),
                input: name.clone(),
                why,
            });
        }
    }
}

fn misfit(
    binding: &Binding,
    wanted: &Schema,
    shapes: &BTreeMap<&TaskName, Option<Shape<'_>>>,
) -> Option<String> {
    match binding {
        Binding::Value(value) => wanted
            .check(value)
            .err()
            .map(|error| error.message().to_owned()),
        Binding::Answer => None,
        Binding::Output { task, path } => match part(task, path, shapes) {
            Ok(Some(given)) if !given.may_feed(wanted) => Some(format!(
                "'{task}' gives {}, expected {}",
                given.as_value(),
                wanted.as_value()
            )),
            Ok(_) => None,
            Err(why) => Some(why),
        },
        Binding::Gather { tasks, path } => {
            if !Schema::of_type("array").may_feed(wanted) {
                return Some("it takes no list".to_owned());
            }
            tasks.iter().find_map(|task| part(task, path, shapes).err())
        }
    }
}

/// The schema of a part of a task's output; nothing when that task itself is flawed.
fn part(
    task: &TaskName,
    path: &[String],
    shapes: &BTreeMap<&TaskName, Option<Shape<'_>>>,
) -> Result<Option<Schema>, String> {
    let Some(Some((_, output))) = shapes.get(task) else {
        return Ok(None);
    };
    let mut schema = (*output).clone();
    for name in path {
        schema = schema
            .property(name)
            .ok_or_else(|| format!("the output of '{task}' has no '{}'", clip(name)))?;
    }
    Ok(Some(schema))
}
