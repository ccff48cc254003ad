//! From a template and the inputs of a mission to tasks.

use std::collections::{BTreeMap, BTreeSet};

use alma_core::{Action, Binding, Draft, Mission, Offer, Task, TaskName};
use serde_json::Value;

use super::{
    data::{Run, Source, Template, TemplateStep},
    pattern,
};
use crate::{assemble::coerce, graph::stated_inputs, text::read};

/// How deep templates may lie within templates.
const DEPTH: usize = 8;

/// What became of the templates that serve a goal.
#[derive(Debug)]
pub(crate) enum Expanded {
    /// The best of them gave a draft.
    Draft(Draft),
    /// The plan would have more tasks than allowed.
    TooLarge,
    /// None serves the goal, or none could be carried out: each with its reason.
    None(Vec<String>),
}

/// Carries out the template that serves the goal best.
pub(crate) fn expand(
    templates: &[Template],
    mission: &Mission,
    offer: &Offer,
    most: usize,
) -> Expanded {
    let (tokens, _) = read(&mission.goal);
    let said: BTreeSet<String> = tokens.into_iter().map(|token| token.stem).collect();
    let mut fitting: Vec<(usize, &Template)> = templates
        .iter()
        .filter_map(|template| Some((pattern::matches(&template.goal, &said)?, template)))
        .collect();
    // The most telling pattern first; of equals the one that was registered first.
    fitting.sort_by_key(|(words, _)| std::cmp::Reverse(*words));
    let mut reasons = Vec::new();
    for (_, template) in fitting {
        let mut run = Expansion {
            templates,
            offer,
            most,
            tasks: Vec::new(),
        };
        let outcome = inputs(template, mission)
            .and_then(|inputs| run.template(template, &inputs, "", &[], DEPTH));
        match outcome {
            Ok(_) if run.tasks.is_empty() => {
                reasons.push(format!("template '{}' has nothing to do", template.name));
            }
            Ok(_) => {
                let reason = format!("by template '{}'", template.name);
                return Expanded::Draft(Draft::new(run.tasks, reason));
            }
            Err(Refusal::TooLarge) => return Expanded::TooLarge,
            Err(Refusal::Because(why)) => {
                reasons.push(format!(
                    "template '{}' cannot be used: {why}",
                    template.name
                ));
            }
        }
    }
    Expanded::None(reasons)
}

/// Why a template was not carried out.
#[derive(Debug)]
enum Refusal {
    TooLarge,
    Because(String),
}

fn refuse<T>(why: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::Because(why.into()))
}

type Inputs = BTreeMap<String, Binding>;

/// The inputs of a template: given with the mission, stated in its goal, or by default.
fn inputs(template: &Template, mission: &Mission) -> Result<Inputs, Refusal> {
    let stated = stated_inputs(
        &mission.goal,
        template
            .inputs
            .iter()
            .map(|input| (input.name.as_str(), input.schema.as_value())),
    );
    let mut found = Inputs::new();
    for input in &template.inputs {
        let value = match mission.inputs.get(&input.name) {
            Some(value) => match input.schema.check(value) {
                Ok(()) => value.clone(),
                Err(error) => {
                    return refuse(format!("input '{}': {}", input.name, error.message()));
                }
            },
            None => stated
                .get(&input.name)
                .and_then(|value| coerce(value, &input.schema))
                .or_else(|| input.default.clone())
                .ok_or_else(|| Refusal::Because(format!("it lacks the input '{}'", input.name)))?,
        };
        found.insert(input.name.clone(), Binding::Value(value));
    }
    Ok(found)
}

struct Expansion<'a> {
    templates: &'a [Template],
    offer: &'a Offer,
    most: usize,
    tasks: Vec<Task>,
}

/// What a step left: its output for every run, and the list that it ran for.
struct Done<'a> {
    outputs: Vec<Binding>,
    tasks: Vec<TaskName>,
    each: Option<&'a str>,
}

