//! How long a failed attempt waits before the next.

use std::time::Duration;

use alma_core::{Claim, Digest, ErrorKind, Fault};

/// Exponential pauses with full jitter, by the class of the error.
///
/// A pause is drawn between nothing and a bound that doubles with each attempt. The first bound is one second when
/// something cannot be reached, took too long, or broke, and five when it is overloaded; no bound is above five minutes.
/// A fault that says when a retry makes sense is believed, up to a day. The draw follows from the seed, the job
/// and the fencing number, so that a run can be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    seed: u64,
}

impl Backoff {
    /// The longest pause that is drawn.
    pub const LONGEST: Duration = Duration::from_secs(300);
    /// The longest pause that a fault may ask for.
    pub const LONGEST_TOLD: Duration = Duration::from_secs(24 * 3_600);

    /// Pauses whose jitter follows from `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The pause after the failed attempt `claim`, the job's `attempts`-th; nothing when the fault is final.
    ///
    /// Kinds that are not transient, and neither `Internal` nor `LeaseLost`, are final.
    #[must_use]
    pub fn pause(&self, claim: Claim, attempts: u32, fault: &Fault) -> Option<Duration> {
        let again = fault.kind.is_transient()
            || matches!(fault.kind, ErrorKind::Internal | ErrorKind::LeaseLost);
        if !again {
            return None;
        }
        if let Some(told) = fault.retry_after_ms {
            return Some(Duration::from_millis(told).min(Self::LONGEST_TOLD));
        }
        let first = match fault.kind {
            ErrorKind::Overloaded => Duration::from_secs(5),
            _ => Duration::from_secs(1),
        };
        let doubled = attempts.saturating_sub(1).min(16);
        let bound = first.saturating_mul(1 << doubled).min(Self::LONGEST);
        let draw = Digest::of_parts(&[
            &self.seed.to_le_bytes(),
            claim.job.as_bytes(),
            &claim.token.to_le_bytes(),
        ])
        .number();
        Some(bound.mul_f64(draw as f64 / u64::MAX as f64))
    }
}

impl Default for Backoff {
    fn default() -> Self {
        Self::new(0)
    }
}
