//! Products of codes, tile by tile: the one inner loop.

mod plain;

use super::codes::{BLOCK, Codes};

/// Rows of a tile.
pub(super) const ROWS: usize = 8;

/// The dot products of the codes of `ROWS` rows from the first place on with those of a block of columns from the second
/// place on.
pub(super) type Dots = fn(&Codes, usize, usize, &mut [[i32; BLOCK]; ROWS]);

/// The fastest kernel of this machine.
pub(super) fn fastest() -> Dots {
    plain::dots
}
