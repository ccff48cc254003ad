//! Generations: the active settings of every module, by digest. Going back is moving a pointer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Handle;
use crate::{Digest, Error, ErrorKind, Proposal, ProposalId, Result, Settings, Timestamp, Version};

const STREAM: &str = "generations";
pub(super) const PROPOSALS: &str = "proposals";

/// The settings of every module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Generation {
    /// By the name of the subject; what is absent has its defaults.
    pub settings: BTreeMap<String, Settings>,
}

impl Generation {
    /// Names it by content; the digest of the empty generation is that of the defaults.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of_json(&serde_json::json!(self.settings))
    }

    /// The settings of one subject.
    #[must_use]
    pub fn of(&self, subject: &str) -> Settings {
        self.settings.get(subject).cloned().unwrap_or_default()
    }
}

/// One move of the pointer. The whole generation stands in it, so that going back needs nothing else.
#[derive(Serialize, Deserialize)]
struct Activated {
    digest: Digest,
    generation: Generation,
    because: Option<ProposalId>,
}

impl Handle {
    /// The active generation.
    ///
    /// # Errors
    /// `Missing` without a ledger, `Corrupt` when its digest is not that of its content.
    pub async fn generation(&self) -> Result<Generation> {
        Ok(self
            .activations()
            .await?
            .pop()
            .map(|(_, _, moved)| moved.generation)
            .unwrap_or_default())
    }

    /// Every move of the pointer, oldest first: when, and to which digest.
    ///
    /// # Errors
    /// `Missing` without a ledger.
    pub async fn generations(&self) -> Result<Vec<(Timestamp, Digest)>> {
        let moves = self.activations().await?;
        Ok(moves
            .into_iter()
            .map(|(_, time, moved)| (time, moved.digest))
            .collect())
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

    /// Makes the generation before the active one active again, byte for byte.
    ///
    /// # Errors
    /// `NotFound` when there is none before it; `Conflict` when somebody moved the pointer meanwhile.
    pub async fn rollback(&self) -> Result<Digest> {
        let mut moves = self.activations().await?;
        let Some((at, _, active)) = moves.pop() else {
            return Err(Error::new(
                ErrorKind::NotFound,
                "cannot roll back: the defaults are active",
            ));
        };
        // Before the first promotion stood the defaults.
        let before = loop {
            match moves.pop() {
                Some((_, _, moved)) if moved.digest == active.digest => {}
                Some((_, _, moved)) => break moved.generation,
                None => break Generation::default(),
            }
        };
        self.activate(at, before, None).await
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
        let moves = self.activations().await?;
        let at = moves.last().map_or_else(Version::default, |(at, _, _)| *at);
        let mut generation = moves
            .into_iter()
            .next_back()
            .map(|(_, _, moved)| moved.generation)
            .unwrap_or_default();
        if generation.digest() != proposal.parent {
            return Err(Error::new(
                ErrorKind::Conflict,
                format!(
                    "cannot promote proposal {}: another generation became active",
                    proposal.id
                ),
            )
            .with_remedy("let the next night judge it against the active generation"));
        }
        generation
            .settings
            .insert(proposal.subject.clone(), proposal.candidate.clone());
        self.activate(at, generation, Some(proposal.id)).await?;
        Ok(())
    }

    async fn activate(
        &self,
        at: Version,
        generation: Generation,
        because: Option<ProposalId>,
    ) -> Result<Digest> {
        let digest = generation.digest();
        let moved = Activated {
            digest,
            generation,
            because,
        };
        self.note_at(STREAM, at, "activated", &moved, Vec::new())
            .await?;
        Ok(digest)
    }

    async fn activations(&self) -> Result<Vec<(Version, Timestamp, Activated)>> {
        let entries = self.entries::<Activated>(STREAM).await?;
        entries
            .into_iter()
            .map(|entry| {
                if entry.body.generation.digest() == entry.body.digest {
                    Ok((entry.version, entry.recorded, entry.body))
                } else {
                    Err(Error::new(
                        ErrorKind::Corrupt,
                        format!(
                            "cannot use generation {}: its content has another digest",
                            entry.body.digest.short()
                        ),
                    )
                    .with_remedy("restore the home from a backup"))
                }
            })
            .collect()
    }
}

/// What an approval of a proposal is about.
pub(super) fn proposal_digest(proposal: &Proposal) -> Digest {
    Digest::of_json(&serde_json::json!(proposal))
}
