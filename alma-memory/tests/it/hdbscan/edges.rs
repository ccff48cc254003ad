//! Rows at the edges of what numbers can be: the answers that are right there.

use alma_memory::cluster::hdbscan::{Hdbscan, HdbscanError, Metric, Missing};
use linfa::{DatasetBase, traits::Fit};

use super::{close, fit, records, two_clumps, weights};

fn scaled(factor: f64) -> Vec<Vec<f64>> {
    let rows = two_clumps().into_iter();
    rows.map(|row| row.into_iter().map(|x| x * factor).collect())
        .collect()
}

#[test]
fn two_clumps_are_two_clusters_in_any_unit() {
    let expected = fit(&two_clumps(), Hdbscan::params(10));
    for factor in [1e150, 1e-150, 1e200, 1e-200, 1e-310, 1e307] {
        let model = fit(&scaled(factor), Hdbscan::params(10));
        assert_eq!(model.labels(), expected.labels(), "{factor}");
        let all = model.probabilities().iter().chain(model.stabilities());
        assert!(all.clone().all(|x| x.is_finite()), "{factor}");
        assert!(
            weights(&model).iter().all(|weight| weight.is_finite()),
            "{factor}"
        );
    }
    for factor in [1e30, 1e-30, 1e37, 1e-44] {
        let rows = records(&scaled(factor)).mapv(|x| x as f32);
        let model = Hdbscan::params(10).fit(&DatasetBase::from(rows)).unwrap();
        assert_eq!(model.stabilities().len(), 2, "{factor}");
        if factor > 1e-40 {
            assert_eq!(model.labels(), expected.labels(), "{factor}");
        }
    }
    // Distances that are no numbers are as far as can be told.
    let far = fit(
        &[vec![f64::MAX], vec![f64::MIN], vec![0.0]],
        Hdbscan::params(2),
    );
    assert!(weights(&far).iter().all(|weight| weight.is_finite()));
}

#[test]
fn more_neighbours_than_there_are_rows_are_all_rows() {
    let rows = two_clumps()[..12].to_vec();
    let all = fit(&rows, Hdbscan::params(3).min_samples(11));
    for neighbours in [12, 13, 1000, usize::MAX] {
        let model = fit(&rows, Hdbscan::params(3).min_samples(neighbours));
        assert_eq!(weights(&model), weights(&all));
        assert_eq!(
            (model.labels(), model.probabilities()),
            (all.labels(), all.probabilities())
        );
    }
    let few = fit(&rows, Hdbscan::params(13).allow_single_cluster(true));
    assert_eq!(few.labels(), [None; 12]);
}

#[test]
fn one_clump_is_noise_unless_that_is_allowed() {
    let rows: Vec<Vec<f64>> = two_clumps().into_iter().step_by(2).collect();
    let model = fit(&rows, Hdbscan::params(25));
    assert_eq!(
        (model.labels(), model.probabilities()),
        (&[None; 60][..], &[0.0; 60][..])
    );
    let one = fit(&rows, Hdbscan::params(25).allow_single_cluster(true));
    assert_eq!(one.labels(), [Some(0); 60]);
    assert!(
        one.probabilities()
            .iter()
            .all(|p| (0.0..=1.0).contains(p) && *p > 0.0)
    );
}

#[test]
fn constant_columns_change_nothing() {
    let rows = two_clumps();
    let expected = fit(&rows, Hdbscan::params(10));
    let wide = |value: f64| -> Vec<Vec<f64>> {
        rows.iter()
            .map(|row| [&[value][..], row, &[value; 40]].concat())
            .collect()
    };
    for value in [0.0, -7.5, 1e8, 1e100] {
        let model = fit(&wide(value), Hdbscan::params(10));
        assert_eq!(model.labels(), expected.labels(), "{value}");
        assert!(close(&weights(&model), &weights(&expected)), "{value}");
        assert!(
            close(model.probabilities(), expected.probabilities()),
            "{value}"
        );
    }
}

/// The mean is subtracted for bounds alone, so an offset costs what its digits cost and no more.
#[test]
fn an_offset_far_beyond_the_spread_costs_no_more_than_digits() {
    let rows = two_clumps();
    for offset in [1e6, -1e12] {
        let moved: Vec<Vec<f64>> = rows
            .iter()
            .map(|row| row.iter().map(|x| x + offset).collect())
            .collect();
        let back: Vec<Vec<f64>> = moved
            .iter()
            .map(|row| row.iter().map(|x| x - offset).collect())
            .collect();
        let (model, expected) = (
            fit(&moved, Hdbscan::params(10)),
            fit(&back, Hdbscan::params(10)),
        );
        assert_eq!(model.labels(), expected.labels());
        assert_eq!(model.probabilities(), expected.probabilities());
    }
}

#[test]
fn differences_below_all_numbers_are_none() {
    let mut rows = vec![vec![1.0, 0.0]; 30];
    for (at, row) in rows.iter_mut().enumerate() {
        row[1] = at as f64 * f64::from_bits(3);
    }
    rows.extend(vec![vec![2.0, 0.0]; 30]);
    let model = fit(&rows, Hdbscan::params(10));
    assert_eq!(model.stabilities().len(), 2);
    assert_eq!(model.probabilities(), [1.0; 60]);
    assert_eq!(model.labels()[..30], [Some(0); 30]);
}

#[test]
fn a_row_of_zeros_is_a_row_unless_directions_are_compared() {
    let mut rows = two_clumps();
    rows[0] = vec![0.0; 4];
    assert_eq!(fit(&rows, Hdbscan::params(10)).labels()[0], Some(0));
    for row in &mut rows[1..] {
        row[0] += 5.0;
    }
    rows[8] = vec![0.0; 4];
    let params = Hdbscan::params(10).metric(Metric::Cosine);
    assert_eq!(fit(&rows, params).stats().directionless, 2);
    rows.swap(0, 5);
    rows[2][1] = f64::NAN;
    let params = params
        .missing(Missing::Noise)
        .directionless(Missing::Reject);
    let error = params.fit(&DatasetBase::from(records(&rows))).unwrap_err();
    assert!(matches!(error, HdbscanError::Directionless(5)), "{error}");
    rows.retain(|row| row[0] != 0.0);
    rows.push(vec![0.0; 4]);
    let last = rows.len() - 1;
    let error = params.fit(&DatasetBase::from(records(&rows))).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("cannot cluster by the cosine: row {last} has no direction")
    );
}

#[test]
fn rows_of_no_numbers_are_equal_or_have_no_direction() {
    let rows = vec![vec![]; 12];
    for metric in [Metric::Euclidean, Metric::Manhattan] {
        let params = Hdbscan::params(5).metric(metric).allow_single_cluster(true);
        assert_eq!(fit(&rows, params).labels(), [Some(0); 12]);
    }
    let model = fit(&rows, Hdbscan::params(5).metric(Metric::Cosine));
    assert_eq!(
        (model.labels(), model.stats().directionless),
        (&[None; 12][..], 12)
    );
}
