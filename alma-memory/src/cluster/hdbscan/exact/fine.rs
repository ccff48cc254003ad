//! A finer look, for tiles of which codes rule out too little: differences in single precision, column by column.
//!
//! Eight bits of the largest magnitude tell nothing apart within clumps that lie far apart compared with their width.
//! A sum of squared differences has an error that shrinks with the distance, whatever the magnitudes.

use super::{
    super::spanning::Points,
    Number,
    codes::{FLOOR, Frame, above},
    kernel::{BLOCK, ROWS},
};

/// Columns in single precision, in units of the codes.
#[derive(Debug, Default)]
pub(super) struct Columns {
    /// By block and by number, those of 64 columns.
    pub(super) numbers: Vec<[f32; BLOCK]>,
    /// By column, how much single precision loses of it.
    pub(super) errors: Vec<[f32; BLOCK]>,
}

/// Rows in single precision, in units of the codes.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) numbers: Vec<f32>,
    pub(super) errors: [f32; ROWS],
}

/// What the squares of differences lose at most, as a share: the rounding of each difference, of its square, and of
/// each sum.
pub(super) fn slack(dimension: usize) -> f32 {
    (dimension as f32 + 8.0) * f32::EPSILON
}

impl Columns {
    pub(super) fn fill<F: Number>(&mut self, points: &Points<'_, F>, frame: &Frame, rows: &[u32]) {
        let dimension = points.dimension();
        let blocks = rows.len().div_ceil(BLOCK);
        self.numbers.clear();
        // What is compared with it is false, so no padding is near anything.
        self.numbers.resize(blocks * dimension, [f32::NAN; BLOCK]);
        self.errors.clear();
        self.errors.resize(blocks, [0.0; BLOCK]);
        for (at, &row) in rows.iter().enumerate() {
            let (block, column) = (at / BLOCK, at % BLOCK);
            let numbers = &mut self.numbers[block * dimension..(block + 1) * dimension];
            let to = numbers.iter_mut().map(|number| &mut number[column]);
            self.errors[block][column] = single(points.row(row as usize), frame, to);
        }
    }
}

impl Rows {
    pub(super) fn fill<F: Number>(&mut self, points: &Points<'_, F>, frame: &Frame, rows: &[u32]) {
        let dimension = points.dimension();
        self.numbers.clear();
        self.numbers.resize(ROWS * dimension, f32::NAN);
        for (at, &row) in rows.iter().enumerate() {
            let to = self.numbers[at * dimension..(at + 1) * dimension].iter_mut();
            self.errors[at] = single(points.row(row as usize), frame, to);
        }
    }
}

/// A row in single precision, and the length of what that loses.
fn single<'a, F: Number>(row: &[F], frame: &Frame, to: impl Iterator<Item = &'a mut f32>) -> f32 {
    let mut lost = 0.0_f64;
    for (to, &x) in to.zip(row) {
        let x: f64 = x.into() * frame.unit();
        // What is too large for single precision stays a number; how far off that is counts as lost.
        *to = (x as f32).clamp(f32::MIN, f32::MAX);
        lost += (x - f64::from(*to)).powi(2);
    }
    above(lost.sqrt() * (1.0 + 1e-9) + FLOOR)
}
