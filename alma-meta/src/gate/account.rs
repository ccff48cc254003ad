//! The account: how much chance of a false promotion a rolling year has spent.

use std::collections::BTreeMap;

use alma_core::{Digest, Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

use super::{rules::Rules, verdict::Closing};

/// A night by its number: days since 1970-01-01.
pub type Night = u32;

/// The length of the rolling year, in nights.
pub const YEAR: u32 = 365;

/// A year's error in shares: whole numbers, so that sums are exact.
const SHARES: u64 = 1_000_000_000_000;

/// The right of one candidate to be tried against one incumbent, and its price.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Enrolment {
    /// The number of the trial, from 1 on.
    pub trial: u32,
    /// The night of the enrolment.
    pub night: Night,
    /// What is tried, by digest.
    pub candidate: Digest,
    /// What it is tried against, by digest.
    pub incumbent: Digest,
    /// The metrics that must not get worse, each with the loss that is tolerated.
    pub guards: BTreeMap<String, f64>,
    /// The rules that the trial ends under.
    pub rules: Rules,
}

impl Enrolment {
    /// `α_k = year_error / K`: the chance of a false promotion that this enrolment costs, rounded down.
    #[must_use]
    pub fn alpha(&self) -> f64 {
        self.rules.year_error * (self.shares() as f64 / SHARES as f64)
    }

    /// `ln(1/α_k)`: the log of the e-value that promotes.
    #[must_use]
    pub fn ln_needed(&self) -> f64 {
        -self.alpha().ln()
    }

    fn shares(&self) -> u64 {
        SHARES / u64::from(self.rules.per_year.max(1))
    }
}

/// What can happen to an account. Nothing takes an entry back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum Entry {
    /// A candidate was enrolled, and paid.
    Enrolled(Enrolment),
    /// A trial ended without a promotion. It gets nothing back.
    Closed {
        /// The trial.
        trial: u32,
        /// The night of the end.
        night: Night,
        /// Why.
        why: Closing,
    },
    /// A trial's candidate became the incumbent; every other open trial ends with it.
    Promoted {
        /// The trial.
        trial: u32,
        /// The night of the promotion.
        night: Night,
    },
    /// A promotion was taken back.
    RolledBack {
        /// The trial.
        trial: u32,
        /// The night of the return.
        night: Night,
        /// Why.
        why: String,
    },
}

/// How a trial stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It collects evidence.
    Open,
    /// It ended without a promotion.
    Closed(Closing),
    /// Its candidate was promoted on this night.
    Promoted(Night),
    /// Its candidate was promoted and taken back, for this reason.
    RolledBack(String),
}

/// An append-only account of enrolments and what became of them.
///
/// By the union bound over candidates, whatever their dependence, the chance of any
/// false promotion among the enrolments of any [`YEAR`] nights in a row is at most the
/// sum of their levels, which this type keeps at or below `year_error`. There are no
/// refunds; a changed candidate or a new incumbent is another enrolment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Account {
    trials: Vec<(Enrolment, Standing)>,
}

impl Account {
    /// An account that nothing was spent from.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The account that these entries lead to; entries that were written twice count once.
    ///
    /// # Errors
    /// Those of [`apply`](Self::apply).
    pub fn replay(entries: impl IntoIterator<Item = Entry>) -> Result<Self> {
        let mut account = Self::new();
        for entry in entries {
            account.apply(entry)?;
        }
        Ok(account)
    }

    /// The enrolment that `candidate` would get now; nothing is spent before [`apply`](Self::apply).
    ///
    /// The same candidate against the same incumbent, guards and rules, while it is on trial,
    /// gets the enrolment that it has: a caller that crashed in between pays once.
    ///
    /// # Errors
    /// `InvalidInput` for rules or margins out of range, `BudgetExceeded` when the rolling
    /// year is spent, `Overloaded` when all places for trials are taken.
    pub fn enrol(
        &self,
        night: Night,
        candidate: Digest,
        incumbent: Digest,
        guards: &BTreeMap<String, f64>,
        rules: &Rules,
    ) -> Result<Enrolment> {
        rules.check()?;
        if let Some((name, margin)) = guards.iter().find(|(_, m)| !(**m > 0.0 && **m < 1.0)) {
            return Err(
                Error::invalid(format!("cannot guard '{name}' with a margin of {margin}"))
                    .with_remedy("give a margin above 0 and below 1"),
            );
        }
        let held = self.open().find(|held| {
            held.candidate == candidate
                && held.incumbent == incumbent
                && held.guards == *guards
                && held.rules == *rules
        });
        if let Some(held) = held {
            return Ok(held.clone());
        }
        let enrolment = Enrolment {
            trial: u32::try_from(self.trials.len())
                .unwrap_or(u32::MAX)
                .saturating_add(1),
            // A clock that ran backwards must not open a year that is spent.
            night: self
                .trials
                .last()
                .map_or(night, |(last, _)| night.max(last.night)),
            candidate,
            incumbent,
            guards: guards.clone(),
            rules: rules.clone(),
        };
        self.affordable(&enrolment)?;
        if self.open().count() >= rules.max_trials as usize {
            return Err(Error::new(
                ErrorKind::Overloaded,
                format!(
                    "cannot enrol a candidate beside {} open trials",
                    rules.max_trials
                ),
            )
            .with_remedy("wait until a trial ends"));
        }
        Ok(enrolment)
    }

