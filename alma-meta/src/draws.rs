//! Numbers that follow from a seed, the same on every machine.

use alma_core::Digest;

/// An endless stream of numbers that follows from a seed (SplitMix64).
///
/// # Examples
/// ```
/// use alma_core::Digest;
/// use alma_meta::Draws;
/// let mut draws = Draws::new(&Digest::of(b"world 1"));
/// let word = *draws.pick(&["river", "stone", "cloud"]).unwrap();
/// assert_eq!(Some(&word), Draws::new(&Digest::of(b"world 1")).pick(&["river", "stone", "cloud"]));
/// ```
#[derive(Clone, Debug)]
pub struct Draws(u64);

impl Draws {
    /// The stream of this seed.
    #[must_use]
    pub fn new(seed: &Digest) -> Self {
        Self(seed.number())
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from 0 to below 1.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A whole number from 0 to below `n`; 0 for `n = 0`.
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.bits()) * n as u128) >> 64) as usize
    }

    /// One of `items`; none of none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }

    /// Brings `items` into a drawn order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }

    /// A number from the standard normal distribution.
    pub fn normal(&mut self) -> f64 {
        // 1 - unit() is never zero, so the logarithm is finite.
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }
}
