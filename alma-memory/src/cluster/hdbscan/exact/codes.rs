//! Rows in eight bits: what is sure of a distance without computing it.

use std::ops::Range;

use super::{
    super::{kdtree::parallel::in_parts, spanning::Points},
    Number,
    kernel::{BLOCK, ROWS},
};

/// Kernels read this many codes at once; rows are padded to whole ones with zeros.
const STEP: usize = 16;

/// Kernels read tiles, so this many rows stand behind the last one, near nothing.
const PADDING: usize = BLOCK + ROWS;

/// Rests are added in this many lanes, for vector units.
const LANES: usize = 8;

/// Adding this rounds a small number to a whole one, which then stands in the lowest bits.
const ROUNDER: f64 = 6_755_399_441_055_744.0;

/// Below this share of the largest magnitude, single precision tells no distances apart.
pub(super) const FLOOR: f64 = 1e-17;

/// Rows added later may be larger by so much than those that the unit was chosen for.
const ROOM: f64 = 16.0;

/// Lowers squared lengths by more than the rounding of a sum of three terms can raise them, and by enough that a root less
/// an error that nearly cancels it is still a lower bound.
const ROUNDING: f64 = 4e-6;

/// Rows as codes, in an order of their own.
///
/// Row `i` less the mean of all rows is `scale * code + rest`, and `error` bounds the length of the
/// rest. By the triangle inequality the distance of two rows differs from that of their scaled
/// codes by at most the sum of their errors, which grow with how much rows spread and not with how
/// far they lie from zero.
#[derive(Clone, Debug)]
pub(in super::super) struct Codes {
    len: usize,
    width: usize,
    codes: Vec<i8>,
    /// The sums of the codes.
    sums: Vec<i32>,
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
#[derive(Clone, Debug)]
pub(in super::super) struct Frame {
    mean: Vec<f64>,
    unit: f64,
}

impl Frame {
    pub(super) fn of<F: Number>(points: &Points<'_, F>) -> Self {
        Self::over(points, 0..points.len())
    }

    /// The frame of some rows; the order that they are named in may change the last bits.
    pub(in super::super) fn over<F: Number>(
        points: &Points<'_, F>,
        rows: impl ExactSizeIterator<Item = usize> + Clone,
    ) -> Self {
        let n = rows.len();
        let mut mean = vec![0.0_f64; points.dimension()];
        for row in rows.clone() {
            for (sum, &x) in mean.iter_mut().zip(points.row(row)) {
                *sum += x.into();
            }
        }
        mean.iter_mut().for_each(|sum| *sum /= n as f64);
        let mut largest = 0.0_f64;
        for row in rows {
            for (&x, mean) in points.row(row).iter().zip(&mean) {
                largest = largest.max((x.into() - mean).abs());
            }
        }
        // A power of two changes no digit; rows that are all equal need none.
        let exponent = if largest > 0.0 {
            // Beyond this the unit itself would be no number.
            (largest.log2().floor() as i32 + 1).max(-1_000)
        } else {
            0
        };
        Self {
            mean,
            unit: 2.0_f64.powi(-exponent),
        }
    }

    /// What brings distances of the data to those of the codes: a power of two.
    pub(in super::super) const fn unit(&self) -> f64 {
        self.unit
    }

    /// Whether rows are of a size that the unit suits: not so large that squares overflow in single precision.
    pub(super) fn suits<F: Number>(&self, points: &Points<'_, F>, rows: &[u32]) -> bool {
        rows.iter().all(|&row| {
            let row = points.row(row as usize).iter().zip(&self.mean);
            row.map(|(&x, mean)| ((x.into() - mean) * self.unit).abs())
                .all(|size| size < ROOM)
        })
    }

    /// A row less the mean, in the unit; returns what that may have rounded away.
    pub(in super::super) fn centre<F: Number>(&self, row: &[F], to: &mut [f64]) -> f64 {
        let mut largest = 0.0_f64;
        for ((to, &x), mean) in to.iter_mut().zip(row).zip(&self.mean) {
            let x: f64 = x.into();
            *to = (x - mean) * self.unit;
            largest = largest.max((x.abs() + mean.abs()) * self.unit);
        }
        largest * (row.len() as f64).sqrt() * f64::EPSILON
    }
}

impl Codes {
    /// The rows that `order` names, in that order.
    pub(in super::super) fn new<F: Number>(
        points: &Points<'_, F>,
        frame: &Frame,
        order: &[u32],
        threads: usize,
    ) -> Self {
        let largest = points.kernel().largest();
        Self::in_parts(threads, order, |order| {
            let mut rows = order.iter();
            Self::build(order.len(), points.dimension(), largest, frame.unit, |to| {
                rows.next()
                    .map_or(0.0, |&row| frame.centre(points.row(row as usize), to))
            })
        })
    }

