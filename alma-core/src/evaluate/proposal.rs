//! Proposals and verdicts.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Digest, ProposalId, Settings, Timestamp};

/// A change with its reason, before the gate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Proposal {
    /// Names it; made of subject, parent and settings.
    pub id: ProposalId,
    /// What would change.
    pub subject: String,
    /// The digest of the generation that it starts from.
    pub parent: Digest,
    /// The settings of the subject in that generation.
    pub incumbent: Settings,
    /// The settings that are proposed.
    pub candidate: Settings,
    /// Why, in a sentence.
    pub hypothesis: String,
    /// Who proposes: `search`, `reflection`, `forge`, `owner`.
    pub origin: String,
    /// When it was made.
    pub created: Timestamp,
}

impl Proposal {
    /// A change of one subject's settings.
    pub fn new(
        subject: impl Into<String>,
        parent: Digest,
        incumbent: Settings,
        candidate: Settings,
        hypothesis: impl Into<String>,
        origin: impl Into<String>,
        created: Timestamp,
    ) -> Self {
        let subject = subject.into();
        let id = ProposalId::of_parts(&[
            subject.as_bytes(),
            parent.as_bytes(),
            candidate.digest().as_bytes(),
        ]);
        Self {
            id,
            subject,
            parent,
            incumbent,
            candidate,
            hypothesis: hypothesis.into(),
            origin: origin.into(),
            created,
        }
    }
}

/// Why a proposal was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "reason", content = "what")]
#[non_exhaustive]
pub enum Refusal {
    /// A guard case that the incumbent passes fails.
    Guard(String),
    /// There is evidence that the gain is too small to matter.
    NoGain,
    /// Its time ran out without enough evidence.
    Expired,
    /// The generation that it starts from is no longer active.
    Stale,
    /// The account has nothing left to stake this year, or too many trials are open.
    NoBudget(String),
    /// It was promoted and turned out worse than what was active before: go back to that.
    Regressed(String),
    /// It changes what no proposal may touch, or sets what does not exist.
    Forbidden(String),
}

/// What the gate says of a proposal. The numbers behind it travel beside it as plain JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "verdict")]
#[non_exhaustive]
pub enum Verdict {
    /// The evidence is in: it may become the active generation.
    Promote {
        /// The numbers.
        evidence: Value,
    },
    /// It is closed.
    Refuse {
        /// Why.
        reason: Refusal,
        /// The numbers.
        evidence: Value,
    },
    /// A normal answer: judge it again another night.
    NotEnoughEvidence {
        /// The numbers so far.
        evidence: Value,
    },
}
