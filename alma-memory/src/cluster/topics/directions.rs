//! Rows on the sphere around their mean, in an order of their own.

use std::cmp::Ordering;

use linfa::Float;

use crate::cluster::hdbscan::direction;

/// Rows nearer to the mean than this have no direction from it; the rounding of equal rows stays below.
const CENTRAL: f64 = 1e-6;
/// Means are added up in whole numbers of this part of 1, so that no order of rows is left in them.
const GRAIN: f64 = (1_u64 << 31) as f64;

/// Where rows of length 1 are seen from: their mean.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    mean: Vec<f64>,
}

impl Frame {
    fn of(units: &[f32], dimension: usize) -> Self {
        let mut sums = vec![0_i64; dimension];
        for row in units.chunks_exact(dimension.max(1)) {
            for (sum, &x) in sums.iter_mut().zip(row) {
                *sum += (f64::from(x) * GRAIN).round() as i64;
            }
        }
        let rows = units.len() as f64 / dimension.max(1) as f64;
        Self {
            mean: sums.iter().map(|&sum| sum as f64 / GRAIN / rows).collect(),
        }
    }

    /// Turns a row of length 1 into its direction from the mean; returns how far it was, or none
    /// when it was too near.
    fn centre(&self, row: &mut [f32]) -> Option<f64> {
        let centred = |(&x, mean): (&f32, &f64)| f64::from(x) - mean;
        let squares = row.iter().zip(&self.mean).map(centred).map(|x| x * x);
        let length = squares.sum::<f64>().sqrt();
        for (x, mean) in row.iter_mut().zip(&self.mean) {
            // Of the two zeros one, so that equal rows are equal to the bit.
            *x = ((f64::from(*x) - mean) / length) as f32 + 0.0;
        }
        (length > CENTRAL).then_some(length)
    }

    /// A row of the input as the fit would see it; none when it has no direction.
    pub(super) fn seen<F: Float + Into<f64>>(&self, row: &[F]) -> Option<Vec<f32>> {
        let mut row = unit(row)?;
        self.centre(&mut row).map(|_| row)
    }

    /// Adds what rows of one direction were before they were centred.
    pub(super) fn restore(&self, direction: &[f32], length: f64, rows: u32, sum: &mut [f64]) {
        for ((sum, &x), mean) in sum.iter_mut().zip(direction).zip(&self.mean) {
            *sum += f64::from(x) * length + mean * f64::from(rows);
        }
    }
}

/// The distinct directions, sorted by their numbers, so that no order of rows is left in them.
#[derive(Clone, Debug)]
pub(super) struct Directions {
    pub(super) frame: Frame,
    pub(super) dimension: usize,
    pub(super) numbers: Vec<f32>,
    /// By direction, how many rows have it.
    pub(super) counts: Vec<u32>,
    /// By direction, how far its rows are from the mean, all together.
    lengths: Vec<f64>,
    /// By row of the input, its direction.
    pub(super) of_row: Vec<Option<u32>>,
}

impl Directions {
    /// Those of rows of finite numbers.
    pub(super) fn new<F: Float + Into<f64>>(numbers: &[F], dimension: usize, len: usize) -> Self {
        let mut units: Vec<f32> = Vec::with_capacity(numbers.len());
        let mut places: Vec<u32> = Vec::with_capacity(len);
        for (place, row) in (0..).zip(numbers.chunks_exact(dimension.max(1))) {
            if let Some(unit) = unit(row) {
                units.extend(unit);
                places.push(place);
            }
        }
        let frame = Frame::of(&units, dimension);
        let lengths: Vec<Option<f64>> = units
            .chunks_exact_mut(dimension.max(1))
            .map(|row| frame.centre(row))
            .collect();
        let row = |at: u32| &units[at as usize * dimension..(at as usize + 1) * dimension];
        let mut order: Vec<(u32, f64)> = (0..)
            .zip(lengths)
            .filter_map(|(at, length)| Some((at, length?)))
            .collect();
        order.sort_unstable_by(|a, b| compare(row(a.0), row(b.0)).then(a.1.total_cmp(&b.1)));
        let mut out = Self {
            frame,
            dimension,
            numbers: Vec::with_capacity(order.len() * dimension),
            counts: Vec::with_capacity(order.len()),
            lengths: Vec::with_capacity(order.len()),
            of_row: vec![None; len],
        };
        for same in order.chunk_by(|a, b| compare(row(a.0), row(b.0)).is_eq()) {
            for &(at, _) in same {
                out.of_row[places[at as usize] as usize] = Some(out.counts.len() as u32);
            }
            out.numbers.extend_from_slice(row(same[0].0));
            out.counts.push(same.len() as u32);
            out.lengths.push(same.iter().map(|row| row.1).sum());
        }
        out
    }

    pub(super) const fn len(&self) -> usize {
        self.counts.len()
    }

    pub(super) fn row(&self, at: usize) -> &[f32] {
        &self.numbers[at * self.dimension..(at + 1) * self.dimension]
    }

    /// By topic, the sum of the directions of its rows.
    pub(super) fn sums(&self, labels: &[u32], topics: usize) -> Vec<f32> {
        let mut sums = vec![0.0_f32; topics * self.dimension];
        for (at, (&label, &count)) in labels.iter().zip(&self.counts).enumerate() {
            let begin = label as usize * self.dimension;
            let sum = &mut sums[begin..begin + self.dimension];
            for (sum, &x) in sum.iter_mut().zip(self.row(at)) {
                *sum += x * count as f32;
            }
        }
        sums
    }

    /// By topic, its centre: the mean of its rows brought to length 1, as they were before they were
    /// centred.
    pub(super) fn centres(&self, labels: &[Option<u32>], topics: usize) -> Vec<f32> {
        let mut sums = vec![0.0_f64; topics * self.dimension];
        for (at, label) in labels.iter().enumerate() {
            if let Some(label) = label {
                let begin = *label as usize * self.dimension;
                let sum = &mut sums[begin..begin + self.dimension];
                let (length, rows) = (self.lengths[at], self.counts[at]);
                self.frame.restore(self.row(at), length, rows, sum);
            }
        }
        let unit = |sum: &[f64]| {
            let length = sum.iter().map(|x| x * x).sum::<f64>().sqrt();
            let over = if length > 0.0 { length } else { 1.0 };
            sum.iter().map(|x| (x / over) as f32).collect::<Vec<_>>()
        };
        sums.chunks_exact(self.dimension.max(1))
            .flat_map(unit)
            .collect()
    }
}

/// A row brought to length 1; none when it has no direction.
fn unit<F: Float + Into<f64>>(row: &[F]) -> Option<Vec<f32>> {
    let narrow = |x: F| -> f32 {
        let x: f64 = x.into();
        x as f32
    };
    Some(direction(row)?.into_iter().map(narrow).collect())
}

fn compare(a: &[f32], b: &[f32]) -> Ordering {
    let mut orders = a.iter().zip(b).map(|(x, y)| x.total_cmp(y));
    orders
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}
