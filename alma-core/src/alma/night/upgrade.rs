//! Step four: better settings, searched and judged. A promotion is a question to the owner.
//!
//! What was searched and each verdict stand in the night's stream before they have effects and
//! before the next one is made: a night that was cut off neither searches nor asks twice.

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    GateNote, NightOrder, NightStep, StepReport,
    run::Done,
    stream::{JUDGED, Night, SEARCHED},
};
use crate::{
    Amount, Budget, Digest, Error, ErrorKind, Evaluator, Proposal, ProposalId, Refusal, Result,
    Subject, Verdict,
    alma::{
        ApprovalKind, Handle,
        generation::{PROPOSALS, proposal_digest},
    },
};

const CLOSED: &str = "closed-proposals";
/// How long the owner has to answer.
const VALID: Duration = Duration::from_secs(30 * 24 * 3600);

#[derive(Serialize, Deserialize)]
struct Closed {
    proposal: ProposalId,
    verdict: Verdict,
}

/// What the search for one subject gave, and what is to be judged then.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Searched {
    subject: String,
    runs: u64,
    skipped: Vec<String>,
    made: Vec<Proposal>,
    judging: Vec<ProposalId>,
}

impl Handle {
    pub(super) async fn upgrade(&self, order: &NightOrder, night: &mut Night) -> Result<Done> {
        let mut report = StepReport::new(NightStep::Upgrade);
        let Some(evaluator) = self.parts.evaluator.clone() else {
            report.skip("there is no evaluator");
            return Ok((report, Vec::new()));
        };
        for subject in &self.parts.subjects {
            let name = subject.name();
            let before = night.searched.iter().find(|one| one.subject == name);
            let searched = match before {
                Some(searched) => searched.clone(),
                None => {
                    let searched = self.search(order, &evaluator, subject).await?;
                    self.write_night(night, SEARCHED, &searched, Vec::new())
                        .await?;
                    searched
                }
            };
            report.tally.input += searched.runs;
            for why in searched.skipped {
                report.skip(why);
            }
            for proposal in &searched.made {
                self.note_once(PROPOSALS, "made", proposal, |held: &Proposal| {
                    held.id == proposal.id
                })
                .await?;
            }
            for id in searched.judging {
                let before = night.judged.iter().find(|note| note.proposal == id);
                let note = match before {
                    Some(note) => note.clone(),
                    None => {
                        let note = self.judge(&evaluator, subject, id).await?;
                        self.write_night(night, JUDGED, &note, Vec::new()).await?;
                        note
                    }
                };
                report.tally.output += 1;
                report.gate.push(note);
            }
        }
        Ok((report, Vec::new()))
    }

    /// Searches when no proposal of the subject is on trial: at most one at a time keeps the account small.
    async fn search(
        &self,
        order: &NightOrder,
        evaluator: &Arc<dyn Evaluator>,
        subject: &Arc<dyn Subject>,
    ) -> Result<Searched> {
        let mut searched = Searched {
            subject: subject.name().to_owned(),
            runs: 0,
            skipped: Vec::new(),
            made: Vec::new(),
            judging: Vec::new(),
        };
        searched
            .judging
            .extend(self.promoted(subject.name()).await?);
        let open = self.open_proposals(subject.name()).await?;
        if open.is_empty() {
            let budget = Budget::new(Amount::calls(order.search_calls));
            let mut made = evaluator.propose(&self.scope, subject, &budget).await?;
            searched.runs = budget.used().calls;
            let known = self.proposals().await?;
            made.retain(|proposal| known.iter().all(|held| held.id != proposal.id));
            if made.is_empty() {
                searched.skipped.push(format!(
                    "the search for {} found nothing better",
                    subject.name()
                ));
            }
            searched.judging.extend(made.iter().map(|made| made.id));
            searched.made = made;
        } else {
            searched.judging.extend(open);
        }
        Ok(searched)
    }

    /// Lets the gate judge one proposal, and does what follows from the verdict. Done twice it is done once.
    async fn judge(
        &self,
        evaluator: &Arc<dyn Evaluator>,
        subject: &Arc<dyn Subject>,
        id: ProposalId,
    ) -> Result<GateNote> {
        let proposals = self.proposals().await?;
        let proposal = proposals
            .into_iter()
            .find(|proposal| proposal.id == id)
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::Corrupt,
                    format!("cannot judge proposal {id}: it is not in the ledger any more"),
                )
            })?;
        let verdict = evaluator.judge(&self.scope, subject, &proposal).await?;
        let mut asks = None;
        match &verdict {
            Verdict::Promote { .. } => {
                let digest = proposal_digest(&proposal);
                let question = format!(
                    "Make this the active setting of {}? {}",
                    proposal.subject, proposal.hypothesis
                );
                self.ask(ApprovalKind::Proposal, digest, question, VALID)
                    .await?;
                asks = Some(digest);
            }
            Verdict::Refuse {
                reason: Refusal::Regressed(why),
                ..
            } => {
                // Going back twice would take back the promotion before, too.
                if self.promoted(subject.name()).await? == Some(id) {
                    self.rollback(why).await?;
                }
            }
            Verdict::Refuse { .. } => {
                let closed = Closed {
                    proposal: id,
                    verdict: verdict.clone(),
                };
                self.note_once(CLOSED, "closed", &closed, |held: &Closed| {
                    held.proposal == id
                })
                .await?;
            }
            Verdict::NotEnoughEvidence { .. } => {}
        }
        Ok(GateNote {
            proposal: id,
            subject: proposal.subject,
            hypothesis: proposal.hypothesis,
            verdict,
            asks,
        })
    }

    /// The proposal behind the active generation, when it is this subject's: it is watched.
    async fn promoted(&self, subject: &str) -> Result<Option<ProposalId>> {
        let Some((_, active)) = self.generations().await?.pop() else {
            return Ok(None);
        };
        let proposals = self.proposals().await?;
        Ok(proposals
            .into_iter()
            .find(|proposal| Some(proposal.id) == active.because && proposal.subject == subject)
            .map(|proposal| proposal.id))
    }

    /// The proposals of a subject that start from the active generation and are neither closed nor decided.
    async fn open_proposals(&self, subject: &str) -> Result<Vec<ProposalId>> {
        let active: Digest = self.generation().await?.digest();
        let closed = self.entries::<Closed>(CLOSED).await?;
        let mut open: Vec<Proposal> = self.proposals().await?;
        open.retain(|proposal| {
            proposal.subject == subject
                && proposal.parent == active
                && !closed
                    .iter()
                    .any(|entry| entry.body.proposal == proposal.id)
        });
        Ok(open.into_iter().map(|proposal| proposal.id).collect())
    }
}
