//! The heaviest edge of a tree between any two of its leaves, in their order: a maximum over a range.

/// Leaves of a block, whose maximum stands for them.
const BLOCK: usize = 32;

/// Maxima over ranges.
#[derive(Debug, Default)]
pub(super) struct Heights {
    /// By leaf, the heaviest edge on the way to the next one.
    single: Vec<f64>,
    /// By leaf, the maximum over those of its block before it, and over the others.
    before: Vec<f64>,
    after: Vec<f64>,
    /// By power of two, and by block: the maximum over so many blocks from there on.
    blocks: Vec<Vec<f64>>,
}

impl Heights {
    pub(super) fn new(heights: &[f64]) -> Self {
        let largest = |part: &[f64]| part.iter().copied().fold(0.0, f64::max);
        let mut blocks = vec![heights.chunks(BLOCK).map(largest).collect::<Vec<f64>>()];
        let count = blocks[0].len();
        let mut step = 1;
        while 2 * step <= count {
            let last = &blocks[blocks.len() - 1];
            let next = last.iter().zip(&last[step..]);
            blocks.push(next.map(|(a, b)| a.max(*b)).collect());
            step *= 2;
        }
        let (mut before, mut after) = (heights.to_vec(), heights.to_vec());
        for block in before.chunks_mut(BLOCK) {
            let mut largest = 0.0_f64;
            for height in block {
                largest = largest.max(std::mem::replace(height, largest));
            }
        }
        for block in after.chunks_mut(BLOCK) {
            let mut largest = 0.0_f64;
            for height in block.iter_mut().rev() {
                largest = largest.max(*height);
                *height = largest;
            }
        }
        Self {
            single: heights.to_vec(),
            before,
            after,
            blocks,
        }
    }

    /// The heaviest edge on the tree's way between two leaves; 0 from a leaf to itself.
    pub(super) fn between(&self, a: u32, b: u32) -> f64 {
        let (from, to) = (a.min(b) as usize, a.max(b) as usize);
        let (first, last) = (from / BLOCK, to / BLOCK);
        if first == last {
            let between = self.single[from..to].iter();
            return between.copied().fold(0.0, f64::max);
        }
        let ends = self.after[from].max(self.before[to]);
        if first + 1 == last {
            return ends;
        }
        let power = (last - first - 1).ilog2() as usize;
        let row = &self.blocks[power];
        ends.max(row[first + 1]).max(row[last - (1 << power)])
    }
}
