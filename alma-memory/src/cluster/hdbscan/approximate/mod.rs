//! The engine for many rows: exact among the pairs of rows in neighbouring cells, and it measures what that misses.
//!
//! 1. `cells`: rows are divided among cells (k-means on a sample), and each row probes the cells whose centres are
//!    nearest to it. Two rows are candidates for each other when either one probes the cell of the other.
//! 2. `walk`: cell by cell, those who probe it against those within, by the kernels of the exact engine.
//! 3. `lists`: the nearest candidates of every row. `recall` computes the true ones of sampled rows, and probes are
//!    doubled until enough were found or doubling finds little more.
//! 4. `tree`: a minimum spanning tree over the lists, and one walk that lets every candidate pair better it.
//!
//! Which pairs are candidates follows from codes of one precision, and all else is exact among them: nothing depends
//! on the kernel, the threads or the order of rows, and every number that leaves is a distance of the data.

mod cells;
mod lists;
mod probes;
mod recall;
mod tree;
mod walk;

pub use self::recall::Recall;

use self::{
    cells::Cells,
    lists::{Fill, Lists},
    recall::{Sample, exhaustive},
    walk::Walk,
};
use super::{
    distance::Number,
    engine::{Effort, Grown},
    exact::{
        codes::{Codes, Frame},
        neighbours::Neighbours,
        shortlists::Rows,
    },
    spanning::Points,
    unique::Unique,
    watch::{Cancelled, Watch},
};

/// Cells that every row probes at first, its own among them.
const PROBES: usize = 8;

/// Probes are doubled until so much of the true neighbours was found.
const ENOUGH: f64 = 0.95;

/// Doubling once more is worth its cost when the last one found at least this part of what was missed.
const WORTH: f64 = 0.25;

/// At most so many chunks of work are done between two questions to the watcher, each of about a millisecond.
const UNASKED: usize = 8;

/// Rows as the steps of the engine see them: by place, cell after cell.
struct Space<'a, F> {
    points: &'a Points<'a, F>,
    unique: &'a Unique,
    cells: &'a Cells,
    codes: &'a Codes,
    k: usize,
}

impl<F: Number> Rows for Space<'_, F> {
    fn k(&self) -> usize {
        self.k
    }

    fn codes(&self) -> &Codes {
        self.codes
    }

    fn count(&self, place: u32) -> usize {
        self.unique.count(self.cells.rows[place as usize]) as usize
    }

    fn distance(&self, a: u32, b: u32) -> f64 {
        let row = |place: u32| self.unique.row(self.cells.rows[place as usize]);
        self.points.distance(row(a), row(b))
    }
}

/// A spanning tree by (weight, distance) under the mutual reachability with `k` neighbours, nearly a minimum one; core
/// distances are those among candidates, and never smaller than the true ones.
///
/// # Errors
/// `Cancelled` when the watcher stops it.
pub(super) fn spanning_tree<F: Number>(
    points: &Points<'_, F>,
    k: usize,
    threads: usize,
    watch: Watch<'_>,
) -> Result<Grown, Cancelled> {
    let n = points.len();
    if n < 2 {
        return Ok(Grown {
            core: vec![0.0; n],
            ..Grown::default()
        });
    }
    let k = k.min(n - 1);
    let unique = Unique::by_content(points);
    let order = unique.firsts();
    let frame = Frame::over(points, order.iter().map(|&row| row as usize));
    let mut effort = Effort::default();
    let cells = Cells::new(points, &frame, &order, k, threads, watch.step(0.0, 0.15))?;
    let order: Vec<u32> = cells.rows.iter().map(|&row| order[row as usize]).collect();
    let codes = Codes::new(points, &frame, &order, threads);
    let space = Space {
        points,
        unique: &unique,
        cells: &cells,
        codes: &codes,
        k,
    };
    let sample = Sample::new(&space, threads, watch.step(0.15, 0.05), &mut effort)?;
    let lists = Lists::new(&space);
    let (mut probed, mut probes) = (0, 1);
    // How much of the whole is left before the tree: each round takes half of it, since there is no telling how many.
    let mut left = 0.4;
    let mut known = 0.0;
    let mut found;
    let mut near = loop {
        // Every row's own cell comes first: what is near there lets the other cells be passed by quickly.
        let (start, share) = (0.6 - left, left / 2.0);
        found = cells.probes(probes, watch.step(start, share / 4.0))?;
        let walk = Walk::new(&space, &found, probed..probes, threads);
        let fills = walk.run(
            watch.step(start + share / 4.0, share / 4.0 * 3.0),
            || Fill::new(&space, &walk, &lists),
            &mut effort,
        )?;
        fills.iter().for_each(|fill| effort.add(fill.effort));
        left /= 2.0;
        (probed, probes) = (probes, (2 * probes).max(PROBES).min(cells.len()));
        if probed == 1 && probes > 1 {
            continue;
        }
        let recall = sample.recall(&space, |place| lists.nearest(&space, place, &mut effort));
        let is_worth = recall.neighbours - known >= WORTH * (1.0 - known);
        known = recall.neighbours;
        if probes == probed || known >= ENOUGH || !is_worth {
            break lists.finish(&space, watch.step(0.6 - left, left / 2.0), &mut effort)?;
        }
    };
    drop(lists);
    let completed = watch.step(0.6 - left / 2.0, left / 2.0);
    complete(&space, &mut near, threads, completed, &mut effort)?;
    let of = |place| {
        let at = place as usize;
        (near.lists[at].clone(), near.core[at])
    };
    let recall = sample.recall(&space, of);
    let walk = Walk::new(&space, &found, 0..probed, threads);
    let mut tree = tree::grow(&space, &walk, &near, watch.step(0.6, 0.4), &mut effort)?;
    for edge in &mut tree {
        edge.from = cells.rows[edge.from as usize];
        edge.to = cells.rows[edge.to as usize];
    }
    let mut core = vec![0.0; cells.rows.len()];
    for (&row, &distance) in cells.rows.iter().zip(&near.core) {
        core[row as usize] = distance;
    }
    Ok(Grown {
        edges: unique.spread(tree, &core),
        core: unique.each(&core),
        effort,
        recall: Some(recall),
    })
}

/// Rows that have fewer than `k` candidates look at all others.
///
/// # Errors
/// `Cancelled` when the watcher stops it.
fn complete<F: Number>(
    space: &Space<'_, F>,
    near: &mut Neighbours,
    threads: usize,
    watch: Watch<'_>,
    effort: &mut Effort,
) -> Result<(), Cancelled> {
    let short =
        (0..near.core.len() as u32).filter(|&place| near.core[place as usize].is_infinite());
    let short: Vec<u32> = short.collect();
    let found = exhaustive(space, &short, threads, watch, effort)?;
    for (&place, (list, core)) in short.iter().zip(found) {
        near.lists[place as usize] = list;
        near.core[place as usize] = core;
    }
    Ok(())
}
