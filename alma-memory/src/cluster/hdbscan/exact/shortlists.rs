//! The nearest candidates of some rows: by bounds as long as those tell them apart, and then exactly.

use super::{super::engine::Effort, codes::Codes, neighbours::Near};

/// A row that may be among the nearest, and the lower bound of its distance.
pub(in super::super) type Candidate = (f32, u32);

/// What candidates are: distinct rows, by whatever number.
pub(in super::super) trait Rows {
    /// Which neighbour's distance is the core distance.
    fn k(&self) -> usize;

    /// What bounds are of.
    fn codes(&self) -> &Codes;

    /// How many rows are equal to this one, itself included.
    fn count(&self, row: u32) -> usize;

    fn distance(&self, a: u32, b: u32) -> f64;
}

/// What bounds cannot rule out of the candidates of some rows.
#[derive(Debug)]
pub(in super::super) struct Shortlists {
    /// How many upper bounds there are of a row.
    room: usize,
    /// A row that has so many candidates is looked into at once, so that memory stays within bounds on any data.
    held: usize,
    /// By row, what its `k`-th nearest is sure to lie within.
    pub(in super::super) limits: Vec<f32>,
    /// By row, the `room` smallest upper bounds, ascending.
    uppers: Vec<f32>,
    candidates: Vec<Candidate>,
    counts: Vec<u32>,
}

impl Shortlists {
    /// Empty ones for `count` of `rows`, whose first `limits` are known; `spare` more candidates of each are held than it
    /// takes.
    pub(in super::super) fn new(
        rows: &impl Rows,
        count: usize,
        limits: Vec<f32>,
        spare: usize,
    ) -> Self {
        // There may be fewer distinct rows than neighbours; all others together are as many as that.
        let room = rows.k().min(rows.codes().len() - 1).max(1);
        let held = 2 * room + spare;
        Self {
            room,
            held,
            limits,
            uppers: vec![f32::INFINITY; count * room],
            candidates: vec![(0.0, 0); count * held],
            counts: vec![0; count],
        }
    }

    /// The candidates of the row `at`.
    pub(super) fn candidates(&self, at: usize) -> &[Candidate] {
        let first = at * self.held;
        &self.candidates[first..first + self.counts[at] as usize]
    }

    /// The row `at` hears of a candidate that it has not heard of yet, within `upper`.
    #[inline]
    pub(in super::super) fn hear(&mut self, at: usize, upper: f32) {
        let uppers = &mut self.uppers[at * self.room..(at + 1) * self.room];
        let mut to = self.room - 1;
        if upper < uppers[to] {
            while to > 0 && uppers[to - 1] > upper {
                uppers[to] = uppers[to - 1];
                to -= 1;
            }
            uppers[to] = upper;
            self.limits[at] = self.limits[at].min(uppers[self.room - 1]);
        }
    }

    /// The row `at`, whose number is `row`, meets a candidate that it has heard of, not nearer than `lower`.
    #[inline]
    pub(in super::super) fn meet(
        &mut self,
        rows: &impl Rows,
        (at, row): (usize, u32),
        (lower, other): Candidate,
        effort: &mut Effort,
    ) {
        if lower > self.limits[at] {
            return;
        }
        if self.counts[at] as usize == self.held {
            self.thin(rows, (at, row), effort);
        }
        self.candidates[at * self.held + self.counts[at] as usize] = (lower, other);
        self.counts[at] += 1;
    }

    /// Makes room for candidates of a row: leaves out what cannot be near, and if most still may, finds out.
    fn thin(&mut self, rows: &impl Rows, (at, row): (usize, u32), effort: &mut Effort) {
        let candidates = &mut self.candidates[at * self.held..(at + 1) * self.held];
        let limit = self.limits[at];
        let mut kept = 0;
        for from in 0..self.held {
            if candidates[from].0 <= limit {
                candidates[kept] = candidates[from];
                kept += 1;
            }
        }
        if kept > self.held / 4 * 3 {
            let codes = rows.codes();
            let (list, core) = nearest(rows, row, &mut candidates[..kept], effort);
            kept = list.len();
            for (to, (distance, other)) in candidates.iter_mut().zip(list) {
                *to = (codes.scaled_down(distance), other);
            }
            self.limits[at] = limit.min(codes.scaled(core));
        }
        self.counts[at] = kept as u32;
    }

    /// The nearest candidates of a row so far, and its core distance as far as they tell.
    pub(in super::super) fn nearest(
        &self,
        rows: &impl Rows,
        (at, row): (usize, u32),
        effort: &mut Effort,
    ) -> (Vec<Near>, f64) {
        nearest(rows, row, &mut self.candidates(at).to_vec(), effort)
    }
}

/// The nearest of some candidates, and the core distance of the row as far as they tell.
pub(super) fn nearest(
    rows: &impl Rows,
    row: u32,
    candidates: &mut [Candidate],
    effort: &mut Effort,
) -> (Vec<Near>, f64) {
    candidates.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let k = rows.k();
    // Equal rows are neighbours at no distance.
    let copies = rows.count(row) - 1;
    let mut list: Vec<Near> = Vec::with_capacity(k.min(candidates.len()) + 1);
    if copies >= k {
        return (list, 0.0);
    }
    let mut core = f64::INFINITY;
    for &(lower, other) in &*candidates {
        if lower > rows.codes().scaled(core) {
            break;
        }
        effort.distances += 1;
        let near = (rows.distance(row, other), other);
        if core.is_finite() && list.last().is_some_and(|&last| near > last) {
            continue;
        }
        let at = list.partition_point(|&other| other < near);
        list.insert(at, near);
        let mut counted = copies;
        let reached = list.iter().position(|&(_, other)| {
            counted += rows.count(other);
            counted >= k
        });
        if let Some(last) = reached {
            list.truncate(last + 1);
            core = list[last].0;
        }
    }
    (list, core)
}