    /// Codes of rows that threads share, as one.
    pub(super) fn in_parts(
        threads: usize,
        order: &[u32],
        build: impl Fn(&[u32]) -> Self + Sync,
    ) -> Self {
        let mut parts = in_parts(threads, order.len(), |part| build(&order[part])).into_iter();
        let mut out = parts.next().unwrap_or_else(|| build(&[]));
        for part in parts {
            out.append(&part);
        }
        out
    }

    /// Codes up to `largest` of rows that `fill` writes one after another, each time returning how far they may lie from
    /// what they stand for. In very wide rows codes are smaller, so that a sum of products fits in 32 bits.
    pub(in super::super) fn build(
        len: usize,
        dimension: usize,
        largest: i8,
        unit: f64,
        mut fill: impl FnMut(&mut [f64]) -> f64,
    ) -> Self {
        let width = dimension.max(1).next_multiple_of(STEP);
        let padded = len + PADDING;
        let fitting = (f64::from(i32::MAX) / width as f64).sqrt().floor();
        let mut out = Self {
            len,
            width,
            codes: vec![0; padded * width],
            sums: vec![0; padded],
            scales: vec![0.0; padded],
            squares: vec![f32::NAN; padded],
            errors: vec![0.0; padded],
            largest: f64::from(largest).min(fitting),
            unit,
        };
        let mut row = vec![0.0_f64; dimension];
        for at in 0..len {
            let rounded = fill(&mut row);
            out.set(at, &row, rounded);
        }
        out
    }

    fn set(&mut self, at: usize, row: &[f64], rounded: f64) {
        let largest = row.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
        let scale = f64::from((largest / self.largest) as f32);
        let codes = &mut self.codes[at * self.width..(at + 1) * self.width];
        let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
        // Any whole number near the quotient will do, for the rest is measured.
        let (mut sum, mut square) = (0_i32, 0_i64);
        let mut rest = [0.0_f64; LANES];
        for (codes, row) in codes.chunks_mut(LANES).zip(row.chunks(LANES)) {
            for ((code, &x), rest) in codes.iter_mut().zip(row).zip(&mut rest) {
                let q = (x * inverse).clamp(-self.largest, self.largest);
                let lifted = q + ROUNDER;
                *code = lifted.to_bits() as i8;
                let left = x - scale * (lifted - ROUNDER);
                *rest += left * left;
            }
        }
        for &code in codes.iter() {
            sum += i32::from(code);
            square += i64::from(i32::from(code) * i32::from(code));
        }
        let rest: f64 = rest.iter().sum();
        let error = (rest.sqrt() + rounded) * (1.0 + 1e-9) + FLOOR;
        self.sums[at] = sum;
        self.scales[at] = scale as f32;
        self.squares[at] = (square as f64 * scale * scale * (1.0 - ROUNDING)) as f32;
        self.errors[at] = above(error);
    }

    /// The rows at some places, in their order.
    pub(in super::super) fn ordered(&self, places: &[u32]) -> Self {
        let padded = places.len() + PADDING;
        let mut out = Self {
            len: places.len(),
            codes: vec![0; padded * self.width],
            sums: vec![0; padded],
            scales: vec![0.0; padded],
            squares: vec![f32::NAN; padded],
            errors: vec![0.0; padded],
            ..*self
        };
        for (to, &from) in places.iter().enumerate() {
            let from = from as usize;
            out.codes[to * self.width..(to + 1) * self.width].copy_from_slice(self.code(from));
            out.sums[to] = self.sums[from];
            out.scales[to] = self.scales[from];
            out.squares[to] = self.squares[from];
            out.errors[to] = self.errors[from];
        }
        out
    }

    /// The same rows in another order, in place: each circle of moves begins with a row that is set aside.
    pub(super) fn reorder(&mut self, places: &[u32]) {
        let mut moved = vec![false; self.len];
        let mut aside = vec![0; self.width];
        for start in 0..self.len {
            if moved[start] {
                continue;
            }
            aside.copy_from_slice(self.code(start));
            let numbers = (
                self.sums[start],
                self.scales[start],
                self.squares[start],
                self.errors[start],
            );
            let mut to = start;
            loop {
                moved[to] = true;
                let from = places[to] as usize;
                if from == start {
                    break;
                }
                self.codes
                    .copy_within(from * self.width..(from + 1) * self.width, to * self.width);
                self.sums[to] = self.sums[from];
                self.scales[to] = self.scales[from];
                self.squares[to] = self.squares[from];
                self.errors[to] = self.errors[from];
                to = from;
            }
            self.codes[to * self.width..(to + 1) * self.width].copy_from_slice(&aside);
            (
                self.sums[to],
                self.scales[to],
                self.squares[to],
                self.errors[to],
            ) = numbers;
        }
    }

