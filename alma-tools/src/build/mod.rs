//! The builder from examples: the smallest program of the language that fits them all.
//!
//! Bottom-up enumeration by cost, in which terms that agree on all examples count as one;
//! constants, and the forms of dates and numbers, come from the examples and the
//! description. What is too long to be enumerated is put together from enumerated terms:
//! texts by concatenation, lists by a lambda over a list of the input, choices by a
//! decision tree. The search counts what it evaluates, not time, so that it repeats.

mod affine;
mod bank;
mod concat;
mod constants;
mod hints;
mod inner;
mod patterns;
mod predicates;
mod purse;
mod set;
mod solve;
mod tree;

use crate::lang::{Expr, Param, Type, Value};

/// One example: the arguments, and the value they give.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// One argument for each parameter.
    pub input: Vec<Value>,
    /// What they give.
    pub output: Value,
}

/// What is to be built.
#[derive(Clone, Debug)]
pub struct Task<'a> {
    /// What the tool is for; its words make operations likelier, its numbers and quotes are constants.
    pub description: &'a str,
    /// The parameters.
    pub params: &'a [Param],
    /// The type of the result.
    pub gives: Type,
    /// The examples that the program must fit.
    pub samples: &'a [Sample],
    /// Further inputs, without outputs, on which programs are told apart.
    pub probes: &'a [Vec<Value>],
}

/// How far a search goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Applications of an operation to one row of values; long ones count more than once.
    ///
    /// Putting answers together has an allowance of its own that follows from this one.
    pub evaluations: u64,
    /// Bytes that terms may hold, allocator and indexes included. What answers are put together
    /// from takes up to some 40 MiB more.
    pub bytes: usize,
    /// The highest cost of an enumerated term.
    pub cost: u8,
    /// How far beyond the cheapest solution dearer ones are still collected.
    pub beyond: u8,
}

impl Default for Effort {
    fn default() -> Self {
        Self {
            evaluations: 4_000_000,
            bytes: 128 << 20,
            cost: 14,
            beyond: 0,
        }
    }
}

/// A program body that fits all samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// The body.
    pub body: Expr,
    /// Its cost: the smaller, the likelier.
    pub cost: u32,
}

/// What a search found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Solutions by rising cost; the first is the answer.
    pub solutions: Vec<Solution>,
    /// How many applications were evaluated.
    pub evaluations: u64,
    /// Whether the search ended because its effort was spent.
    pub spent: bool,
}

/// Searches for the cheapest bodies that fit the samples of `task`.
///
/// Equal tasks and efforts give equal results.
#[must_use]
pub fn search(task: &Task<'_>, effort: Effort) -> Found {
    solve::solve(task, effort)
}
