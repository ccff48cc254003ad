//! How well rows lie in their topics: a silhouette by centres.

use super::{directions::Directions, graph::Graph};

/// At most about this many rows are asked, spread evenly over the sorted rows.
const ASKED: usize = 1_000;
/// Topics of a tile, and rows of a tile.
const TOPICS: usize = 8;
const ROWS: usize = 4;

/// The mean silhouette of a partition, -1 to 1, over rows that stand for all; none for a single topic.
pub(super) fn silhouette(rows: &Directions, labels: &[u32], topics: usize) -> Option<f64> {
    let step = labels.len().div_ceil(ASKED).max(1);
    let asked: Vec<usize> = (0..labels.len()).step_by(step).collect();
    let all = silhouettes(rows, labels, topics, &asked);
    (topics > 1).then(|| all.iter().sum::<f64>() / all.len() as f64)
}

/// The silhouettes of rows in a partition; 0 in a single topic.
///
/// The nearness of a row to a topic is its cosine to the sum of the topic's rows, to its own topic
/// without itself: a topic is no evidence of itself, and one of a single row holds nothing. That is
/// Rousseeuw's silhouette (1987) with centres in the place of all pairs.
pub(super) fn silhouettes(
    rows: &Directions,
    labels: &[u32],
    topics: usize,
    asked: &[usize],
) -> Vec<f64> {
    if topics < 2 {
        return vec![0.0; asked.len()];
    }
    let sums = rows.sums(labels, topics);
    let squares: Vec<f64> = sums
        .chunks_exact(rows.dimension)
        .map(|sum| sum.iter().map(|&x| f64::from(x) * f64::from(x)).sum())
        .collect();
    let mut members = vec![0_u64; topics];
    for (&label, &count) in labels.iter().zip(&rows.counts) {
        members[label as usize] += u64::from(count);
    }
    let tiles = tiled(&sums, rows.dimension, topics);
    let mut products = vec![[0.0_f32; ROWS]; topics.next_multiple_of(TOPICS)];
    let mut four_rows = vec![[0.0_f32; ROWS]; rows.dimension];
    let mut out = Vec::with_capacity(asked.len());
    for four in asked.chunks(ROWS) {
        woven(rows, four, &mut four_rows);
        multiply(&four_rows, &tiles, &mut products);
        for (at, &row) in four.iter().enumerate() {
            let own = labels[row] as usize;
            let square: f64 = rows
                .row(row)
                .iter()
                .map(|&x| f64::from(x) * f64::from(x))
                .sum();
            let mut within = 0.0;
            let mut nearest = f64::NEG_INFINITY;
            for (topic, product) in products.iter().take(topics).enumerate() {
                let product = f64::from(product[at]);
                if topic != own {
                    nearest = nearest.max(over(product, squares[topic]));
                } else if members[own] > 1 {
                    let without = squares[own] - 2.0 * product + square;
                    within = over(product - square, without);
                }
            }
            let (near, far) = (1.0 - within, 1.0 - nearest);
            out.push((far - near) / near.max(far).max(1e-9));
        }
    }
    out
}

/// Which of the `kept` topics has the nearest centre to a direction; of equally near ones the first.
pub(super) fn nearest(rows: &Directions, at: usize, sums: &[f32], kept: &[u32]) -> u32 {
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        let products = a.iter().zip(b).map(|(&x, &y)| f64::from(x) * f64::from(y));
        products.sum()
    };
    let mut best = (f64::NEG_INFINITY, 0);
    for &topic in kept {
        let begin = topic as usize * rows.dimension;
        let sum = &sums[begin..begin + rows.dimension];
        let cosine = over(dot(rows.row(at), sum), dot(sum, sum));
        if cosine > best.0 {
            best = (cosine, topic);
        }
    }
    best.1
}

/// By row, the part of its neighbours' weight that lies in its own topic.
pub(super) fn shares(graph: &Graph, labels: &[u32]) -> Vec<f64> {
    let share = |node: usize| {
        let own = graph
            .edges(node)
            .iter()
            .filter(|edge| labels[edge.0 as usize] == labels[node]);
        let own: f64 = own.map(|edge| edge.1).sum();
        match graph.volumes[node] {
            volume if volume > 0.0 => (own / volume).min(1.0),
            _ => 0.0,
        }
    };
    (0..labels.len()).map(share).collect()
}

fn over(product: f64, square: f64) -> f64 {
    if square > 1e-12 {
        product / square.sqrt()
    } else {
        0.0
    }
}

/// Sums by tiles of topics: by number, that of each topic.
fn tiled(sums: &[f32], dimension: usize, topics: usize) -> Vec<Vec<[f32; TOPICS]>> {
    let mut tiles = vec![vec![[0.0; TOPICS]; dimension]; topics.div_ceil(TOPICS)];
    for (topic, sum) in sums.chunks_exact(dimension).enumerate() {
        for (to, &x) in tiles[topic / TOPICS].iter_mut().zip(sum) {
            to[topic % TOPICS] = x;
        }
    }
    tiles
}

/// Rows by number, that of each row; the last row stands in for those that are missing.
fn woven(rows: &Directions, asked: &[usize], out: &mut [[f32; ROWS]]) {
    let last = asked.len() - 1;
    for at in 0..ROWS {
        let row = rows.row(asked[at.min(last)]);
        for (to, &x) in out.iter_mut().zip(row) {
            to[at] = x;
        }
    }
}

/// The products of four rows with all sums, each added up from the first number to the last.
fn multiply(rows: &[[f32; ROWS]], tiles: &[Vec<[f32; TOPICS]>], out: &mut [[f32; ROWS]]) {
    for (tile, out) in tiles.iter().zip(out.chunks_exact_mut(TOPICS)) {
        // Four of their own, so that each stays in registers.
        let mut sums = ([0.0; TOPICS], [0.0; TOPICS], [0.0; TOPICS], [0.0; TOPICS]);
        for (x, y) in rows.iter().zip(tile) {
            add(&mut sums.0, x[0], y);
            add(&mut sums.1, x[1], y);
            add(&mut sums.2, x[2], y);
            add(&mut sums.3, x[3], y);
        }
        for (topic, out) in out.iter_mut().enumerate() {
            *out = [sums.0[topic], sums.1[topic], sums.2[topic], sums.3[topic]];
        }
    }
}

#[inline(always)]
fn add(sums: &mut [f32; TOPICS], x: f32, y: &[f32; TOPICS]) {
    for (sum, &y) in sums.iter_mut().zip(y) {
        *sum += x * y;
    }
}
