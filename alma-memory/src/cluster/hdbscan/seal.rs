//! A number that tells rows and files from others: no defence against forgery.

use super::distance::Number;

/// An odd number with even bits, the golden ratio's.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// A checksum of numbers in their order; -0 counts as 0.
pub(super) fn numbers<F: Number>(all: &[F]) -> u64 {
    sum(all, |&number| {
        let number: f64 = number.into();
        (number + 0.0).to_bits()
    })
}

/// A checksum of words in their order.
pub(super) fn words(all: &[u64]) -> u64 {
    sum(all, |&word| word)
}

/// Four sums take turns, since a product waits for the one before it.
fn sum<T>(all: &[T], word: impl Fn(&T) -> u64) -> u64 {
    let mut sums = [1_u64, 2, 3, 4];
    let mut turns = all.chunks_exact(sums.len());
    for turn in &mut turns {
        for (sum, next) in sums.iter_mut().zip(turn) {
            *sum = step(*sum, word(next));
        }
    }
    for (sum, next) in sums.iter_mut().zip(turns.remainder()) {
        *sum = step(*sum, word(next));
    }
    sums.into_iter().fold(all.len() as u64, mix)
}

fn step(sum: u64, word: u64) -> u64 {
    (sum ^ word).wrapping_mul(STEP).rotate_left(29)
}

fn mix(sum: u64, word: u64) -> u64 {
    let sum = (sum ^ word).wrapping_mul(STEP);
    (sum ^ (sum >> 32)).wrapping_mul(STEP)
}
