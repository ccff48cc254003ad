//! The verdict: a pure function of evidence and account.

use serde::{Deserialize, Serialize};

use super::{
    account::{Account, Enrolment, Standing},
    evidence::Evidence,
};

/// What the gate says about a trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ruling", rename_all = "snake_case")]
pub enum Ruling {
    /// The candidate is better than the incumbent by more than δ, and nothing got worse.
    Promote,
    /// The trial is over; the incumbent stays.
    Close {
        /// Why.
        why: Closing,
    },
    /// Not enough evidence yet: a normal answer, and the most frequent one.
    Wait {
        /// What is missing, never empty.
        lacking: Vec<Lacking>,
    },
}

/// Why a trial ended without a promotion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", content = "detail", rename_all = "snake_case")]
pub enum Closing {
    /// A hard guard failed; names each guard with what was seen.
    Broken(Vec<String>),
    /// The gain is shown to be below what is worthwhile.
    Futile,
    /// The nights that a trial may last have passed.
    Expired,
    /// Another candidate was promoted, so the incumbent is not the one of this trial any more.
    Superseded,
    /// The candidate was promoted and taken back.
    RolledBack,
    /// The evidence belongs to no trial of the account, or was collected under other rules.
    Foreign,
}

/// What a promotion still lacks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "lacking", rename_all = "snake_case")]
pub enum Lacking {
    /// The gain is not shown yet.
    Gain {
        /// `ln e` of the gain.
        ln_e: f64,
        /// `ln(1/α_k)`.
        needed: f64,
    },
    /// Too few nights gave pairs.
    Nights {
        /// How many did.
        seen: u32,
        /// How many are needed.
        needed: u32,
    },
    /// A guard is not shown to be unharmed yet.
    Guard {
        /// The guard.
        name: String,
        /// `ln e` of "not worse than the margin".
        ln_e: f64,
        /// `ln(1/α_k)`.
        needed: f64,
    },
}

/// Decides about the trial of `evidence`, and about nothing else.
///
/// - A failed hard guard closes, whatever else was seen.
/// - Promote when `e >= 1/α_k`, on at least `min_nights` nights, and each guard shows
///   by the same formula with `δ = -margin` at the same level that it lost less than its
///   margin. All must pass, so no correction among guards is due.
/// - Close when `e >= close_at` for "gains less than what is worthwhile", or when
///   `max_nights` have passed. Closing early costs no error.
/// - Wait otherwise.
///
/// For a trial that ended before, the answer repeats how it ended.
#[must_use]
pub fn verdict(evidence: &Evidence, account: &Account) -> Ruling {
    let close = |why| Ruling::Close { why };
    let Some((enrolment, standing)) = account.find(evidence.trial()) else {
        return close(Closing::Foreign);
    };
    match standing {
        Standing::Open => {}
        Standing::Closed(why) => return close(why.clone()),
        Standing::Promoted(_) => return Ruling::Promote,
        Standing::RolledBack(_) => return close(Closing::RolledBack),
    }
    if !Evidence::of(enrolment).is_ok_and(|fresh| fresh.is_of_kind(evidence)) {
        return close(Closing::Foreign);
    }
    if !evidence.broken().is_empty() {
        let broken = evidence.broken().iter();
        return close(Closing::Broken(
            broken
                .map(|(guard, seen)| format!("{guard}: {seen}"))
                .collect(),
        ));
    }
    let lacking = lacking(evidence, enrolment);
    if lacking.is_empty() {
        return Ruling::Promote;
    }
    if evidence.futility().ln_e() >= enrolment.rules.close_at.ln() {
        return close(Closing::Futile);
    }
    if lasted(evidence, enrolment) >= enrolment.rules.max_nights {
        return close(Closing::Expired);
    }
    Ruling::Wait { lacking }
}

fn lacking(evidence: &Evidence, enrolment: &Enrolment) -> Vec<Lacking> {
    let needed = enrolment.ln_needed();
    let mut lacking = Vec::new();
    let ln_e = evidence.gain().ln_e();
    if ln_e < needed {
        lacking.push(Lacking::Gain { ln_e, needed });
    }
    let seen = u32::try_from(evidence.nights().len()).unwrap_or(u32::MAX);
    if seen < enrolment.rules.min_nights {
        lacking.push(Lacking::Nights {
            seen,
            needed: enrolment.rules.min_nights,
        });
    }
    for (name, wealth) in evidence.guards() {
        let ln_e = wealth.ln_e();
        if ln_e < needed {
            lacking.push(Lacking::Guard {
                name: name.clone(),
                ln_e,
                needed,
            });
        }
    }
    lacking
}

/// Nights since the enrolment, the last one that gave pairs included.
fn lasted(evidence: &Evidence, enrolment: &Enrolment) -> u32 {
    let last = evidence.nights().last().copied().unwrap_or(enrolment.night);
    last.saturating_sub(enrolment.night).saturating_add(1)
}
