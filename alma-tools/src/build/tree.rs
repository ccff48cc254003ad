//! Choices: the cheapest decision tree whose leaves are terms and whose conditions are enumerated truths.

use std::{collections::HashMap, sync::Arc};

use super::{Solution, bank::Bank, set::Set};
use crate::lang::{Expr, Type, Value};

/// What a choice costs beside its parts.
const CHOICE: u32 = 2;
/// Conditions above each other.
const DEPTH: u8 = 3;
/// The most leaves and conditions that are tried.
const LEAVES: usize = 400;
const CONDITIONS: usize = 400;

struct Choice {
    rows: Set,
    cost: u32,
    expr: Expr,
}

/// The cheapest tree with at least one choice.
pub(super) fn tree(bank: &Bank, gives: Type, goal: &[Value]) -> Option<Solution> {
    if goal.len() < 3 || goal.len() > Set::MOST {
        return None;
    }
    let all = Set::all(goal.len());
    let leaves = leaves(bank, gives, goal);
    let conditions = conditions(bank, all);
    let mut search = Search {
        leaves,
        conditions,
        known: HashMap::new(),
    };
    let (cost, body) = search.best(all, DEPTH)?;
    matches!(body, Expr::If(_)).then_some(Solution { body, cost })
}

struct Search {
    leaves: Vec<Choice>,
    conditions: Vec<Choice>,
    known: HashMap<(Set, u8), Option<(u32, Expr)>>,
}

impl Search {
    fn best(&mut self, rows: Set, depth: u8) -> Option<(u32, Expr)> {
        if let Some(known) = self.known.get(&(rows, depth)) {
            return known.clone();
        }
        let leaf = self
            .leaves
            .iter()
            .filter(|leaf| leaf.rows.holds(&rows))
            .min_by_key(|leaf| leaf.cost);
        let mut best = leaf.map(|leaf| (leaf.cost, leaf.expr.clone()));
        if depth > 0 && rows.len() > 1 {
            for at in 0..self.conditions.len() {
                let condition = &self.conditions[at];
                let (yes, no) = (rows.and(&condition.rows), rows.minus(&condition.rows));
                let price = condition.cost + CHOICE;
                if yes.is_empty()
                    || no.is_empty()
                    || best.as_ref().is_some_and(|(cost, _)| price + 2 > *cost)
                {
                    continue;
                }
                let expr = condition.expr.clone();
                let Some((yes_cost, yes)) = self.best(yes, depth - 1) else {
                    continue;
                };
                let Some((no_cost, no)) = self.best(no, depth - 1) else {
                    continue;
                };
                let cost = price + yes_cost + no_cost;
                if best.as_ref().is_none_or(|(known, _)| cost < *known) {
                    best = Some((cost, Expr::If(Arc::new([expr, yes, no]))));
                }
            }
        }
        self.known.insert((rows, depth), best.clone());
        best
    }
}

/// For each set of rows that some term gets right, the cheapest such term.
fn leaves(bank: &Bank, gives: Type, goal: &[Value]) -> Vec<Choice> {
    let mut seen: HashMap<Set, ()> = HashMap::new();
    let mut out = Vec::new();
    for cost in 1..=bank.grown.max(1) {
        for id in bank.level(gives, cost) {
            let term = bank.term(*id);
            let rows = bank.matches(term, goal);
            if !rows.is_empty() && seen.insert(rows, ()).is_none() {
                out.push(Choice {
                    rows,
                    cost: u32::from(cost),
                    expr: term.expr.clone(),
                });
            }
            if out.len() >= LEAVES {
                return out;
            }
        }
    }
    // Outputs that occur more than once may be written out.
    for value in goal {
        let rows = goal
            .iter()
            .enumerate()
            .filter(|(_, other)| other.same(value));
        let mut set = Set::default();
        rows.for_each(|(row, _)| set.insert(row));
        if set.len() >= 2 && matches!(value, Value::Text(_) | Value::Number(_) | Value::Bool(_)) {
            out.push(Choice {
                rows: set,
                cost: 4,
                expr: Expr::Literal(value.clone()),
            });
        }
    }
    out
}

/// For each way to part the rows, the cheapest truth that does.
fn conditions(bank: &Bank, all: Set) -> Vec<Choice> {
    let mut seen: HashMap<Set, ()> = HashMap::new();
    let mut out = Vec::new();
    for cost in 1..=bank.grown.max(1) {
        for id in bank.level(Type::BOOL, cost) {
            let term = bank.term(*id);
            let mut rows = Set::default();
            for (row, value) in term.column[..bank.labelled()].iter().enumerate() {
                if *value == Some(Value::Bool(true)) {
                    rows.insert(row);
                }
            }
            if rows.is_empty() || rows == all {
                continue;
            }
            let opposite = all.minus(&rows);
            if seen.contains_key(&opposite) || seen.insert(rows, ()).is_some() {
                continue;
            }
            out.push(Choice {
                rows,
                cost: u32::from(cost),
                expr: term.expr.clone(),
            });
            if out.len() >= CONDITIONS {
                return out;
            }
        }
    }
    out
}
