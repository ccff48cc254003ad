//! One walk over pairs of rows, which reports those that bounds cannot rule out.

use std::{
    ops::Range,
    sync::atomic::{AtomicUsize, Ordering},
};

use super::{
    super::{distance::Number, spanning::Points},
    codes::{Codes, Frame, Seen},
    fine,
    kernel::{BLOCK, Kernel, Limits, Panel, ROWS, Tile, array},
};

/// Columns that are packed at once: enough for one walk over the rows, and few enough for a processor's second cache.
const COLUMNS: usize = 8 * BLOCK;

/// So many pairs are looked at before a walk is called crowded.
const FAIR: u32 = 8_192;

/// What a walk is for; each thread has one of its own.
pub(super) trait Pass: Send {
    /// The walk comes to pairs of these rows and columns. Limits may change now, and for rows and columns of pairs as
    /// they are reported.
    fn begin(&mut self, rows: Range<usize>, columns: Range<usize>);

    /// Limits by row and by column, padded: a pair is reported unless its distance, in units of the codes, is sure to
    /// be above the larger of its two.
    fn limits(&self) -> (&[f32], &[f32]);

    /// A pair with `row < column`, and what is sure of its distance.
    fn pair(&mut self, row: usize, column: usize, seen: Seen);
}

/// Rows to walk over, and by what means.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sweep<'a, F> {
    pub(super) points: &'a Points<'a, F>,
    /// Which of the points the codes are of, in their order.
    pub(super) order: &'a [u32],
    pub(super) codes: &'a Codes,
    pub(super) frame: &'a Frame,
    pub(super) threads: usize,
}

/// Some columns, packed, and the means to compare rows with them.
trait Look {
    /// Turns to the rows from this one on.
    fn turn(&mut self, row: usize);

    /// Compares the rows turned to with a block of the columns.
    fn compare(&self, block: usize, limits: Limits<'_>, tile: &mut Tile);

    /// What a square of the tile says of a row turned to.
    fn seen(&self, row: usize, block: usize, column: usize, square: f32) -> Seen;
}

/// By codes.
struct Coarse<'a> {
    kernel: Kernel,
    codes: &'a Codes,
    panel: &'a Panel,
    row: usize,
}

impl Look for Coarse<'_> {
    fn turn(&mut self, row: usize) {
        self.row = row;
    }

    fn compare(&self, block: usize, limits: Limits<'_>, tile: &mut Tile) {
        self.kernel
            .compare(self.codes, self.row, self.panel, block, limits, tile);
    }

    fn seen(&self, row: usize, block: usize, column: usize, square: f32) -> Seen {
        let column = self.panel.first() + block * BLOCK + column;
        self.codes.seen(self.row + row, column, square)
    }
}

/// By single precision.
struct Fine<'a, F> {
    sweep: &'a Sweep<'a, F>,
    columns: fine::Columns,
    rows: fine::Rows,
    slack: f32,
}

impl<F: Number> Look for Fine<'_, F> {
    fn turn(&mut self, row: usize) {
        let order = &self.sweep.order[row..(row + ROWS).min(self.sweep.order.len())];
        self.rows.fill(self.sweep.points, self.sweep.frame, order);
    }

    fn compare(&self, block: usize, limits: Limits<'_>, tile: &mut Tile) {
        let kernel = self.sweep.points.kernel();
        kernel.compare_finely(&self.rows, &self.columns, block, self.slack, limits, tile);
    }

    fn seen(&self, row: usize, block: usize, column: usize, square: f32) -> Seen {
        Seen {
            square,
            lift: 3.0 * self.slack * square,
            error: self.rows.errors[row] + self.columns.errors[block][column],
        }
    }
}

