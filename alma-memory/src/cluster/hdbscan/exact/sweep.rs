//! One walk over pairs of rows, which reports those that bounds cannot rule out.

use std::{
    ops::Range,
    sync::atomic::{AtomicUsize, Ordering},
};

use super::{
    codes::Codes,
    kernel::{BLOCK, Kernel, Limits, Panel, ROWS, Tile, array},
};

/// Columns that are packed at once: enough for one walk over the rows, and few enough for a processor's second cache.
const COLUMNS: usize = 8 * BLOCK;

/// What a walk is for; each thread has one of its own.
pub(super) trait Pass: Send {
    /// The walk comes to pairs of these rows and columns. Limits may change now, and for rows and columns of pairs as
    /// they are reported.
    fn begin(&mut self, rows: Range<usize>, columns: Range<usize>);

    /// Limits by row and by column, padded: a pair is reported unless its distance, in units of the codes, is sure to
    /// be above the larger of its two.
    fn limits(&self) -> (&[f32], &[f32]);

    /// A pair with `row < column`, and the squared distance of its codes.
    fn pair(&mut self, row: usize, column: usize, square: f32);
}

/// Rows to walk over, and by what means.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sweep<'a> {
    pub(super) codes: &'a Codes,
    pub(super) kernel: Kernel,
    pub(super) threads: usize,
}

impl Sweep<'_> {
    /// Walks once over every pair whose second row is `from` or behind it; returns what the threads found.
    pub(super) fn run<P: Pass>(self, from: usize, pass: impl Fn() -> P + Sync) -> Vec<P> {
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
    fn visit<P: Pass>(self, columns: Range<usize>, panel: &mut Panel, pass: &mut P) {
        let blocks = columns.len().div_ceil(BLOCK);
        self.kernel.pack(self.codes, columns.start, blocks, panel);
        for block in 0..blocks {
            let first = columns.start + block * BLOCK;
            let end = (first + BLOCK).min(columns.end);
            pass.begin(columns.start..end, first..end);
            self.scan(columns.start..end, panel, block..block + 1, pass);
        }
        let before = 0..columns.start;
        pass.begin(before.clone(), columns);
        self.scan(before, panel, 0..blocks, pass);
    }

    /// The pairs of some rows with some blocks of a panel.
    fn scan<P: Pass>(self, rows: Range<usize>, panel: &Panel, blocks: Range<usize>, pass: &mut P) {
        let mut tile = Tile::new();
        for row in rows.clone().step_by(ROWS).rev() {
            for block in blocks.clone() {
                let first = panel.first() + block * BLOCK;
                let limits = pass.limits();
                let limits = Limits {
                    rows: array(limits.0, row),
                    columns: array(limits.1, first),
                };
                self.kernel
                    .compare(self.codes, row, panel, block, limits, &mut tile);
                for ((row, &near), squares) in (row..rows.end).zip(&tile.near).zip(&tile.squares) {
                    let mut near = near;
                    if row >= first {
                        // Of a block on the diagonal, what lies above it.
                        near &= u64::MAX.checked_shl((row - first) as u32 + 1).unwrap_or(0);
                    }
                    while near != 0 {
                        let column = near.trailing_zeros() as usize;
                        pass.pair(row, first + column, squares[column]);
                        near &= near - 1;
                    }
                }
            }
        }
    }
}
