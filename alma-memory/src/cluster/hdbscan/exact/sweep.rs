//! One walk over pairs of rows, which reports those that bounds cannot rule out.

use std::{
    ops::Range,
    sync::atomic::{AtomicUsize, Ordering},
};

use super::{
    super::{
        distance::Number,
        watch::{Cancelled, Watch},
    },
    Space,
    coded::Coded,
    codes::{self, Codes, Seen},
    fine,
    kernel::{BLOCK, Kernel, Limits, Panel, ROWS, Tile},
};

/// Columns that are packed at once: enough for one walk over the rows, and few enough for a processor's second cache.
pub(super) const COLUMNS: usize = 8 * BLOCK;

/// So many pairs are looked at before a walk is called crowded.
const FAIR: u32 = 8_192;

/// Up to so many pairs of a tile are looked at one by one after heads left them; more are quicker as a tile.
const FEW: u32 = 48;

/// Heads are judged by so many tiles of late, and when found of no use are tried again after so many.
const LATELY: u32 = 128;
const RETRY: u32 = 15;

/// What a walk is for; each thread has one of its own.
pub(super) trait Pass: Send {
    /// The walk comes to pairs of these rows and columns.
    fn begin(&mut self, rows: Range<usize>, columns: Range<usize>);

    /// Limits for the tile that begins with this row and this column: a pair is reported unless its distance, in units of
    /// the codes, is sure to be above the larger of its two. None where no pair of the tile needs a look.
    fn limits(&mut self, row: usize, column: usize) -> Option<Limits<'_>>;

    /// A pair with `row < column`, and what is sure of its distance.
    fn pair(&mut self, row: usize, column: usize, seen: Seen);

    /// All pairs of a tile that were not reported have distances of at least `floor`, in units of the codes.
    fn rest(&mut self, row: usize, column: usize, floor: f32);
}

/// Rows to walk over, and by what means.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sweep<'a, F> {
    pub(super) space: &'a Space<'a, F>,
    /// Which of the points the codes are of, in their order.
    pub(super) order: &'a [u32],
    pub(super) coded: &'a Coded,
}

/// Some columns, packed, and the means to compare rows with them.
trait Look {
    /// Turns to the rows from this one on.
    fn turn(&mut self, row: usize);

    /// Compares the rows turned to with a block of the columns; returns what no distance is below of the pairs that this
    /// rules out.
    fn compare(&mut self, block: usize, limits: Limits<'_>, tile: &mut Tile) -> f32;

    /// What a square of the tile says of a row turned to.
    fn seen(&self, row: usize, block: usize, column: usize, square: f32) -> Seen;
}

/// By codes.
struct Coarse<'a> {
    kernel: Kernel,
    coded: &'a Coded,
    panels: &'a Panels,
    row: usize,
    /// The largest errors of the rows turned to, and of their heads.
    errors: (f32, f32),
    /// How many tiles heads looked at of late, how many of them they settled, and how many passed them by.
    tried: u32,
    settled: u32,
    passed: u32,
}

/// Columns of the whole codes, and of the heads.
#[derive(Default)]
struct Panels {
    whole: Panel,
    heads: Panel,
}

impl Coarse<'_> {
    /// Whether heads settle enough tiles of late to be worth the work; now and then they are tried all the same.
    fn is_worth(&mut self) -> bool {
        let is_worth = 4 * self.settled >= self.tried || self.passed == RETRY;
        self.passed = if is_worth { 0 } else { self.passed + 1 };
        is_worth
    }

    /// Compares heads, and then pair by pair what they leave, if that is little; none when it is too much.
    fn by_heads(
        &mut self,
        heads: &Codes,
        block: usize,
        limits: Limits<'_>,
        tile: &mut Tile,
    ) -> Option<f32> {
        let (kernel, whole) = (self.kernel, &self.coded.whole);
        kernel.compare(heads, self.row, &self.panels.heads, block, limits, tile);
        if self.tried == LATELY {
            self.tried /= 2;
            self.settled /= 2;
        }
        self.tried += 1;
        let left: u32 = tile.near.iter().map(|near| near.count_ones()).sum();
        if left > FEW {
            return None;
        }
        self.settled += 1;
        let error = self.errors.1 + self.panels.heads.error(block);
        let by_heads = codes::floor(tile.least, error);
        let mut least = f32::INFINITY;
        let first = self.panels.whole.first() + block * BLOCK;
        for (at, near) in tile.near.iter_mut().enumerate() {
            let row = self.row + at;
            let mut open = *near;
            while open != 0 {
                let to = open.trailing_zeros() as usize;
                let column = first + to;
                let product = kernel.product(whole.code(row), whole.code(column));
                let square = whole.square(row, column, product);
                tile.squares[at][to] = square;
                let limit = limits.rows[at].max(limits.columns[to]);
                if !whole.is_near(row, column, square, limit) {
                    *near &= !(1 << to);
                    least = least.min(square);
                }
                open &= open - 1;
            }
        }
        Some(by_heads.min(self.floor(least, block)))
    }

    /// What no distance is below whose square is not below this one.
    fn floor(&self, square: f32, block: usize) -> f32 {
        codes::floor(square, self.errors.0 + self.panels.whole.error(block))
    }
}

