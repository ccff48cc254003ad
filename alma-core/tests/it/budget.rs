//! A budget reserves before a call, so that no call overdraws it.

use alma_core::{Amount, Budget, ErrorKind};
use proptest::prelude::*;

#[test]
fn a_reservation_that_is_dropped_counts_as_spent() {
    let budget = Budget::new(Amount::calls(2).with_tokens(100));
    drop(budget.reserve(Amount::calls(1).with_tokens(60)).unwrap());
    assert_eq!(budget.used(), Amount::calls(1).with_tokens(60));
    let refused = budget
        .reserve(Amount::calls(1).with_tokens(41))
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::BudgetExceeded);
    assert!(refused.message().contains("tokens") && refused.remedy().is_some());
    assert_eq!(
        budget.left(),
        Amount::calls(1).with_tokens(40),
        "a refusal sets nothing aside"
    );
}

#[test]
fn what_a_call_did_not_cost_comes_back() {
    let budget = Budget::new(Amount::calls(10).with_tokens(1_000).with_micros(500));
    let reservation = budget
        .reserve(Amount::calls(1).with_tokens(900).with_micros(500))
        .unwrap();
    assert!(budget.reserve(Amount::calls(1).with_tokens(200)).is_err());
    reservation.settle(Amount::calls(1).with_tokens(150).with_micros(20));
    assert_eq!(
        budget.left(),
        Amount::calls(9).with_tokens(850).with_micros(480)
    );
}

#[test]
fn a_call_that_cost_more_than_was_set_aside_is_charged_in_full() {
    let budget = Budget::new(Amount::calls(5).with_tokens(10));
    budget
        .reserve(Amount::calls(1).with_tokens(5))
        .unwrap()
        .settle(Amount::calls(1).with_tokens(50));
    assert_eq!(budget.left().tokens, 0);
    assert!(budget.reserve(Amount::ZERO.with_tokens(1)).is_err());
}

#[test]
fn clones_share_one_limit_across_threads() {
    let budget = Budget::new(Amount::calls(1_000));
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let budget = budget.clone();
            let take = move |_| {
                budget
                    .reserve(Amount::calls(1))
                    .map(|one| one.settle(Amount::calls(1)))
                    .is_ok()
            };
            std::thread::spawn(move || (0..500).filter(|n| take(*n)).count())
        })
        .collect();
    let won: usize = threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .sum();
    assert_eq!(won, 1_000);
    assert_eq!(budget.left().calls, 0);
}

#[test]
fn without_a_limit_nothing_overflows() {
    let budget = Budget::unlimited();
    for _ in 0..3 {
        let most = Amount::calls(u64::MAX).with_tokens(u64::MAX);
        budget.reserve(most).unwrap().settle(Amount::calls(1));
    }
}

proptest! {
    #[test]
    fn no_order_of_calls_overdraws(limit in 0..50_u64, steps in prop::collection::vec((0..20_u64, 0..20_u64, any::<bool>()), 0..40)) {
        let budget = Budget::new(Amount::calls(limit));
        let mut open = Vec::new();
        for (most, actual, settles) in steps {
            if let Ok(reservation) = budget.reserve(Amount::calls(most)) {
                if settles {
                    reservation.settle(Amount::calls(actual.min(most)));
                } else {
                    open.push(reservation);
                }
            }
            prop_assert!(budget.used().calls <= limit);
            prop_assert_eq!(budget.left().calls, limit - budget.used().calls);
        }
    }
}
