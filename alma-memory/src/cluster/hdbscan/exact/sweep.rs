//! One walk over all pairs of rows, which reports those that bounds cannot rule out.

use std::ops::Range;

use super::{
    codes::{BLOCK, Codes},
    kernel::{Dots, ROWS},
};

/// What a walk is for.
pub(super) trait Pass {
    /// The walk comes to pairs with these columns; `rows` and `columns` may change meanwhile.
    fn begin(&mut self, columns: Range<usize>);

    /// Limits by row and by column: a pair is reported unless its distance, in units of the codes, is sure to be
    /// above the larger of its two.
    fn limits(&self) -> (&[f32], &[f32]);

    /// A pair with `row < column`, and the squared distance of its codes.
    fn pair(&mut self, row: usize, column: usize, square: f32);
}

/// Walks over every pair once, in tiles.
pub(super) fn sweep(codes: &Codes, dots: Dots, pass: &mut impl Pass) {
    let mut tile = [[0_i32; BLOCK]; ROWS];
    for first in (0..codes.len()).step_by(BLOCK) {
        pass.begin(first..(first + BLOCK).min(codes.len()));
        for start in (0..first + BLOCK).step_by(ROWS) {
            dots(codes, start, first, &mut tile);
            for (row, dots) in (start..).zip(&tile) {
                let mut near = near(codes, row, first, dots, pass.limits());
                if row >= first {
                    // Of the block on the diagonal, what lies above it.
                    near &= u64::MAX.checked_shl((row - first) as u32 + 1).unwrap_or(0);
                }
                while near != 0 {
                    let column = first + near.trailing_zeros() as usize;
                    let square = square(codes, row, column, dots[column - first]);
                    pass.pair(row, column, square);
                    near &= near - 1;
                }
            }
        }
    }
}

/// Which columns of a block cannot be ruled out, a bit each.
#[inline(always)]
fn near(
    codes: &Codes,
    row: usize,
    first: usize,
    dots: &[i32; BLOCK],
    limits: (&[f32], &[f32]),
) -> u64 {
    let columns = first..first + BLOCK;
    let (limit, limits) = (limits.0[row], &limits.1[columns.clone()]);
    let (scales, squares) = (
        &codes.scales()[columns.clone()],
        &codes.squares()[columns.clone()],
    );
    let errors = &codes.errors()[columns];
    let (scale, own, error) = (
        -2.0 * codes.scales()[row],
        codes.squares()[row],
        codes.errors()[row],
    );
    let mut flags = [0_u8; BLOCK];
    for at in 0..BLOCK {
        let square = own + squares[at] + scale * scales[at] * dots[at] as f32;
        // Rounded up: the sum of three and the square lose less than this.
        let reach = (limit.max(limits[at]) + error + errors[at]) * (1.0 + 1e-6);
        flags[at] = u8::from(square <= reach * reach);
    }
    flags
        .iter()
        .rev()
        .fold(0, |bits, &flag| bits << 1 | u64::from(flag))
}

#[inline(always)]
fn square(codes: &Codes, row: usize, column: usize, dot: i32) -> f32 {
    let (scales, squares) = (codes.scales(), codes.squares());
    squares[row] + squares[column] - 2.0 * scales[row] * scales[column] * dot as f32
}
