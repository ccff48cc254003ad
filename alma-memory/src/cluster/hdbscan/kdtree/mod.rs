//! The exact engine for few dimensions: a k-d tree, whose boxes rule out what is far.
//!
//! 1. `space`: squares of distances, and lower bounds for boxes that hold without any margin.
//! 2. `tree`: rows in the order of a balanced tree's leaves; `search`: the walk through it.
//! 3. `neighbours`: lists of the nearest rows, and core distances.
//! 4. `forest`, `rounds`: the minimum spanning tree.
//!
//! The search works with squares of the very distances that leave the engine.

mod forest;
mod neighbours;
mod parallel;
mod rounds;
mod search;
mod space;
mod tree;

use self::{neighbours::Neighbours, tree::Tree};
use super::{
    distance::Number,
    engine::{Effort, Grown},
    spanning::{Edge, Points},
    unique::Unique,
};

/// Whether it is made for so many dimensions.
pub(super) const fn suits(dimension: usize) -> bool {
    matches!(dimension, 1..=16)
}

/// A minimum spanning tree by (weight, distance) under the mutual reachability with `k` neighbours; none where rows have
/// more dimensions than it is made for.
pub(super) fn spanning_tree<F: Number>(
    points: &Points<'_, F>,
    k: usize,
    threads: usize,
) -> Option<Grown> {
    let grow = match points.dimension() {
        1 => grow::<F, 1>,
        2 => grow::<F, 2>,
        3 => grow::<F, 3>,
        4 => grow::<F, 4>,
        5 => grow::<F, 5>,
        6 => grow::<F, 6>,
        7 => grow::<F, 7>,
        8 => grow::<F, 8>,
        9 => grow::<F, 9>,
        10 => grow::<F, 10>,
        11 => grow::<F, 11>,
        12 => grow::<F, 12>,
        13 => grow::<F, 13>,
        14 => grow::<F, 14>,
        15 => grow::<F, 15>,
        16 => grow::<F, 16>,
        _ => return None,
    };
    Some(grow(points, k, threads))
}

fn grow<F: Number, const D: usize>(points: &Points<'_, F>, k: usize, threads: usize) -> Grown {
    let n = points.len();
    if n < 2 {
        return Grown {
            core: vec![0.0; n],
            ..Grown::default()
        };
    }
    let unique = Unique::of(points);
    let row = |at: u32| {
        let mut row = [0.0; D];
        for (out, &number) in row.iter_mut().zip(points.row(unique.row(at))) {
            *out = number.into();
        }
        row
    };
    let tree = Tree::new((0..unique.len() as u32).map(row));
    let counts: Vec<u32> = if unique.len() == n {
        Vec::new()
    } else {
        tree.order.iter().map(|&row| unique.count(row)).collect()
    };
    let near = Neighbours::of(&tree, &counts, k.min(n - 1), threads);
    let (links, distances) = rounds::grow(&tree, &near, threads);
    let mut core = vec![0.0; unique.len()];
    for (&row, square) in tree.order.iter().zip(&near.core) {
        core[row as usize] = square.sqrt();
    }
    let edge = |link: &forest::Link| Edge {
        from: tree.order[link.from as usize],
        to: tree.order[link.to as usize],
        weight: link.weight.sqrt(),
        distance: link.square.sqrt(),
    };
    Grown {
        edges: unique.spread(links.iter().map(edge).collect(), &core),
        core: unique.each(&core),
        effort: Effort {
            distances: near.distances + distances,
            ..Effort::default()
        },
    }
}