impl<F: Number> Sweep<'_, F> {
    /// Walks once over every pair whose second row is `from` or behind it; returns what the threads found.
    pub(super) fn run<P: Pass>(&self, from: usize, pass: impl Fn() -> P + Sync) -> Vec<P> {
        let columns = from..self.codes.len();
        let next = AtomicUsize::new(0);
        let work = || {
            let mut pass = pass();
            let mut panel = Panel::default();
            loop {
                let first = columns.start + next.fetch_add(COLUMNS, Ordering::Relaxed);
                if first >= columns.end {
                    return pass;
                }
                let columns = first..(first + COLUMNS).min(columns.end);
                self.visit(columns, &mut panel, &mut pass);
            }
        };
        let blocks = columns.len().div_ceil(COLUMNS);
        std::thread::scope(|scope| {
            let others: Vec<_> = (1..self.threads.min(blocks))
                .map(|_| scope.spawn(work))
                .collect();
            let mut found = vec![work()];
            for other in others {
                match other.join() {
                    Ok(pass) => found.push(pass),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            found
        })
    }

    /// The pairs of some columns: first those among themselves, then with the rows before, nearest first, since where
    /// rows stand in an order that means something the nearest are likely to be near.
    fn visit<P: Pass>(&self, columns: Range<usize>, panel: &mut Panel, pass: &mut P) {
        let blocks = columns.len().div_ceil(BLOCK);
        let kernel = self.points.kernel();
        kernel.pack(self.codes, columns.start, blocks, panel);
        let mut coarse = Coarse {
            kernel,
            codes: self.codes,
            panel,
            row: 0,
        };
        let mut fine = None;
        // In rows of millions of numbers single precision loses count.
        let is_finer = fine::slack(self.points.dimension()) < 0.25;
        let mut scan = |rows: Range<usize>, blocks: Range<usize>, pass: &mut P| {
            let first = columns.start;
            let left = scan(&mut coarse, rows, first, blocks.clone(), pass, is_finer);
            if !left.is_empty() {
                let fine = fine.get_or_insert_with(|| self.fine(columns.clone()));
                scan(fine, left, first, blocks, pass, false);
            }
        };
        for block in 0..blocks {
            let first = columns.start + block * BLOCK;
            let rows = columns.start..(first + BLOCK).min(columns.end);
            pass.begin(rows.clone(), first..rows.end);
            scan(rows, block..block + 1, pass);
        }
        pass.begin(0..columns.start, columns.clone());
        for first in (0..columns.start).step_by(COLUMNS).rev() {
            let rows = first..(first + COLUMNS).min(columns.start);
            scan(rows, 0..blocks, pass);
        }
    }

    fn fine(&self, columns: Range<usize>) -> Fine<'_, F> {
        let mut fine = Fine {
            sweep: self,
            columns: fine::Columns::default(),
            rows: fine::Rows::default(),
            slack: fine::slack(self.points.dimension()),
        };
        fine.columns
            .fill(self.points, self.frame, &self.order[columns]);
        fine
    }
}

/// The pairs of some rows with some blocks of the columns from `first` on, from the last row on; returns which rows are
/// left when a walk that should be `sparse` turns out to be crowded.
fn scan<P: Pass>(
    look: &mut impl Look,
    rows: Range<usize>,
    first: usize,
    blocks: Range<usize>,
    pass: &mut P,
    sparse: bool,
) -> Range<usize> {
    let mut tile = Tile::new();
    let (mut seen, mut found) = (0, 0);
    for row in rows.clone().step_by(ROWS).rev() {
        if sparse && found > FAIR && found > seen / 8 {
            return rows.start..(row + ROWS).min(rows.end);
        }
        look.turn(row);
        for block in blocks.clone() {
            let first = first + block * BLOCK;
            let limits = pass.limits();
            let limits = Limits {
                rows: array(limits.0, row),
                columns: array(limits.1, first),
            };
            look.compare(block, limits, &mut tile);
            seen += (ROWS * BLOCK) as u32;
            for (at, (&near, squares)) in tile.near.iter().zip(&tile.squares).enumerate() {
                let row = row + at;
                if row >= rows.end {
                    break;
                }
                let mut near = near;
                if row >= first {
                    // Of a block on the diagonal, what lies above it.
                    near &= u64::MAX.checked_shl((row - first) as u32 + 1).unwrap_or(0);
                }
                found += near.count_ones();
                while near != 0 {
                    let column = near.trailing_zeros() as usize;
                    let seen = look.seen(at, block, column, squares[column]);
                    pass.pair(row, first + column, seen);
                    near &= near - 1;
                }
            }
        }
    }
    rows.start..rows.start
}
