//! How long does a plan take, by the number of tools on offer?

#![expect(
    clippy::expect_used,
    reason = "a workload that cannot run fails the benchmark"
)]

use std::hint::black_box;

use alma_benches::tools;
use alma_core::{Mission, MissionId, Offer, Planner, Scope};
use alma_planner::TaskPlanner;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

fn planning(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let scope = Scope::new("bench/planning").expect("a scope");
    let planner = TaskPlanner::new();
    let mut group = c.benchmark_group("planning");
    for count in [10, 100, 1_000] {
        let offer = Offer::tools(tools(count));
        let goal =
            "make a thing3 out of a thing2 \"x\", then make a thing4 of it, and then a thing5";
        let mission = Mission::new(MissionId::from_bytes([1; 16]), goal);
        group.bench_function(BenchmarkId::new("chain", count), |b| {
            b.iter(|| {
                let draft = runtime
                    .block_on(planner.plan(&scope, &mission, &offer))
                    .expect("a draft");
                black_box(draft)
            });
        });
    }
    group.finish();
}

criterion_group!(benches, planning);
criterion_main!(benches);
