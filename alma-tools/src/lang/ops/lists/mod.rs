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
    meter.compare(items)?;
    let mut sorted = items.to_vec();
    sorted.sort_by(order);
    meter.list(sorted)
}
