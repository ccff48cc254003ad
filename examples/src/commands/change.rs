//! `alma proposals`, `approvals`, `approve` and `rollback`: what may change, and who decides.

use alma_core::{ApprovalId, ApprovalKind, Result};
use clap::Args;

use crate::{exit::Ending, home::Home, output::Output};

/// Lists the changes that were proposed, and which generation is active.
#[derive(Debug, Args)]
pub struct Proposals {}

impl Proposals {
    /// Prints them.
    ///
    /// # Errors
    /// Those of the ledger.
    pub async fn run(&self, home: &Home, out: Output) -> Result<Ending> {
        let active = home.handle().generation().await?;
        for proposal in home.handle().proposals().await? {
            let settings: Vec<String> = proposal
                .candidate
                .0
                .iter()
                .map(|(name, value)| format!("{name} = {value}"))
                .collect();
            out.item(
                &proposal,
                format!(
                    "{}  {}: {}\n  {}",
                    proposal.id,
                    proposal.subject,
                    settings.join(", "),
                    proposal.hypothesis
                ),
            )?;
        }
        out.say(format!("active generation: {}", active.digest().short()))?;
        Ok(Ending::Done)
    }
}

/// Lists the questions that wait for you.
#[derive(Debug, Args)]
pub struct Approvals {}

impl Approvals {
    /// Prints them.
    ///
    /// # Errors
    /// Those of the ledger.
    pub async fn run(&self, home: &Home, out: Output) -> Result<Ending> {
        let open = home.handle().approvals().await?;
        if open.is_empty() {
            out.say("nothing waits for you")?;
        }
        for approval in open {
            out.item(
                &approval,
                format!(
                    "{}  {} (until {})\n  {}",
                    approval.id,
                    kind(approval.kind),
                    approval.expires.date(),
                    approval.question
                ),
            )?;
        }
        Ok(Ending::Done)
    }
}

/// Answers a question: yes, or no with `--no`.
#[derive(Debug, Args)]
pub struct Approve {
    /// The question.
    #[arg(value_name = "ID")]
    id: ApprovalId,
    /// Says no.
    #[arg(long)]
    no: bool,
}

impl Approve {
    /// Answers, and carries out what a yes means.
    ///
    /// # Errors
    /// `NotFound`, `Expired`, or `Conflict` when it was answered otherwise before.
    pub async fn run(&self, home: &Home, out: Output) -> Result<Ending> {
        let approval = home.handle().answer(self.id, !self.no).await?;
        let answer = if self.no { "refused" } else { "approved" };
        out.item(&approval, format!("{answer}: {}", approval.question))?;
        Ok(Ending::Done)
    }
}

/// Goes back to the generation before the last promotion.
#[derive(Debug, Args)]
pub struct Rollback {
    /// Why, for the record.
    #[arg(long, value_name = "TEXT", default_value = "the owner asked for it")]
    why: String,
}

impl Rollback {
    /// Moves the pointer back.
    ///
    /// # Errors
    /// `NotFound` when nothing was promoted that still stands.
    pub async fn run(&self, home: &Home, out: Output) -> Result<Ending> {
        let active = home.handle().rollback(&self.why).await?;
        out.item(
            &active,
            format!("active generation: {}", active.digest.short()),
        )?;
        Ok(Ending::Done)
    }
}

fn kind(kind: ApprovalKind) -> &'static str {
    match kind {
        ApprovalKind::Permission => "permission",
        ApprovalKind::Sink => "sink",
        ApprovalKind::Draft => "draft",
        ApprovalKind::Proposal => "proposal",
        _ => "question",
    }
}
