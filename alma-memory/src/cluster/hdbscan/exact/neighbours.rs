//! The nearest rows of every row, exactly.

use std::{
    ops::Range,
    sync::{Mutex, PoisonError},
};

use super::{
    super::{
        engine::Effort,
        watch::{Cancelled, Watch},
    },
    Edge, Number, Space,
    codes::{Codes, Seen},
    sweep::{Pass, Sweep},
};

/// A row and its distance.
pub(in super::super) type Near = (f64, u32);

/// For every row, by distance and then by place, its nearest others: as few as reach its core distance.
#[derive(Clone, Debug)]
pub(in super::super) struct Neighbours {
    pub(in super::super) lists: Vec<Vec<Near>>,
    /// By row, the distance to its `k`-th nearest other row, counting rows that are equal.
    pub(in super::super) core: Vec<f64>,
}

impl Neighbours {
    /// An edge between two rows at this distance.
    pub(in super::super) fn edge(&self, from: u32, to: u32, distance: f64) -> Edge {
        let core = self.core[from as usize].max(self.core[to as usize]);
        Edge {
            from,
            to,
            weight: distance.max(core),
            distance,
        }
    }

    /// The edges from every row to those in its list.
    pub(in super::super) fn edges(&self) -> Vec<Edge> {
        let count = self.lists.iter().map(Vec::len).sum();
        let mut edges = Vec::with_capacity(count);
        for (row, list) in (0..).zip(&self.lists) {
            edges.extend(
                list.iter()
                    .map(|&(distance, other)| self.edge(row, other, distance)),
            );
        }
        edges
    }
}

/// What is searched, and how deep.
struct Task<'a, F> {
    space: &'a Space<'a, F>,
    codes: &'a Codes,
    /// By place in the codes, the distinct row.
    rows: &'a [u32],
    k: usize,
    /// A row that has so many candidates is looked into at once, so that memory stays within bounds on any data.
    held: usize,
    /// By row, what its `k`-th nearest is sure to lie within, as far as threads have told each other.
    limits: Mutex<Vec<f32>>,
}

/// A row that may be among the nearest, and the lower bound of its distance.
type Candidate = (f32, u32);

struct Search<'a, F> {
    task: &'a Task<'a, F>,
    /// By row, what its `k`-th nearest is sure to lie within.
    limits: Vec<f32>,
    /// By row, the `k` smallest upper bounds, ascending.
    uppers: Vec<f32>,
    /// By row, room for `held`.
    candidates: Vec<Candidate>,
    counts: Vec<u32>,
    effort: Effort,
}

impl<F: Number> Pass for Search<'_, F> {
    fn begin(&mut self, rows: Range<usize>, columns: Range<usize>) {
        let mut shared = self
            .task
            .limits
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for range in [rows, columns] {
            for (own, shared) in self.limits[range.clone()]
                .iter_mut()
                .zip(&mut shared[range])
            {
                *own = own.min(*shared);
                *shared = *own;
            }
        }
    }

    fn limits(&self) -> (&[f32], &[f32]) {
        (&self.limits, &self.limits)
    }

    fn pair(&mut self, row: usize, column: usize, seen: Seen) {
        let (lower, upper) = seen.bounds();
        self.effort.survivors += 1;
        self.meet(row, column, lower, upper);
        self.meet(column, row, lower, upper);
    }
}

impl<'a, F: Number> Search<'a, F> {
    fn new(task: &'a Task<'a, F>) -> Self {
        let (n, padded) = (task.codes.len(), task.codes.padded());
        Self {
            task,
            limits: task.begin(padded),
            uppers: vec![f32::INFINITY; n * task.k],
            candidates: vec![(0.0, 0); n * task.held],
            counts: vec![0; n],
            effort: Effort::default(),
        }
    }

    fn meet(&mut self, row: usize, other: usize, lower: f32, upper: f32) {
        if lower > self.limits[row] {
            return;
        }
        let k = self.task.k;
        let uppers = &mut self.uppers[row * k..(row + 1) * k];
        if upper < uppers[k - 1] {
            let mut at = k - 1;
            while at > 0 && uppers[at - 1] > upper {
                uppers[at] = uppers[at - 1];
                at -= 1;
            }
            uppers[at] = upper;
            self.limits[row] = self.limits[row].min(uppers[k - 1]);
        }
        if self.counts[row] as usize == self.task.held {
            self.thin(row);
        }
        self.candidates[row * self.task.held + self.counts[row] as usize] =
            (lower, self.task.rows[other]);
        self.counts[row] += 1;
    }