impl Look for Coarse<'_> {
    fn turn(&mut self, row: usize) {
        self.row = row;
        let error = |codes: &Codes| codes.error_of(row..row + ROWS);
        let heads = self.coded.heads.as_ref().map_or(0.0, error);
        self.errors = (error(&self.coded.whole), heads);
    }

    fn compare(&mut self, block: usize, limits: Limits<'_>, tile: &mut Tile) -> f32 {
        if let Some(heads) = &self.coded.heads
            && self.is_worth()
            && let Some(floor) = self.by_heads(heads, block, limits, tile)
        {
            return floor;
        }
        let panel = &self.panels.whole;
        self.kernel
            .compare(&self.coded.whole, self.row, panel, block, limits, tile);
        self.floor(tile.least, block)
    }

    fn seen(&self, row: usize, block: usize, column: usize, square: f32) -> Seen {
        let column = self.panels.whole.first() + block * BLOCK + column;
        self.coded.whole.seen(self.row + row, column, square)
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
        self.rows
            .fill(self.sweep.space.points, self.sweep.space.frame, order);
    }

    fn compare(&mut self, block: usize, limits: Limits<'_>, tile: &mut Tile) -> f32 {
        let kernel = self.sweep.space.points.kernel();
        kernel.compare_finely(&self.rows, &self.columns, block, self.slack, limits, tile);
        let largest = |errors: &[f32]| errors.iter().copied().fold(0.0, f32::max);
        let errors = largest(&self.rows.errors) + largest(&self.columns.errors[block]);
        codes::floor(tile.least, errors)
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
    ///
    /// Pairs of rows that stand close in the order come first, since there the nearest are likely to be, and what is
    /// found early rules out more later.
    ///
    /// # Errors
    /// `Cancelled` when the watcher stops it.
    pub(super) fn run<P: Pass>(
        &self,
        from: usize,
        watch: Watch<'_>,
        pass: impl Fn() -> P + Sync,
    ) -> Result<Vec<P>, Cancelled> {
        let len = self.coded.whole.len();
        let parts = (len - from).div_ceil(COLUMNS);
        let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let all = (len - from) * (len + from) / 2;
        let work = || {
            let mut pass = pass();
            let mut panels = Panels::default();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                if at >= 2 * parts {
                    return Ok(pass);
                }
                // Columns among themselves, and then with all before them, the most work first.
                let (part, among) = if at < parts {
                    (at, true)
                } else {
                    (2 * parts - 1 - at, false)
                };
                let first = from + part * COLUMNS;
                let columns = first..(first + COLUMNS).min(len);
                let width = columns.len();
                let pairs = if among {
                    width * width / 2
                } else {
                    first * width
                };
                self.visit(columns, among, &mut panels, &mut pass);
                let done = pairs + done.fetch_add(pairs, Ordering::Relaxed);
                if watch.tell((done as f64 / all as f64).min(1.0)).is_err() {
                    // Nobody takes another part.
                    next.store(2 * parts, Ordering::Relaxed);
                    return Err(Cancelled);
                }
            }
        };
        std::thread::scope(|scope| {
            // Where the system has no more threads, those that came share the work.
            let others: Vec<_> = (1..self.space.threads.min(parts))
                .map_while(|_| std::thread::Builder::new().spawn_scoped(scope, work).ok())
                .collect();
            let mut found = vec![work()];
            for other in others {
                match other.join() {
                    Ok(pass) => found.push(pass),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            found.into_iter().collect()
        })
    }

    /// The pairs of some columns: those `among` themselves, or those with the rows before, nearest first.
    fn visit<P: Pass>(
        &self,
        columns: Range<usize>,
        among: bool,
        panels: &mut Panels,
        pass: &mut P,
    ) {
        let blocks = columns.len().div_ceil(BLOCK);
        let kernel = self.space.points.kernel();
        kernel.pack(&self.coded.whole, columns.start, blocks, &mut panels.whole);
        if let Some(heads) = &self.coded.heads {
            kernel.pack(heads, columns.start, blocks, &mut panels.heads);
        }
        let mut coarse = Coarse {
            kernel,
            coded: self.coded,
            panels,
            row: 0,
            errors: (0.0, 0.0),
            tried: 0,
            settled: 0,
            passed: 0,
        };
        let mut fine = None;
        // In rows of millions of numbers single precision loses count.
        let is_finer = fine::slack(self.space.points.dimension()) < 0.25;
        let mut scan = |rows: Range<usize>, blocks: Range<usize>, pass: &mut P| {
            let first = columns.start;
            let left = scan(&mut coarse, rows, first, blocks.clone(), pass, is_finer);
            if !left.is_empty() {
                let fine = fine.get_or_insert_with(|| self.fine(columns.clone()));
                scan(fine, left, first, blocks, pass, false);
            }
        };
        if among {
            for block in 0..blocks {
                let first = columns.start + block * BLOCK;
                let rows = columns.start..(first + BLOCK).min(columns.end);
                pass.begin(rows.clone(), first..rows.end);
                scan(rows, block..block + 1, pass);
            }
        } else {
            pass.begin(0..columns.start, columns.clone());
            for first in (0..columns.start).step_by(COLUMNS).rev() {
                let rows = first..(first + COLUMNS).min(columns.start);
                scan(rows, 0..blocks, pass);
            }
        }
    }

    fn fine(&self, columns: Range<usize>) -> Fine<'_, F> {
        let mut fine = Fine {
            sweep: self,
            columns: fine::Columns::default(),
            rows: fine::Rows::default(),
            slack: fine::slack(self.space.points.dimension()),
        };
        fine.columns
            .fill(self.space.points, self.space.frame, &self.order[columns]);
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
            let Some(limits) = pass.limits(row, first) else {
                continue;
            };
            let floor = look.compare(block, limits, &mut tile);
            seen += (ROWS * BLOCK) as u32;
            pass.rest(row, first, floor);
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
