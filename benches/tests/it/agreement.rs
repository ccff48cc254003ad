//! The adjusted Rand index against values worked out by hand and by scikit-learn.

use alma_benches::agreement::adjusted_rand;

fn groups(numbers: &[i32]) -> Vec<Option<u32>> {
    numbers
        .iter()
        .map(|number| u32::try_from(*number).ok())
        .collect()
}

fn index(a: &[i32], b: &[i32]) -> f64 {
    adjusted_rand(&groups(a), &groups(b))
}

#[test]
fn numbers_of_groups_do_not_matter() {
    assert_eq!(index(&[0, 0, 1, 1, -1], &[7, 7, 3, 3, 9]), 1.0);
    assert_eq!(index(&[], &[]), 1.0);
    assert_eq!(index(&[0, 0, 0], &[4, 4, 4]), 1.0);
}

#[test]
fn known_values() {
    // sklearn.metrics.adjusted_rand_score gives the same.
    assert!((index(&[0, 0, 1, 1], &[0, 0, 1, 2]) - 4.0 / 7.0).abs() < 1e-12);
    assert!((index(&[0, 0, 1, 1], &[0, 1, 0, 1]) + 0.5).abs() < 1e-12);
    assert_eq!(index(&[0, 0, 0, 0], &[0, 1, 2, 3]), 0.0);
}
