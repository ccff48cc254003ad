//! Who watches a fit hears how far it is, and may end it at any word.

use std::{
    ops::ControlFlow,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use alma_memory::cluster::hdbscan::{
    Distances, Hdbscan, HdbscanError, HdbscanParams, Kernel, Metric, Search,
};
use linfa::{DatasetBase, ParamGuard, traits::Fit};
use ndarray::Array2;

/// What a watcher does, on any thread.
type Watch<'a> = &'a (dyn Fn(f64) -> ControlFlow<()> + Sync);

/// A fit that may be watched.
type Watched<'a> = Box<dyn Fn(Watch<'_>) -> Result<Hdbscan, HdbscanError> + 'a>;

/// Clumps, some rows twice.
fn rows(count: usize, dimension: usize) -> Array2<f64> {
    Array2::from_shape_fn((count, dimension), |(row, column)| {
        let row = if row % 50 == 49 { row - 1 } else { row };
        let noise = ((row * dimension + column) as f64 * 0.618_033_988_75).fract();
        (row % 5 * (column + 2) % 7) as f64 + noise
    })
}

/// Every way that a fit may take, with these threads.
fn ways<'a>(few: &'a Array2<f64>, many: &'a Array2<f64>, threads: usize) -> Vec<Watched<'a>> {
    let params = Hdbscan::params(8).threads(threads);
    let fit = |params: HdbscanParams, rows: &'a Array2<f64>| -> Watched<'a> {
        let params = params.check().unwrap();
        Box::new(move |watch| params.fit_watched(rows, watch))
    };
    let n = 2_100.min(few.nrows());
    let distance = |a: usize, b: usize| (few[(a, 0)] - few[(b, 0)]).abs();
    let square = Array2::from_shape_fn((n, n), |(a, b)| distance(a, b));
    let pairs: Vec<(usize, usize, f64)> = (1..n)
        .flat_map(|a| (a.saturating_sub(40)..a).map(move |b| (a, b)))
        .map(|(a, b)| (a, b, distance(a, b)))
        .collect();
    let given = params.check().unwrap();
    vec![
        fit(params, few),
        fit(params, many),
        fit(params.kernel(Kernel::Plain), few),
        fit(params.metric(Metric::Manhattan), many),
        fit(params.search(Search::Approximate), many),
        Box::new(move |watch| {
            let distances = Distances::square(square.view()).unwrap();
            given.fit_distances_watched(&distances, watch)
        }),
        Box::new(move |watch| {
            let distances = Distances::sparse(n, pairs.iter().copied()).unwrap();
            given.fit_distances_watched(&distances, watch)
        }),
    ]
}

/// Labels, probabilities and the tree.
type Found = (Vec<Option<u32>>, Vec<f64>, Vec<(f64, f64)>);

fn found(model: &Hdbscan) -> Found {
    let edges = model.spanning_tree().iter();
    (
        model.labels().to_vec(),
        model.probabilities().to_vec(),
        edges.map(|edge| (edge.weight, edge.distance)).collect(),
    )
}

#[test]
fn a_watcher_hears_of_every_step_and_changes_nothing() {
    let (few, many) = (rows(2_100, 2), rows(700, 40));
    let plain = Hdbscan::params(8).fit(&DatasetBase::from(few.view()));
    let plain = found(&plain.unwrap());
    for threads in [1, 3] {
        for (way, fit) in ways(&few, &many, threads).iter().enumerate() {
            let told = Mutex::new(Vec::new());
            let model = fit(&|done| {
                told.lock().unwrap().push(done);
                ControlFlow::Continue(())
            })
            .unwrap();
            let told = told.into_inner().unwrap();
            assert!(told.is_sorted(), "{way}: {told:?}");
            assert_eq!((told[0], told[told.len() - 1]), (0.0, 1.0), "{way}");
            assert!(told.len() >= 8, "{way}: {told:?}");
            let again = fit(&|_| ControlFlow::Continue(())).unwrap();
            assert_eq!(found(&model), found(&again), "{way}");
            if way == 0 {
                assert!(told.len() >= 200, "{told:?}");
                assert_eq!(found(&model), plain);
            }
        }
    }
}

#[test]
fn a_fit_ends_at_the_word_of_its_watcher() {
    let (few, many) = (rows(2_100, 2), rows(700, 40));
    for threads in [1, 3] {
        for (way, fit) in ways(&few, &many, threads).iter().enumerate() {
            let calls = AtomicUsize::new(0);
            let count = |_| {
                calls.fetch_add(1, Ordering::Relaxed);
                ControlFlow::Continue(())
            };
            fit(&count).unwrap();
            let all = calls.load(Ordering::Relaxed);
            for last in [1, 2, all / 7, all / 3, all / 2, all * 9 / 10, all] {
                calls.store(0, Ordering::Relaxed);
                let stopped = fit(&|_| {
                    if calls.fetch_add(1, Ordering::Relaxed) + 1 == last.max(1) {
                        ControlFlow::Break(())
                    } else {
                        ControlFlow::Continue(())
                    }
                });
                // Rounds of threads may take other ways; then there are fewer words than before.
                if threads > 1 && stopped.is_ok() && last == all {
                    continue;
                }
                let stopped = matches!(stopped, Err(HdbscanError::Cancelled));
                assert!(stopped, "{way}, {threads}: {last} of {all}");
                // It is not asked again, by any thread.
                assert_eq!(calls.load(Ordering::Relaxed), last.max(1), "{way}");
            }
        }
    }
}

/// Threads that wait for each other must not do so for ever.
#[test]
fn a_watcher_that_panics_ends_the_fit() {
    let (few, many) = (rows(2_100, 2), rows(700, 40));
    for fit in ways(&few, &many, 2) {
        let calls = AtomicUsize::new(0);
        let broken = catch_unwind(AssertUnwindSafe(|| {
            fit(&|done| {
                calls.fetch_add(1, Ordering::Relaxed);
                assert!(done < 0.7, "enough");
                ControlFlow::Continue(())
            })
        }));
        assert!(broken.is_err() && calls.into_inner() > 1);
    }
}
