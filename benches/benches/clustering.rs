//! How does clustering grow with the number of rows and their dimension?

#![expect(
    clippy::expect_used,
    reason = "a workload that cannot run fails the benchmark"
)]

use std::hint::black_box;

use alma_benches::mixture;
use alma_memory::cluster::{Clusterer, KMeansTopics, Rows};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

fn clustering(c: &mut Criterion) {
    let mut group = c.benchmark_group("clustering");
    group.sample_size(10);
    for dimension in [32, 256] {
        for rows in [500, 2_000, 8_000] {
            let numbers = mixture(rows, dimension, 7);
            group.throughput(Throughput::Elements(rows as u64));
            let id = BenchmarkId::new(format!("kmeans/d{dimension}"), rows);
            group.bench_with_input(id, &numbers, |b, numbers| {
                b.iter(|| {
                    let rows = Rows::new(numbers, dimension).expect("finite rows");
                    black_box(KMeansTopics::new().cluster(&rows, 5).expect("groups"))
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, clustering);
criterion_main!(benches);
