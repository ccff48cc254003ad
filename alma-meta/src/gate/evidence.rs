//! Evidence: what fresh pairs have shown about one trial so far.

use std::collections::{BTreeMap, BTreeSet};

use alma_core::{Error, Result};
use serde::{Deserialize, Serialize};

use super::{
    account::{Enrolment, Night},
    wealth::{Wealth, check},
};

/// Differences are summed in steps of 2⁻³² for the mean that reports show.
const STEPS: f64 = (1_u64 << 32) as f64;

/// What fresh pairs have shown about one trial: plain numbers, additive over nights and machines.
///
/// A difference is `score(candidate) - score(incumbent)` on the same example, with
/// scores in [0, 1]. Evidence holds no example, so nothing can be learned from it but
/// how the trial stands. Whoever merges makes sure that no pair is counted twice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    trial: u32,
    /// Against "gains at most δ".
    gain: Wealth,
    /// Against "gains at least what is worthwhile"; bets on the negated difference.
    futility: Wealth,
    /// Against "loses at least the margin", by guard.
    guards: BTreeMap<String, Wealth>,
    /// Hard guards that failed, each with what was seen.
    broken: BTreeMap<String, String>,
    nights: BTreeSet<Night>,
    sum: i64,
}

impl Evidence {
    /// No evidence yet, for this enrolment and under its rules.
    ///
    /// # Errors
    /// `InvalidInput` when the enrolment's margins are out of range.
    pub fn of(enrolment: &Enrolment) -> Result<Self> {
        let guards = enrolment
            .guards
            .iter()
            .map(|(name, margin)| Ok((name.clone(), Wealth::against(-margin)?)))
            .collect::<Result<_>>()?;
        Ok(Self {
            trial: enrolment.trial,
            gain: Wealth::against(enrolment.rules.min_gain)?,
            futility: Wealth::against(-enrolment.rules.worthwhile)?,
            guards,
            broken: BTreeMap::new(),
            nights: BTreeSet::new(),
            sum: 0,
        })
    }

    /// Counts `times` pairs of `night` that differed by `difference` on the metric of the trial.
    ///
    /// # Errors
    /// `InvalidInput` unless `difference` lies in [-1, 1]; nothing is counted then.
    pub fn observe(&mut self, night: Night, difference: f64, times: u64) -> Result<()> {
        check(difference)?;
        self.gain.bet(difference, times)?;
        self.futility.bet(-difference, times)?;
        let step = (difference * STEPS).round() as i64;
        let times = i64::try_from(times).unwrap_or(i64::MAX);
        self.sum = self.sum.saturating_add(step.saturating_mul(times));
        self.nights.insert(night);
        Ok(())
    }

    /// Counts `times` pairs that differed by `difference` on the metric of `guard`.
    ///
    /// # Errors
    /// `InvalidInput` for a guard that the enrolment does not name, or a difference outside [-1, 1].
    pub fn observe_guard(&mut self, guard: &str, difference: f64, times: u64) -> Result<()> {
        match self.guards.get_mut(guard) {
            Some(wealth) => wealth.bet(difference, times),
            None => Err(Error::invalid(format!("cannot find guard '{guard}'"))
                .with_remedy("name the guards when the candidate is enrolled")),
        }
    }

    /// Notes that a hard guard failed, and what was seen. It stays failed.
    pub fn fail(&mut self, guard: impl Into<String>, seen: impl Into<String>) {
        let seen = seen.into();
        let noted = self
            .broken
            .entry(guard.into())
            .or_insert_with(|| seen.clone());
        // The smaller sentence stays, so that the order of merging cannot be seen.
        if seen < *noted {
            *noted = seen;
        }
    }

    /// Adds evidence of other pairs for the same trial.
    ///
    /// # Errors
    /// `InvalidInput` when `other` belongs to another trial or other rules; nothing is added then.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        if !self.is_of_kind(other) {
            return Err(Error::invalid(format!(
                "cannot merge evidence of trial {} into trial {}",
                other.trial, self.trial
            ))
            .with_remedy("merge evidence of one enrolment only"));
        }
        self.gain.merge(&other.gain)?;
        self.futility.merge(&other.futility)?;
        for (name, wealth) in &mut self.guards {
            if let Some(more) = other.guards.get(name) {
                wealth.merge(more)?;
            }
        }
        for (guard, seen) in &other.broken {
            self.fail(guard, seen);
        }
        self.nights.extend(&other.nights);
        self.sum = self.sum.saturating_add(other.sum);
        Ok(())
    }

    /// Whether `other` was collected for the same trial under the same hypotheses.
    pub(crate) fn is_of_kind(&self, other: &Self) -> bool {
        self.trial == other.trial
            && self.gain.delta() == other.gain.delta()
            && self.futility.delta() == other.futility.delta()
            && self.guards.len() == other.guards.len()
            && (self.guards.iter()).all(|(name, wealth)| {
                (other.guards.get(name)).is_some_and(|theirs| theirs.delta() == wealth.delta())
            })
    }

    /// The trial that the evidence is of.
    #[must_use]
    pub const fn trial(&self) -> u32 {
        self.trial
    }

    /// Wealth against "gains at most δ".
    #[must_use]
    pub const fn gain(&self) -> &Wealth {
        &self.gain
    }

    /// Wealth against "gains at least what is worthwhile".
    #[must_use]
    pub const fn futility(&self) -> &Wealth {
        &self.futility
    }

    /// Wealth against "loses at least the margin", by guard.
    #[must_use]
    pub const fn guards(&self) -> &BTreeMap<String, Wealth> {
        &self.guards
    }

    /// The hard guards that failed, each with what was seen.
    #[must_use]
    pub const fn broken(&self) -> &BTreeMap<String, String> {
        &self.broken
    }

    /// The nights that gave pairs.
    #[must_use]
    pub const fn nights(&self) -> &BTreeSet<Night> {
        &self.nights
    }

    /// How many pairs were counted.
    #[must_use]
    pub const fn pairs(&self) -> u64 {
        self.gain.pairs()
    }

    /// The mean difference seen: for people, never for decisions.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        let pairs = self.pairs();
        (pairs > 0).then(|| self.sum as f64 / STEPS / pairs as f64)
    }
}