    /// Adds the rows of others, of the same width and in the same frame, behind these.
    pub(super) fn append(&mut self, others: &Self) {
        fn join<T: Copy>(to: &mut Vec<T>, len: usize, from: &[T]) {
            to.truncate(len);
            to.extend_from_slice(from);
        }
        join(&mut self.codes, self.len * self.width, &others.codes);
        join(&mut self.sums, self.len, &others.sums);
        join(&mut self.scales, self.len, &others.scales);
        join(&mut self.squares, self.len, &others.squares);
        join(&mut self.errors, self.len, &others.errors);
        self.len += others.len;
    }

    /// The squared distance of the scaled codes of two rows, lowered, from their product.
    pub(in super::super) fn square(&self, a: usize, b: usize, product: i32) -> f32 {
        let scale = -2.0 * self.scales[a] * self.scales[b];
        self.squares[a] + self.squares[b] + scale * product as f32
    }

    /// Whether such a square leaves it open that the distance is within `limit`.
    pub(super) fn is_near(&self, a: usize, b: usize, square: f32, limit: f32) -> bool {
        let reach = (limit + self.errors[a] + self.errors[b]) * (1.0 + 1e-6);
        square <= reach * reach
    }

    pub(in super::super) const fn len(&self) -> usize {
        self.len
    }

    pub(super) const fn width(&self) -> usize {
        self.width
    }

    /// What the codes take.
    pub(super) const fn bytes(&self) -> usize {
        self.codes.len()
    }

    pub(super) fn code(&self, at: usize) -> &[i8] {
        &self.codes[at * self.width..(at + 1) * self.width]
    }

    /// The codes of all rows from this one on.
    pub(super) fn from(&self, at: usize) -> &[i8] {
        &self.codes[at * self.width..]
    }

    pub(super) fn sums(&self) -> &[i32] {
        &self.sums
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

    /// The largest error of some rows.
    pub(super) fn error_of(&self, rows: Range<usize>) -> f32 {
        self.errors[rows].iter().copied().fold(0.0, f32::max)
    }

    /// What is sure of a pair, from the squared distance of its scaled codes.
    pub(super) fn seen(&self, a: usize, b: usize, square: f32) -> Seen {
        self.seen_across(a, self, b, square)
    }

    /// The same of a row of these codes and one of others.
    pub(in super::super) fn seen_across(
        &self,
        a: usize,
        others: &Self,
        b: usize,
        square: f32,
    ) -> Seen {
        Seen {
            square,
            lift: (self.squares[a] + others.squares[b]) * (3.0 * ROUNDING as f32),
            error: self.errors[a] + others.errors[b],
        }
    }

    /// Room for one number a row, and for tiles that reach beyond the last one.
    pub(super) const fn padded(&self) -> usize {
        self.len + PADDING
    }

    /// A distance of the data in units of the codes, rounded up.
    pub(in super::super) fn scaled(&self, distance: f64) -> f32 {
        above(distance * self.unit)
    }

    /// A distance of the data in units of the codes, rounded down.
    pub(in super::super) fn scaled_down(&self, distance: f64) -> f32 {
        -above(-distance * self.unit)
    }
}

/// What no distance of pairs is below, in units of the codes, whose squares are not below `square` and whose errors are not
/// above `error`.
pub(super) fn floor(square: f32, error: f32) -> f32 {
    (square.max(0.0).sqrt() - error).max(0.0) * (1.0 - 1e-6)
}

/// What is sure of the distance of a pair, in units of the codes.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Seen {
    /// The squared distance of what stands for the rows, lowered.
    pub(super) square: f32,
    /// What brings it above the true square.
    pub(in super::super) lift: f32,
    /// How far the rows lie from what stands for them, together.
    pub(in super::super) error: f32,
}

impl Seen {
    /// Between what the distance lies.
    pub(in super::super) fn bounds(self) -> (f32, f32) {
        let square = (self.square + self.lift).max(0.0);
        let upper = (square.sqrt() + self.error) * (1.0 + 1e-6);
        (floor(self.square, self.error), upper)
    }
}

/// The number in single precision, never lower.
pub(super) fn above(number: f64) -> f32 {
    let near = number as f32;
    if f64::from(near) < number {
        near.next_up()
    } else {
        near
    }
}
