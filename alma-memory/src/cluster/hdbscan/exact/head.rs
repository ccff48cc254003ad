//! Rows in the few directions in which they spread most, with the length of what is left as one number more.
//!
//! Such a map lengthens no distance (for an orthonormal basis `Q` it is `x -> (Q'x, |x - QQ'x|)`), so its codes rule out
//! pairs as those of whole rows do, for a fraction of the work where rows spread unevenly. Embeddings of text do.

use super::{
    super::spanning::Points,
    Number,
    codes::{Codes, Frame},
    kernel::Kernel,
};

/// Numbers of a head: directions, and the rest.
pub(super) const HEAD: usize = 64;
const DIRECTIONS: usize = HEAD - 1;

/// In rows narrower than this, and among fewer of them, a head saves nothing.
const WIDE: usize = 3 * HEAD;
const MANY: usize = 1_024;

/// Directions are sought in a sample of this many rows, by so many steps of subspace iteration.
const SAMPLE: usize = 512;
const STEPS: usize = 3;

/// Rounding of single precision, as a share.
const UNIT: f64 = f32::EPSILON as f64 / 2.0;

/// Directions, number by number.
type Basis = Vec<[f32; HEAD]>;

/// The map from rows to heads.
#[derive(Debug)]
pub(super) struct Head {
    basis: Basis,
    /// How far the basis is from orthonormal.
    skew: f64,
    /// The mean of the rests.
    mean: f64,
}

impl Head {
    /// A map made for some rows, with their heads; none where those would save nothing.
    pub(super) fn new<F: Number>(
        points: &Points<'_, F>,
        frame: &Frame,
        rows: &[u32],
        threads: usize,
    ) -> Option<(Self, Codes)> {
        let dimension = points.dimension();
        if dimension < WIDE || rows.len() < MANY {
            return None;
        }
        let mut single = Single::new(points, frame);
        let sample: Vec<u32> = rows.iter().step_by(rows.len() / SAMPLE).copied().collect();
        let mut numbers = vec![0.0_f32; sample.len() * dimension];
        for (&row, to) in sample.iter().zip(numbers.chunks_exact_mut(dimension)) {
            single.fill(row, to);
        }
        let (basis, skew) = basis(&numbers, dimension, points.kernel());
        numbers.truncate(dimension);
        let mut head = Self {
            basis,
            skew,
            mean: 0.0,
        };
        let rests = sample.iter().map(|&row| {
            let (head, _) = head.turn(row, &mut single, &mut numbers);
            f64::from(head[DIRECTIONS])
        });
        head.mean = rests.sum::<f64>() / sample.len() as f64;
        let codes = head.codes(points, frame, rows, threads);
        Some((head, codes))
    }

    /// The heads of other rows in the same frame.
    pub(super) fn codes<F: Number>(
        &self,
        points: &Points<'_, F>,
        frame: &Frame,
        rows: &[u32],
        threads: usize,
    ) -> Codes {
        let largest = points.kernel().largest();
        Codes::in_parts(threads, rows, |rows| {
            let mut single = Single::new(points, frame);
            let mut numbers = vec![0.0_f32; points.dimension()];
            let mut left = rows.iter();
            Codes::build(rows.len(), HEAD, largest, frame.unit(), |to| {
                let Some(&row) = left.next() else {
                    return 0.0;
                };
                let (head, error) = self.turn(row, &mut single, &mut numbers);
                for (to, &x) in to.iter_mut().zip(&head) {
                    *to = f64::from(x);
                }
                to[DIRECTIONS] -= self.mean;
                error
            })
        })
    }

    /// The head of a row, and how far that may be from what it stands for.
    fn turn<F: Number>(
        &self,
        row: u32,
        single: &mut Single<'_, F>,
        numbers: &mut [f32],
    ) -> ([f32; HEAD], f64) {
        let (square, rounded) = single.fill(row, numbers);
        let mut head = single.points.kernel().combine(numbers, &self.basis);
        let inside: f64 = head.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
        // Each direction is a sum of as many products as a row has numbers; in length together, by Cauchy and Schwarz:
        let products = numbers.len() as f64 + 4.0;
        let lost = products * UNIT * (DIRECTIONS as f64).sqrt() * square.sqrt();
        let rest = (square - inside).max(0.0).sqrt();
        let doubt = self.skew * square + 2.0 * inside.sqrt() * lost + lost * lost + 1e-15 * square;
        let error_of_rest = if doubt > 0.0 {
            doubt / rest.max(doubt.sqrt())
        } else {
            0.0
        };
        head[DIRECTIONS] = rest as f32;
        (head, rounded + lost + error_of_rest + rest * UNIT)
    }
}