/// The run of a step: for which item.
struct Turn<'a> {
    index: usize,
    item: Option<&'a Value>,
}

impl<'a> Expansion<'a> {
    /// Adds the tasks of a template; gives its output, which is the output of its last step.
    fn template(
        &mut self,
        template: &'a Template,
        inputs: &Inputs,
        prefix: &str,
        after: &[TaskName],
        depth: usize,
    ) -> Result<Binding, Refusal> {
        if depth == 0 {
            return refuse(format!("templates lie more than {DEPTH} deep"));
        }
        let mut done: BTreeMap<&str, Done<'a>> = BTreeMap::new();
        for step in &template.steps {
            let items = match step.each.as_deref().map(|list| (list, inputs.get(list))) {
                None => None,
                Some((_, Some(Binding::Value(Value::Array(items))))) => Some(items.clone()),
                Some((list, _)) => return refuse(format!("'{list}' is no list that is known now")),
            };
            let mut waits: Vec<TaskName> = after.to_vec();
            waits.extend(
                step.after
                    .iter()
                    .flat_map(|name| done[name.as_str()].tasks.clone()),
            );
            let first = self.tasks.len();
            let mut outputs = Vec::new();
            let runs = items.as_ref().map_or(1, Vec::len);
            for index in 0..runs {
                let turn = Turn {
                    index,
                    item: items.as_ref().map(|items| &items[index]),
                };
                let bound = step
                    .inputs
                    .iter()
                    .map(|(name, source)| {
                        Ok((name.clone(), bind(source, step, &turn, inputs, &done)?))
                    })
                    .collect::<Result<Inputs, Refusal>>()?;
                let number = items
                    .as_ref()
                    .map_or(String::new(), |_| format!("-{}", index + 1));
                let name = format!("{prefix}{}{number}", step.name);
                outputs.push(self.run(&step.run, bound, &name, &waits, depth)?);
            }
            let tasks = self.tasks[first..]
                .iter()
                .map(|task| task.name.clone())
                .collect();
            done.insert(
                &step.name,
                Done {
                    outputs,
                    tasks,
                    each: step.each.as_deref(),
                },
            );
        }
        let last = template
            .steps
            .last()
            .and_then(|step| done.get(step.name.as_str()));
        last.map_or_else(|| refuse("it has no step"), |last| whole(last, &[]))
    }

    fn run(
        &mut self,
        run: &'a Run,
        inputs: Inputs,
        name: &str,
        after: &[TaskName],
        depth: usize,
    ) -> Result<Binding, Refusal> {
        let action = match run {
            Run::Tool(wanted) => {
                let tool = self
                    .offer
                    .tools
                    .iter()
                    .find(|tool| tool.name.as_str() == wanted);
                tool.map(|tool| Action::Tool(tool.digest))
                    .ok_or_else(|| Refusal::Because(format!("tool '{wanted}' is not on offer")))?
            }
            Run::Job(wanted) => {
                let kind = self.offer.kinds.iter().find(|kind| kind.name == *wanted);
                kind.map(|kind| Action::Job(kind.name.clone()))
                    .ok_or_else(|| {
                        Refusal::Because(format!("job kind '{wanted}' is not on offer"))
                    })?
            }
            Run::Template(wanted) => return self.alternatives(wanted, &inputs, name, after, depth),
        };
        if self.tasks.len() >= self.most {
            return Err(Refusal::TooLarge);
        }
        let name =
            TaskName::new(name).map_err(|error| Refusal::Because(error.message().to_owned()))?;
        let mut task = Task::new(name.clone(), action);
        task.inputs = inputs;
        task.after = after.to_vec();
        self.tasks.push(task);
        Ok(Binding::output(name))
    }

