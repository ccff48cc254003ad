//! Cells: rows that lie near each other, and which cells lie near a row.

use std::ops::Range;

use super::{
    super::{
        distance::Number,
        exact::{
            codes::{Codes, Frame},
            kernel::{BLOCK, Kernel, Limits, Panel, ROWS, Tile},
            order::near_together,
        },
        kdtree::parallel::in_parts,
        spanning::Points,
        watch::{Cancelled, Progress, Watch},
    },
    UNASKED,
    probes::Probes,
};

/// Codes up to this are what every kernel takes, so that cells are the same for all of them.
const LARGEST: i8 = 63;

/// There are so many cells as the square root of the rows times this, which makes finding the cells of rows about as
/// costly as looking into them.
const CELLS: f64 = 4.0;

/// Rows of a cell, at least on average: fewer leave tiles empty.
const ROOM: usize = 128;

/// Rows of a cell at most; larger ones are halved, so that no cell costs much more than another.
const FULL: usize = 512;

/// The centres are found on a sample of so many rows a cell, in so many rounds.
const SAMPLE: usize = 24;
const ROUNDS: usize = 4;

/// The part of dividing that is done when the centres are found.
const SAMPLED: f64 = 0.4;

/// Rows and columns that are compared together: what a processor's second cache holds.
const CHUNK: usize = 8 * BLOCK;

/// Distinct rows by cell, and the centres of the cells.
#[derive(Debug)]
pub(super) struct Cells {
    /// By place, the distinct row: cell after cell, and within a cell in their own order.
    pub(super) rows: Vec<u32>,
    /// By cell, its first place; and after the last one where it ends.
    begins: Vec<u32>,
    /// By place, its cell.
    homes: Vec<u32>,
    /// The rows by place, and the centres.
    codes: Codes,
    centres: Codes,
    kernel: Kernel,
    threads: usize,
}

impl Cells {
    /// Divides the rows that `order` names, among whose `k` nearest others are looked for.
    ///
    /// # Errors
    /// `Cancelled` when the watcher stops it.
    pub(super) fn new<F: Number>(
        points: &Points<'_, F>,
        frame: &Frame,
        order: &[u32],
        k: usize,
        threads: usize,
        watch: Watch<'_>,
    ) -> Result<Self, Cancelled> {
        let (n, dimension, kernel) = (order.len(), points.dimension(), points.kernel());
        let mut rows = order.iter();
        let codes = Codes::build(n, dimension, LARGEST, frame.unit(), |to| {
            rows.next()
                .map_or(0.0, |&row| frame.centre(points.row(row as usize), to))
        });
        let wanted = (CELLS * (n as f64).sqrt()) as usize;
        let count = wanted.min(n / ROOM.max(4 * k)).max(1);
        let centres = Centres {
            points,
            frame,
            order,
        };
        let search = |codes: &Codes, centres: &Codes, watch: Watch<'_>| {
            nearest((codes, centres), 1, kernel, threads, watch)
        };
        // A round on the sample costs a small part of one over all rows, which comes last.
        let rounds = watch.step(0.0, SAMPLED);

        let sample = spread(n, SAMPLE * count);
        let of_sample = codes.ordered(&sample);
        let mut means = centres.rows(&spread(n, count));
        for round in 0..ROUNDS {
            let share = 1.0 / ROUNDS as f64;
            let watch = rounds.step(round as f64 * share, share);
            let found = search(&of_sample, &centres.codes(&means), watch)?;
            let mut members = vec![Vec::new(); count];
            for (&row, &cell) in sample.iter().zip(&found) {
                members[cell as usize].push(row);
            }
            centres.update(&mut means, &members, watch.step(1.0, 0.0))?;
        }
        let mut members = vec![Vec::new(); count];
        let last = watch.step(SAMPLED, 1.0 - SAMPLED);
        for (row, &cell) in (0..).zip(&search(&codes, &centres.codes(&means), last)?) {
            members[cell as usize].push(row);
        }
        drop(of_sample);
        members = members
            .into_iter()
            .flat_map(|members| halved(members, &codes, kernel))
            .collect();
        means = vec![0.0; members.len() * dimension];
        centres.update(&mut means, &members, watch.step(1.0, 0.0))?;

