//! Subjects: modules as an evaluator sees them.

use std::{collections::BTreeMap, fmt};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Digest, Error, Result};

/// The values that a parameter may take.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Domain {
    /// A real number between two others, both included.
    Real {
        /// The least.
        least: f64,
        /// The greatest.
        most: f64,
    },
    /// A whole number between two others, both included.
    Integer {
        /// The least.
        least: i64,
        /// The greatest.
        most: i64,
    },
    /// One of these.
    Choice(Vec<String>),
}

/// A parameter that may be tuned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// What it may be.
    pub domain: Domain,
    /// What it is when nobody says otherwise.
    pub default: Value,
}

impl Parameter {
    /// A real parameter.
    pub fn real(name: impl Into<String>, least: f64, most: f64, default: f64) -> Self {
        Self {
            name: name.into(),
            domain: Domain::Real { least, most },
            default: default.into(),
        }
    }

    /// A whole-numbered parameter.
    pub fn integer(name: impl Into<String>, least: i64, most: i64, default: i64) -> Self {
        Self {
            name: name.into(),
            domain: Domain::Integer { least, most },
            default: default.into(),
        }
    }

    /// A parameter with listed values; the first is the default.
    pub fn choice(name: impl Into<String>, values: Vec<String>) -> Self {
        let default = values.first().cloned().unwrap_or_default().into();
        Self {
            name: name.into(),
            domain: Domain::Choice(values),
            default,
        }
    }

    /// Whether it may be `value`.
    #[must_use]
    pub fn admits(&self, value: &Value) -> bool {
        match &self.domain {
            Domain::Real { least, most } => value
                .as_f64()
                .is_some_and(|value| (*least..=*most).contains(&value)),
            Domain::Integer { least, most } => value
                .as_i64()
                .is_some_and(|value| (*least..=*most).contains(&value)),
            Domain::Choice(values) => value
                .as_str()
                .is_some_and(|value| values.iter().any(|one| one == value)),
        }
    }
}

/// Values for the parameters of a subject; what is absent has its default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Settings(pub BTreeMap<String, Value>);

impl Settings {
    /// The value of a parameter.
    #[must_use]
    pub fn get<'a>(&'a self, parameter: &'a Parameter) -> &'a Value {
        self.0.get(&parameter.name).unwrap_or(&parameter.default)
    }

    /// Sets a value.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Names them by content.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of_json(&Value::Object(self.0.clone().into_iter().collect()))
    }

    /// Checks them against what a subject declares.
    ///
    /// # Errors
    /// `InvalidInput` that names the parameter that does not exist or does not admit its value.
    pub fn check(&self, parameters: &[Parameter]) -> Result<()> {
        for (name, value) in &self.0 {
            let known = parameters.iter().find(|parameter| parameter.name == *name);
            if !known.is_some_and(|parameter| parameter.admits(value)) {
                return Err(
                    Error::invalid(format!("cannot set parameter '{name}' to {value}"))
                        .with_remedy("see the parameters that the subject declares"),
                );
            }
        }
        Ok(())
    }
}

/// A module as an evaluator sees it: what may be tuned, and how to run it on a case.
///
/// # Contract
/// - `run` with equal settings and input gives an equal output; it changes nothing that a later `run` sees.
/// - It never sees what is expected, and does not score itself.
#[async_trait]
pub trait Subject: fmt::Debug + Send + Sync + 'static {
    /// Its name, such as `retrieval`.
    fn name(&self) -> &str;

    /// What may be tuned.
    fn parameters(&self) -> Vec<Parameter>;

    /// Runs it on one input.
    async fn run(&self, settings: &Settings, input: &Value) -> Result<Value>;
}
