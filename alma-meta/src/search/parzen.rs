//! A density over one axis, made of the points that were tried.

use crate::Draws;

use super::space::Axis;

/// A mixture of bumps at points, with one wide bump that keeps every place possible.
///
/// On a line the width of a bump is the distance to its farther neighbour (Bergstra et
/// al., "Algorithms for hyper-parameter optimization", 2011), within bounds; among
/// places without order it is a histogram with one count for each place.
pub(super) enum Density {
    Line { bumps: Vec<(f64, f64)> },
    Places { weights: Vec<f64> },
}

impl Density {
    pub(super) fn new(axis: Axis, points: impl IntoIterator<Item = f64>) -> Self {
        match axis {
            Axis::Line => Self::line(points.into_iter().collect()),
            Axis::Places(n) => {
                let mut weights = vec![1.0; n];
                for point in points {
                    weights[((point * n as f64) as usize).min(n - 1)] += 1.0;
                }
                let sum: f64 = weights.iter().sum();
                weights.iter_mut().for_each(|weight| *weight /= sum);
                Self::Places { weights }
            }
        }
    }

    fn line(mut points: Vec<f64>) -> Self {
        points.sort_by(f64::total_cmp);
        // Narrow enough to end a search, wide enough to go on with it.
        let least = 1.0 / (points.len() as f64 + 1.0).min(100.0);
        let mut bumps = vec![(0.5, 1.0)];
        for (i, point) in points.iter().enumerate() {
            let left = point - if i > 0 { points[i - 1] } else { 0.0 };
            let right = points.get(i + 1).copied().unwrap_or(1.0) - point;
            bumps.push((*point, left.max(right).clamp(least, 1.0)));
        }
        Self::Line { bumps }
    }

    pub(super) fn draw(&self, draws: &mut Draws) -> f64 {
        match self {
            Self::Line { bumps } => {
                let (mean, width) = draws.pick(bumps).copied().unwrap_or((0.5, 1.0));
                // A bump reaches over the edge: draw until inside, and give up on the edge.
                (0..100)
                    .map(|_| mean + width * draws.normal())
                    .find(|at| (0.0..1.0).contains(at))
                    .unwrap_or(mean)
            }
            Self::Places { weights } => {
                let mut left = draws.unit();
                let place = weights.iter().position(|weight| {
                    left -= weight;
                    left < 0.0
                });
                (place.unwrap_or(0) as f64 + 0.5) / weights.len() as f64
            }
        }
    }

    pub(super) fn ln_at(&self, at: f64) -> f64 {
        match self {
            Self::Line { bumps } => {
                let sum: f64 = bumps
                    .iter()
                    .map(|(mean, width)| bump(*mean, *width, at))
                    .sum();
                (sum / bumps.len() as f64).ln()
            }
            Self::Places { weights } => {
                weights[((at * weights.len() as f64) as usize).min(weights.len() - 1)].ln()
            }
        }
    }
}

/// The normal density cut to [0, 1].
fn bump(mean: f64, width: f64, at: f64) -> f64 {
    let z = (at - mean) / width;
    let inside = below((1.0 - mean) / width) - below(-mean / width);
    (-0.5 * z * z).exp() / (width * std::f64::consts::TAU.sqrt() * inside)
}

/// The normal distribution function, to about 1e-7 (Abramowitz and Stegun 7.1.26).
fn below(z: f64) -> f64 {
    let x = z.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let poly = t
        * (0.254_829_592
            + t * (-0.284_496_736
                + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429))));
    let erf = 1.0 - poly * (-x * x).exp();
    0.5 * (1.0 + erf.copysign(z))
}