/// Rows centred, in single precision.
struct Single<'a, F> {
    points: &'a Points<'a, F>,
    frame: &'a Frame,
    centred: Vec<f64>,
}

impl<'a, F: Number> Single<'a, F> {
    fn new(points: &'a Points<'a, F>, frame: &'a Frame) -> Self {
        Self {
            points,
            frame,
            centred: vec![0.0; points.dimension()],
        }
    }

    /// A row; returns its squared length, and what centring may have rounded away.
    fn fill(&mut self, row: u32, to: &mut [f32]) -> (f64, f64) {
        let row = self.points.row(row as usize);
        let rounded = self.frame.centre(row, &mut self.centred);
        to.iter_mut()
            .zip(&self.centred)
            .for_each(|(to, &x)| *to = x as f32);
        let square: f64 = self.centred.iter().map(|x| x * x).sum();
        (square, rounded)
    }
}

/// Near orthonormal directions in which some rows spread most, and how far they are from being so; none is longer than
/// it should be.
fn basis(numbers: &[f32], dimension: usize, kernel: Kernel) -> (Basis, f64) {
    let count = numbers.len() / dimension;
    let mut turned = vec![0.0_f32; numbers.len()];
    for (row, numbers) in numbers.chunks_exact(dimension).enumerate() {
        for (column, &x) in numbers.iter().enumerate() {
            turned[column * count + row] = x;
        }
    }
    // Some of the rows are as good a start as any.
    let mut basis: Basis = vec![[0.0; HEAD]; dimension];
    for (at, row) in numbers
        .chunks_exact(dimension)
        .step_by(count / DIRECTIONS)
        .take(DIRECTIONS)
        .enumerate()
    {
        basis.iter_mut().zip(row).for_each(|(to, &x)| to[at] = x);
    }
    let mut skew = orthonormal(&mut basis);
    for _ in 0..STEPS {
        let along: Basis = numbers
            .chunks_exact(dimension)
            .map(|row| kernel.combine(row, &basis))
            .collect();
        basis = turned
            .chunks_exact(count)
            .map(|column| kernel.combine(column, &along))
            .collect();
        skew = orthonormal(&mut basis);
    }
    (basis, skew)
}

/// Makes directions orthonormal but for rounding, and no longer than 1 together; returns by how much they are not.
fn orthonormal(basis: &mut Basis) -> f64 {
    let mut directions: Vec<Vec<f64>> = (0..DIRECTIONS)
        .map(|at| basis.iter().map(|row| f64::from(row[at])).collect())
        .collect();
    for at in 0..DIRECTIONS {
        let (done, open) = directions.split_at_mut(at);
        let direction = &mut open[0];
        let before = dot(direction, direction).sqrt();
        // Twice, for what the first round leaves of nearly dependent ones.
        for other in done.iter().chain(&*done) {
            let along = dot(direction, other);
            direction
                .iter_mut()
                .zip(other)
                .for_each(|(x, y)| *x -= along * y);
        }
        let after = dot(direction, direction).sqrt();
        // What depends on the others tells nothing new.
        let scale = if after > 1e-6 * before {
            1.0 / after
        } else {
            0.0
        };
        direction.iter_mut().for_each(|x| *x *= scale);
    }
    for (at, direction) in directions.iter_mut().enumerate() {
        for (row, x) in basis.iter_mut().zip(direction) {
            row[at] = *x as f32;
            *x = f64::from(row[at]);
        }
    }
    // By Gershgorin, all of `Q'Q` lies this near to 1 (or is 0), in every direction.
    let mut skew = 0.0_f64;
    for (at, direction) in directions.iter().enumerate() {
        let mut off = 0.0;
        for (other, second) in directions.iter().enumerate() {
            let product = dot(direction, second).abs();
            off += if at != other {
                product
            } else if product > 0.0 {
                (product - 1.0).abs()
            } else {
                0.0
            };
        }
        skew = skew.max(off);
    }
    let shrink = (1.0 - skew - 2.0 * UNIT) as f32;
    basis.iter_mut().flatten().for_each(|x| *x *= shrink);
    4.0 * (skew + UNIT)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0_f64; 8];
    for (a, b) in a.chunks(8).zip(b.chunks(8)) {
        for ((lane, x), y) in lanes.iter_mut().zip(a).zip(b) {
            *lane += x * y;
        }
    }
    lanes.iter().sum()
}
