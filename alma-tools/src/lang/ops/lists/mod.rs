//! Operations on lists.

mod choices;
mod parts;
mod series;
mod shapes;
mod totals;

use super::super::{Meter, Stop, Value, eval::order, op::Spec};

/// The tables in the order in which a search tries them.
pub(super) static TABLES: [&[Spec]; 5] = [
    parts::TABLE,
    totals::TABLE,
    shapes::TABLE,
    choices::TABLE,
    series::TABLE,
];

const EMPTY: Stop = Stop::Domain("a list is empty");

fn sort(items: &[Value], meter: &mut Meter) -> Result<Value, Stop> {
    meter.step(items.len() * 4)?;
    let mut sorted = items.to_vec();
    sorted.sort_by(order);
    meter.list(sorted)
}

/// Steps for work that compares all items with each other.
fn square(items: usize, others: usize, meter: &mut Meter) -> Result<(), Stop> {
    meter.step(items.saturating_mul(others) / 8)
}
