//! A fit that is stored between batches goes on as if nothing had happened, and a damaged file is told apart.

use alma_memory::cluster::hdbscan::{
    Hdbscan, HdbscanParams, Incremental, Kernel, Metric, Missing, Search, StoredError,
    StoredIncremental,
};
use linfa::{DatasetBase, Float, ParamGuard, traits::Fit};
use ndarray::Array2;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{data, records, two_clumps};

fn again<F: Float + Into<f64>>(fit: &Incremental<F>) -> Incremental<F> {
    serde_json::from_str(&serde_json::to_string(fit).unwrap()).unwrap()
}

fn same(a: &Hdbscan, b: &Hdbscan) -> bool {
    let lengths = |model: &Hdbscan| -> Vec<(u64, u64)> {
        let edges = model.spanning_tree().iter();
        edges
            .map(|edge| (edge.weight.to_bits(), edge.distance.to_bits()))
            .collect()
    };
    a.labels() == b.labels()
        && a.probabilities() == b.probabilities()
        && a.stabilities() == b.stabilities()
        && lengths(a) == lengths(b)
}

fn is_fresh(fit: &Incremental<f64>, params: HdbscanParams) -> bool {
    let dimension = fit.numbers().len() / fit.len().max(1);
    let rows = Array2::from_shape_vec((fit.len(), dimension), fit.numbers().to_vec()).unwrap();
    same(fit.model(), &params.fit(&DatasetBase::from(rows)).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_stored_fit_goes_on(
        rows in data(), batch in 1..9_usize, neighbours in 1..5_usize,
        metric in prop_oneof![Just(Metric::Euclidean), Just(Metric::Cosine), Just(Metric::Manhattan)],
        kernel in prop_oneof![Just(Kernel::Auto), Just(Kernel::Plain)],
        power in prop_oneof![Just(0), Just(-1000), Just(900)],
    ) {
        let scale = 2.0_f64.powi(power / 2) * 2.0_f64.powi(power - power / 2);
        let rows = records(&rows).mapv(|x| x * scale);
        let params = Hdbscan::params(3).min_samples(neighbours).metric(metric).kernel(kernel);
        let (first, later) = rows.view().split_at(ndarray::Axis(0), rows.nrows() - rows.nrows() / 4);
        let mut kept = params.check().unwrap().incremental(&first).unwrap();
        let mut loaded = again(&kept);
        prop_assert!(same(loaded.model(), kept.model()));
        prop_assert_eq!(loaded.model().stats(), kept.model().stats());
        for step in 0..3 {
            // One of them is stored before every batch, the other never.
            loaded = again(&loaded);
            if step == 1 {
                let going: Vec<u64> = kept.ids().iter().copied().step_by(batch).collect();
                kept.remove(&going).unwrap();
                loaded.remove(&going).unwrap();
            } else if later.nrows() > 0 {
                prop_assert_eq!(kept.insert(&later).unwrap(), loaded.insert(&later).unwrap());
            }
            prop_assert_eq!((kept.ids(), kept.numbers()), (loaded.ids(), loaded.numbers()));
            prop_assert!(same(loaded.model(), kept.model()));
            prop_assert!(is_fresh(&loaded, params));
        }
    }
}

#[test]
fn rows_of_every_kind_are_stored_to_the_bit() {
    let mut rows = two_clumps();
    rows[3] = vec![-0.0; 4];
    rows[9] = vec![f64::NAN, f64::INFINITY, f64::MIN_POSITIVE / 8.0, 0.1];
    let rows = records(&rows);
    let params = Hdbscan::params(6)
        .metric(Metric::Cosine)
        .missing(Missing::Noise)
        .search(Search::Auto)
        .check()
        .unwrap();
    let fit = params.incremental(&rows).unwrap();
    let loaded = again(&fit);
    let bits = |all: &[f64]| all.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(loaded.numbers()), bits(fit.numbers()));
    assert!(same(loaded.model(), fit.model()));
    assert_eq!(loaded.model().stats(), fit.model().stats());
    let single = rows.mapv(|x| x as f32);
    let fit = params.incremental(&single).unwrap();
    let mut loaded = again(&fit);
    let bits = |all: &[f32]| all.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(loaded.numbers()), bits(fit.numbers()));
    assert_eq!(loaded.insert(&single).unwrap(), 120..240);
    // Nobody takes the rows of one precision for those of the other.
    let text = serde_json::to_string(&fit).unwrap();
    let error = serde_json::from_str::<Incremental<f64>>(&text).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot load a damaged model: its rows are of the other precision"
    );
    let mut nothing = again(&params.incremental(&Array2::<f64>::zeros((0, 0))).unwrap());
    assert_eq!(nothing.insert(&rows).unwrap(), 0..120);
}