        let mut out = Self {
            rows: Vec::with_capacity(n),
            begins: vec![0],
            homes: Vec::with_capacity(n),
            centres: centres.codes(&means),
            codes,
            kernel,
            threads,
        };
        for (members, cell) in members.iter().zip(0..) {
            out.rows.extend_from_slice(members);
            out.homes.resize(out.rows.len(), cell);
            out.begins.push(out.rows.len() as u32);
        }
        out.codes = out.codes.ordered(&out.rows);
        Ok(out)
    }

    /// How many cells there are.
    pub(super) fn len(&self) -> usize {
        self.begins.len() - 1
    }

    /// The places of a cell.
    pub(super) fn places(&self, cell: usize) -> Range<usize> {
        self.begins[cell] as usize..self.begins[cell + 1] as usize
    }

    /// The cell of a place.
    pub(super) fn home(&self, place: u32) -> u32 {
        self.homes[place as usize]
    }

    /// The cells that every row probes, nearest centre first but for its own cell, which comes before all.
    ///
    /// # Errors
    /// `Cancelled` when the watcher stops it.
    pub(super) fn probes(&self, count: usize, watch: Watch<'_>) -> Result<Probes, Cancelled> {
        let count = count.min(self.len());
        let both = (&self.codes, &self.centres);
        let mut cells = if count == 1 {
            self.homes.clone()
        } else {
            nearest(both, count, self.kernel, self.threads, watch)?
        };
        for (cells, &home) in cells.chunks_exact_mut(count).zip(&self.homes) {
            let at = cells.iter().position(|&cell| cell == home);
            let at = at.unwrap_or(count - 1);
            cells[at] = home;
            cells[..=at].rotate_right(1);
        }
        Ok(Probes::new(cells, count))
    }
}

/// What centres are made of.
struct Centres<'a, F> {
    points: &'a Points<'a, F>,
    frame: &'a Frame,
    order: &'a [u32],
}

impl<F: Number> Centres<'_, F> {
    /// Some rows, in the frame.
    fn rows(&self, rows: &[u32]) -> Vec<f64> {
        let dimension = self.points.dimension();
        let mut out = vec![0.0; rows.len() * dimension];
        for (to, &row) in out.chunks_exact_mut(dimension.max(1)).zip(rows) {
            let row = self.order[row as usize] as usize;
            self.frame.centre(self.points.row(row), to);
        }
        out
    }

    /// Moves every centre to the mean of its rows; one without rows stays.
    fn update(
        &self,
        means: &mut [f64],
        members: &[Vec<u32>],
        watch: Watch<'_>,
    ) -> Result<(), Cancelled> {
        let progress = Progress::new(watch, members.len(), UNASKED);
        let dimension = self.points.dimension().max(1);
        let mut row = vec![0.0; self.points.dimension()];
        for (mean, members) in means.chunks_exact_mut(dimension).zip(members) {
            progress.did_one()?;
            if members.is_empty() {
                continue;
            }
            mean.fill(0.0);
            for &member in members {
                let at = self.order[member as usize] as usize;
                self.frame.centre(self.points.row(at), &mut row);
                mean.iter_mut().zip(&row).for_each(|(sum, x)| *sum += x);
            }
            let count = members.len() as f64;
            mean.iter_mut().for_each(|sum| *sum /= count);
        }
        Ok(())
    }

    fn codes(&self, means: &[f64]) -> Codes {
        let dimension = self.points.dimension();
        let count = means.len().checked_div(dimension).unwrap_or(1);
        let mut rows = means.chunks_exact(dimension.max(1));
        Codes::build(count, dimension, LARGEST, self.frame.unit(), |to| {
            if let Some(row) = rows.next() {
                to.copy_from_slice(row);
            }
            0.0
        })
    }
}

