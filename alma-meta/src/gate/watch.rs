//! The watch over a promotion: the old version shadows, and takes its place back when it was better.

use std::collections::BTreeMap;

use alma_core::Result;
use serde::{Deserialize, Serialize};

use super::{rules::Rules, wealth::Wealth};

/// What fresh pairs have shown since a promotion, seen from the old version.
///
/// A difference is `score(old) - score(new)`; the hypothesis bet against is "the old
/// one is no better", δ = 0, so a return is wrong with a chance of at most `1 / roll_back_at`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Watch {
    trial: u32,
    old_better: Wealth,
    broken: BTreeMap<String, String>,
}

impl Watch {
    /// Nothing seen yet since the promotion of `trial`.
    ///
    /// # Errors
    /// None in practice; zero is a mean that can be tested.
    pub fn over(trial: u32) -> Result<Self> {
        Ok(Self {
            trial,
            old_better: Wealth::against(0.0)?,
            broken: BTreeMap::new(),
        })
    }

    /// Counts `times` fresh pairs on which the old version scored `difference` more than the new one.
    ///
    /// # Errors
    /// `InvalidInput` unless `difference` lies in [-1, 1].
    pub fn observe(&mut self, difference: f64, times: u64) -> Result<()> {
        self.old_better.bet(difference, times)
    }

    /// Notes that a hard guard fails since the promotion, and what was seen.
    pub fn fail(&mut self, guard: impl Into<String>, seen: impl Into<String>) {
        self.broken
            .entry(guard.into())
            .or_insert_with(|| seen.into());
    }

    /// Adds what other pairs have shown.
    ///
    /// # Errors
    /// None in practice; all watches test the same hypothesis.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        self.old_better.merge(&other.old_better)?;
        for (guard, seen) in &other.broken {
            self.fail(guard, seen);
        }
        Ok(())
    }

    /// The trial whose promotion is watched.
    #[must_use]
    pub const fn trial(&self) -> u32 {
        self.trial
    }

    /// Wealth against "the old one is no better".
    #[must_use]
    pub const fn old_better(&self) -> &Wealth {
        &self.old_better
    }

    /// Why the promotion must be taken back now, if it must: at once on a hard guard, else at `e >= roll_back_at`.
    #[must_use]
    pub fn must_return(&self, rules: &Rules) -> Option<String> {
        if let Some((guard, seen)) = self.broken.first_key_value() {
            return Some(format!("hard guard {guard} failed: {seen}"));
        }
        (self.old_better.ln_e() >= rules.roll_back_at.ln()).then(|| {
            format!(
                "the version before scored better: e = {:.1} after {} pairs",
                self.old_better.e(),
                self.old_better.pairs()
            )
        })
    }
}
