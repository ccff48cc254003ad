//! The pauses before retries.

use std::time::Duration;

use alma_core::{Claim, ErrorKind, Fault, JobId};
use alma_workers::Backoff;
use proptest::prelude::*;

const RETRIED: [ErrorKind; 5] = [
    ErrorKind::Unavailable,
    ErrorKind::TimedOut,
    ErrorKind::Overloaded,
    ErrorKind::Internal,
    ErrorKind::LeaseLost,
];

fn claim(job: u128, token: u64) -> Claim {
    Claim::new(JobId::from_bytes(job.to_be_bytes()), token)
}

/// The longest of many draws, which comes close to the bound.
fn longest(attempts: u32, kind: ErrorKind) -> Duration {
    let fault = Fault::new(kind, "cannot go on");
    (0..2_000)
        .filter_map(|job| Backoff::new(1).pause(claim(job, 1), attempts, &fault))
        .max()
        .unwrap()
}

proptest! {
    #[test]
    fn pauses_are_bounded_and_repeatable(
        seed: u64, job: u128, token: u64, attempts: u32, kind in prop::sample::select(&RETRIED[..])
    ) {
        let fault = Fault::new(kind, "cannot go on");
        let pause = Backoff::new(seed).pause(claim(job, token), attempts, &fault);
        prop_assert!(pause.unwrap() <= Backoff::LONGEST);
        prop_assert_eq!(pause, Backoff::new(seed).pause(claim(job, token), attempts, &fault));
    }
}

#[test]
fn bounds_double_by_class_of_error_and_draws_fill_them() {
    for attempts in 1..=6 {
        let bound = Duration::from_secs(1 << (attempts - 1));
        let long = longest(attempts, ErrorKind::Unavailable);
        assert!(
            long <= bound && long > bound.mul_f64(0.95),
            "{attempts}: {long:?}"
        );
        let long = longest(attempts, ErrorKind::Overloaded);
        assert!(
            long <= bound * 5 && long > bound.mul_f64(4.75),
            "{attempts}: {long:?}"
        );
    }
    assert!(longest(40, ErrorKind::Internal) > Backoff::LONGEST.mul_f64(0.95));
}

#[test]
fn a_fault_is_believed_and_final_ones_are_final() {
    let mut told = Fault::new(ErrorKind::Overloaded, "cannot go on");
    told.retry_after_ms = Some(1_234);
    let pause = |fault: &Fault| Backoff::default().pause(claim(1, 1), 1, fault);
    assert_eq!(pause(&told), Some(Duration::from_millis(1_234)));
    told.retry_after_ms = Some(u64::MAX);
    assert_eq!(pause(&told), Some(Backoff::LONGEST_TOLD));
    assert_eq!(pause(&Fault::new(ErrorKind::Denied, "cannot go on")), None);
    let jobs: std::collections::BTreeSet<_> = (0..100)
        .map(|seed| {
            let fault = Fault::new(ErrorKind::Internal, "cannot go on");
            Backoff::new(seed).pause(claim(1, 1), 5, &fault)
        })
        .collect();
    assert!(jobs.len() > 90, "the seed decides");
}
