//! What one walk over all pairs learns for the next: by tile, what none of its distances is below.

use std::sync::atomic::{AtomicU16, Ordering};

use super::{
    kernel::{BLOCK, ROWS},
    sweep::COLUMNS,
};

/// Row tiles of as many rows as there are columns in a walk.
const TALL: usize = COLUMNS.div_ceil(ROWS);
const BLOCKS: usize = COLUMNS / BLOCK;

/// Floors are single precision without its lowest bits, less the bits of the smallest one that is told from zero.
const DROPPED: u32 = 13;
const SMALLEST: u32 = 0x3800_0000;

/// Floors of a walk from the first row on.
#[derive(Debug)]
pub(super) struct Floors {
    /// By part of the columns, by block, by row tile. A tile belongs to one thread; the walk's end hands them over.
    tiles: Vec<AtomicU16>,
}

impl Floors {
    /// None known yet, for so many rows; none at all where they would take more than `bytes`.
    pub(super) fn new(len: usize, bytes: usize) -> Option<Self> {
        let count = tiles_before(len.div_ceil(COLUMNS));
        let tiles = (0..count).map(|_| AtomicU16::new(0));
        (count <= bytes / size_of::<u16>()).then(|| Self {
            tiles: tiles.collect(),
        })
    }

    /// The number of the tile that begins with this row and this column.
    pub(super) const fn tile(row: usize, column: usize) -> usize {
        let part = column / COLUMNS;
        let block = column % COLUMNS / BLOCK;
        tiles_before(part) + block * TALL * (part + 1) + row_tile(row)
    }

    /// No distance of this tile is below `floor`.
    pub(super) fn set(&self, tile: usize, floor: f32) {
        let bits = floor.to_bits().saturating_sub(SMALLEST) >> DROPPED;
        let bits = u16::try_from(bits).unwrap_or(u16::MAX);
        self.tiles[tile].store(bits, Ordering::Relaxed);
    }

    /// What no distance of this tile is below.
    pub(super) fn get(&self, tile: usize) -> f32 {
        match self.tiles[tile].load(Ordering::Relaxed) {
            0 => 0.0,
            bits => f32::from_bits((u32::from(bits) << DROPPED) + SMALLEST),
        }
    }
}

/// The number of the row tile that a walk from the first row on meets this row in.
const fn row_tile(row: usize) -> usize {
    row / COLUMNS * TALL + row % COLUMNS / ROWS
}

const fn tiles_before(part: usize) -> usize {
    BLOCKS * TALL * (part * (part + 1) / 2)
}
