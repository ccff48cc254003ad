//! Step four: better settings, searched and judged. A promotion is a question to the owner.

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use super::{GateNote, NightOrder, NightStep, StepReport, run::Done};
use crate::{
    Amount, Budget, Digest, Evaluator, Proposal, ProposalId, Refusal, Result, Subject, Verdict,
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

impl Handle {
    pub(super) async fn upgrade(&self, order: &NightOrder) -> Result<Done> {
        let mut report = StepReport::new(NightStep::Upgrade);
        let Some(evaluator) = self.parts.evaluator.clone() else {
            report.skip("there is no evaluator");
            return Ok((report, Vec::new()));
        };
        for subject in &self.parts.subjects {
            self.search(order, &evaluator, subject, &mut report).await?;
            self.judge(&evaluator, subject, &mut report).await?;
        }
        Ok((report, Vec::new()))
    }

    /// Searches when no proposal of the subject is on trial: at most one at a time keeps the account small.
    async fn search(
        &self,
        order: &NightOrder,
        evaluator: &Arc<dyn Evaluator>,
        subject: &Arc<dyn Subject>,
        report: &mut StepReport,
    ) -> Result<()> {
        if !self.open_proposals(subject.name()).await?.is_empty() {
            return Ok(());
        }
        let budget = Budget::new(Amount::calls(order.search_calls));
        let proposals = evaluator.propose(&self.scope, subject, &budget).await?;
        report.tally.input += budget.used().calls;
        if proposals.is_empty() {
            report.skip(format!(
                "the search for {} found nothing better",
                subject.name()
            ));
        }
        for proposal in proposals {
            self.note(PROPOSALS, "made", &proposal, Vec::new()).await?;
        }
        Ok(())
    }

    async fn judge(
        &self,
        evaluator: &Arc<dyn Evaluator>,
        subject: &Arc<dyn Subject>,
        report: &mut StepReport,
    ) -> Result<()> {
        let watched = self.promoted(subject.name()).await?;
        for proposal in watched
            .into_iter()
            .chain(self.open_proposals(subject.name()).await?)
        {
            let verdict = evaluator.judge(&self.scope, subject, &proposal).await?;
            report.tally.output += 1;
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
                    self.rollback(why).await?;
                }
                Verdict::Refuse { .. } => {
                    let closed = Closed {
                        proposal: proposal.id,
                        verdict: verdict.clone(),
                    };
                    self.note(CLOSED, "closed", &closed, Vec::new()).await?;
                }
                Verdict::NotEnoughEvidence { .. } => {}
            }
            report.gate.push(GateNote {
                proposal: proposal.id,
                subject: proposal.subject,
                hypothesis: proposal.hypothesis,
                verdict,
                asks,
            });
        }
        Ok(())
    }

    /// The proposal behind the active generation, when it is this subject's: it is watched.
    async fn promoted(&self, subject: &str) -> Result<Option<Proposal>> {
        let Some((_, active)) = self.generations().await?.pop() else {
            return Ok(None);
        };
        let proposals = self.proposals().await?;
        Ok(proposals
            .into_iter()
            .find(|proposal| Some(proposal.id) == active.because && proposal.subject == subject))
    }

    /// The proposals of a subject that start from the active generation and are neither closed nor decided.
    async fn open_proposals(&self, subject: &str) -> Result<Vec<Proposal>> {
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
        Ok(open)
    }
}
