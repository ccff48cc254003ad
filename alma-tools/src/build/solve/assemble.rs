//! Answers put together from the terms of one bank.

use crate::lang::{Expr, Type, Value};

use super::super::{
    affine::line,
    bank::Bank,
    concat::Pieces,
    predicates::{pair, predicates},
    purse::Purse,
    set::Set,
    tree::Trees,
};

/// Predicates by which a part of a text may be chosen.
const CHOICES: usize = 12;

/// The cheapest answer by concatenation, on a line, by two predicates, or by choice; it costs less than `below`.
pub(super) fn assemble(
    bank: &Bank,
    goal: &[Value],
    ty: Type,
    below: u32,
    purse: &Purse,
) -> Option<(Expr, u32)> {
    let mut best: Option<(Expr, u32)> = None;
    let mut offer = |found: Option<(Expr, u32)>| -> u32 {
        if let Some((expr, cost)) = found
            && cost < best.as_ref().map_or(below, |(_, cost)| *cost)
        {
            best = Some((expr, cost));
        }
        best.as_ref().map_or(below, |(_, cost)| *cost)
    };
    let mut limit = below;
    if ty == Type::TEXT
        && let Some(pieces) = Pieces::new(bank, goal, purse)
    {
        let mut choices = predicates(bank);
        choices.truncate(CHOICES);
        limit = offer(pieces.cheapest(bank, &Set::all(goal.len()), &choices, limit));
    }
    if ty == Type::NUMBER {
        limit = offer(line(bank, goal, limit));
    }
    if ty == Type::BOOL {
        let mut wanted = Set::default();
        for (row, value) in goal.iter().enumerate() {
            if *value == Value::Bool(true) {
                wanted.insert(row);
            }
        }
        offer(pair(bank, &wanted, limit, purse));
    } else {
        offer(Trees::new(bank, goal, ty, purse).cheapest(limit));
    }
    best
}
