//! How does clustering grow with rows and dimension, by method, and how good is what it finds?
//!
//! Before each group a line for each case tells the adjusted Rand index to the planted groups and how
//! much memory the first run took. `ALMA_BENCH_ROWS=50000` adds that many rows to the exact engine.

#![expect(
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a workload that cannot run fails the benchmark; quality is told beside criterion's times"
)]

use std::hint::black_box;

use alma_benches::{agreement::adjusted_rand, blobs, meter, mixture, mixture_groups};
use alma_memory::cluster::{
    Clusterer, Dbscan, KMeansTopics, Optics, Rows,
    hdbscan::{Hdbscan, HdbscanParams, Kernel},
};
use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
    measurement::WallTime,
};
use linfa::ParamGuard;

const SMALLEST: usize = 10;

/// Rows and the groups that they were made in.
struct Planted {
    numbers: Vec<f32>,
    dimension: usize,
    groups: Vec<Option<u32>>,
}

impl Planted {
    fn mixture(rows: usize, dimension: usize) -> Self {
        let numbers = mixture(rows, dimension, 7);
        let groups = mixture_groups(rows).map(Some).collect();
        Self {
            numbers,
            dimension,
            groups,
        }
    }

    fn blobs(rows: usize, dimension: usize) -> Self {
        let (numbers, groups) = blobs(rows, dimension, 7);
        Self {
            numbers,
            dimension,
            groups,
        }
    }
}

/// Runs `clusterer` once for its quality, then for its time.
fn bench(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    planted: &Planted,
    clusterer: &dyn Clusterer,
) {
    let Planted {
        numbers,
        dimension,
        groups,
    } = planted;
    let run = || {
        let rows = Rows::new(numbers, *dimension).expect("finite rows");
        clusterer.cluster(&rows, SMALLEST)
    };
    let fresh = meter::forget_peak().then(meter::peak_mb).flatten();
    let Ok(found) = run() else {
        return eprintln!("{name}: not on this machine");
    };
    let taken = fresh.zip(meter::peak_mb());
    let taken = taken.map_or("unknown".to_owned(), |(before, after)| {
        format!("{:.1} MB", after - before)
    });
    let (count, index) = (groups.len(), adjusted_rand(&found, groups));
    eprintln!("{name}, {count} rows of {dimension}: ARI {index:.3}, memory {taken}");
    group.throughput(Throughput::Elements(count as u64));
    let id = BenchmarkId::new(format!("{name}/d{dimension}"), count);
    group.bench_function(id, |b| b.iter(|| black_box(run())));
}

fn exact(params: HdbscanParams) -> impl Clusterer {
    params.check().expect("parameters that are allowed")
}

fn sizes(c: &mut Criterion) {
    let mut group = c.benchmark_group("clustering/exact");
    group.sample_size(10);
    let asked = std::env::var("ALMA_BENCH_ROWS")
        .ok()
        .and_then(|rows| rows.parse().ok());
    for dimension in [32, 384] {
        for rows in [1_000, 4_000].into_iter().chain(asked) {
            let planted = Planted::mixture(rows, dimension);
            bench(
                &mut group,
                "hdbscan",
                &planted,
                &exact(Hdbscan::params(SMALLEST)),
            );
        }
    }
    group.finish();
}

fn kernels(c: &mut Criterion) {
    let mut group = c.benchmark_group("clustering/kernel");
    group.sample_size(10);
    let planted = Planted::mixture(4_000, 384);
    for (name, kernel) in [
        ("vnni", Kernel::Vnni),
        ("avx2", Kernel::Avx2),
        ("plain", Kernel::Plain),
    ] {
        let params = Hdbscan::params(SMALLEST).kernel(kernel);
        bench(&mut group, name, &planted, &exact(params));
    }
    bench(
        &mut group,
        "two threads",
        &planted,
        &exact(Hdbscan::params(SMALLEST).threads(2)),
    );
    group.finish();
}

fn few_dimensions(c: &mut Criterion) {
    let mut group = c.benchmark_group("clustering/few dimensions");
    group.sample_size(10);
    for dimension in [2, 10] {
        let planted = Planted::blobs(10_000, dimension);
        bench(
            &mut group,
            "hdbscan",
            &planted,
            &exact(Hdbscan::params(SMALLEST)),
        );
    }
    group.finish();
}

fn methods(c: &mut Criterion) {
    let mut group = c.benchmark_group("clustering/method");
    group.sample_size(10);
    let planted = Planted::mixture(1_000, 64);
    let hdbscan = exact(Hdbscan::params(SMALLEST));
    let (kmeans, dbscan, optics) = (KMeansTopics::new(), Dbscan::new(0.8), Optics::new());
    let methods: [(&str, &dyn Clusterer); 4] = [
        ("hdbscan", &hdbscan),
        ("kmeans of linfa", &kmeans),
        ("dbscan of linfa", &dbscan),
        ("optics of linfa", &optics),
    ];
    for (name, clusterer) in methods {
        bench(&mut group, name, &planted, clusterer);
    }
    group.finish();
}

criterion_group!(benches, sizes, kernels, few_dimensions, methods);
criterion_main!(benches);
