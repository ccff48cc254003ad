//! The rules of the gate: every number that a decision depends on.

use alma_core::{Error, Result};
use serde::{Deserialize, Serialize};

/// What the owner allows the gate; frozen into each enrolment, so a trial ends under the rules it began with.
///
/// # Examples
/// ```
/// use alma_meta::Rules;
/// let rules = Rules::default();
/// assert_eq!(rules.per_year, 52);
/// assert!(rules.check().is_ok());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Rules {
    /// The chance of any false promotion in a rolling year, 0.05; at most 0.5.
    pub year_error: f64,
    /// K: how many enrolments a rolling year may hold, 52. Each gets `year_error / K`.
    pub per_year: u32,
    /// δ: the gain that is not worth a change, 0.005. Promotion shows a gain above it.
    pub min_gain: f64,
    /// The gain below which a trial is not worth its nights, 0.03.
    pub worthwhile: f64,
    /// The e-value at which a trial is closed as not worthwhile, 20.
    pub close_at: f64,
    /// How many nights a promotion needs at least, 2.
    pub min_nights: u32,
    /// How many nights a trial may last, 60.
    pub max_nights: u32,
    /// How many trials may be open at a time, 4.
    pub max_trials: u32,
    /// The e-value of "the old one was better" at which a promotion is taken back, 20.
    pub roll_back_at: f64,
    /// How many fresh pairs a trial gets a night, 200.
    pub pairs: u32,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            year_error: 0.05,
            per_year: 52,
            min_gain: 0.005,
            worthwhile: 0.03,
            close_at: 20.0,
            min_nights: 2,
            max_nights: 60,
            max_trials: 4,
            roll_back_at: 20.0,
            pairs: 200,
        }
    }
}

impl Rules {
    /// Proves that the numbers make a gate.
    ///
    /// # Errors
    /// `InvalidInput` naming the first number out of its range.
    pub fn check(&self) -> Result<()> {
        let fault = |name: &str, rule: &str| {
            Err(
                Error::invalid(format!("cannot use the gate's rule '{name}'"))
                    .with_remedy(format!("give it a value {rule}")),
            )
        };
        if !(self.year_error > 0.0 && self.year_error <= 0.5) {
            return fault("year_error", "above 0 and at most 0.5");
        }
        if self.per_year == 0 || self.per_year > 100_000 {
            return fault("per_year", "from 1 to 100000");
        }
        if !(0.0..1.0).contains(&self.min_gain) {
            return fault("min_gain", "from 0 to below 1");
        }
        if !(self.worthwhile > self.min_gain && self.worthwhile < 1.0) {
            return fault("worthwhile", "above min_gain and below 1");
        }
        if !(self.close_at > 1.0 && self.close_at.is_finite()) {
            return fault("close_at", "above 1");
        }
        if !(self.roll_back_at > 1.0 && self.roll_back_at.is_finite()) {
            return fault("roll_back_at", "above 1");
        }
        if self.min_nights < 2 {
            return fault("min_nights", "of at least 2");
        }
        if self.max_nights < self.min_nights {
            return fault("max_nights", "of at least min_nights");
        }
        if self.max_trials == 0 || self.max_trials > 4 {
            return fault("max_trials", "from 1 to 4");
        }
        if self.pairs == 0 || self.pairs > 1_000_000 {
            return fault("pairs", "from 1 to 1000000");
        }
        Ok(())
    }
}
