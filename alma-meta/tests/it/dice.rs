//! A seeded die, and the pass/fail pairs that simulations draw with it.

/// SplitMix64: one seed, one stream, on every machine.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From 0 to below 1.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// How often each of `0..=n` counts came up by then, for drawing by one number.
fn cumulative(n: u32, p: f64) -> Vec<f64> {
    let mut mass = (1.0 - p).powi(i32::try_from(n).unwrap());
    let mut sum = mass;
    let mut out = vec![sum];
    for k in 0..n {
        mass *= f64::from(n - k) / f64::from(k + 1) * p / (1.0 - p);
        sum += mass;
        out.push(sum);
    }
    out
}

/// Nights of `n` pairs of pass/fail answers: `q` of them flip, the mean difference is `mu`.
pub(crate) struct Pairs {
    n: u32,
    flips: Vec<f64>,
    better: Vec<Vec<f64>>,
}

impl Pairs {
    pub(crate) fn new(n: u32, q: f64, mu: f64) -> Self {
        let up = (q + mu) / 2.0 / q;
        Self {
            n,
            flips: cumulative(n, q),
            better: (0..=n).map(|flips| cumulative(flips, up)).collect(),
        }
    }

    /// One night: how many pairs got better, worse, and stayed.
    pub(crate) fn night(&self, dice: &mut Dice) -> (u64, u64, u64) {
        let draw =
            |table: &[f64], u: f64| table.partition_point(|sum| *sum <= u).min(table.len() - 1);
        let flips = draw(&self.flips, dice.unit());
        let better = draw(&self.better[flips], dice.unit());
        let (flips, better) = (flips as u64, better as u64);
        (better, flips - better, u64::from(self.n) - flips)
    }
}
