//! Places on a plane that keep neighbours near: principal components first, then forces between neighbours.
//!
//! The forces are those of UMAP (McInnes, Healy and Melville, 2018) with a = b = 1, whose gradients
//! need no function that machines round differently; neighbours all count alike.

use crate::cluster::Rows;

/// Neighbours that draw a row.
const NEIGHBOURS: usize = 12;
/// Times that every pair of neighbours draws.
const ROUNDS: usize = 200;
/// Rows that push for each that draws.
const PUSHES: usize = 4;
/// Steps of power iteration.
const STEPS: usize = 24;
/// How much of the way to the middle a place goes in a round, so that groups without common neighbours do not part for good.
const GRAVITY: f32 = 0.004;
/// No step is longer.
const LONGEST: f32 = 4.0;

/// Where each of the `shown` rows lies, in no particular unit.
pub(super) fn places(rows: &Rows<'_>, shown: &[usize]) -> Vec<[f32; 2]> {
    let centred = centred(rows, shown);
    let mut places = components(&centred, shown.len());
    let edges = neighbours(&centred, shown.len());
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for place in &mut places {
        for x in place {
            // Equal rows begin a little apart, so that they do not hide each other.
            *x += (random.unit() - 0.5) * 0.01;
        }
    }
    settle(&mut places, &edges, &mut random);
    places
}

/// The rows less their mean, in one unit.
fn centred(rows: &Rows<'_>, shown: &[usize]) -> Vec<f32> {
    let dimension = rows.dimension();
    let mut mean = vec![0.0_f64; dimension];
    for &row in shown {
        for (sum, &x) in mean.iter_mut().zip(rows.row(row)) {
            *sum += f64::from(x) / shown.len() as f64;
        }
    }
    let numbers = || {
        let of_row = |&row: &usize| {
            let pairs = rows.row(row).iter().zip(&mean);
            pairs.map(|(&x, mean)| f64::from(x) - mean)
        };
        shown.iter().flat_map(of_row)
    };
    let largest = numbers().fold(0.0_f64, |largest, x| largest.max(x.abs()));
    let unit = if largest > 0.0 { largest } else { 1.0 };
    numbers().map(|x| (x / unit) as f32).collect()
}

/// The first two principal components, scaled to a spread that the forces can work with.
fn components(rows: &[f32], count: usize) -> Vec<[f32; 2]> {
    let dimension = rows.len() / count.max(1);
    let mut out = vec![[0.0_f32; 2]; count];
    let mut first: Vec<f64> = Vec::new();
    for component in 0..2 {
        let mut random = Random(component as u64 + 1);
        let mut axis: Vec<f64> = (0..dimension)
            .map(|_| f64::from(random.unit()) - 0.5)
            .collect();
        for _ in 0..STEPS {
            let mut next = vec![0.0_f64; dimension];
            for row in rows.chunks_exact(dimension.max(1)) {
                let along = dot(row, &axis);
                next.iter_mut()
                    .zip(row)
                    .for_each(|(sum, &x)| *sum += along * f64::from(x));
            }
            let shared: f64 = next.iter().zip(&first).map(|(x, y)| x * y).sum();
            next.iter_mut()
                .zip(&first)
                .for_each(|(x, y)| *x -= shared * y);
            let length = next.iter().map(|x| x * x).sum::<f64>().sqrt();
            if length <= f64::MIN_POSITIVE {
                next.fill(0.0);
            } else {
                next.iter_mut().for_each(|x| *x /= length);
            }
            axis = next;
        }
        let along: Vec<f64> = rows
            .chunks_exact(dimension.max(1))
            .map(|row| dot(row, &axis))
            .collect();
        let spread = along.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
        if spread > 0.0 {
            for (place, x) in out.iter_mut().zip(along) {
                place[component] = (10.0 * x / spread) as f32;
            }
        }
        first = axis;
    }
    out
}

fn dot(row: &[f32], axis: &[f64]) -> f64 {
    row.iter().zip(axis).map(|(&x, y)| f64::from(x) * y).sum()
}

/// Each row with its nearest others, ties by the order of rows.
fn neighbours(rows: &[f32], count: usize) -> Vec<(u32, u32)> {
    let dimension = rows.len() / count.max(1);
    let wanted = NEIGHBOURS.min(count.saturating_sub(1));
    let row = |at: usize| &rows[at * dimension..(at + 1) * dimension];
    let mut nearest: Vec<Vec<(f32, u32)>> = vec![Vec::with_capacity(wanted + 1); count];
    let keep = |list: &mut Vec<(f32, u32)>, distance: f32, other: u32| {
        if list.len() < wanted || list.last().is_some_and(|last| distance < last.0) {
            let at = list.partition_point(|known| known.0 <= distance);
            list.insert(at, (distance, other));
            list.truncate(wanted);
        }
    };
    for a in 0..count {
        for b in a + 1..count {
            let distance = square(row(a), row(b));
            keep(&mut nearest[a], distance, b as u32);
            keep(&mut nearest[b], distance, a as u32);
        }
    }
    let of_row = |(a, list): (usize, &Vec<(f32, u32)>)| {
        let pairs: Vec<_> = list.iter().map(|&(_, b)| (a as u32, b)).collect();
        pairs
    };
    nearest.iter().enumerate().flat_map(of_row).collect()
}

/// The square of a distance, summed in eight lanes.
fn square(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; 8];
    let (left, right) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest = left.remainder().iter().zip(right.remainder());
    let rest: f32 = rest.map(|(x, y)| (x - y) * (x - y)).sum();
    for (x, y) in left.zip(right) {
        for lane in 0..8 {
            let by = x[lane] - y[lane];
            lanes[lane] += by * by;
        }
    }
    lanes.iter().sum::<f32>() + rest
}

/// Lets neighbours draw and others push, with ever shorter steps.
fn settle(places: &mut [[f32; 2]], edges: &[(u32, u32)], random: &mut Random) {
    for round in 0..ROUNDS {
        let step = 1.0 - round as f32 / ROUNDS as f32;
        for x in places.iter_mut().flatten() {
            *x -= GRAVITY * *x;
        }
        for &(a, b) in edges {
            let (a, b) = (a as usize, b as usize);
            let (by, square) = between(places[a], places[b]);
            move_by(&mut places[a], by, -2.0 / (1.0 + square), step);
            move_by(&mut places[b], by, 2.0 / (1.0 + square), step);
            for _ in 0..PUSHES {
                let other = random.below(places.len());
                if other != a {
                    let (by, square) = between(places[a], places[other]);
                    let push = 2.0 / ((0.001 + square) * (1.0 + square));
                    move_by(&mut places[a], by, push, step);
                }
            }
        }
    }
}

fn between(a: [f32; 2], b: [f32; 2]) -> ([f32; 2], f32) {
    let by = [a[0] - b[0], a[1] - b[1]];
    (by, by[0] * by[0] + by[1] * by[1])
}

fn move_by(place: &mut [f32; 2], by: [f32; 2], strength: f32, step: f32) {
    for (x, by) in place.iter_mut().zip(by) {
        *x += step * (strength * by).clamp(-LONGEST, LONGEST);
    }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 up to 1.
    fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1_u64 << 24) as f32
    }

    fn below(&mut self, end: usize) -> usize {
        ((u128::from(self.next()) * end as u128) >> 64) as usize
    }
}
