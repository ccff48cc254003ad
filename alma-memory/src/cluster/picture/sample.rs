//! Which rows the map shows: all, or of each group its share.

use super::groups::Groups;
use crate::cluster::{Rows, sorted::compare};

/// Rows that a map shows at most, but for one of each group.
pub(super) const SHOWN: usize = 2_500;

/// The rows that are shown, in an order of their own: sorted by their numbers.
///
/// Of each group, and of the rest, the same share is taken, spread evenly over its sorted rows.
pub(super) fn sample(rows: &Rows<'_>, groups: &Groups) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(|&a, &b| compare(rows.row(a), rows.row(b)));
    if order.len() <= SHOWN {
        return order;
    }
    // By group, the rest last: how much of a row is due.
    let share = SHOWN as f64 / order.len() as f64;
    let mut due = vec![1.0 - share; groups.len()];
    due.push(0.0);
    order.retain(|&row| {
        let due = &mut due[groups.of_row()[row].unwrap_or(groups.len())];
        *due += share;
        let taken = *due >= 1.0;
        if taken {
            *due -= 1.0;
        }
        taken
    });
    order
}
