//! From a sketch to a draft: names, bindings that fit their schemas, and questions for what is open.

use std::collections::BTreeMap;

use alma_core::{Action, Binding, Draft, Offer, Question, Schema, Task, TaskName};
use serde_json::{Number, Value};

use crate::{
    graph::{Catalog, Fill, Sketch},
    text::name_words,
};

/// What the entry of the catalog at `index` is in the offer: its action, its input, its output.
pub(crate) fn offered(offer: &Offer, index: usize) -> Option<(Action, &Schema, &Schema)> {
    if let Some(tool) = offer.tools.get(index) {
        return Some((Action::Tool(tool.digest), &tool.input, &tool.output));
    }
    let kind = offer.kinds.get(index - offer.tools.len())?;
    Some((Action::Job(kind.name.clone()), &kind.input, &kind.output))
}

/// What an action takes and gives, if it is on offer.
pub(crate) fn schemas<'a>(action: &Action, offer: &'a Offer) -> Option<(&'a Schema, &'a Schema)> {
    match action {
        Action::Tool(digest) => {
            let tool = offer.tools.iter().find(|tool| tool.digest == *digest)?;
            Some((&tool.input, &tool.output))
        }
        Action::Job(name) => {
            let kind = offer.kinds.iter().find(|kind| kind.name == *name)?;
            Some((&kind.input, &kind.output))
        }
        _ => None,
    }
}

/// The draft of a sketch; `prefix` keeps its task names apart from others.
pub(crate) fn assemble(catalog: &Catalog, offer: &Offer, sketch: &Sketch, prefix: &str) -> Draft {
    let mut draft = Draft::default();
    let name = |index: usize| {
        TaskName::new(format!("{prefix}{}", index + 1))
            .unwrap_or_else(|_| TaskName::numbered(index))
    };
    for (index, step) in sketch.steps.iter().enumerate() {
        let Some((action, input, _)) = offered(offer, step.tool) else {
            continue;
        };
        let mut task = Task::new(name(index), action);
        for (port, fill) in &step.inputs {
            let Some(wanted) = input.property(port) else {
                continue;
            };
            let binding = match fill {
                Fill::Literal(value) => coerce(value, &wanted).map(Binding::Value),
                Fill::Output { step, port } => offered(offer, sketch.steps[*step].tool)
                    .and_then(|(_, _, output)| part(output, name(*step), port, &wanted)),
                Fill::Ask => None,
            };
            let binding = binding.or_else(|| preset(&wanted).map(Binding::Value));
            let required = input.required().contains(&port.as_str());
            if binding.is_none() && (required || *fill == Fill::Ask) {
                let text = ask(&catalog.entries[step.tool].name, port, &wanted);
                draft
                    .questions
                    .push(Question::new(task.name.clone(), port, text));
            }
            let open = (required || *fill == Fill::Ask).then_some(Binding::Answer);
            if let Some(binding) = binding.or(open) {
                task = task.with(port, binding);
            }
        }
        draft.tasks.push(task);
    }
    draft
}

/// The binding to a part of an output, or to the whole, if that may be what is wanted.
fn part(output: &Schema, task: TaskName, port: &str, wanted: &Schema) -> Option<Binding> {
    if port.is_empty() {
        return output.may_feed(wanted).then(|| Binding::output(task));
    }
    let given = output.property(port)?;
    given.may_feed(wanted).then(|| Binding::field(task, port))
}

/// The question for an input in words.
pub(crate) fn ask(tool: &str, port: &str, schema: &Schema) -> String {
    let about = schema
        .as_value()
        .get("description")
        .and_then(Value::as_str)
        .unwrap_or("");
    let words = name_words(port).join(" ");
    if about.is_empty() {
        format!("What is the {words} for {tool}?")
    } else {
        format!("What is the {words} for {tool}? {about}")
    }
}

/// The value that a schema itself proposes.
fn preset(schema: &Schema) -> Option<Value> {
    let schema_value = schema.as_value();
    let value = schema_value
        .get("const")
        .or_else(|| schema_value.get("default"))?;
    schema.check(value).is_ok().then(|| value.clone())
}

/// `value` in the form that a schema wants, or nothing when no faithful form fits.
pub(crate) fn coerce(value: &Value, schema: &Schema) -> Option<Value> {
    let fits = |value: Value| schema.check(&value).is_ok().then_some(value);
    if let Some(value) = fits(value.clone()) {
        return Some(value);
    }
    let options = schema.as_value().get("enum").and_then(Value::as_array);
    if let (Some(options), Some(text)) = (options, value.as_str()) {
        return options
            .iter()
            .find(|option| {
                option
                    .as_str()
                    .is_some_and(|option| option.eq_ignore_ascii_case(text))
            })
            .cloned();
    }
    match value {
        Value::Number(number) => fits(Value::from(number.to_string())),
        Value::String(text) => {
            let text = text.trim();
            let number = text.parse::<i64>().map(Number::from).ok();
            let number = number.or_else(|| text.parse().ok().and_then(Number::from_f64));
            let flag = match text.to_ascii_lowercase().as_str() {
                "true" | "yes" => Some(Value::Bool(true)),
                "false" | "no" => Some(Value::Bool(false)),
                _ => None,
            };
            number
                .map(Value::Number)
                .and_then(fits)
                .or_else(|| flag.and_then(fits))
        }
        Value::Array(_) => None,
        _ => None,
    }
    .or_else(|| {
        // One value where a list is wanted is a list of one.
        (!value.is_array())
            .then(|| fits(Value::from(vec![value.clone()])))
            .flatten()
    })
}

/// The tasks that read or wait for others are told of new names.
pub(crate) fn rename(task: &mut Task, names: &BTreeMap<TaskName, TaskName>) {
    let new = |name: &mut TaskName| {
        if let Some(other) = names.get(name) {
            *name = other.clone();
        }
    };
    task.after.iter_mut().for_each(new);
    for binding in task.inputs.values_mut() {
        match binding {
            Binding::Output { task, .. } => new(task),
            Binding::Gather { tasks, .. } => tasks.iter_mut().for_each(new),
            _ => {}
        }
    }
}