    /// Makes room for candidates of a row: leaves out what cannot be near, and if most still may, finds out.
    fn thin(&mut self, row: usize) {
        let held = self.task.held;
        let candidates = &mut self.candidates[row * held..(row + 1) * held];
        let limit = self.limits[row];
        let mut kept = 0;
        for at in 0..held {
            if candidates[at].0 <= limit {
                candidates[kept] = candidates[at];
                kept += 1;
            }
        }
        if kept > held / 4 * 3 {
            let codes = self.task.codes;
            let (list, core) = self.task.nearest(
                self.task.rows[row],
                &mut candidates[..kept],
                &mut self.effort,
            );
            kept = list.len();
            for (to, (distance, other)) in candidates.iter_mut().zip(list) {
                *to = (codes.scaled_down(distance), other);
            }
            self.limits[row] = limit.min(codes.scaled(core));
        }
        self.counts[row] = kept as u32;
    }
}

impl<F: Number> Task<'_, F> {
    /// What is known by now of the limits, padded.
    fn begin(&self, padded: usize) -> Vec<f32> {
        let limits = self.limits.lock().unwrap_or_else(PoisonError::into_inner);
        let mut limits = limits.clone();
        limits.resize(padded, f32::INFINITY);
        limits
    }

    /// The nearest of some candidates, and the core distance of the row as far as they tell.
    fn nearest(
        &self,
        row: u32,
        candidates: &mut [Candidate],
        effort: &mut Effort,
    ) -> (Vec<Near>, f64) {
        candidates.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        // Equal rows are neighbours at no distance.
        let copies = self.space.unique.count(row) as usize - 1;
        let mut list: Vec<Near> = Vec::with_capacity(self.k.min(candidates.len()) + 1);
        if copies >= self.k {
            return (list, 0.0);
        }
        let mut core = f64::INFINITY;
        let ours = self.space.unique.row(row);
        for &(lower, other) in &*candidates {
            if lower > self.codes.scaled(core) {
                break;
            }
            effort.distances += 1;
            let distance = self
                .space
                .points
                .distance(ours, self.space.unique.row(other));
            if list
                .last()
                .is_some_and(|&last| core.is_finite() && (distance, other) > last)
            {
                continue;
            }
            let at = list.partition_point(|&near| near < (distance, other));
            list.insert(at, (distance, other));
            let mut counted = copies;
            let reached = list.iter().position(|&(_, other)| {
                counted += self.space.unique.count(other) as usize;
                counted >= self.k
            });
            if let Some(last) = reached {
                list.truncate(last + 1);
                core = list[last].0;
            }
        }
        (list, core)
    }
}

/// Finds the nearest rows of every row; the codes of `sweep` are those of the distinct `rows`, in this order.
///
/// # Errors
/// `Cancelled` when the watcher stops it.
pub(super) fn neighbours<F: Number>(
    sweep: &Sweep<'_, F>,
    rows: &[u32],
    k: usize,
    watch: Watch<'_>,
    effort: &mut Effort,
) -> Result<Neighbours, Cancelled> {
    neighbours_from(sweep, rows, &[], k, watch, effort)
}

/// Finds the nearest rows of those behind the first ones, of which `reach` tells, in units of the codes, how far they
/// look themselves: their lists are of what is as near among the rows behind them.
///
/// # Errors
/// `Cancelled` when the watcher stops it.
pub(super) fn neighbours_from<F: Number>(
    sweep: &Sweep<'_, F>,
    rows: &[u32],
    reach: &[f32],
    k: usize,
    watch: Watch<'_>,
    effort: &mut Effort,
) -> Result<Neighbours, Cancelled> {
    let codes = &sweep.coded.whole;
    let mut limits = reach.to_vec();
    limits.resize(codes.len(), f32::INFINITY);
    let task = Task {
        space: sweep.space,
        codes,
        rows,
        k,
        held: 2 * k + 44,
        limits: Mutex::new(limits),
    };
    let searches = sweep.run(reach.len(), watch, || Search::new(&task))?;
    let mut found = Neighbours {
        lists: vec![Vec::new(); rows.len()],
        core: vec![0.0; rows.len()],
    };
    let mut candidates = Vec::new();
    for (place, &row) in rows.iter().enumerate() {
        candidates.clear();
        let first = place * task.held;
        for search in &searches {
            let count = search.counts[place] as usize;
            candidates.extend_from_slice(&search.candidates[first..first + count]);
        }
        let (list, core) = task.nearest(row, &mut candidates, effort);
        found.lists[row as usize] = list;
        found.core[row as usize] = core;
    }
    for search in searches {
        effort.add(search.effort);
    }
    Ok(found)
}
