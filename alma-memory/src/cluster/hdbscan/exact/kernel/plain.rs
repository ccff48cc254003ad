//! The kernel that every machine has.

use super::{BLOCK, Codes, ROWS};

pub(super) fn dots(codes: &Codes, row: usize, column: usize, out: &mut [[i32; BLOCK]; ROWS]) {
    for (at, line) in out.iter_mut().enumerate() {
        let ours = codes.code(row + at);
        for (to, dot) in line.iter_mut().enumerate() {
            let theirs = codes.code(column + to);
            *dot = ours
                .iter()
                .zip(theirs)
                .map(|(&x, &y)| i32::from(x) * i32::from(y))
                .sum();
        }
    }
}