    /// Adds an entry; false when the account holds it already.
    ///
    /// # Errors
    /// `Corrupt` for an entry that cannot follow on what is there, `BudgetExceeded` for an
    /// enrolment that the year cannot pay. The account is unchanged then.
    pub fn apply(&mut self, entry: Entry) -> Result<bool> {
        match entry {
            Entry::Enrolled(enrolment) => self.apply_enrolment(enrolment),
            Entry::Closed { trial, why, .. } => match self.standing(trial) {
                Some(Standing::Open) => self.set(trial, Standing::Closed(why)),
                Some(_) => Ok(false),
                None => Err(unknown(trial)),
            },
            Entry::Promoted { trial, night } => match self.standing(trial) {
                Some(Standing::Open) => {
                    for (_, standing) in &mut self.trials {
                        if *standing == Standing::Open {
                            *standing = Standing::Closed(Closing::Superseded);
                        }
                    }
                    self.set(trial, Standing::Promoted(night))
                }
                Some(Standing::Closed(_)) => Err(Error::new(
                    ErrorKind::Corrupt,
                    format!("cannot promote trial {trial}: it is closed"),
                )
                .with_remedy("restore the stream of the gate's account from a backup")),
                Some(_) => Ok(false),
                None => Err(unknown(trial)),
            },
            Entry::RolledBack { trial, why, .. } => match self.standing(trial) {
                Some(Standing::Promoted(_)) => self.set(trial, Standing::RolledBack(why)),
                Some(_) => Ok(false),
                None => Err(unknown(trial)),
            },
        }
    }

    fn apply_enrolment(&mut self, enrolment: Enrolment) -> Result<bool> {
        if let Some((held, _)) = self.find(enrolment.trial) {
            if *held == enrolment {
                return Ok(false);
            }
            return Err(Error::new(
                ErrorKind::Corrupt,
                format!("cannot enrol two candidates as trial {}", enrolment.trial),
            )
            .with_remedy("restore the stream of the gate's account from a backup"));
        }
        enrolment.rules.check()?;
        let last = self.trials.last().map_or(0, |(last, _)| last.night);
        if enrolment.trial as usize != self.trials.len() + 1 || enrolment.night < last {
            return Err(Error::new(
                ErrorKind::Corrupt,
                format!("cannot enrol trial {} out of order", enrolment.trial),
            )
            .with_remedy("restore the stream of the gate's account from a backup"));
        }
        self.affordable(&enrolment)?;
        self.trials.push((enrolment, Standing::Open));
        Ok(true)
    }

    fn set(&mut self, trial: u32, standing: Standing) -> Result<bool> {
        match self.trials.get_mut((trial as usize).wrapping_sub(1)) {
            Some(held) => {
                held.1 = standing;
                Ok(true)
            }
            None => Err(unknown(trial)),
        }
    }

    /// Whether the year that ends with `enrolment` can pay for it.
    fn affordable(&self, enrolment: &Enrolment) -> Result<()> {
        // Enrolments under other rules count by the chance they cost, not by their number.
        let scale = |held: &Enrolment| {
            let ratio = held.rules.year_error / enrolment.rules.year_error;
            (held.shares() as f64 * ratio).ceil() as u64
        };
        let spent = self
            .in_year(enrolment.night)
            .map(|held| {
                if held.rules.year_error == enrolment.rules.year_error {
                    held.shares()
                } else {
                    scale(held)
                }
            })
            .fold(enrolment.shares(), u64::saturating_add);
        if spent <= SHARES {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::BudgetExceeded,
            format!(
                "cannot enrol another candidate: the year's chance of {} is spent",
                enrolment.rules.year_error
            ),
        )
        .with_remedy("wait until an enrolment is a year old; there are no refunds"))
    }

    /// The enrolments of the year that ends with `night`.
    fn in_year(&self, night: Night) -> impl Iterator<Item = &Enrolment> {
        self.trials
            .iter()
            .map(|(enrolment, _)| enrolment)
            .filter(move |enrolment| enrolment.night.saturating_add(YEAR) > night)
    }

    /// The chance of a false promotion that the year ending with `night` has spent.
    #[must_use]
    pub fn spent(&self, night: Night) -> f64 {
        self.in_year(night)
            .filter(|enrolment| enrolment.night <= night)
            .map(Enrolment::alpha)
            .sum()
    }

    /// Every trial, in the order of enrolment, and how it stands.
    pub fn trials(&self) -> impl Iterator<Item = (&Enrolment, &Standing)> {
        self.trials
            .iter()
            .map(|(enrolment, standing)| (enrolment, standing))
    }

    /// The trials that collect evidence.
    pub fn open(&self) -> impl Iterator<Item = &Enrolment> {
        self.trials()
            .filter(|(_, standing)| **standing == Standing::Open)
            .map(|(enrolment, _)| enrolment)
    }

    /// A trial by its number.
    #[must_use]
    pub fn find(&self, trial: u32) -> Option<(&Enrolment, &Standing)> {
        let (enrolment, standing) = self.trials.get((trial as usize).checked_sub(1)?)?;
        Some((enrolment, standing))
    }

    fn standing(&self, trial: u32) -> Option<&Standing> {
        self.find(trial).map(|(_, standing)| standing)
    }
}

fn unknown(trial: u32) -> Error {
    Error::new(
        ErrorKind::Corrupt,
        format!("cannot find trial {trial} in the gate's account"),
    )
    .with_remedy("restore the stream of the gate's account from a backup")
}
