//! The kernel that every machine has, written so that vector units of any kind do sixteen columns at once.

use super::{BLOCK, Codes, Columns, HEAD, Limits, ROWS, Tile, fine};

/// With codes up to this, `RUN` products fit in sixteen bits: 8 * 63 * 63 is 31,752.
pub(super) const LARGEST: i8 = 63;
const RUN: usize = 8;

/// The least of squares is sought in so many lanes.
const LANES: usize = 16;

/// By block and by code, those of 64 columns, in sixteen bits.
pub(super) fn pack(codes: &Codes, first: usize, blocks: usize, words: &mut Vec<[i16; BLOCK]>) {
    let width = codes.width();
    words.resize(blocks * width, [0; BLOCK]);
    for (at, block) in words.chunks_exact_mut(width).take(blocks).enumerate() {
        for column in 0..BLOCK {
            let codes = codes.code(first + at * BLOCK + column);
            for (to, &code) in block.iter_mut().zip(codes) {
                to[column] = i16::from(code);
            }
        }
    }
}

pub(super) fn compare(
    codes: &Codes,
    row: usize,
    words: &[[i16; BLOCK]],
    block: usize,
    columns: Columns<'_>,
    limits: Limits<'_>,
    tile: &mut Tile,
) {
    let width = codes.width();
    let panel = &words[block * width..(block + 1) * width];
    tile.least = f32::INFINITY;
    for at in 0..ROWS {
        let products = products(codes.code(row + at), panel);
        let scale = -2.0 * codes.scales()[row + at];
        let (own, error) = (codes.squares()[row + at], codes.errors()[row + at]);
        let squares = &mut tile.squares[at];
        for to in 0..BLOCK {
            let dot = products[to] as f32;
            squares[to] = own + columns.squares[to] + scale * columns.scales[to] * dot;
        }
        let limits = (limits.rows[at], limits.columns);
        tile.near[at] = near(squares, limits, (error, columns.errors), &mut tile.least);
    }
}

/// Compares rows in single precision with one block of columns. Inlined, so that a kernel may compile it for its
/// processor.
#[inline(always)]
pub(super) fn compare_finely(
    rows: &fine::Rows,
    columns: &fine::Columns,
    block: usize,
    slack: f32,
    limits: Limits<'_>,
    tile: &mut Tile,
) {
    let dimension = rows.numbers.len() / ROWS;
    let numbers = &columns.numbers[block * dimension..(block + 1) * dimension];
    tile.least = f32::INFINITY;
    for at in 0..ROWS {
        let ours = &rows.numbers[at * dimension..(at + 1) * dimension];
        let mut sums = [0.0_f32; BLOCK];
        for (&x, theirs) in ours.iter().zip(numbers) {
            for (sum, &y) in sums.iter_mut().zip(theirs) {
                *sum += (x - y) * (x - y);
            }
        }
        let squares = &mut tile.squares[at];
        for (square, sum) in squares.iter_mut().zip(sums) {
            *square = sum * (1.0 - slack);
        }
        let limits = (limits.rows[at], limits.columns);
        let errors = (rows.errors[at], &columns.errors[block]);
        tile.near[at] = near(squares, limits, errors, &mut tile.least);
    }
}

/// Which lowered squares may be within reach, a bit each; `least` falls to the smallest of the others.
#[inline(always)]
fn near(
    squares: &[f32; BLOCK],
    (limit, limits): (f32, &[f32; BLOCK]),
    (error, errors): (f32, &[f32; BLOCK]),
    least: &mut f32,
) -> u64 {
    let mut flags = [0_u8; BLOCK];
    let mut far = [f32::INFINITY; LANES];
    for at in 0..BLOCK {
        // Rounded up: the sum of three and the square lose less than this.
        let reach = (limit.max(limits[at]) + error + errors[at]) * (1.0 + 1e-6);
        let is_near = squares[at] <= reach * reach;
        flags[at] = u8::from(is_near);
        // What is no number, as beyond the last row, is not the least.
        let square = if is_near { f32::INFINITY } else { squares[at] };
        far[at % LANES] = if square < far[at % LANES] {
            square
        } else {
            far[at % LANES]
        };
    }
    *least = far.into_iter().fold(*least, f32::min);
    bits(&flags)
}

/// The products of a row with 64 columns.
fn products(row: &[i8], panel: &[[i16; BLOCK]]) -> [i32; BLOCK] {
    let mut sums = [0_i32; BLOCK];
    for (codes, columns) in row
        .as_chunks::<RUN>()
        .0
        .iter()
        .zip(panel.as_chunks::<RUN>().0)
    {
        let mut run = [0_i16; BLOCK];
        for (&code, column) in codes.iter().zip(columns) {
            for (sum, &theirs) in run.iter_mut().zip(column) {
                *sum = sum.wrapping_add(i16::from(code).wrapping_mul(theirs));
            }
        }
        for (sum, &run) in sums.iter_mut().zip(&run) {
            *sum += i32::from(run);
        }
    }
    sums
}

/// Eight flags to eight bits at a time: in the product each flag's bit lands in the highest byte.
fn bits(flags: &[u8; BLOCK]) -> u64 {
    let eights = flags.as_chunks::<8>().0.iter().rev();
    eights.fold(0, |bits, &eight| {
        let gathered = u64::from_le_bytes(eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        bits << 8 | gathered
    })
}

/// The product of two rows of codes.
#[inline(always)]
pub(super) fn product(a: &[i8], b: &[i8]) -> i32 {
    let products = a.iter().zip(b).map(|(&x, &y)| i32::from(x) * i32::from(y));
    products.sum()
}

/// The sum of rows, each with its weight. Inlined, so that a kernel may compile it for its processor.
#[inline(always)]
pub(super) fn combine(weights: &[f32], rows: &[[f32; HEAD]]) -> [f32; HEAD] {
    let mut out = [0.0; HEAD];
    for (&weight, row) in weights.iter().zip(rows) {
        for (sum, &x) in out.iter_mut().zip(row) {
            *sum += weight * x;
        }
    }
    out
}
