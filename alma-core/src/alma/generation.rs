//! Generations and proposals of one scope.

use super::Handle;
use crate::{
    Activation, Digest, Error, ErrorKind, Generation, Generations, Proposal, Result, Timestamp,
};

pub(super) const PROPOSALS: &str = "proposals";

impl Handle {
    /// The active generation; the settings in it take effect where the parts are opened.
    ///
    /// # Errors
    /// `Missing` without a ledger, `Corrupt` when its digest is not that of its content.
    pub async fn generation(&self) -> Result<Generation> {
        self.history()?.active(&self.scope).await
    }

    /// Every move of the pointer with its time, oldest first.
    ///
    /// # Errors
    /// `Missing` without a ledger.
    pub async fn generations(&self) -> Result<Vec<(Timestamp, Activation)>> {
        self.history()?.moves(&self.scope).await
    }

    /// Makes the generation before the last promotion active again, byte for byte.
    ///
    /// # Errors
    /// `NotFound` when nothing was promoted that is still active; `Conflict` when somebody moved the pointer meanwhile.
    pub async fn rollback(&self, why: &str) -> Result<Activation> {
        self.history()?.roll_back(&self.scope, why).await
    }

    /// The proposals that were made, oldest first.
    ///
    /// # Errors
    /// `Missing` without a ledger.
    pub async fn proposals(&self) -> Result<Vec<Proposal>> {
        Ok(self
            .entries(PROPOSALS)
            .await?
            .into_iter()
            .map(|entry| entry.body)
            .collect())
    }

    /// Makes an approved proposal the active generation.
    pub(super) async fn promote_approved(&self, digest: &Digest) -> Result<()> {
        let proposals = self.proposals().await?;
        let found = proposals
            .into_iter()
            .find(|proposal| proposal_digest(proposal) == *digest);
        let proposal = found.ok_or_else(|| {
            Error::new(
                ErrorKind::Gone,
                "cannot promote a proposal that is not in the ledger any more",
            )
        })?;
        self.history()?.promote(&self.scope, &proposal).await?;
        Ok(())
    }

    fn history(&self) -> Result<Generations> {
        Ok(Generations::new(self.ledger()?))
    }
}

/// What an approval of a proposal is about.
pub(super) fn proposal_digest(proposal: &Proposal) -> Digest {
    Digest::of_json(&serde_json::json!(proposal))
}
