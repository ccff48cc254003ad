//! The kernel that every machine has, written so that vector units of any kind do sixteen columns at once.

use super::{BLOCK, Codes, Columns, Limits, ROWS, Tile};

/// With codes up to this, `RUN` products fit in sixteen bits: 8 * 63 * 63 is 31,752.
pub(super) const LARGEST: i8 = 63;
const RUN: usize = 8;

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
    for at in 0..ROWS {
        let products = products(codes.code(row + at), panel);
        let scale = -2.0 * codes.scales()[row + at];
        let (own, error) = (codes.squares()[row + at], codes.errors()[row + at]);
        let squares = &mut tile.squares[at];
        let mut flags = [0_u8; BLOCK];
        for to in 0..BLOCK {
            let dot = products[to] as f32;
            squares[to] = own + columns.squares[to] + scale * columns.scales[to] * dot;
            let limit = limits.rows[at].max(limits.columns[to]);
            // Rounded up: the sum of three and the square lose less than this.
            let reach = (limit + error + columns.errors[to]) * (1.0 + 1e-6);
            flags[to] = u8::from(squares[to] <= reach * reach);
        }
        tile.near[at] = bits(&flags);
    }
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
