//! The properties of one bet: fair under the null, monotone, free of order.

use alma_core::ErrorKind;
use alma_meta::{STAKES, Wealth};
use proptest::prelude::*;

fn after(delta: f64, differences: &[f64]) -> Wealth {
    let mut wealth = Wealth::against(delta).unwrap();
    for d in differences {
        wealth.bet(*d, 1).unwrap();
    }
    wealth
}

/// Σ prob · e over all 3ⁿ sequences of -1, 0, +1.
fn expectation(p: [f64; 3], left: u32, wealth: &Wealth) -> f64 {
    if left == 0 {
        return wealth.e();
    }
    [-1.0, 0.0, 1.0]
        .into_iter()
        .zip(p)
        .map(|(d, share)| {
            let mut next = wealth.clone();
            next.bet(d, 1).unwrap();
            share * expectation(p, left - 1, &next)
        })
        .sum()
}

/// Differences on a grid, so that sums of many are exact.
fn difference() -> impl Strategy<Value = f64> {
    (-64_i32..=64).prop_map(|step| f64::from(step) / 64.0)
}

fn differences(max: usize) -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(difference(), 0..max)
}

fn delta() -> impl Strategy<Value = f64> {
    prop::sample::select(vec![-0.03, -0.02, 0.0, 0.005, 0.03])
}

proptest! {
    /// Fairness is what the whole gate rests on: whatever the world that is no better than δ, e stays at one on average.
    #[test]
    fn expects_at_most_one_under_the_null(
        delta in delta(),
        n in 1_u32..=6,
        minus in 0.0..=1.0_f64,
        plus in 0.0..=1.0_f64,
    ) {
        // The worst case on the border included: where the mean is above δ, draw it back to δ.
        let minus = minus.max(-delta);
        let plus = plus.min(minus + delta).min(1.0 - minus).max(0.0);
        prop_assume!(minus + plus <= 1.0 && plus - minus <= delta + 1e-15);
        let fair = expectation([minus, 1.0 - minus - plus, plus], n, &Wealth::against(delta).unwrap());
        prop_assert!(fair <= 1.0 + 1e-9, "{fair}");
    }

    #[test]
    fn is_free_of_order(delta in delta(), mut ds in differences(60), turn in 0_usize..60) {
        let first = after(delta, &ds);
        ds.reverse();
        let turn = turn % ds.len().max(1);
        ds.rotate_left(turn);
        prop_assert_eq!(first, after(delta, &ds));
    }

    #[test]
    fn merging_is_counting_both(delta in delta(), a in differences(40), b in differences(40)) {
        let mut merged = after(delta, &a);
        merged.merge(&after(delta, &b)).unwrap();
        let all: Vec<f64> = a.into_iter().chain(b).collect();
        prop_assert_eq!(merged, after(delta, &all));
    }

    #[test]
    fn counting_many_is_counting_each(delta in delta(), d in difference(), times in 0_u64..50) {
        let mut many = Wealth::against(delta).unwrap();
        many.bet(d, times).unwrap();
        prop_assert_eq!(many, after(delta, &vec![d; times as usize]));
    }

    #[test]
    fn is_monotone_in_each_difference(
        delta in delta(),
        mut ds in prop::collection::vec(difference(), 1..40),
        at in 0_usize..40,
        up in difference(),
    ) {
        let low = after(delta, &ds);
        let at = at % ds.len();
        ds[at] = ds[at].max(up);
        let high = after(delta, &ds);
        for (low, high) in low.logs().into_iter().zip(high.logs()) {
            prop_assert!(high >= low);
        }
        prop_assert!(high.ln_e() >= low.ln_e());
    }

    /// The log-wealth is concave in the stake, so no sequence can win for both arms.
    #[test]
    fn swapped_arms_never_both_win(delta in prop::sample::select(vec![0.0, 0.005]), ds in differences(200)) {
        let swapped: Vec<f64> = ds.iter().map(|d| -d).collect();
        let (a, b) = (after(delta, &ds).e(), after(delta, &swapped).e());
        prop_assert!(a <= 1.0 + 1e-9 || b <= 1.0 + 1e-9, "{a} {b}");
    }

    #[test]
    fn is_never_negative_and_reads_back(delta in delta(), ds in differences(60)) {
        let wealth = after(delta, &ds);
        prop_assert!(wealth.e() >= 0.0);
        let text = serde_json::to_string(&wealth).unwrap();
        prop_assert_eq!(serde_json::from_str::<Wealth>(&text).unwrap(), wealth);
    }
}

#[test]
fn follows_the_formula() {
    let ds = [1.0, -1.0, 0.25, 0.0, 1.0, 1.0, -0.5];
    let exact = STAKES
        .iter()
        .map(|stake| {
            ds.iter()
                .map(|d| 1.0 + stake * (d - 0.005))
                .product::<f64>()
        })
        .sum::<f64>()
        / 5.0;
    let e = after(0.005, &ds).e();
    assert!((e - exact).abs() < 1e-8 && e <= exact, "{e} {exact}");
}

#[test]
fn no_difference_never_wins() {
    let mut wealth = Wealth::against(0.005).unwrap();
    wealth.bet(0.0, 1_000_000).unwrap();
    assert!(wealth.e() < 1.0);
}

#[test]
fn long_wins_stay_finite() {
    let mut wealth = Wealth::against(0.005).unwrap();
    wealth.bet(1.0, u64::MAX).unwrap();
    assert!(wealth.e().is_finite() && wealth.ln_e() > 1e6);
}

#[test]
fn refuses_what_is_no_difference() {
    let mut wealth = Wealth::against(0.005).unwrap();
    for bad in [f64::NAN, f64::INFINITY, 1.01, -1.01] {
        assert_eq!(
            wealth.bet(bad, 1).unwrap_err().kind(),
            ErrorKind::InvalidInput
        );
        assert_eq!(
            Wealth::against(bad * 2.0).unwrap_err().kind(),
            ErrorKind::InvalidInput
        );
    }
    assert_eq!(wealth, Wealth::against(0.005).unwrap());
    let other = Wealth::against(0.0).unwrap();
    assert_eq!(
        wealth.merge(&other).unwrap_err().kind(),
        ErrorKind::InvalidInput
    );
}
