//! A trial: paid for once, then fresh pairs night by night.

use std::{collections::BTreeSet, sync::Arc};

use alma_core::{ErrorKind, Generation, Proposal, Refusal, Result, Scope, Subject, Verdict};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    GatedEvaluator, cases,
    judge::{candidate_digest, refuse},
    run::{Arms, differs},
};
use crate::{Bench, Closing, Enrolment, Entry, Evidence, Night, Ruling, Standing, verdict};

/// How many examples a candidate must answer twice alike before it is enrolled, beside all attacks.
const TWICE: usize = 3;

/// What one night of a trial gave.
#[derive(Serialize, Deserialize)]
pub(super) struct TrialNight {
    night: Night,
    evidence: Evidence,
    /// Groups of the pool that were drawn, by number.
    pub(super) drawn: BTreeSet<u64>,
}

impl GatedEvaluator {
    /// Pays for a trial, once the candidate is fit for one, and runs its first night.
    pub(super) async fn enrol(
        &self,
        scope: &Scope,
        subject: &Arc<dyn Subject>,
        bench: &Bench,
        proposal: &Proposal,
        active: &Generation,
    ) -> Result<Verdict> {
        if active.digest() != proposal.parent || active.of(&proposal.subject) != proposal.incumbent
        {
            return Ok(refuse(Refusal::Stale, Value::Null));
        }
        if proposal.candidate == proposal.incumbent {
            return Ok(refuse(
                Refusal::NoGain,
                json!({"note": "it changes nothing"}),
            ));
        }
        let candidate = candidate_digest(proposal);
        let pool = self.pool(scope, bench).await?;
        let twice = cases::for_repetition(bench, &pool, &self.salt, &candidate, TWICE);
        if let Some(case) = differs(subject, &proposal.candidate, &twice).await {
            let why = format!("its output on case '{case}' is not repeatable");
            return Ok(refuse(Refusal::Forbidden(why), Value::Null));
        }
        self.tidy(scope, active).await?;
        let night = self.night();
        let guards = bench
            .guards()
            .iter()
            .map(|guard| (guard.name.clone(), guard.margin))
            .collect();
        let booked = self
            .books
            .book(scope, |account| {
                let enrolled =
                    account.enrol(night, candidate, proposal.parent, &guards, &self.rules)?;
                Ok(vec![Entry::Enrolled(enrolled)])
            })
            .await;
        let account = match booked {
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::BudgetExceeded | ErrorKind::Overloaded
                ) =>
            {
                let why = Refusal::NoBudget(error.message().to_owned());
                return Ok(refuse(why, Value::Null));
            }
            booked => booked?,
        };
        let enrolment = account
            .open()
            .filter(|held| held.candidate == candidate && held.incumbent == proposal.parent)
            .last()
            .cloned();
        match enrolment {
            Some(enrolment) => self.trial(scope, subject, bench, proposal, enrolment).await,
            // Somebody else ended it between the two steps; the next judgement reads how.
            None => Ok(Verdict::NotEnoughEvidence {
                evidence: Value::Null,
            }),
        }
    }

    /// Runs tonight's pairs unless they were run, and decides.
    pub(super) async fn trial(
        &self,
        scope: &Scope,
        subject: &Arc<dyn Subject>,
        bench: &Bench,
        proposal: &Proposal,
        enrolment: Enrolment,
    ) -> Result<Verdict> {
        let tonight = self.night().max(enrolment.night);
        let (nights, mut evidence) = self.evidence(scope, &enrolment).await?;
        if nights.last().is_none_or(|last| last.night < tonight) {
            let used = nights
                .iter()
                .flat_map(|night| &night.drawn)
                .copied()
                .collect();
            let pool = self.pool(scope, bench).await?;
            let fresh = cases::fresh(bench, &pool, &self.salt, &enrolment, tonight, &used);
            let arms = Arms {
                subject,
                ours: &proposal.candidate,
                theirs: &proposal.incumbent,
            };
            let seen = arms.observe(bench, &fresh.groups).await?;
            let mut more = Evidence::of(&enrolment)?;
            for difference in seen.differences {
                more.observe(tonight, difference, 1)?;
            }
            for (guard, differences) in bench.guards().iter().zip(seen.guards) {
                // A guard that the bench got later was not paid for with this enrolment.
                if enrolment.guards.contains_key(&guard.name) {
                    for difference in differences {
                        more.observe_guard(&guard.name, difference, 1)?;
                    }
                }
            }
            for (attack, what) in arms.attack(bench, &fresh.attacks).await? {
                more.fail(attack, what);
            }
            let note = TrialNight {
                night: tonight,
                evidence: more,
                drawn: fresh.drawn,
            };
            let stream = trial_stream(enrolment.trial);
            self.books.note(scope, &stream, nights.len(), &note).await?;
            // Read again: when another process ran this night too, its pairs are the ones that count.
            evidence = self.evidence(scope, &enrolment).await?.1;
        }
        let account = self.books.account(scope).await?;
        let entry = match verdict(&evidence, &account) {
            Ruling::Promote => Entry::Promoted {
                trial: enrolment.trial,
                night: tonight,
            },
            Ruling::Close { why } => Entry::Closed {
                trial: enrolment.trial,
                night: tonight,
                why,
            },
            Ruling::Wait { .. } => return Ok(self.conclude(&account, &enrolment, &evidence)),
        };
        let account = self
            .books
            .book(scope, |account| match account.find(enrolment.trial) {
                Some((_, Standing::Open)) => Ok(vec![entry.clone()]),
                _ => Ok(Vec::new()),
            })
            .await?;
        Ok(self.conclude(&account, &enrolment, &evidence))
    }

    /// Ends the trials whose incumbent is not active any more, or whose time is over.
    pub(super) async fn tidy(&self, scope: &Scope, active: &Generation) -> Result<()> {
        let (night, active) = (self.night(), active.digest());
        self.books
            .book(scope, |account| {
                let over = account.open().filter_map(|held| {
                    let late = night.saturating_sub(held.night) >= held.rules.max_nights;
                    let why = if held.incumbent != active {
                        Closing::Superseded
                    } else if late {
                        Closing::Expired
                    } else {
                        return None;
                    };
                    Some(Entry::Closed {
                        trial: held.trial,
                        night,
                        why,
                    })
                });
                Ok(over.collect())
            })
            .await?;
        Ok(())
    }

    /// What the nights of a trial gave, one by one and together.
    pub(super) async fn evidence(
        &self,
        scope: &Scope,
        enrolment: &Enrolment,
    ) -> Result<(Vec<TrialNight>, Evidence)> {
        let nights: Vec<TrialNight> = self
            .books
            .notes(scope, &trial_stream(enrolment.trial))
            .await?;
        let mut evidence = Evidence::of(enrolment)?;
        for night in &nights {
            evidence.merge(&night.evidence)?;
        }
        Ok((nights, evidence))
    }
}

fn trial_stream(trial: u32) -> String {
    format!("gate/trial/{trial}")
}
