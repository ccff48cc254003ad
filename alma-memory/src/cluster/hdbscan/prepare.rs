//! Rows as the engine takes them: finite, with a direction where the metric needs one, and of a
//! size whose squares neither overflow nor vanish.

use std::{borrow::Cow, iter::repeat};

use linfa::Float;

use super::params::{HdbscanError, HdbscanValidParams, Metric, Missing};
use crate::cluster::ClusterError;

/// Magnitudes whose squares f64 holds with room for sums.
const SAFE: std::ops::RangeInclusive<i32> = -400..=400;

/// The rows that have a place in the geometry.
pub(super) struct Prepared<'a, F: Clone> {
    pub(super) numbers: Cow<'a, [F]>,
    /// Where they stand in the input, ascending.
    pub(super) places: Vec<u32>,
    /// Their distances times two to this power are those of the input.
    pub(super) exponent: i32,
    /// How many rows have numbers that are not finite.
    pub(super) missing: usize,
    /// How many have no direction where the metric asks for one.
    pub(super) directionless: usize,
}

/// Checks rows of `dimension` numbers, of which there are `len`, and prepares them for the metric.
///
/// # Errors
/// `NotFinite` and `Directionless`, where those are refused, name the first such place.
pub(super) fn prepare<'a, F: Float + Into<f64>>(
    numbers: &'a [F],
    dimension: usize,
    len: usize,
    params: &HdbscanValidParams,
) -> Result<Prepared<'a, F>, HdbscanError> {
    let bad = numbers.iter().position(|number| !number.is_finite());
    let all = match bad {
        None => Prepared {
            numbers: Cow::Borrowed(numbers),
            places: (0..len as u32).collect(),
            exponent: 0,
            missing: 0,
            directionless: 0,
        },
        Some(_) if params.missing == Missing::Noise => finite(numbers, dimension),
        Some(at) => {
            let (row, column) = (at / dimension, at % dimension);
            return Err(ClusterError::NotFinite { row, column }.into());
        }
    };
    Ok(match params.metric {
        Metric::Euclidean | Metric::Manhattan => scaled(all),
        Metric::Cosine => {
            let rows = directions(&all, dimension);
            if params.directionless == Missing::Reject && rows.directionless > 0 {
                let mut places = all
                    .places
                    .iter()
                    .zip(rows.places.iter().map(Some).chain(repeat(None)));
                let first = places.find(|(place, kept)| Some(*place) != *kept);
                return Err(HdbscanError::Directionless(
                    first.map_or(0, |(&row, _)| row as usize),
                ));
            }
            rows
        }
    })
}

/// The rows whose numbers are all finite.
fn finite<F: Float>(numbers: &[F], dimension: usize) -> Prepared<'static, F> {
    let rows = || (0..).zip(numbers.chunks_exact(dimension.max(1)));
    let whole = |(_, row): &(u32, &[F])| row.iter().all(|number| number.is_finite());
    let places: Vec<u32> = rows().filter(whole).map(|(place, _)| place).collect();
    let kept = rows().filter(whole).flat_map(|(_, row)| row);
    Prepared {
        numbers: Cow::Owned(kept.copied().collect()),
        missing: numbers.len() / dimension.max(1) - places.len(),
        places,
        exponent: 0,
        directionless: 0,
    }
}

/// Scales by a power of two, which changes no digit that counts beside the largest, when squares would leave the range of f64.
fn scaled<F: Float + Into<f64>>(mut rows: Prepared<'_, F>) -> Prepared<'_, F> {
    let exponent = unit(&rows.numbers);
    if exponent != 0 {
        for number in rows.numbers.to_mut() {
            *number = F::cast(shift((*number).into(), -exponent));
        }
        rows.exponent = exponent;
    }
    rows
}

/// The power of two that numbers are divided by so that their squares stay within the range of f64.
pub(super) fn unit<F: Float + Into<f64>>(numbers: &[F]) -> i32 {
    let exponent = magnitude(numbers);
    if SAFE.contains(&exponent) {
        0
    } else {
        exponent
    }
}

/// The rows brought to length 1, without those that have no direction.
fn directions<F: Float + Into<f64>>(
    rows: &Prepared<'_, F>,
    dimension: usize,
) -> Prepared<'static, F> {
    let mut out = Prepared {
        numbers: Cow::Owned(Vec::with_capacity(rows.numbers.len())),
        places: Vec::with_capacity(rows.places.len()),
        exponent: 0,
        missing: rows.missing,
        directionless: 0,
    };
    for (row, place) in rows
        .numbers
        .chunks_exact(dimension.max(1))
        .zip(&rows.places)
    {
        match direction(row) {
            Some(unit) => out.numbers.to_mut().extend(unit),
            None => continue,
        }
        out.places.push(*place);
    }
    out.directionless = rows.places.len() - out.places.len();
    out
}

/// A row brought to length 1; none when it has no direction.
pub(in crate::cluster) fn direction<F: Float + Into<f64>>(row: &[F]) -> Option<Vec<F>> {
    if row.iter().all(|number| *number == F::zero()) {
        return None;
    }
    let exponent = magnitude(row);
    let even = |number: &F| shift((*number).into(), -exponent);
    let norm = row.iter().map(even).map(|x| x * x).sum::<f64>().sqrt();
    Some(
        row.iter()
            .map(|number| F::cast(even(number) / norm))
            .collect(),
    )
}

/// The exponent that brings the largest magnitude into [0.5, 1); 0 when all are zero.
fn magnitude<F: Float + Into<f64>>(numbers: &[F]) -> i32 {
    let largest = numbers
        .iter()
        .map(|number| (*number).into().abs())
        .fold(0.0, f64::max);
    if largest == 0.0 {
        return 0;
    }
    // Subnormal numbers carry their exponent in their digits.
    let (normal, lifted) = if largest < f64::MIN_POSITIVE {
        (largest * (1_u64 << 54) as f64, 54)
    } else {
        (largest, 0)
    };
    ((normal.to_bits() >> 52) & 0x7ff) as i32 - 1022 - lifted
}

/// A number times two to a power, exact while the result is normal.
pub(super) fn shift(number: f64, power: i32) -> f64 {
    let half = power / 2;
    number * 2.0_f64.powi(half) * 2.0_f64.powi(power - half)
}
