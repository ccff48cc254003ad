//! Rows in eight bits: what is sure of a distance without computing it.

use super::{super::spanning::Points, Number};

/// Rows are padded with zeros to whole blocks of this many codes, and there are whole blocks of rows.
pub(super) const BLOCK: usize = 64;

/// The largest code that fits in eight bits; in very wide rows it is smaller, so that a sum of products fits in 32.
const LARGEST: f64 = 127.0;

/// Below this share of the largest magnitude, single precision tells no distances apart.
const FLOOR: f64 = 1e-17;

/// Lowers squared lengths by more than the rounding of a sum of three terms can raise them.
const ROUNDING: f64 = 4e-6;

/// Rows as codes, in an order of their own.
///
/// Row `i` less the mean of all rows is `scale * code + rest`, and `error` bounds the length of the
/// rest. By the triangle inequality the distance of two rows differs from that of their scaled
/// codes by at most the sum of their errors, which grow with how much rows spread and not with how
/// far they lie from zero.
#[derive(Debug)]
pub(super) struct Codes {
    len: usize,
    width: usize,
    codes: Vec<i8>,
    scales: Vec<f32>,
    /// The squared lengths of the scaled codes, lowered.
    squares: Vec<f32>,
    errors: Vec<f32>,
    /// The largest code.
    largest: f64,
    /// What brings distances of the data to those of the codes: a power of two.
    unit: f64,
}

/// The frame of the codes: the mean of all rows and the unit in which their magnitudes are below 1.
#[derive(Debug)]
pub(super) struct Frame {
    mean: Vec<f64>,
    unit: f64,
}

impl Frame {
    pub(super) fn of<F: Number>(points: &Points<'_, F>) -> Self {
        let (n, dimension) = (points.len(), points.dimension());
        let mut mean = vec![0.0_f64; dimension];
        for row in 0..n {
            for (sum, &x) in mean.iter_mut().zip(points.row(row)) {
                *sum += x.into();
            }
        }
        mean.iter_mut().for_each(|sum| *sum /= n as f64);
        let mut largest = 0.0_f64;
        for row in 0..n {
            for (&x, mean) in points.row(row).iter().zip(&mean) {
                largest = largest.max((x.into() - mean).abs());
            }
        }
        // A power of two changes no digit; rows that are all equal need none.
        let exponent = if largest > 0.0 {
            largest.log2().floor() as i32 + 1
        } else {
            0
        };
        Self {
            mean,
            unit: 2.0_f64.powi(-exponent),
        }
    }
}

impl Codes {
    /// The rows that `order` names, in that order.
    pub(super) fn new<F: Number>(points: &Points<'_, F>, frame: &Frame, order: &[u32]) -> Self {
        let width = points.dimension().next_multiple_of(BLOCK);
        let padded = order.len().next_multiple_of(BLOCK);
        let mut out = Self {
            len: order.len(),
            width,
            codes: vec![0; padded * width],
            scales: vec![0.0; padded],
            // What is compared with it is false, so no padding is near anything.
            squares: vec![f32::NAN; padded],
            errors: vec![0.0; padded],
            largest: (f64::from(i32::MAX) / width as f64)
                .sqrt()
                .floor()
                .min(LARGEST),
            unit: frame.unit,
        };
        let mut centred = vec![0.0_f64; points.dimension()];
        for (at, &row) in order.iter().enumerate() {
            let row = points.row(row as usize);
            // What subtracting the mean may have rounded away.
            let mut rounded = 0.0_f64;
            for ((to, &x), mean) in centred.iter_mut().zip(row).zip(&frame.mean) {
                let x: f64 = x.into();
                *to = (x - mean) * frame.unit;
                rounded += ((x.abs() + mean.abs()) * frame.unit).powi(2);
            }
            out.set(at, &centred, rounded.sqrt() * f64::EPSILON);
        }
        out
    }

    fn set(&mut self, at: usize, row: &[f64], rounded: f64) {
        let largest = row.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
        let scale = f64::from((largest / self.largest) as f32);
        let codes = &mut self.codes[at * self.width..(at + 1) * self.width];
        let (mut square, mut rest) = (0.0_f64, 0.0_f64);
        for (code, &x) in codes.iter_mut().zip(row) {
            let q = if scale > 0.0 {
                (x / scale).round().clamp(-self.largest, self.largest)
            } else {
                0.0
            };
            *code = q as i8;
            square += q * q;
            rest += (x - scale * q).powi(2);
        }
        let error = (rest.sqrt() + rounded) * (1.0 + 1e-9) + FLOOR;
        self.scales[at] = scale as f32;
        self.squares[at] = (square * scale * scale * (1.0 - ROUNDING)) as f32;
        self.errors[at] = above(error);
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    pub(super) fn code(&self, at: usize) -> &[i8] {
        &self.codes[at * self.width..(at + 1) * self.width]
    }

    pub(super) fn scales(&self) -> &[f32] {
        &self.scales
    }

    pub(super) fn squares(&self) -> &[f32] {
        &self.squares
    }

    pub(super) fn errors(&self) -> &[f32] {
        &self.errors
    }

    /// The bounds of a distance, in units of the codes, from the squared distance of the scaled
    /// codes, itself lowered.
    pub(super) fn bounds(&self, a: usize, b: usize, square: f32) -> (f32, f32) {
        let error = self.errors[a] + self.errors[b];
        let lifted = square + (self.squares[a] + self.squares[b]) * (3.0 * ROUNDING as f32);
        let lower = (square.max(0.0).sqrt() - error) * (1.0 - 1e-6);
        (lower, (lifted.max(0.0).sqrt() + error) * (1.0 + 1e-6))
    }

    /// A distance of the data in units of the codes, rounded up.
    pub(super) fn scaled(&self, distance: f64) -> f32 {
        above(distance * self.unit)
    }
}

/// The number in single precision, never lower.
fn above(number: f64) -> f32 {
    let near = number as f32;
    if f64::from(near) < number {
        near.next_up()
    } else {
        near
    }
}