#[test]
fn a_newer_version_is_told_whatever_it_holds() {
    let newer: StoredIncremental =
        serde_json::from_value(json!({"version": 9, "manifold": [1, 2]})).unwrap();
    assert_eq!(
        Incremental::<f64>::try_from(newer).unwrap_err(),
        StoredError::Version { found: 9, known: 1 }
    );
    assert!(matches!(
        Incremental::<f32>::try_from(StoredIncremental::default()),
        Err(StoredError::Damaged(_))
    ));
}

/// A small fit, some of whose rows have gone.
fn small() -> Incremental<f64> {
    let params = Hdbscan::params(2).min_samples(1).check().unwrap();
    let rows = Array2::from_shape_fn((7, 2), |(row, column)| {
        (row / 3 * 9 + row % 3 + column) as f64 / 4.0
    });
    let mut fit = params.incremental(&rows).unwrap();
    fit.remove(&[2]).unwrap();
    fit
}

/// What came of damage is refused, or is what was stored.
fn is_safe(bytes: &[u8], whole: &Incremental<f64>) -> bool {
    serde_json::from_slice::<Incremental<f64>>(bytes).is_ok_and(|loaded| {
        assert_eq!(loaded.ids(), whole.ids());
        assert_eq!(loaded.numbers(), whole.numbers());
        assert!(same(loaded.model(), whole.model()));
        true
    })
}

#[test]
fn any_bit_and_any_end_may_be_lost() {
    let whole = small();
    let bytes = serde_json::to_vec(&whole).unwrap();
    assert!(is_safe(&bytes, &whole));
    let ends = (0..bytes.len()).filter(|&end| is_safe(&bytes[..end], &whole));
    assert_eq!(ends.count(), 0);
    let mut flipped = bytes.clone();
    let mut unharmed = 0;
    for at in 0..bytes.len() {
        for bit in 0..8 {
            flipped[at] ^= 1 << bit;
            unharmed += usize::from(is_safe(&flipped, &whole));
            flipped[at] = bytes[at];
        }
    }
    // Such as in the name of a field that may be left out: of eight bits of each byte not one on average.
    assert!(unharmed < bytes.len(), "{unharmed} of 8 {}", bytes.len());
}

/// Whoever forges a file computes its checksum too: what does not fit together is refused all the same.
#[test]
fn what_does_not_fit_together_is_refused() {
    let whole = serde_json::to_value(small()).unwrap();
    let other = serde_json::to_value(
        Hdbscan::params(2)
            .min_samples(1)
            .fit(&DatasetBase::from(Array2::<f64>::zeros((6, 2))))
            .unwrap(),
    )
    .unwrap();
    let swapped = |ids: [u64; 6]| json!(ids);
    let forged: Vec<(&str, Value)> = vec![
        ("next", json!(6)),
        ("next", json!(u64::MAX)),
        ("ids", swapped([0, 1, 4, 3, 5, 6])),
        ("ids", swapped([0, 1, 1, 4, 5, 6])),
        ("ids", json!([0, 1, 3, 4, 5])),
        ("dimension", json!(3)),
        ("dimension", json!(u64::MAX)),
        ("width", json!(4)),
        ("bits", json!([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])),
        ("bits", json!(vec![f64::NAN.to_bits(); 12])),
        ("bits", json!([])),
        ("model", other),
    ];
    for (name, value) in forged {
        let mut torn = whole.clone();
        torn[name] = value;
        let sealed = sealed(torn);
        let refused = Incremental::<f64>::try_from(sealed);
        assert!(
            matches!(refused, Err(StoredError::Damaged(what)) if what != "its checksum is another"),
            "{name}"
        );
    }
    assert!(Incremental::<f64>::try_from(sealed(whole)).is_ok());
}

/// The file with the checksum that it would have, as this library computes it.
fn sealed(file: Value) -> StoredIncremental {
    const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
    let sum = |words: &[u64]| {
        let mut sums = [1_u64, 2, 3, 4];
        for (at, word) in words.iter().enumerate() {
            sums[at % 4] = (sums[at % 4] ^ word).wrapping_mul(STEP).rotate_left(29);
        }
        sums.into_iter().fold(words.len() as u64, |sum, word| {
            let sum = (sum ^ word).wrapping_mul(STEP);
            (sum ^ (sum >> 32)).wrapping_mul(STEP)
        })
    };
    let number = |name: &str| file[name].as_u64().unwrap();
    let list = |name: &str| -> Vec<u64> {
        let list = file[name].as_array().unwrap().iter();
        list.map(|number| number.as_u64().unwrap()).collect()
    };
    let checksum = sum(&[
        number("version"),
        file["model"]["checksum"].as_u64().unwrap(),
        number("dimension"),
        number("width"),
        number("next"),
        sum(&list("ids")),
        sum(&list("bits")),
    ]);
    let mut file = file;
    file["checksum"] = json!(checksum);
    serde_json::from_value(file).unwrap()
}