    /// Tries the templates of one name in turn; what a failed one added is taken back.
    fn alternatives(
        &mut self,
        wanted: &str,
        inputs: &Inputs,
        name: &str,
        after: &[TaskName],
        depth: usize,
    ) -> Result<Binding, Refusal> {
        let mut reasons = Vec::new();
        let templates = self.templates;
        for template in templates.iter().filter(|template| template.name == wanted) {
            let kept = self.tasks.len();
            let complete = template
                .inputs
                .iter()
                .try_fold(inputs.clone(), |mut all, input| {
                    let default = input.default.clone().map(Binding::Value);
                    match all.get(&input.name).cloned().or(default) {
                        Some(binding) => {
                            all.insert(input.name.clone(), binding);
                            Ok(all)
                        }
                        None => refuse(format!("it lacks the input '{}'", input.name)),
                    }
                });
            let prefix = format!("{name}.");
            match complete
                .and_then(|inputs| self.template(template, &inputs, &prefix, after, depth - 1))
            {
                Err(Refusal::Because(why)) => {
                    self.tasks.truncate(kept);
                    reasons.push(why);
                }
                settled => return settled,
            }
        }
        if reasons.is_empty() {
            return refuse(format!("there is no template '{wanted}'"));
        }
        refuse(format!("'{wanted}': {}", reasons.join("; ")))
    }
}

fn bind(
    source: &Source,
    step: &TemplateStep,
    turn: &Turn<'_>,
    inputs: &Inputs,
    done: &BTreeMap<&str, Done<'_>>,
) -> Result<Binding, Refusal> {
    match source {
        Source::Value(value) => Ok(Binding::Value(value.clone())),
        Source::Input(name) => inputs
            .get(name)
            .cloned()
            .ok_or_else(|| Refusal::Because(format!("it lacks the input '{name}'"))),
        Source::Item(path) => match turn.item {
            Some(item) => under(&Binding::Value(item.clone()), path),
            None => refuse(format!("step '{}' runs for no list", step.name)),
        },
        Source::Step { name, path } => {
            let Some(earlier) = done.get(name.as_str()) else {
                return refuse(format!("'{name}' is no earlier step"));
            };
            if earlier.each.is_some() && earlier.each == step.each.as_deref() {
                return under(&earlier.outputs[turn.index], path);
            }
            whole(earlier, path)
        }
    }
}

/// All that a step left: its one output, or the list of its outputs.
fn whole(step: &Done<'_>, path: &[String]) -> Result<Binding, Refusal> {
    let outputs = step
        .outputs
        .iter()
        .map(|output| under(output, path))
        .collect::<Result<Vec<_>, Refusal>>()?;
    if step.each.is_none() {
        return outputs
            .into_iter()
            .next()
            .map_or_else(|| refuse("a step without output"), Ok);
    }
    let mut tasks = Vec::new();
    let mut common: Option<Vec<String>> = None;
    for output in outputs {
        match output {
            Binding::Output { task, path }
                if common.as_ref().is_none_or(|common| *common == path) =>
            {
                tasks.push(task);
                common = Some(path);
            }
            _ => return refuse("the outputs of a step over a list cannot be gathered"),
        }
    }
    Ok(Binding::Gather {
        tasks,
        path: common.unwrap_or_default(),
    })
}

/// The part of a binding under property names.
fn under(binding: &Binding, path: &[String]) -> Result<Binding, Refusal> {
    let longer = |own: &[String]| own.iter().chain(path).cloned().collect();
    Ok(match binding {
        Binding::Value(value) => {
            let part = path.iter().try_fold(value, |value, name| value.get(name));
            match part {
                Some(part) => Binding::Value(part.clone()),
                None => return refuse(format!("an item has no '{}'", path.join("."))),
            }
        }
        Binding::Output { task, path: own } => Binding::Output {
            task: task.clone(),
            path: longer(own),
        },
        Binding::Gather { tasks, path: own } => Binding::Gather {
            tasks: tasks.clone(),
            path: longer(own),
        },
        other => other.clone(),
    })
}
