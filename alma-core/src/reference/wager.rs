//! The reference gate: a wager against the incumbent, valid however often one looks.

/// How much of the wealth is at stake on each pair.
const STAKE: f64 = 0.5;
/// The chance that any change without a gain is ever promoted in a scope.
pub(super) const RISK: f64 = 0.05;

/// Evidence that a candidate is better, as the wealth of somebody who bets on it.
///
/// Each pair of scores in 0..=1 pays by their difference. Without a gain the wealth cannot be
/// expected to grow, so by Ville's inequality it ever reaches 1/p with chance at most p.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wager {
    wealth: f64,
    /// How many pairs were seen.
    pub(super) pairs: u64,
}

impl Wager {
    pub(super) const START: Self = Self {
        wealth: 1.0,
        pairs: 0,
    };

    /// Takes one pair into account.
    pub(super) fn see(&mut self, incumbent: f64, candidate: f64) {
        self.wealth *= 1.0 + STAKE * (candidate - incumbent).clamp(-1.0, 1.0);
        self.pairs += 1;
    }

    /// The wealth so far.
    pub(super) const fn wealth(self) -> f64 {
        self.wealth
    }

    /// Whether the wealth has reached what the `trial`-th trial of a scope (from 1) needs.
    ///
    /// The risks of all trials, 6/π² · RISK / trial², sum up to RISK however many there are.
    pub(super) fn convinces(self, trial: u64) -> bool {
        self.wealth >= needed(trial)
    }
}

/// The wealth that the `trial`-th trial of a scope needs.
pub(super) fn needed(trial: u64) -> f64 {
    let trial = trial as f64;
    std::f64::consts::PI.powi(2) * trial * trial / (6.0 * RISK)
}