/// At most `count` of `n` rows, evenly spread.
pub(super) fn spread(n: usize, count: usize) -> Vec<u32> {
    let count = count.min(n);
    (0..count).map(|at| (at * n / count) as u32).collect()
}

/// A cell as parts that are not too full, each in its own order; none of no rows.
fn halved(members: Vec<u32>, codes: &Codes, kernel: Kernel) -> Vec<Vec<u32>> {
    if members.is_empty() {
        return Vec::new();
    }
    if members.len() <= FULL {
        return vec![members];
    }
    let order = near_together(&codes.ordered(&members), kernel);
    let whole = 0..members.len();
    let (mut open, mut parts) = (vec![whole], Vec::new());
    while let Some(range) = open.pop() {
        if range.len() > FULL {
            let half = range.start + range.len() / 2;
            open.push(range.start..half);
            open.push(half..range.end);
        } else {
            let mut part: Vec<u32> = order[range]
                .iter()
                .map(|&at| members[at as usize])
                .collect();
            part.sort_unstable();
            parts.push(part);
        }
    }
    parts
}

/// By row, its `count` nearest centres, nearest first.
///
/// # Errors
/// `Cancelled` when the watcher stops it.
fn nearest(
    (rows, centres): (&Codes, &Codes),
    count: usize,
    kernel: Kernel,
    threads: usize,
    watch: Watch<'_>,
) -> Result<Vec<u32>, Cancelled> {
    let progress = Progress::new(watch, rows.len().div_ceil(CHUNK), UNASKED);
    let parts = in_parts(threads, rows.len(), |range| {
        let mut panel = Panel::default();
        let mut best = vec![(f32::INFINITY, u32::MAX); range.len() * count];
        let first = range.start;
        for start in range.clone().step_by(CHUNK) {
            let chunk = start..(start + CHUNK).min(range.end);
            for from in (0..centres.len()).step_by(CHUNK) {
                let blocks = (centres.len() - from).min(CHUNK).div_ceil(BLOCK);
                kernel.pack(centres, from, blocks, &mut panel);
                for row in chunk.clone().step_by(ROWS) {
                    let ours =
                        (row - first) * count..(row + ROWS).min(chunk.end) * count - first * count;
                    near_one(
                        (rows, centres),
                        row,
                        (&panel, blocks),
                        kernel,
                        (&mut best[ours], count),
                    );
                }
            }
            progress.did_one()?;
        }
        Ok(best)
    });
    let mut cells = Vec::with_capacity(rows.len() * count);
    for part in parts {
        cells.extend(part?.into_iter().map(|(_, cell)| cell));
    }
    Ok(cells)
}

/// Compares a few rows with packed centres, and keeps the best of each.
fn near_one(
    (rows, centres): (&Codes, &Codes),
    row: usize,
    (panel, blocks): (&Panel, usize),
    kernel: Kernel,
    (best, count): (&mut [(f32, u32)], usize),
) {
    let mut tile = Tile::new();
    let nothing = [0.0; BLOCK];
    for block in 0..blocks {
        let mut limits = [0.0; ROWS];
        for (limit, best) in limits.iter_mut().zip(best.chunks_exact(count)) {
            *limit = best[count - 1].0.max(0.0).sqrt();
        }
        let limits = Limits {
            rows: &limits,
            columns: &nothing,
        };
        kernel.compare_across((rows, centres), row, panel, block, limits, &mut tile);
        let first = panel.first() + block * BLOCK;
        let found = tile.near.iter().zip(&tile.squares);
        for (best, (&near, squares)) in best.chunks_exact_mut(count).zip(found) {
            let mut near = near;
            while near != 0 {
                let column = near.trailing_zeros() as usize;
                near &= near - 1;
                let new = (squares[column], (first + column) as u32);
                if new < best[count - 1] {
                    let at = best.partition_point(|&old| old < new);
                    best[at..].rotate_right(1);
                    best[at] = new;
                }
            }
        }
    }
}
