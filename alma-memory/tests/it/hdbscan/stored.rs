//! A stored model is the model: the same bits, and nothing that was changed on the way.

use alma_memory::cluster::hdbscan::{
    Distances, Hdbscan, Metric, Missing, Selection, StoredError, StoredHdbscan,
};
use linfa::{DatasetBase, ParamGuard, traits::Fit};
use ndarray::Array2;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{data, fit, records, two_clumps};

fn again(model: &Hdbscan) -> Hdbscan {
    serde_json::from_str(&serde_json::to_string(model).unwrap()).unwrap()
}

fn same(a: &Hdbscan, b: &Hdbscan) -> bool {
    a.labels() == b.labels()
        && a.probabilities() == b.probabilities()
        && a.stabilities() == b.stabilities()
        && a.spanning_tree() == b.spanning_tree()
        && a.condensed_tree() == b.condensed_tree()
        && a.single_linkage() == b.single_linkage()
        && a.outlier_scores() == b.outlier_scores()
        && a.stats() == b.stats()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_stored_comes_back(
        rows in data(), smallest in 2..7_usize, neighbours in 1..6_usize, leaf in any::<bool>(),
        power in prop_oneof![Just(0), Just(-1030), Just(1010)],
    ) {
        let scale = 2.0_f64.powi(power / 2) * 2.0_f64.powi(power - power / 2);
        let rows: Vec<Vec<f64>> =
            rows.into_iter().map(|row| row.into_iter().map(|x| x * scale).collect()).collect();
        let params = Hdbscan::params(smallest)
            .min_samples(neighbours)
            .selection(if leaf { Selection::Leaf } else { Selection::ExcessOfMass })
            .max_cluster_size(20);
        let model = fit(&rows, params);
        let loaded = again(&model);
        prop_assert!(same(&model, &loaded));
        let other = Hdbscan::params(3).allow_single_cluster(true);
        prop_assert!(same(&model.relabel(&other).unwrap(), &loaded.relabel(&other).unwrap()));
        let rows = records(&rows);
        let new = rows.mapv(|x| 0.9 * x + 0.1 * scale);
        prop_assert_eq!(
            model.predictor(&rows).unwrap().assign(&new).unwrap(),
            loaded.predictor(&rows).unwrap().assign(&new).unwrap()
        );
    }
}

#[test]
fn rows_of_every_kind_come_back() {
    let mut rows = two_clumps();
    rows[3] = vec![0.0; 4];
    rows[9][1] = f64::NAN;
    for metric in [Metric::Cosine, Metric::Manhattan] {
        let model = fit(
            &rows,
            Hdbscan::params(10).metric(metric).missing(Missing::Noise),
        );
        let loaded = again(&model);
        assert!(same(&model, &loaded));
        let rows = records(&rows);
        assert_eq!(
            loaded.predictor(&rows).unwrap().assign(&rows).unwrap().0,
            model.labels()
        );
    }
    let single = records(&two_clumps()).mapv(|x| x as f32);
    let model = Hdbscan::params(10)
        .fit(&DatasetBase::from(single.view()))
        .unwrap();
    assert!(same(&model, &again(&model)));
    assert!(again(&model).predictor(&single).is_ok());
    // A forest of given distances has core distances that no format needs to know.
    let params = Hdbscan::params(3).min_samples(3).check().unwrap();
    let pairs: Vec<(usize, usize, f64)> = (0..20)
        .flat_map(|a| (0..a).map(move |b| (a, b, (a + 2 * b + 1) as f64)))
        .filter(|pair| pair.0 % 2 == pair.1 % 2)
        .collect();
    let model = params
        .fit_distances(&Distances::sparse(23, pairs).unwrap())
        .unwrap();
    assert!(same(&model, &again(&model)));
    let empty = Array2::<f64>::zeros((0, 3));
    let model = Hdbscan::params(10).fit(&DatasetBase::from(empty)).unwrap();
    assert!(same(&model, &again(&model)));
}

#[test]
fn a_newer_version_is_told_whatever_it_holds() {
    let newer: StoredHdbscan =
        serde_json::from_value(json!({"version": 9, "manifold": [1, 2]})).unwrap();
    assert_eq!(
        Hdbscan::try_from(newer).unwrap_err(),
        StoredError::Version { found: 9, known: 1 }
    );
    let error = serde_json::from_value::<Hdbscan>(json!({"version": 9})).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot load a model of version 9: this library reads up to 1"
    );
    assert!(matches!(
        Hdbscan::try_from(StoredHdbscan::default()),
        Err(StoredError::Damaged(_))
    ));
}

/// Every number of a file is under its checksum.
#[test]
fn a_damaged_model_is_refused() {
    let mut rows = two_clumps();
    rows[9][1] = f64::NAN;
    let model = fit(
        &rows,
        Hdbscan::params(10)
            .missing(Missing::Noise)
            .max_cluster_size(90),
    );
    let whole = serde_json::to_value(&model).unwrap();
    assert!(serde_json::from_value::<Hdbscan>(whole.clone()).is_ok());
    let mut damaged = 0;
    for (name, value) in whole.as_object().unwrap() {
        let other = match value {
            Value::Bool(value) => json!(!value),
            Value::Number(number) if number.is_f64() => json!(number.as_f64().unwrap() + 0.5),
            Value::Number(number) if number.as_u64() == Some(0) => json!(1),
            Value::Number(number) => json!(number.as_u64().unwrap() - 1),
            Value::Array(numbers) => {
                let mut numbers = numbers.clone();
                numbers.rotate_left(1);
                match numbers.len() {
                    1 => json!([]),
                    _ => json!(numbers),
                }
            }
            Value::String(_) | Value::Null | Value::Object(_) => continue,
        };
        let mut torn = whole.clone();
        torn[name] = other;
        let stored: StoredHdbscan = serde_json::from_value(torn).unwrap();
        assert!(
            matches!(Hdbscan::try_from(stored), Err(StoredError::Damaged(_))),
            "{name}"
        );
        damaged += 1;
    }
    assert!(damaged >= 15);
    let mut torn = whole;
    torn["metric"] = json!("Cosine");
    assert!(serde_json::from_value::<Hdbscan>(torn).is_err());
}
