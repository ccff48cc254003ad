//! Numbers that lie on a line over a term: the slope and the shift come from the examples.

use crate::lang::{Expr, Type, Value, find_op};

use super::bank::Bank;

/// The cheapest `term * slope + shift` that gives the goal on all rows and costs less than `below`.
///
/// Three rows with two different values are the least from which a line is believed, and
/// both numbers must have few decimals.
pub(crate) fn line(bank: &Bank, goal: &[Value], below: u32) -> Option<(Expr, u32)> {
    let goal: Option<Vec<f64>> = goal.iter().map(number).collect();
    let goal = goal.filter(|goal| goal.len() >= 3)?;
    for cost in 1..=bank.grown.min(6) {
        for id in bank.level(Type::NUMBER, cost) {
            let term = bank.term(*id);
            let column: Option<Vec<f64>> = term.column[..goal.len()]
                .iter()
                .map(|value| value.as_ref().and_then(number))
                .collect();
            let Some(column) = column.filter(|_| !term.fixed) else {
                continue;
            };
            let Some((slope, shift)) = fit(&column, &goal) else {
                continue;
            };
            let (slope_cost, shift_cost) = (constant_cost(slope), constant_cost(shift));
            let mut total = u32::from(cost);
            let mut expr = term.expr.clone();
            if slope != 1.0 {
                total += 2 + slope_cost;
                expr = Expr::Call(find_op("mul")?, [expr, literal(slope)].into());
            }
            if shift != 0.0 {
                total += 2 + shift_cost;
                expr = Expr::Call(find_op("add")?, [expr, literal(shift)].into());
            }
            if total < below {
                return Some((expr, total));
            }
        }
    }
    None
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => Some(*number),
        _ => None,
    }
}

fn literal(number: f64) -> Expr {
    Expr::Literal(Value::Number(number))
}

fn fit(column: &[f64], goal: &[f64]) -> Option<(f64, f64)> {
    let other = (1..column.len()).find(|at| column[*at] != column[0])?;
    let slope = tidy((goal[other] - goal[0]) / (column[other] - column[0]))?;
    let shift = tidy(goal[0] - slope * column[0])?;
    let distinct = {
        let mut sorted = column.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted.dedup();
        sorted.len()
    };
    let all = column
        .iter()
        .zip(goal)
        .all(|(x, y)| Value::Number(x * slope + shift).same(&Value::Number(*y)));
    (all && slope != 0.0 && distinct >= 3).then_some((slope, shift))
}

/// The number, when it has at most six decimals.
fn tidy(number: f64) -> Option<f64> {
    let rounded = (number * 1e6).round() / 1e6;
    let near = (number - rounded).abs() <= 1e-9 * number.abs().max(1.0);
    (near && rounded.abs() < 1e9).then_some(rounded)
}

/// Two for a small whole number, more for each further digit.
fn constant_cost(number: f64) -> u32 {
    let digits = format!("{}", number.abs()).trim_matches('0').len();
    2 + u32::try_from(digits.saturating_sub(1)).unwrap_or(9).min(9)
}
