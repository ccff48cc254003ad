//! The tree-structured Parzen estimator: asks where the good ones were dense and the others not.

use alma_core::{Digest, Parameter, Settings};

use crate::Draws;

use super::{parzen::Density, space::Space};

/// How many points are drawn at random before densities say anything.
const RANDOM: usize = 10;
/// How many points are drawn from the density of the good ones for each answer.
const DRAWN: usize = 24;
/// The share of points that count as good.
const GOOD: f64 = 0.1;

/// Asks for settings that may score higher than all before, and is told how they did.
///
/// One density an axis, as in Bergstra et al. (2011). Equal seed and history give equal answers.
///
/// # Examples
/// ```
/// use alma_core::{Digest, Parameter};
/// use alma_meta::Tpe;
/// let x = Parameter::real("x", -1.0, 1.0, 0.0);
/// let mut search = Tpe::new(&[x.clone()], &Digest::of(b"seed"));
/// for _ in 0..60 {
///     let settings = search.ask();
///     let at = settings.get(&x).as_f64().unwrap_or(0.0);
///     search.tell(&settings, -(at - 0.3).abs());
/// }
/// let (best, _) = search.best().unwrap();
/// assert!((best.get(&x).as_f64().unwrap() - 0.3).abs() < 0.1);
/// ```
#[derive(Debug)]
pub struct Tpe {
    space: Space,
    draws: Draws,
    told: Vec<(Vec<f64>, f64)>,
}

impl Tpe {
    /// A search over the parameters that can take more than one value.
    #[must_use]
    pub fn new(parameters: &[Parameter], seed: &Digest) -> Self {
        Self {
            space: Space::new(parameters),
            draws: Draws::new(seed),
            told: Vec::new(),
        }
    }

    /// Whether there is nothing to search over.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.space.len() == 0
    }

    /// Settings to try next, one value for each parameter that can move.
    pub fn ask(&mut self) -> Settings {
        let point: Vec<f64> = if self.told.len() < RANDOM {
            (0..self.space.len()).map(|_| self.draws.unit()).collect()
        } else {
            let good = (self.told.len() as f64 * GOOD).ceil() as usize;
            let (good, bad) = self.told.split_at(good);
            (0..self.space.len())
                .map(|axis| {
                    let along = |told: &[(Vec<f64>, f64)]| {
                        let points = told.iter().map(|(point, _)| point[axis]);
                        Density::new(self.space.axis(axis), points)
                    };
                    let (good, bad) = (along(good), along(bad));
                    (0..DRAWN)
                        .map(|_| good.draw(&mut self.draws))
                        .map(|at| (good.ln_at(at) - bad.ln_at(at), at))
                        .max_by(|a, b| a.0.total_cmp(&b.0))
                        .map_or(0.5, |(_, at)| at)
                })
                .collect()
        };
        self.space.settings(&point)
    }

    /// Notes how settings scored; higher is better, and what is no number counts as the worst.
    pub fn tell(&mut self, settings: &Settings, score: f64) {
        let score = if score.is_nan() {
            f64::NEG_INFINITY
        } else {
            score
        };
        // Kept best first; of equals the earlier stays ahead.
        let place = self.told.partition_point(|(_, held)| *held >= score);
        self.told.insert(place, (self.space.point(settings), score));
    }

    /// The best that was told, with its score.
    #[must_use]
    pub fn best(&self) -> Option<(Settings, f64)> {
        let (point, score) = self.told.first()?;
        Some((self.space.settings(point), *score))
    }
}
