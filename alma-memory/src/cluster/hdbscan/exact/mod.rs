//! The exact engine for any dimension: bounds from eight-bit codes rule out nearly all pairs, the rest is computed.
//!
//! 1. `unique`: equal rows become one, with a count.
//! 2. `codes`: rows in eight bits with a bound of what that loses; `kernel`: their dot products.
//! 3. `neighbours`: one sweep over all pairs keeps what bounds cannot rule out; core distances and lists are exact.
//! 4. `certify`: the lists give a spanning tree. In the order of its leaves the heaviest edge between two rows is a
//!    maximum over a range, and a pair not lighter than that is needed in no minimum spanning tree (the cycle
//!    property); a second sweep computes those that may be lighter.
//!
//! Codes decide what is looked at and never what is answered: every number that leaves is a distance of the data.

mod certify;
mod codes;
mod kernel;
mod neighbours;
mod sweep;
mod unique;

use self::{
    certify::certify,
    codes::{Codes, Frame},
    neighbours::neighbours,
    unique::Unique,
};
use super::{
    distance::Number,
    spanning::{Edge, Points},
};

/// A minimum spanning tree by (weight, distance) under the mutual reachability with `k` neighbours.
pub(super) fn spanning_tree<F: Number>(points: &Points<'_, F>, k: usize) -> Vec<Edge> {
    let n = points.len();
    if n < 2 {
        return Vec::new();
    }
    let k = k.min(n - 1);
    let unique = Unique::of(points);
    let frame = Frame::of(points);
    let dots = kernel::fastest();
    let order: Vec<u32> = (0..unique.len())
        .map(|row| unique.row(row as u32) as u32)
        .collect();
    let codes = Codes::new(points, &frame, &order);
    let near = neighbours(points, &unique, &codes, dots, k);
    drop(codes);
    let tree = certify(points, &unique, &frame, dots, &near);
    unique.spread(tree, &near.core)
}
