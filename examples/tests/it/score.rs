//! Scores agree with what can be worked out by hand.

use std::collections::BTreeMap;

use alma_examples::evaluate::score::{Counts, ndcg_at, percentile, recall_at};

fn ranking(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

fn relevant(ids: &[(&str, u32)]) -> BTreeMap<String, u32> {
    ids.iter()
        .map(|(id, grade)| ((*id).to_owned(), *grade))
        .collect()
}

#[test]
fn recall_counts_each_relevant_document_once() {
    let right = relevant(&[("a", 1), ("b", 1)]);
    assert_eq!(recall_at(&ranking(&["x", "a", "b"]), &right, 2), 0.5);
    assert_eq!(recall_at(&ranking(&["x", "a", "b"]), &right, 10), 1.0);
    assert_eq!(recall_at(&ranking(&[]), &right, 10), 0.0);
}

#[test]
fn ndcg_is_one_for_the_best_order_and_discounts_by_rank() {
    let right = relevant(&[("a", 1), ("b", 1)]);
    assert!((ndcg_at(&ranking(&["b", "a"]), &right, 10) - 1.0).abs() < 1e-12);
    let ideal = 1.0 + 1.0 / 3.0_f64.log2();
    let got = (1.0 / 3.0_f64.log2() + 0.5) / ideal;
    assert!((ndcg_at(&ranking(&["x", "a", "b"]), &right, 10) - got).abs() < 1e-12);
    assert_eq!(ndcg_at(&ranking(&["x"]), &right, 10), 0.0);
}

#[test]
fn counts_compare_multisets() {
    let counts = Counts::of(&["a", "a", "b"], &["a", "b", "b", "c"]);
    assert_eq!(
        counts,
        Counts {
            hit: 2,
            proposed: 3,
            right: 4
        }
    );
    assert!((counts.f1() - 4.0 / 7.0).abs() < 1e-12);
    assert!(!counts.is_exact());
    assert!(Counts::of(&["a", "b"], &["b", "a"]).is_exact());
}

#[test]
fn percentiles_are_values_that_occurred() {
    let values = [4.0, 1.0, 3.0, 2.0];
    assert_eq!(percentile(&values, 0.5), 2.0);
    assert_eq!(percentile(&values, 0.95), 4.0);
    assert_eq!(percentile(&[], 0.5), 0.0);
}
