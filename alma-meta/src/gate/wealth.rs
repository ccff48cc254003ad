//! Wealth: what a gambler with fixed stakes would own who bets against "no better than δ".
//!
//! The betting test of Waudby-Smith and Ramdas ("Estimating means of bounded random
//! variables by betting", arXiv 2010.09686) with a fixed mixture of stakes. For paired
//! differences `d` in [-1, 1] and the null hypothesis `E[d | past] <= δ`:
//!
//! ```text
//! W_j <- W_j + ln(1 + L_j (d - δ))        L = 1/2, 1/4, 1/8, 1/16, 1/32
//! e    = mean_j exp(W_j)
//! ```
//!
//! Under the null each factor has an expectation of at most one, so `e` is a
//! supermartingale that starts at one; Ville's inequality gives
//! `P(sup e >= 1/α) <= α`, whenever and however often somebody looks.

use alma_core::{Error, Result};
use serde::{Deserialize, Serialize};

/// The stakes of the mixture. Each is below `1 / (1 + δ)` for every δ below one, so no factor reaches zero.
pub const STAKES: [f64; 5] = [0.5, 0.25, 0.125, 0.0625, 0.031_25];

/// Log-wealth is counted in steps of 2⁻³⁶: whole numbers add up to the same sum in any order.
const STEPS: f64 = (1_u64 << 36) as f64;

/// The log-wealths of one test of one metric: additive, mergeable, free of order to the bit.
///
/// Each factor is rounded down, so rounding never makes evidence stronger.
///
/// # Examples
/// ```
/// use alma_meta::Wealth;
/// let mut wealth = Wealth::against(0.005)?;
/// wealth.bet(1.0, 40)?;
/// wealth.bet(0.0, 300)?;
/// assert!(wealth.e() > 1_000.0);
/// # Ok::<(), alma_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wealth {
    delta: f64,
    pairs: u64,
    steps: [i64; 5],
}

impl Wealth {
    /// No bets yet, against the null hypothesis that the mean difference is at most `delta`.
    ///
    /// # Errors
    /// `InvalidInput` unless `delta` lies strictly between -1 and 1.
    pub fn against(delta: f64) -> Result<Self> {
        if !(delta > -1.0 && delta < 1.0) {
            return Err(
                Error::invalid(format!("cannot test against a mean of {delta}"))
                    .with_remedy("give a difference strictly between -1 and 1"),
            );
        }
        Ok(Self {
            delta,
            pairs: 0,
            steps: [0; 5],
        })
    }

    /// Bets on `times` pairs that all differed by `difference`.
    ///
    /// # Errors
    /// `InvalidInput` unless `difference` lies in [-1, 1]; nothing is counted then.
    pub fn bet(&mut self, difference: f64, times: u64) -> Result<()> {
        check(difference)?;
        let times_i = i64::try_from(times).unwrap_or(i64::MAX);
        for (steps, stake) in self.steps.iter_mut().zip(STAKES) {
            let factor = (stake * (difference - self.delta)).ln_1p();
            *steps =
                steps.saturating_add(((factor * STEPS).floor() as i64).saturating_mul(times_i));
        }
        self.pairs = self.pairs.saturating_add(times);
        Ok(())
    }

    /// Adds the bets of `other`, which were made on other pairs.
    ///
    /// # Errors
    /// `InvalidInput` when `other` tests another hypothesis.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        if self.delta != other.delta {
            return Err(Error::invalid(format!(
                "cannot merge evidence against {} into evidence against {}",
                other.delta, self.delta
            ))
            .with_remedy("merge evidence of one enrolment only"));
        }
        for (mine, theirs) in self.steps.iter_mut().zip(other.steps) {
            *mine = mine.saturating_add(theirs);
        }
        self.pairs = self.pairs.saturating_add(other.pairs);
        Ok(())
    }

    /// The mean that is tested against.
    #[must_use]
    pub const fn delta(&self) -> f64 {
        self.delta
    }

    /// How many pairs were bet on.
    #[must_use]
    pub const fn pairs(&self) -> u64 {
        self.pairs
    }

    /// The five log-wealths `W_j`.
    #[must_use]
    pub fn logs(&self) -> [f64; 5] {
        self.steps.map(|steps| steps as f64 / STEPS)
    }

    /// `ln e`: what decisions compare, since `e` itself leaves the range of numbers.
    #[must_use]
    pub fn ln_e(&self) -> f64 {
        let logs = self.logs();
        let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = logs.iter().map(|log| (log - top).exp()).sum();
        top + (sum / STAKES.len() as f64).ln()
    }

    /// The e-value, for people; the largest finite number where it would overflow.
    #[must_use]
    pub fn e(&self) -> f64 {
        self.ln_e().exp().min(f64::MAX)
    }
}

/// Refuses what is no difference of two scores in [0, 1].
pub(crate) fn check(difference: f64) -> Result<()> {
    if (-1.0..=1.0).contains(&difference) {
        Ok(())
    } else {
        Err(
            Error::invalid(format!("cannot bet on a difference of {difference}"))
                .with_remedy("scores lie in [0, 1], so differences lie in [-1, 1]"),
        )
    }
}
