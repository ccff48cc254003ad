//! From the text of a goal to a graph of tools, without a model.
//!
//! The goal is cut into clauses ([`crate::text`]); a beam search picks a tool for each, by words
//! ([`retrieve`]), by the values it takes ([`fill`]) and by what earlier steps give ([`link`]);
//! then what is lacking is added and every input gets its source ([`wire`]).

mod catalog;
mod fill;
mod goal;
mod link;
mod port;
mod retrieve;
mod search;
mod split;
mod wire;

use std::collections::BTreeMap;

use alma_core::{Error, ErrorKind, Result};
use serde_json::Value;

use crate::text::read;

pub(crate) use catalog::Catalog;
use port::Port;

use fill::fill;
use goal::Goal;

/// The most requests in one goal: beyond it a search over all of them together takes too long.
const CLAUSES: usize = 64;

/// What an input of a step takes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fill {
    /// A value that the goal states.
    Literal(Value),
    /// The output of an earlier step.
    Output {
        /// The index of the step.
        step: usize,
        /// The name of the output; empty for the whole.
        port: String,
    },
    /// Nothing was found: the owner must say.
    Ask,
}

/// One step of a sketch.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    /// The index of the tool in the catalog.
    pub(crate) tool: usize,
    /// What its inputs take, by name; optional inputs without a value are absent.
    pub(crate) inputs: Vec<(String, Fill)>,
}

/// Steps in an order in which each takes only from earlier ones.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sketch {
    /// The steps.
    pub(crate) steps: Vec<Step>,
    /// How many requests of the goal got no step.
    pub(crate) unserved: usize,
}

/// Makes a sketch for `goal` from the tools of `catalog`; empty when nothing fits.
///
/// `given` are values that the goal speaks of, by name.
///
/// # Errors
/// `BudgetExceeded` when the goal asks for more than [`CLAUSES`] things.
pub(crate) fn compose(
    catalog: &Catalog,
    goal: &str,
    given: &BTreeMap<String, Value>,
) -> Result<Sketch> {
    let mut goal = Goal::read(catalog, goal, given);
    if goal.clauses.len() > CLAUSES {
        let count = goal.clauses.len();
        return Err(Error::new(
            ErrorKind::BudgetExceeded,
            format!("cannot plan a goal that asks for {count} things at once"),
        )
        .with_remedy(format!("ask for at most {CLAUSES} things in one goal")));
    }
    goal.split_lists();
    let chosen = goal.search();
    Ok(goal.wire(chosen))
}

/// The values that a goal states for inputs with these names and schemas.
pub(crate) fn stated_inputs<'a>(
    goal: &str,
    inputs: impl Iterator<Item = (&'a str, &'a Value)>,
) -> BTreeMap<String, Value> {
    let (tokens, stated) = read(goal);
    let ports: Vec<Port> = inputs
        .map(|(name, schema)| Port::new(name, schema, true))
        .collect();
    let all: Vec<usize> = (0..stated.len()).collect();
    let filled = fill(&ports, &tokens, &stated, &all);
    let named = ports.into_iter().zip(filled);
    named
        .filter_map(|(port, value)| Some((port.name, stated[value?].value.clone())))
        .collect()
}
