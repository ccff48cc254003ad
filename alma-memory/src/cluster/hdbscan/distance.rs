//! The distances that leave the engine: the same bits from every kernel and on every machine.

/// Terms are added in this many lanes, so that vector units and plain code add in one order.
const LANES: usize = 32;

/// A number of the input, exactly as f64.
pub(super) trait Number: Copy + PartialOrd + Into<f64> + Send + Sync {}

impl<T: Copy + PartialOrd + Into<f64> + Send + Sync> Number for T {}

/// The Euclidean distance: squares of differences in f64 over 32 fixed lanes, multiplied and then
/// added (never fused), folded by halves. Inlined, so that a kernel may compile it for its processor.
#[inline(always)]
pub(super) fn euclidean<F: Number>(a: &[F], b: &[F]) -> f64 {
    let mut lanes = [0.0_f64; LANES];
    let (a_blocks, b_blocks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let (a_rest, b_rest) = (a_blocks.remainder(), b_blocks.remainder());
    for (a, b) in a_blocks.zip(b_blocks) {
        add_squares(&mut lanes, a, b);
    }
    add_squares(&mut lanes, a_rest, b_rest);
    folded(lanes).sqrt()
}

/// The sum of the differences of each number, over the same lanes.
pub(super) fn manhattan<F: Number>(a: &[F], b: &[F]) -> f64 {
    let mut lanes = [0.0_f64; LANES];
    for (a, b) in a.chunks(LANES).zip(b.chunks(LANES)) {
        for ((lane, &x), &y) in lanes.iter_mut().zip(a).zip(b) {
            let difference: f64 = x.into() - y.into();
            *lane += difference.abs();
        }
    }
    folded(lanes)
}

/// The sum of all lanes, by halves.
#[inline(always)]
fn folded(mut lanes: [f64; LANES]) -> f64 {
    let mut width = LANES;
    while width > 1 {
        width /= 2;
        let (low, high) = lanes.split_at_mut(width);
        low.iter_mut()
            .zip(high)
            .for_each(|(low, high)| *low += *high);
    }
    lanes[0]
}

#[inline(always)]
fn add_squares<F: Number>(lanes: &mut [f64; LANES], a: &[F], b: &[F]) {
    for ((lane, &x), &y) in lanes.iter_mut().zip(a).zip(b) {
        let difference: f64 = x.into() - y.into();
        *lane += difference * difference;
    }
}
