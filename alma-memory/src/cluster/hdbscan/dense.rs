//! The engine for any distance: all pairs, in memory for single rows.

use super::{
    engine::{Effort, Grown},
    kdtree::parallel::in_parts,
    prim::prim,
    watch::{Cancelled, Progress, Watch},
};

/// The part of the work that core distances are.
const CORES: f64 = 0.66;

/// At most so many rows are looked at between two questions to the watcher.
pub(super) const UNASKED: usize = 16;

/// A minimum spanning forest by (weight, distance) over `n` rows under the mutual reachability with
/// `k` neighbours, the same for any number of threads. An infinite distance connects nothing, nor does
/// a row with fewer than `k` others at a finite one.
///
/// # Errors
/// `Cancelled` when the watcher stops it.
pub(super) fn grow(
    n: usize,
    k: usize,
    threads: usize,
    watch: Watch<'_>,
    distance: impl Fn(usize, usize) -> f64 + Sync,
) -> Result<Grown, Cancelled> {
    let k = k.min(n.saturating_sub(1));
    let core = cores(n, k, threads, watch.step(0.0, CORES), &distance)?;
    let joined = watch.step(CORES, 1.0 - CORES);
    let edges = prim(&core, threads, joined, &distance)?;
    let pairs = n as u64 * n.saturating_sub(1) as u64;
    Ok(Grown {
        recall: None,
        edges,
        core,
        effort: Effort {
            distances: pairs + pairs / 2,
            ..Effort::default()
        },
    })
}

/// By row, the distance to its `k`-th nearest other row.
fn cores(
    n: usize,
    k: usize,
    threads: usize,
    watch: Watch<'_>,
    distance: impl Fn(usize, usize) -> f64 + Sync,
) -> Result<Vec<f64>, Cancelled> {
    let progress = Progress::new(watch, n, UNASKED);
    let parts = in_parts(threads, n, |part| {
        let mut core = Vec::with_capacity(part.len());
        let mut all = Vec::with_capacity(n);
        for row in part {
            all.clear();
            let others = (0..n).filter(|&other| other != row);
            all.extend(others.map(|other| distance(row, other)));
            core.push(match k {
                0 => 0.0,
                _ => *all.select_nth_unstable_by(k - 1, f64::total_cmp).1,
            });
            progress.did_one()?;
        }
        Ok(core)
    });
    let parts: Vec<Vec<f64>> = parts.into_iter().collect::<Result<_, _>>()?;
    Ok(parts.concat())
}
