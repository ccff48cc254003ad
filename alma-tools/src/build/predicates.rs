//! Truths put together: pairs of predicates that hold on just the wanted rows.

use std::collections::HashMap;

use crate::lang::{Expr, Type, Value, find_op};

use super::{bank::Bank, purse::Purse, set::Set};

/// A predicate and the labelled rows on which it holds.
#[derive(Clone)]
pub(crate) struct Predicate {
    pub(crate) holds: Set,
    pub(crate) cost: u32,
    pub(crate) expr: Expr,
}

/// The most predicates that are paired.
const MOST: usize = 400;
/// The most predicates of a bank that are looked at.
const MOST_SETS: usize = 20_000;

/// The cheapest predicate of `bank` for each set of rows, cheapest first; those that never change are left out.
pub(crate) fn predicates(bank: &Bank) -> Vec<Predicate> {
    let everywhere = Set::all(bank.labelled());
    let mut seen: HashMap<Set, ()> = HashMap::new();
    let mut out = Vec::new();
    for cost in 1..=bank.grown.max(4) {
        for id in bank.level(Type::BOOL, cost) {
            let term = bank.term(*id);
            let mut holds = Set::default();
            for row in 0..bank.labelled() {
                if term.column[row] == Some(Value::Bool(true)) {
                    holds.insert(row);
                }
            }
            if out.len() >= MOST_SETS {
                return out;
            }
            if holds.is_empty() || holds == everywhere || seen.insert(holds, ()).is_some() {
                continue;
            }
            out.push(Predicate {
                holds,
                cost: u32::from(cost),
                expr: term.expr.clone(),
            });
        }
    }
    out
}

/// The cheapest pair that holds on the rows of `wanted` alone and costs less than `below`.
pub(crate) fn pair(bank: &Bank, wanted: &Set, below: u32, purse: &Purse) -> Option<(Expr, u32)> {
    let (and, or, not) = (find_op("and")?, find_op("or")?, find_op("not")?);
    let everywhere = Set::all(bank.labelled());
    let mut all = predicates(bank);
    let negated: Vec<Predicate> = all
        .iter()
        .map(|p| Predicate {
            holds: everywhere.minus(&p.holds),
            cost: p.cost + 2,
            expr: Expr::Call(not, [p.expr.clone()].into()),
        })
        .collect();
    all.extend(negated);
    all.sort_by_key(|p| p.cost);
    let mut best: Option<(Expr, u32)> = None;
    for (op, outside) in [(and, true), (or, false)] {
        let fitting: Vec<&Predicate> = all
            .iter()
            .filter(|p| {
                if outside {
                    p.holds.holds(wanted)
                } else {
                    wanted.holds(&p.holds)
                }
            })
            .take(MOST)
            .collect();
        for (at, a) in fitting.iter().enumerate() {
            if !purse.compare(fitting.len() - at) {
                return best;
            }
            for b in &fitting[at + 1..] {
                let cost = a.cost + b.cost + 2;
                if cost >= best.as_ref().map_or(below, |(_, cost)| *cost) {
                    break;
                }
                let both = if outside {
                    a.holds.and(&b.holds)
                } else {
                    a.holds.or(&b.holds)
                };
                if both == *wanted {
                    let expr = Expr::Call(op, [a.expr.clone(), b.expr.clone()].into());
                    best = Some((expr, cost));
                }
            }
        }
    }
    best
}
