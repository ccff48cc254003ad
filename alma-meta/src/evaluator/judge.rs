//! Judging: which step a proposal is at, and the ruling in the words of the contract.

use std::sync::Arc;

use alma_core::{Digest, Proposal, ProposalId, Refusal, Result, Scope, Subject, Verdict};
use serde_json::Value;

use super::{GatedEvaluator, numbers::of_trial};
use crate::{Account, Closing, Enrolment, Evidence, Ruling, Standing, verdict};

impl GatedEvaluator {
    pub(super) async fn verdict_on(
        &self,
        scope: &Scope,
        subject: &Arc<dyn Subject>,
        proposal: &Proposal,
    ) -> Result<Verdict> {
        let bench = self.bench(subject)?;
        if let Some(why) = forbidden(subject, proposal) {
            return Ok(refuse(Refusal::Forbidden(why), Value::Null));
        }
        let active = self.generations.active(scope).await?;
        let account = self.books.account(scope).await?;
        let candidate = candidate_digest(proposal);
        let known = account
            .trials()
            .filter(|(held, _)| held.candidate == candidate && held.incumbent == proposal.parent)
            .last();
        match known {
            Some((enrolment, Standing::Promoted(since))) => {
                let (enrolment, since) = (enrolment.clone(), *since);
                if active.of(&proposal.subject) == proposal.candidate {
                    self.watch(scope, subject, bench, proposal, &enrolment, since)
                        .await
                } else if active.digest() == proposal.parent {
                    let evidence = self.evidence(scope, &enrolment).await?.1;
                    Ok(self.conclude(&account, &enrolment, &evidence))
                } else {
                    Ok(refuse(Refusal::Stale, Value::Null))
                }
            }
            Some((enrolment, Standing::Open)) => {
                let enrolment = enrolment.clone();
                self.tidy(scope, &active).await?;
                let account = self.books.account(scope).await?;
                match account.find(enrolment.trial) {
                    Some((_, Standing::Open)) => {
                        self.trial(scope, subject, bench, proposal, enrolment).await
                    }
                    // Its incumbent is not active any more, or its time is over.
                    _ => {
                        let evidence = self.evidence(scope, &enrolment).await?.1;
                        Ok(self.conclude(&account, &enrolment, &evidence))
                    }
                }
            }
            Some((enrolment, Standing::Closed(_) | Standing::RolledBack(_))) => {
                let evidence = self.evidence(scope, enrolment).await?.1;
                Ok(self.conclude(&account, enrolment, &evidence))
            }
            None => self.enrol(scope, subject, bench, proposal, &active).await,
        }
    }

    /// The ruling in the words of the contract.
    pub(super) fn conclude(
        &self,
        account: &Account,
        enrolment: &Enrolment,
        evidence: &Evidence,
    ) -> Verdict {
        let ruling = verdict(evidence, account);
        let numbers = of_trial(enrolment, evidence, account, self.night(), &ruling);
        match ruling {
            Ruling::Promote => Verdict::Promote { evidence: numbers },
            Ruling::Wait { .. } => Verdict::NotEnoughEvidence { evidence: numbers },
            Ruling::Close { why } => {
                let reason = match why {
                    Closing::Broken(guards) => Refusal::Guard(guards.join("; ")),
                    Closing::Futile => Refusal::NoGain,
                    Closing::Expired => Refusal::Expired,
                    Closing::Superseded => Refusal::Stale,
                    Closing::RolledBack => {
                        Refusal::Regressed(match account.find(enrolment.trial) {
                            Some((_, Standing::RolledBack(why))) => why.clone(),
                            _ => String::new(),
                        })
                    }
                    Closing::Foreign => Refusal::Forbidden(
                        "its evidence was collected under other rules".to_owned(),
                    ),
                };
                refuse(reason, numbers)
            }
        }
    }
}

pub(super) fn refuse(reason: Refusal, evidence: Value) -> Verdict {
    Verdict::Refuse { reason, evidence }
}

/// A candidate is its subject and its settings; the same settings of another subject are another candidate.
pub(super) fn candidate_digest(proposal: &Proposal) -> Digest {
    Digest::of_parts(&[
        proposal.subject.as_bytes(),
        proposal.candidate.digest().as_bytes(),
    ])
}

/// Why a proposal may not be tried at all.
fn forbidden(subject: &Arc<dyn Subject>, proposal: &Proposal) -> Option<String> {
    if proposal.subject != subject.name() {
        return Some(format!(
            "it changes '{}', not '{}'",
            proposal.subject,
            subject.name()
        ));
    }
    let named = ProposalId::of_parts(&[
        proposal.subject.as_bytes(),
        proposal.parent.as_bytes(),
        proposal.candidate.digest().as_bytes(),
    ]);
    if named != proposal.id {
        return Some("its id does not follow from its content".to_owned());
    }
    let checked = proposal.candidate.check(&subject.parameters());
    checked.err().map(|error| error.message().to_owned())
}
