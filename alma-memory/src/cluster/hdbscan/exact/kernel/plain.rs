//! The kernel that every machine has.

use super::{BLOCK, Codes, Columns, Limits, ROWS, Tile};

/// Codes in sixteen bits, which is what processors without wider means multiply and add in pairs.
pub(super) fn pack(codes: &Codes, first: usize, blocks: usize, words: &mut Vec<i16>) {
    words.clear();
    for column in first..first + blocks * BLOCK {
        words.extend(codes.code(column).iter().map(|&code| i16::from(code)));
    }
}

pub(super) fn compare(
    codes: &Codes,
    row: usize,
    words: &[i16],
    block: usize,
    columns: Columns<'_>,
    limits: Limits<'_>,
    tile: &mut Tile,
) {
    let width = codes.width();
    let panel = &words[block * BLOCK * width..(block + 1) * BLOCK * width];
    for at in 0..ROWS {
        let ours = codes.code(row + at);
        let scale = -2.0 * codes.scales()[row + at];
        let (own, error) = (codes.squares()[row + at], codes.errors()[row + at]);
        let squares = &mut tile.squares[at];
        for (to, theirs) in panel.chunks_exact(width).enumerate() {
            let products = ours.iter().zip(theirs);
            let dot: i32 = products.map(|(&x, &y)| i32::from(x) * i32::from(y)).sum();
            squares[to] = own + columns.squares[to] + scale * columns.scales[to] * dot as f32;
        }
        let mut flags = [false; BLOCK];
        for (to, flag) in flags.iter_mut().enumerate() {
            let limit = limits.rows[at].max(limits.columns[to]);
            // Rounded up: the sum of three and the square lose less than this.
            let reach = (limit + error + columns.errors[to]) * (1.0 + 1e-6);
            *flag = squares[to] <= reach * reach;
        }
        let bits = flags.iter().rev();
        tile.near[at] = bits.fold(0, |bits, &flag| bits << 1 | u64::from(flag));
    }
}
