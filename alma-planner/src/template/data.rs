//! What a template says.

use std::collections::{BTreeMap, BTreeSet};

use alma_core::{Error, Result, Schema, TaskName};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A way to reach a kind of goal: what it needs and the steps it takes.
///
/// # Examples
/// One task for every file, then one that gathers:
/// ```
/// use alma_planner::Template;
/// let template: Template = serde_json::from_str(r#"{
///     "name": "count-words",
///     "goal": "count|number words files",
///     "inputs": [{"name": "files", "schema": {"type": "array"}}],
///     "steps": [
///         {"name": "count", "each": "files", "run": {"tool": "count_words"},
///          "inputs": {"path": {"item": []}}},
///         {"name": "sum", "run": {"tool": "sum"},
///          "inputs": {"numbers": {"step": {"name": "count", "path": ["words"]}}}}
///     ]
/// }"#)?;
/// template.check()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Template {
    /// What it accomplishes; steps of other templates refer to it by this name.
    pub name: String,
    /// Words that must all stand in a goal, in any form and order; `a|b` admits either.
    /// Empty for a template that serves only as a part of others.
    #[serde(default)]
    pub goal: String,
    /// What it needs.
    #[serde(default)]
    pub inputs: Vec<TemplateInput>,
    /// What is done; a step may use the steps before it.
    pub steps: Vec<TemplateStep>,
}

/// Something that a template needs: given with the mission by its name, or stated in the goal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TemplateInput {
    /// Its name.
    pub name: String,
    /// What it must look like.
    #[serde(default = "Schema::any")]
    pub schema: Schema,
    /// What it is when nobody says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
}

/// What a step runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Run {
    /// The tool of this name.
    Tool(String),
    /// A job of this kind.
    Job(String),
    /// Whatever the templates of this name do.
    Template(String),
}

/// Where an input of a step comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Source {
    /// This value.
    Value(Value),
    /// An input of the template.
    Input(String),
    /// The item that this run of the step is for, or the part of it under these names.
    Item(Vec<String>),
    /// The output of an earlier step, or the part of it under these names.
    ///
    /// Between two steps over the same list it is the output for the same item; a step that runs
    /// once gets the outputs for all items as a list.
    Step {
        /// The step.
        name: String,
        /// Property names from the outside in.
        #[serde(default)]
        path: Vec<String>,
    },
}

/// One step of a template.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TemplateStep {
    /// Its name: 1–32 of `a-z A-Z 0-9 _ -`.
    pub name: String,
    /// What it runs.
    pub run: Run,
    /// The input of the template for each of whose items it runs once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<String>,
    /// What goes in.
    #[serde(default)]
    pub inputs: BTreeMap<String, Source>,
    /// Earlier steps that must be done, beyond those that it reads.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<String>,
}

impl Template {
    /// A template without inputs or steps.
    pub fn new(name: impl Into<String>, goal: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            goal: goal.into(),
            inputs: Vec::new(),
            steps: Vec::new(),
        }
    }

    /// Adds something that it needs.
    #[must_use]
    pub fn with_input(mut self, name: impl Into<String>, schema: Schema) -> Self {
        self.inputs.push(TemplateInput {
            name: name.into(),
            schema,
            default: None,
        });
        self
    }

    /// Adds a step.
    #[must_use]
    pub fn with_step(mut self, step: TemplateStep) -> Self {
        self.steps.push(step);
        self
    }

    /// Checks what can be checked without an offer: names, and that every source exists.
    ///
    /// # Errors
    /// `InvalidInput` that names the template, the step and the fault.
    pub fn check(&self) -> Result<()> {
        let fault = |what: String| {
            Err(
                Error::invalid(format!("cannot use template '{}': {what}", self.name))
                    .with_remedy("see the documentation of Template"),
            )
        };
        if self.name.trim().is_empty() {
            return fault("it has no name".to_owned());
        }
        if self.steps.is_empty() {
            return fault("it has no step".to_owned());
        }
        let mut inputs = BTreeSet::new();
        for input in &self.inputs {
            if !inputs.insert(input.name.as_str()) {
                return fault(format!("two inputs are named '{}'", input.name));
            }
            if let Some(Err(error)) = input
                .default
                .as_ref()
                .map(|value| input.schema.check(value))
            {
                return fault(format!(
                    "the default of '{}': {}",
                    input.name,
                    error.message()
                ));
            }
        }
        let mut before = BTreeSet::new();
        for step in &self.steps {
            if let Some(what) = step.flaw(&inputs, &before) {
                return fault(format!("step '{}': {what}", step.name));
            }
            before.insert(step.name.as_str());
        }
        Ok(())
    }
}

impl TemplateStep {
    /// A step without inputs.
    pub fn new(name: impl Into<String>, run: Run) -> Self {
        Self {
            name: name.into(),
            run,
            each: None,
            inputs: BTreeMap::new(),
            after: Vec::new(),
        }
    }

    /// Runs it once for each item of an input.
    #[must_use]
    pub fn for_each(mut self, list: impl Into<String>) -> Self {
        self.each = Some(list.into());
        self
    }

    /// Says where an input comes from.
    #[must_use]
    pub fn with(mut self, input: impl Into<String>, source: Source) -> Self {
        self.inputs.insert(input.into(), source);
        self
    }

    fn flaw(&self, inputs: &BTreeSet<&str>, before: &BTreeSet<&str>) -> Option<String> {
        let short = (1..=32).contains(&self.name.len()) && !self.name.contains('.');
        if !short || TaskName::new(self.name.clone()).is_err() {
            return Some("its name is not 1 to 32 letters, digits, '_' or '-'".to_owned());
        }
        if before.contains(self.name.as_str()) {
            return Some("another step has its name".to_owned());
        }
        if let Some(list) = self.each.as_deref().filter(|list| !inputs.contains(list)) {
            return Some(format!("it runs for each of '{list}', which is no input"));
        }
        if let Some(other) = self
            .after
            .iter()
            .find(|other| !before.contains(other.as_str()))
        {
            return Some(format!("it waits for '{other}', which is no earlier step"));
        }
        self.inputs.values().find_map(|source| match source {
            Source::Input(name) if !inputs.contains(name.as_str()) => {
                Some(format!("it reads '{name}', which is no input"))
            }
            Source::Item(_) if self.each.is_none() => {
                Some("it reads an item but runs for no list".to_owned())
            }
            Source::Step { name, .. } if !before.contains(name.as_str()) => {
                Some(format!("it reads '{name}', which is no earlier step"))
            }
            _ => None,
        })
    }
}
