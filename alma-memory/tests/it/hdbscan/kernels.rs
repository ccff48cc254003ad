//! Every kernel, any number of threads and any order of rows: one answer, to the bit, and the right one.

use alma_memory::cluster::hdbscan::{Hdbscan, HdbscanError, Kernel};
use linfa::{DatasetBase, traits::Fit};

use super::{close, fit, grown, records, weights};

/// Numbers between -0.5 and 0.5, always the same ones.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    }

    fn row(&mut self, dimension: usize) -> Vec<f64> {
        (0..dimension).map(|_| self.next()).collect()
    }

    fn permutation(&mut self, len: usize) -> Vec<usize> {
        let mut keyed: Vec<(f64, usize)> = (0..len).map(|at| (self.next(), at)).collect();
        keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
        keyed.into_iter().map(|(_, at)| at).collect()
    }
}

/// The kernels of this machine; those that it lacks are named.
#[expect(clippy::print_stderr, reason = "what is not tested is said")]
fn kernels() -> Vec<Kernel> {
    let all = [Kernel::Plain, Kernel::Avx2, Kernel::Vnni];
    let (has, lacks): (Vec<_>, Vec<_>) = all.into_iter().partition(|&kernel| {
        let rows = records(&[vec![0.0], vec![1.0]]);
        let model = Hdbscan::params(2)
            .kernel(kernel)
            .fit(&DatasetBase::from(rows));
        !matches!(model, Err(HdbscanError::Kernel(_)))
    });
    if !lacks.is_empty() {
        eprintln!("NOT TESTED, for this machine lacks them: {lacks:?}");
    }
    has
}

/// What a fit shows, by row; labels by the first of the rows that carry them.
fn shown(
    rows: &[Vec<f64>],
    order: &[usize],
    kernel: Kernel,
    threads: usize,
) -> Vec<(Option<usize>, u64)> {
    let permuted: Vec<Vec<f64>> = order.iter().map(|&row| rows[row].clone()).collect();
    let model = fit(
        &permuted,
        Hdbscan::params(8)
            .min_samples(4)
            .kernel(kernel)
            .threads(threads),
    );
    let mut firsts = std::collections::HashMap::new();
    for (&label, &row) in model.labels().iter().zip(order) {
        let first = firsts.entry(label).or_insert(row);
        *first = row.min(*first);
    }
    let mut out = vec![(None, 0); rows.len()];
    for ((label, probability), &row) in model.labels().iter().zip(model.probabilities()).zip(order)
    {
        out[row] = (label.map(|_| firsts[label]), probability.to_bits());
    }
    out.extend(
        weights(&model)
            .iter()
            .map(|weight| (None, weight.to_bits())),
    );
    out
}

/// Rows as embeddings are: topics, in few directions more than in the others, and some of them twice.
fn embeddings(numbers: &mut Numbers, count: usize, dimension: usize) -> Vec<Vec<f64>> {
    let spread = |column: usize| 1.0 / (1.0 + column as f64 / 12.0);
    let topics: Vec<Vec<f64>> = (0..12).map(|_| numbers.row(dimension)).collect();
    let mut rows: Vec<Vec<f64>> = (0..count)
        .map(|at| {
            let topic = &topics[at % topics.len()];
            let wide = if at % 9 == 0 { 1.5 } else { 0.4 };
            let noise = numbers.row(dimension);
            let place =
                |(column, (x, noise)): (usize, (&f64, &f64))| (x + wide * noise) * spread(column);
            topic.iter().zip(&noise).enumerate().map(place).collect()
        })
        .collect();
    for at in (0..count).step_by(50) {
        rows[at] = rows[at / 2].clone();
    }
    rows
}

