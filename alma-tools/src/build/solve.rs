//! The search itself: terms by rising cost, and what can be put together from them.

use super::{
    Effort, Found, Solution, Task,
    bank::{Bank, Purse, Term},
    concat, constants,
    hints::Weights,
    lambdas::Lambdas,
    patterns, tree,
};
use crate::lang::{Expr, Type, Value};

/// The most terms that a bank holds.
const TERMS: usize = 120_000;

/// Searches for the cheapest bodies that fit all samples.
pub(super) fn solve(task: &Task<'_>, effort: Effort) -> Found {
    let inputs: Vec<&[Value]> = task
        .samples
        .iter()
        .map(|sample| sample.input.as_slice())
        .chain(task.probes.iter().map(Vec::as_slice))
        .collect();
    let goal: Vec<Value> = task
        .samples
        .iter()
        .map(|sample| sample.output.clone())
        .collect();
    let mut purse = Purse {
        evaluations: effort.evaluations,
        bytes: effort.bytes,
    };
    let weights = Weights::new(task.description);
    let patterns = patterns::patterns(task);
    let mut bank = Bank::new(inputs.len(), goal.len(), TERMS);
    seed(&mut bank, task, &inputs, &mut purse);
    let mut lambdas = Lambdas::new(task, &inputs, &weights);
    let mut solutions: Vec<Solution> = Vec::new();
    let mut looked = 0;
    for cost in 1..=effort.cost {
        lambdas.offer(cost, &mut bank, &mut purse);
        if cost > 1 {
            bank.grow(cost, &weights, &patterns, &mut purse);
        }
        lambdas.explore(&bank, cost, &mut purse);
        while let Some(term) = bank.terms().get(looked) {
            looked += 1;
            if fits(&bank, term, task.gives, &goal) {
                add(
                    &mut solutions,
                    Solution {
                        body: term.expr.clone(),
                        cost: u32::from(term.cost),
                    },
                );
            }
        }
        if task.gives == Type::TEXT {
            solutions_of(&mut solutions, concat::concat(&bank, &goal));
        }
        if cost >= 3 {
            solutions_of(&mut solutions, tree::tree(&bank, task.gives, &goal));
        }
        let enough = solutions
            .first()
            .is_some_and(|best| best.cost + u32::from(effort.beyond) <= u32::from(cost));
        if enough || purse.is_empty() || bank.is_full() {
            break;
        }
    }
    Found {
        solutions,
        evaluations: effort.evaluations - purse.evaluations,
        spent: purse.is_empty() || bank.is_full(),
    }
}

/// The parameters and constants.
fn seed(bank: &mut Bank, task: &Task<'_>, inputs: &[&[Value]], purse: &mut Purse) {
    let leaf = |ty: Type, cost: u8, fixed: bool, expr: Expr, column: Vec<Option<Value>>| Term {
        ty,
        cost,
        fixed,
        plain: true,
        own: true,
        expr,
        column: column.into(),
    };
    for (at, param) in task.params.iter().enumerate() {
        let column = inputs.iter().map(|input| input.get(at).cloned()).collect();
        let number = u8::try_from(at).unwrap_or(u8::MAX);
        bank.offer(leaf(param.ty, 1, false, Expr::Param(number), column), purse);
    }
    for (value, cost) in constants::constants(task) {
        let ty = if matches!(value, Value::Text(_)) {
            Type::TEXT
        } else {
            Type::NUMBER
        };
        let column = vec![Some(value.clone()); inputs.len()];
        bank.offer(leaf(ty, cost, true, Expr::Literal(value), column), purse);
    }
}

/// Whether a term is a solution; a constant is none, whatever the examples say.
fn fits(bank: &Bank, term: &Term, gives: Type, goal: &[Value]) -> bool {
    let same_type = term.ty == gives || (gives == Type::JSON && term.ty.depth() == 0);
    same_type && !term.fixed && bank.matches(term, goal).len() as usize == goal.len()
}

fn solutions_of(solutions: &mut Vec<Solution>, found: Option<Solution>) {
    if let Some(found) = found {
        add(solutions, found);
    }
}

/// Keeps solutions by rising cost; among equals the one found first, which is the one with fewer tricks.
fn add(solutions: &mut Vec<Solution>, found: Solution) {
    if solutions.iter().any(|known| known.body == found.body) {
        return;
    }
    let at = solutions.partition_point(|known| known.cost <= found.cost);
    solutions.insert(at, found);
}
