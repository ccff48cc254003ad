//! What the lists miss, measured on sampled rows.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{
    super::{
        distance::Number,
        engine::Effort,
        exact::{
            codes::Seen,
            kernel::{BLOCK, Panel},
            neighbours::Near,
            shortlists::{Rows, Shortlists},
        },
        kdtree::parallel::in_parts,
        watch::{Cancelled, Progress, Watch},
    },
    Space, UNASKED,
    cells::spread,
    lists::shortlists,
    walk::{Visit, padded},
};

/// How many rows are sampled: a standard error of a share is then below 0.007 where that is above 0.75, and three of
/// them are about 0.02.
const SAMPLE: usize = 4_096;

/// Columns that are packed at once, and rows that they are compared with.
const COLUMNS: usize = 8 * BLOCK;
const ROWS: usize = 512;

/// How much of the truth an approximate fit found: its neighbours of sampled rows beside the exact ones.
///
/// The sample is of up to 4,096 rows, spread evenly over the data, and compared with all rows: the figures are those of
/// all rows but for chance, and where there are no more rows than that they are exact. A share `p` has a standard error
/// of about `sqrt(p (1 - p) / sampled)`: 0.005 for 0.9, and never above 0.008.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Recall {
    /// How many rows were sampled.
    pub sampled: usize,
    /// The share of their `min_samples` nearest rows that was found, 0 to 1. Equal rows are neighbours, and of several
    /// at the distance of the last any will do.
    pub neighbours: f64,
    /// The share of them whose core distance is exact, 0 to 1.
    pub cores: f64,
    /// By how much of itself a core distance is too large, on average; 0 when all are exact.
    pub excess: f64,
}

/// Sampled rows and their true core distances.
#[derive(Debug)]
pub(super) struct Sample {
    places: Vec<u32>,
    /// By place, for how many sampled rows it stands, since rows may be equal.
    counts: Vec<usize>,
    cores: Vec<f64>,
}

impl Sample {
    /// # Errors
    /// `Cancelled` when the watcher stops it.
    pub(super) fn new<F: Number>(
        space: &Space<'_, F>,
        threads: usize,
        watch: Watch<'_>,
        effort: &mut Effort,
    ) -> Result<Self, Cancelled> {
        let (places, counts) = drawn(space);
        let found = exhaustive(space, &places, threads, watch, effort)?;
        Ok(Self {
            places,
            counts,
            cores: found.into_iter().map(|(_, core)| core).collect(),
        })
    }

    /// How much of the truth is in lists, which come by place.
    pub(super) fn recall<F: Number>(
        &self,
        space: &Space<'_, F>,
        mut nearest: impl FnMut(u32) -> (Vec<Near>, f64),
    ) -> Recall {
        let (mut sampled, mut found, mut exact, mut excess) = (0, 0, 0, 0.0);
        let truths = self.counts.iter().zip(&self.cores);
        for (&place, (&count, &truth)) in self.places.iter().zip(truths) {
            let (list, core) = nearest(place);
            let near = list.iter().take_while(|near| near.0 <= truth);
            let counted: usize = near.map(|&(_, other)| space.count(other)).sum();
            sampled += count;
            found += count * (space.count(place) - 1 + counted).min(space.k);
            if core <= truth {
                exact += count;
            } else if core.is_finite() && truth > 0.0 {
                excess += count as f64 * (core / truth - 1.0);
            }
        }
        let share = |part: f64| part / sampled as f64;
        Recall {
            sampled,
            neighbours: share(found as f64 / space.k as f64),
            cores: share(exact as f64),
            excess: share(excess),
        }
    }
}

/// Places of rows that lie evenly among all rows, cell after cell, and how many of them are at each.
fn drawn<F: Number>(space: &Space<'_, F>) -> (Vec<u32>, Vec<usize>) {
    let mut all = spread(space.points.len(), SAMPLE).into_iter().peekable();
    let (mut places, mut counts, mut end) = (Vec::new(), Vec::new(), 0);
    for place in 0..space.codes.len() as u32 {
        end += space.count(place);
        let mut count = 0;
        while all.next_if(|&row| (row as usize) < end).is_some() {
            count += 1;
        }
        if count > 0 {
            places.push(place);
            counts.push(count);
        }
    }
    (places, counts)
}

/// The nearest rows of some, among all, and their core distances.
///
/// # Errors
/// `Cancelled` when the watcher stops it.
pub(super) fn exhaustive<F: Number>(
    space: &Space<'_, F>,
    places: &[u32],
    threads: usize,
    watch: Watch<'_>,
    effort: &mut Effort,
) -> Result<Vec<(Vec<Near>, f64)>, Cancelled> {
    let n = space.codes.len();
    let chunks = places.len().div_ceil(ROWS) * n.div_ceil(COLUMNS);
    let progress = Progress::new(watch, chunks, UNASKED);
    effort.pairs += places.len() as u64 * n as u64;
    let parts = in_parts(threads, places.len(), |part| {
        let (mut found, mut panel) = (Vec::with_capacity(part.len()), Panel::default());
        let mut effort = Effort::default();
        for places in places[part].chunks(ROWS) {
            let codes = space.codes.ordered(places);
            let mut scan = Scan {
                space,
                places,
                lists: shortlists(space, places.len()),
                limits: vec![0.0; padded(places.len())],
                nothing: [0.0; COLUMNS],
                first: 0,
                effort: Effort::default(),
            };
            for first in (0..n).step_by(COLUMNS) {
                let columns = first..(first + COLUMNS).min(n);
                let blocks = columns.len().div_ceil(BLOCK);
                let kernel = space.points.kernel();
                kernel.pack(space.codes, first, blocks, &mut panel);
                scan.begin(places, columns.clone());
                space.compare(&codes, &panel, columns, &mut scan);
                progress.did_one()?;
            }
            for at in places.iter().copied().enumerate() {
                found.push(scan.lists.nearest(space, at, &mut effort));
            }
            effort.add(scan.effort);
        }
        Ok((found, effort))
    });
    let mut found = Vec::with_capacity(places.len());
    for part in parts {
        let (part, spent) = part?;
        found.extend(part);
        effort.add(spent);
    }
    Ok(found)
}

struct Scan<'a, F> {
    space: &'a Space<'a, F>,
    places: &'a [u32],
    lists: Shortlists,
    limits: Vec<f32>,
    nothing: [f32; COLUMNS],
    first: usize,
    effort: Effort,
}

impl<F: Number> Visit for Scan<'_, F> {
    fn begin(&mut self, _rows: &[u32], columns: Range<usize>) {
        self.first = columns.start;
        self.limits[..self.places.len()].copy_from_slice(&self.lists.limits);
    }

    fn limits(&self) -> (&[f32], &[f32]) {
        (&self.limits, &self.nothing)
    }

    fn pair(&mut self, row: usize, column: usize, seen: Seen) {
        let (place, other) = (self.places[row], (self.first + column) as u32);
        if place != other {
            self.effort.survivors += 1;
            let (lower, upper) = seen.bounds();
            self.lists.hear(row, upper);
            let (at, other) = ((row, place), (lower, other));
            self.lists.meet(self.space, at, other, &mut self.effort);
            self.limits[row] = self.lists.limits[row];
        }
    }

    fn end(&mut self) {}
}
