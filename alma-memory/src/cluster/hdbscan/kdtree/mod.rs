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
pub(super) mod parallel;
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
    watch::{Cancelled, Watch},
};

/// The part of the work after which equal rows are known; and of the rest, after which the tree is planted, and after
/// which lists are full.
const SORTED: f64 = 0.1;
const PLANTED: f64 = 0.1;
const LISTED: f64 = 0.6;

/// At most so many leaves are searched between two questions to the watcher.
const UNASKED: usize = 16;

/// Whether it is made for so many dimensions.
pub(super) const fn suits(dimension: usize) -> bool {
    matches!(dimension, 1..=12)
}

/// A minimum spanning tree by (weight, distance) under the mutual reachability with `k` neighbours; none where all pairs
/// cost less: of rows of more than 12 dimensions, and of fewer where rows without structure fill them all.
///
/// # Errors
/// `Cancelled` when the watcher stops it.
pub(super) fn spanning_tree<F: Number>(
    points: &Points<'_, F>,
    k: usize,
    threads: usize,
    watch: Watch<'_>,
) -> Result<Option<Grown>, Cancelled> {
    let (n, dimension) = (points.len(), points.dimension());
    let Some(search) = search(dimension).filter(|_| n > 1) else {
        return Ok(None);
    };
    let unique = Unique::of(points);
    watch.tell(SORTED)?;
    let distinct = 0..unique.len() as u32;
    let rows = distinct.clone().map(|at| points.row(unique.row(at)));
    let numbers = rows.flatten().map(|&number| number.into()).collect();
    let counts = distinct.map(|at| unique.count(at)).collect();
    let searched = watch.step(SORTED, 1.0 - SORTED);
    let Some(found) = search(numbers, counts, k.min(n - 1), threads, searched)? else {
        return Ok(None);
    };
    Ok(Some(Grown {
        recall: None,
        edges: unique.spread(found.edges, &found.core),
        core: unique.each(&found.core),
        effort: Effort {
            distances: found.distances,
            ..Effort::default()
        },
    }))
}

/// What is found of distinct rows.
struct Found {
    edges: Vec<Edge>,
    core: Vec<f64>,
    distances: u64,
}

/// Searches the numbers of distinct rows, each of which stands for so many equal ones, with this many neighbours and
/// threads; finds nothing where all pairs cost less.
type Search = fn(Vec<f64>, Vec<u32>, usize, usize, Watch<'_>) -> Result<Option<Found>, Cancelled>;

/// The search in so many dimensions. It is not generic over what the numbers were, so that it is compiled once.
fn search(dimension: usize) -> Option<Search> {
    Some(match dimension {
        1 => found::<1>,
        2 => found::<2>,
        3 => found::<3>,
        4 => found::<4>,
        5 => found::<5>,
        6 => found::<6>,
        7 => found::<7>,
        8 => found::<8>,
        9 => found::<9>,
        10 => found::<10>,
        11 => found::<11>,
        12 => found::<12>,
        _ => return None,
    })
}

fn found<const D: usize>(
    numbers: Vec<f64>,
    counts: Vec<u32>,
    k: usize,
    threads: usize,
    watch: Watch<'_>,
) -> Result<Option<Found>, Cancelled> {
    let (rows, _) = numbers.as_chunks::<D>();
    let tree = Tree::new(rows, watch.step(0.0, PLANTED))?;
    drop(numbers);
    let counts: Vec<u32> = if counts.iter().all(|&count| count == 1) {
        Vec::new()
    } else {
        let rows = tree.order.iter();
        rows.map(|&row| counts[row as usize]).collect()
    };
    let most = affordable(tree.order.len(), k);
    if let Some(most) = most
        && Neighbours::effort(&tree, &counts, k, watch.step(PLANTED, 0.0))? > most
    {
        return Ok(None);
    }
    let listed = watch.step(PLANTED, LISTED - PLANTED);
    let near = Neighbours::of(&tree, &counts, k, threads, listed)?;
    let joined = watch.step(LISTED, 1.0 - LISTED);
    let (links, distances) = rounds::grow(&tree, &near.core, near.lists, threads, joined)?;
    let mut core = vec![0.0; tree.order.len()];
    for (&row, square) in tree.order.iter().zip(&near.core) {
        core[row as usize] = square.sqrt();
    }
    let edge = |link: &forest::Link| Edge {
        from: tree.order[link.from as usize],
        to: tree.order[link.to as usize],
        weight: link.weight.sqrt(),
        distance: link.square.sqrt(),
    };
    Ok(Some(Found {
        edges: links.iter().map(edge).collect(),
        core,
        distances: near.distances + distances,
    }))
}

/// Distances a row that cost about as much as bounds for all pairs, measured on the fastest kernel: those take half a
/// nanosecond a pair and a third of a microsecond a neighbour, and here each takes fifteen nanoseconds with all that
/// follows from it. What takes milliseconds is not weighed.
fn affordable(rows: usize, k: usize) -> Option<u64> {
    (rows >= 2048).then(|| (rows / 30 + 100 + 20 * k) as u64)
}
