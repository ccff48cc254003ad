//! The space of declared parameters, as points between 0 and 1.

use alma_core::{Domain, Parameter, Settings};
use serde_json::Value;

/// How one parameter lies on an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Axis {
    /// Near points are alike.
    Line,
    /// This many places that have no order.
    Places(usize),
}

/// The parameters that a search may move, each with its axis.
#[derive(Debug)]
pub(super) struct Space(Vec<Parameter>);

impl Space {
    /// The space of these parameters; those with a single value are left out.
    pub(super) fn new(parameters: &[Parameter]) -> Self {
        let moves = |parameter: &&Parameter| match &parameter.domain {
            Domain::Real { least, most } => least < most,
            Domain::Integer { least, most } => least < most,
            Domain::Choice(values) => values.len() > 1,
            _ => false,
        };
        Self(parameters.iter().filter(moves).cloned().collect())
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn axis(&self, i: usize) -> Axis {
        match self.0.get(i).map(|parameter| &parameter.domain) {
            Some(Domain::Choice(values)) => Axis::Places(values.len()),
            _ => Axis::Line,
        }
    }

    /// The settings at a point with one coordinate in [0, 1) an axis.
    pub(super) fn settings(&self, point: &[f64]) -> Settings {
        let mut settings = Settings::default();
        for (parameter, at) in self.0.iter().zip(point) {
            let at = at.clamp(0.0, 1.0 - f64::EPSILON);
            let value: Value = match &parameter.domain {
                Domain::Real { least, most } => real(*least, *most, at).into(),
                Domain::Integer { least, most } => {
                    let steps = most.saturating_sub(*least).saturating_add(1) as f64;
                    least.saturating_add((at * steps) as i64).min(*most).into()
                }
                Domain::Choice(values) => {
                    let place = ((at * values.len() as f64) as usize).min(values.len() - 1);
                    values[place].clone().into()
                }
                _ => parameter.default.clone(),
            };
            settings.0.insert(parameter.name.clone(), value);
        }
        settings
    }

    /// The point of some settings; the middle of the step or place where a value covers a range.
    pub(super) fn point(&self, settings: &Settings) -> Vec<f64> {
        self.0
            .iter()
            .map(|parameter| {
                let value = settings.get(parameter);
                let at = match &parameter.domain {
                    Domain::Real { least, most } => {
                        value.as_f64().map(|value| (value - least) / (most - least))
                    }
                    Domain::Integer { least, most } => value.as_i64().map(|value| {
                        let steps = most.saturating_sub(*least).saturating_add(1) as f64;
                        (value.saturating_sub(*least) as f64 + 0.5) / steps
                    }),
                    Domain::Choice(values) => value
                        .as_str()
                        .and_then(|value| values.iter().position(|one| one == value))
                        .map(|place| (place as f64 + 0.5) / values.len() as f64),
                    _ => None,
                };
                at.unwrap_or(0.5).clamp(0.0, 1.0 - f64::EPSILON)
            })
            .collect()
    }
}

/// The number at a place between two others, with six digits that people can read.
fn real(least: f64, most: f64, at: f64) -> f64 {
    let exact = (least + at * (most - least)).clamp(least, most);
    let digits = 5_i32.saturating_sub((most - least).log10().floor() as i32);
    let digits = usize::try_from(digits.clamp(0, 15)).unwrap_or(0);
    let short = format!("{exact:.digits$}").parse().unwrap_or(exact);
    // Finer digits say nothing in a noisy search; what rounds over an end stays inside.
    if (least..=most).contains(&short) {
        short
    } else {
        exact
    }
}