/// Clumps much farther apart than they are wide, so that codes tell nothing apart within one.
fn clumps(numbers: &mut Numbers, count: usize, dimension: usize) -> Vec<Vec<f64>> {
    let centres: Vec<Vec<f64>> = (0..3).map(|_| numbers.row(dimension)).collect();
    (0..count)
        .map(|at| {
            let noise = numbers.row(dimension);
            let place = |(x, noise): (&f64, f64)| 1e3 * x + 1e-3 * noise;
            centres[at % 3].iter().zip(noise).map(place).collect()
        })
        .collect()
}

/// Points of a lattice in many dimensions: equal rows, and hardly two pairs at distances of their own.
fn lattice(numbers: &mut Numbers, count: usize, dimension: usize) -> Vec<Vec<f64>> {
    (0..count)
        .map(|_| {
            let row = numbers.row(dimension);
            row.into_iter()
                .map(|x| if x.abs() < 0.45 { 0.0 } else { x.signum() })
                .collect()
        })
        .collect()
}

#[test]
fn kernels_threads_and_orders_give_the_same_bits() {
    let mut numbers = Numbers(7);
    let sets = [
        ("embeddings", embeddings(&mut numbers, 1_100, 200)),
        ("clumps", clumps(&mut numbers, 1_100, 21)),
        ("lattice", lattice(&mut numbers, 900, 16)),
        ("noise", (0..700).map(|_| numbers.row(70)).collect()),
    ];
    let kernels = kernels();
    for (name, rows) in &sets {
        let order: Vec<usize> = (0..rows.len()).collect();
        let expected = shown(rows, &order, Kernel::Plain, 1);
        for round in 0..20 {
            let order = numbers.permutation(rows.len());
            for (at, &kernel) in kernels.iter().enumerate() {
                let threads = 1 + (round + at) % 2;
                assert!(
                    shown(rows, &order, kernel, threads) == expected,
                    "{name}, order {round}, {kernel:?}, {threads} threads"
                );
            }
        }
    }
}

#[test]
fn the_tree_is_the_lightest_by_every_kernel() {
    let mut numbers = Numbers(19);
    let mut offset = embeddings(&mut numbers, 1_030, 193);
    offset.iter_mut().flatten().for_each(|x| *x += 1e6);
    let mut sizes = embeddings(&mut numbers, 1_030, 193);
    for (at, row) in sizes.iter_mut().enumerate() {
        row.iter_mut()
            .for_each(|x| *x *= 10_f64.powi((at % 9) as i32 - 4));
    }
    let flat: Vec<Vec<f64>> = (0..1_030)
        .map(|_| {
            let seven = numbers.row(7);
            (0..200).map(|column| seven[column % 7]).collect()
        })
        .collect();
    let sets = [
        ("embeddings", embeddings(&mut numbers, 1_030, 193)),
        ("an offset", offset),
        ("rows of all sizes", sizes),
        ("few directions", flat),
        ("clumps", clumps(&mut numbers, 1_030, 33)),
    ];
    for (name, rows) in &sets {
        for neighbours in [1, 12] {
            let expected = grown(rows, neighbours);
            for &kernel in &kernels() {
                let params = Hdbscan::params(5).min_samples(neighbours).kernel(kernel);
                let model = fit(rows, params);
                assert!(
                    close(&weights(&model), &expected),
                    "{name}, {neighbours}, {kernel:?}"
                );
            }
        }
    }
}

#[test]
fn columns_that_single_precision_cannot_hold_lose_no_pair() {
    // Beside a column that never changes all others are tiny: in their unit it is beyond single precision.
    let mut numbers = Numbers(23);
    let rows: Vec<Vec<f64>> = clumps(&mut numbers, 700, 20)
        .into_iter()
        .map(|row| {
            let tiny = row.into_iter().map(|x| x * 1e-43);
            std::iter::once(1.0).chain(tiny).collect()
        })
        .collect();
    let expected = grown(&rows, 4);
    for &kernel in &kernels() {
        let model = fit(&rows, Hdbscan::params(5).min_samples(4).kernel(kernel));
        assert!(close(&weights(&model), &expected), "{kernel:?}");
    }
}
