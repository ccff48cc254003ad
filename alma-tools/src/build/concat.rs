//! Texts put together: the cheapest row of terms whose values, one after another, give the goal.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
    sync::Arc,
};

use super::{Solution, bank::Bank, constants::text_cost};
use crate::lang::{Expr, Type, Value, find_op};

/// The most terms that are tried as pieces, the cheapest first.
const PIECES: usize = 4_000;
/// The most states that are looked at.
const STATES: usize = 3_000;
/// The most pieces of one text.
const PARTS: usize = 9;
/// What joining two pieces costs.
const JOIN: u32 = 1;

/// A term as a piece: its values on the labelled rows.
struct Piece<'a> {
    cost: u32,
    expr: &'a Expr,
    values: Vec<&'a str>,
}

/// How a state was reached.
#[derive(Clone)]
struct Step {
    cost: u32,
    from: Vec<usize>,
    part: Expr,
    parts: usize,
}

/// The cheapest concatenation of at least two pieces, of which one is no constant.
pub(super) fn concat(bank: &Bank, goal: &[Value]) -> Option<Solution> {
    let goal: Vec<&str> = goal.iter().map(text).collect::<Option<_>>()?;
    let pieces = pieces(bank, &goal);
    let start = vec![0; goal.len()];
    let end: Vec<usize> = goal.iter().map(|text| text.len()).collect();
    let mut reached: HashMap<Vec<usize>, Step> = HashMap::new();
    let mut queue = BinaryHeap::from([(Reverse(0_u32), Reverse(start.clone()))]);
    let mut looked = 0;
    while let Some((Reverse(cost), Reverse(at))) = queue.pop() {
        if at == end {
            return rebuild(&reached, &start, &end, cost);
        }
        let known = reached.get(&at);
        if known.is_some_and(|step| step.cost < cost) {
            continue;
        }
        let parts = known.map_or(0, |step| step.parts);
        looked += 1;
        if looked > STATES || parts >= PARTS {
            continue;
        }
        let rest: Vec<&str> = goal
            .iter()
            .zip(&at)
            .map(|(text, from)| &text[*from..])
            .collect();
        let mut go = |values: &[&str], price: u32, part: Expr| {
            let next: Vec<usize> = at
                .iter()
                .zip(values)
                .map(|(from, value)| from + value.len())
                .collect();
            let cost = cost + price + if parts > 0 { JOIN } else { 0 };
            if next != at && reached.get(&next).is_none_or(|step| cost < step.cost) {
                let step = Step {
                    cost,
                    from: at.clone(),
                    part,
                    parts: parts + 1,
                };
                reached.insert(next.clone(), step);
                queue.push((Reverse(cost), Reverse(next)));
            }
        };
        for piece in &pieces {
            if piece
                .values
                .iter()
                .zip(&rest)
                .all(|(value, rest)| rest.starts_with(value))
            {
                go(&piece.values, piece.cost, piece.expr.clone());
            }
        }
        let shared = shared_prefix(&rest);
        for (end, _) in shared.char_indices().skip(1).chain([(shared.len(), ' ')]) {
            let literal = &shared[..end];
            if !literal.is_empty() {
                let values = vec![literal; goal.len()];
                go(
                    &values,
                    u32::from(text_cost(literal)),
                    Expr::Literal(Value::text(literal)),
                );
            }
        }
    }
    None
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

/// The cheapest text terms that occur in the goal of every row.
fn pieces<'a>(bank: &'a Bank, goal: &[&str]) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    for cost in 1..=bank.grown.max(1) {
        for id in bank.level(Type::TEXT, cost) {
            let term = bank.term(*id);
            if term.fixed {
                continue;
            }
            let values: Option<Vec<&str>> = term.column[..bank.labelled()]
                .iter()
                .map(|value| text(value.as_ref()?))
                .collect();
            let Some(values) = values else { continue };
            let occurs = values
                .iter()
                .zip(goal)
                .all(|(value, goal)| goal.contains(value));
            if occurs && values.iter().any(|value| !value.is_empty()) {
                pieces.push(Piece {
                    cost: u32::from(cost),
                    expr: &term.expr,
                    values,
                });
                if pieces.len() >= PIECES {
                    return pieces;
                }
            }
        }
    }
    pieces
}

fn shared_prefix<'a>(rest: &[&'a str]) -> &'a str {
    let Some((first, others)) = rest.split_first() else {
        return "";
    };
    let mut length = first.len();
    for other in others {
        let same = first
            .bytes()
            .zip(other.bytes())
            .take_while(|(a, b)| a == b)
            .count();
        length = length.min(same);
    }
    while !first.is_char_boundary(length) {
        length -= 1;
    }
    &first[..length]
}

fn rebuild(
    reached: &HashMap<Vec<usize>, Step>,
    start: &[usize],
    end: &[usize],
    cost: u32,
) -> Option<Solution> {
    let mut parts = Vec::new();
    let mut at = end;
    while at != start {
        let step = reached.get(at)?;
        parts.push(step.part.clone());
        at = &step.from;
    }
    let varied = parts.iter().any(|part| !matches!(part, Expr::Literal(_)));
    let op = find_op("concat")?;
    let body = parts
        .into_iter()
        .reduce(|after, before| Expr::Call(op, Arc::from([before, after])))?;
    varied.then_some(Solution { body, cost })
}
