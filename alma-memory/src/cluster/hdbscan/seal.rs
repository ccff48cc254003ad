//! A number that tells rows and files from others: no defence against forgery.

/// An odd number with even bits, the golden ratio's.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// A checksum of numbers in their order; -0 counts as 0.
pub(super) fn numbers(all: impl IntoIterator<Item = f64>) -> u64 {
    words(all.into_iter().map(|number| (number + 0.0).to_bits()))
}

/// A checksum of words in their order.
///
/// Four sums take turns, since a product waits for the one before it.
pub(super) fn words(all: impl IntoIterator<Item = u64>) -> u64 {
    let (mut sums, mut count) = ([1_u64, 2, 3, 4], 0_u64);
    for word in all {
        let sum = &mut sums[count as usize % 4];
        *sum = (*sum ^ word).wrapping_mul(STEP).rotate_left(29);
        count += 1;
    }
    let whole = sums.into_iter().fold(count, mix);
    mix(whole, count)
}

fn mix(sum: u64, word: u64) -> u64 {
    let sum = (sum ^ word).wrapping_mul(STEP);
    (sum ^ (sum >> 32)).wrapping_mul(STEP)
}
