//! The walk over candidate pairs: cell by cell, the rows that probe it against the rows within.

use std::{
    ops::Range,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

use super::{
    super::{
        distance::Number,
        engine::Effort,
        exact::{
            codes::{Codes, Seen},
            kernel::{BLOCK, Limits, Panel, ROWS, Tile, array},
        },
        kdtree::parallel::in_parts,
        watch::{Cancelled, Watch},
    },
    Space,
    probes::{Probes, Visitors},
};

/// Rows that are compared with a cell at once: a multiple of the rows of a tile, which a processor's second cache holds.
const CHUNK: usize = 84 * ROWS;

/// What a walk is for; each thread has one of its own.
pub(super) trait Visit: Send {
    /// The walk comes to pairs of these rows, by place, and all rows of a cell.
    fn begin(&mut self, rows: &[u32], columns: Range<usize>);

    /// Limits by row and by column, with room for a tile behind them: a pair is reported unless its distance, in units
    /// of the codes, is sure to be above the larger of its two.
    fn limits(&self) -> (&[f32], &[f32]);

    /// A pair, by where they stand among these rows and columns, and what is sure of its distance.
    fn pair(&mut self, row: usize, column: usize, seen: Seen);

    /// These rows and columns are done.
    fn end(&mut self);
}

/// Room for limits of so many rows or columns.
pub(super) const fn padded(len: usize) -> usize {
    len + BLOCK + ROWS
}

/// Which candidates to walk over, and by what means.
pub(super) struct Walk<'a, F> {
    space: &'a Space<'a, F>,
    pub(super) probes: &'a Probes,
    pub(super) ranks: Range<usize>,
    visitors: Visitors,
    threads: usize,
}

impl<'a, F: Number> Walk<'a, F> {
    /// Rows against the cells that they probe at one of the positions `ranks`.
    pub(super) fn new(
        space: &'a Space<'a, F>,
        probes: &'a Probes,
        ranks: Range<usize>,
        threads: usize,
    ) -> Self {
        Self {
            space,
            probes,
            visitors: probes.visitors(ranks.clone(), space.cells.len()),
            ranks,
            threads,
        }
    }

    /// Walks once; returns what the threads made of it.
    pub(super) fn run<V: Visit>(
        &self,
        watch: Watch<'_>,
        visit: impl Fn() -> V + Sync,
        effort: &mut Effort,
    ) -> Result<Vec<V>, Cancelled> {
        let cells = self.space.cells.len();
        let next = AtomicUsize::new(0);
        let stopped = AtomicBool::new(false);
        let found = in_parts(self.threads.min(cells), cells, |_| {
            let (mut visit, mut panel, mut pairs) = (visit(), Panel::default(), 0);
            loop {
                let cell = next.fetch_add(1, Ordering::Relaxed);
                if cell >= cells || stopped.load(Ordering::Relaxed) {
                    return (visit, pairs);
                }
                if watch.tell(cell as f64 / cells as f64).is_err() {
                    stopped.store(true, Ordering::Relaxed);
                }
                pairs += self.visit(cell, &mut panel, &mut visit);
            }
        });
        if stopped.into_inner() {
            return Err(Cancelled);
        }
        effort.pairs += found.iter().map(|&(_, pairs)| pairs).sum::<u64>();
        Ok(found.into_iter().map(|(visit, _)| visit).collect())
    }

    fn visit(&self, cell: usize, panel: &mut Panel, visit: &mut impl Visit) -> u64 {
        let columns = self.space.cells.places(cell);
        let visitors = self.visitors.of(cell);
        if visitors.is_empty() {
            return 0;
        }
        let blocks = columns.len().div_ceil(BLOCK);
        let kernel = self.space.points.kernel();
        kernel.pack(self.space.codes, columns.start, blocks, panel);
        for rows in visitors.chunks(CHUNK) {
            let codes = self.space.codes.ordered(rows);
            visit.begin(rows, columns.clone());
            self.space.compare(&codes, panel, columns.clone(), visit);
            visit.end();
        }
        (visitors.len() * columns.len()) as u64
    }
}

impl<F: Number> Space<'_, F> {
    /// Compares rows with packed columns.
    pub(super) fn compare(
        &self,
        rows: &Codes,
        panel: &Panel,
        columns: Range<usize>,
        visit: &mut impl Visit,
    ) {
        let kernel = self.points.kernel();
        let mut tile = Tile::new();
        for row in (0..rows.len()).step_by(ROWS) {
            for first in (0..columns.len()).step_by(BLOCK) {
                let limits = visit.limits();
                let limits = Limits {
                    rows: array(limits.0, row),
                    columns: array(limits.1, first),
                };
                let both = (rows, self.codes);
                kernel.compare_across(both, row, panel, first / BLOCK, limits, &mut tile);
                let left = columns.len() - first;
                let within = u64::MAX >> (BLOCK - left.min(BLOCK));
                for (row, (&near, squares)) in
                    (row..rows.len()).zip(tile.near.iter().zip(&tile.squares))
                {
                    let mut near = near & within;
                    while near != 0 {
                        let column = near.trailing_zeros() as usize;
                        let place = columns.start + first + column;
                        let seen = rows.seen_across(row, self.codes, place, squares[column]);
                        visit.pair(row, first + column, seen);
                        near &= near - 1;
                    }
                }
            }
        }
    }
}
