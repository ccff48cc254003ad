//! Approvals: durable questions to the owner, each about one digest. One call answers all kinds.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Handle;
use crate::{ApprovalId, Digest, Error, ErrorKind, Result, Timestamp, Version};

const STREAM: &str = "approvals";

/// What an approval lets happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ApprovalKind {
    /// A tool gets the permissions and the effect that it declares.
    Permission,
    /// A sink is used once with this input.
    Sink,
    /// A draft of a tool is answered.
    Draft,
    /// A proposal becomes the active generation.
    Proposal,
}

/// A question to the owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Approval {
    /// Names it; made of scope, kind and digest, so that asking twice is one question.
    pub id: ApprovalId,
    /// What it lets happen.
    pub kind: ApprovalKind,
    /// The digest of exactly what is approved; anything changed is another question.
    pub digest: Digest,
    /// The question in words.
    pub question: String,
    /// From then on it counts as refused.
    pub expires: Timestamp,
}

/// A question and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Asked {
    /// The question.
    pub approval: Approval,
    /// The owner's answer; none while it is open.
    pub answer: Option<bool>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Entry {
    Asked(Approval),
    Answered { id: ApprovalId, yes: bool },
}

impl Handle {
    /// Asks the owner about one digest; asking again while the question is open or answered changes nothing.
    ///
    /// # Errors
    /// `Missing` without a ledger.
    pub async fn ask(
        &self,
        kind: ApprovalKind,
        digest: Digest,
        question: impl Into<String>,
        valid: Duration,
    ) -> Result<ApprovalId> {
        let name = self.named(&format!("approval/{kind:?}/{digest}"));
        let id = ApprovalId::from_bytes(name.head());
        let now = self.parts.clock.now();
        let approval = Approval {
            id,
            kind,
            digest,
            question: question.into(),
            expires: now.plus(valid),
        };
        let entry = Entry::Asked(approval);
        loop {
            let (version, asked) = self.asked().await?;
            if asked
                .iter()
                .any(|one| one.approval.id == id && one.approval.expires > now)
            {
                return Ok(id);
            }
            match self.write(version, &entry).await {
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                done => return done.map(|()| id),
            }
        }
    }

    /// The questions that wait for an answer, oldest first.
    ///
    /// # Errors
    /// `Missing` without a ledger.
    pub async fn approvals(&self) -> Result<Vec<Approval>> {
        let now = self.parts.clock.now();
        let (_, asked) = self.asked().await?;
        Ok(asked
            .into_iter()
            .filter(|one| one.answer.is_none() && one.approval.expires > now)
            .map(|one| one.approval)
            .collect())
    }

    /// Answers a question. A yes to a proposal makes it the active generation.
    ///
    /// # Errors
    /// `NotFound` for a question that the scope does not have, `Expired` when its time is over,
    /// `Conflict` when it was answered otherwise before.
    pub async fn answer(&self, id: ApprovalId, yes: bool) -> Result<Approval> {
        loop {
            let (version, asked) = self.asked().await?;
            let one = asked
                .into_iter()
                .find(|one| one.approval.id == id)
                .ok_or_else(|| {
                    Error::new(ErrorKind::NotFound, format!("cannot find approval {id}"))
                        .with_remedy("list the open approvals")
                })?;
            if let Some(before) = one.answer {
                if before != yes {
                    return Err(Error::new(
                        ErrorKind::Conflict,
                        format!("cannot answer approval {id} otherwise than before"),
                    )
                    .with_remedy("roll back what was approved, or repeat what asks for it"));
                }
                // The same answer again completes what a crash cut off.
                self.carry_out(&one.approval, yes).await?;
                return Ok(one.approval);
            }
            if one.approval.expires <= self.parts.clock.now() {
                return Err(Error::new(
                    ErrorKind::Expired,
                    format!("cannot answer approval {id}: it has expired"),
                )
                .with_remedy("repeat what asked for it"));
            }
            match self.write(version, &Entry::Answered { id, yes }).await {
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                Err(error) => return Err(error),
                Ok(()) => {
                    self.carry_out(&one.approval, yes).await?;
                    return Ok(one.approval);
                }
            }
        }
    }

    async fn carry_out(&self, approval: &Approval, yes: bool) -> Result<()> {
        if yes && approval.kind == ApprovalKind::Proposal {
            self.promote_approved(&approval.digest).await?;
        }
        Ok(())
    }

    /// Whether the owner said yes to exactly this. A yes lasts; only an open question expires.
    ///
    /// # Errors
    /// `Missing` without a ledger.
    pub async fn approved(&self, kind: ApprovalKind, digest: &Digest) -> Result<bool> {
        let (_, asked) = self.asked().await?;
        Ok(asked.iter().any(|one| {
            one.approval.kind == kind && one.approval.digest == *digest && one.answer == Some(true)
        }))
    }

    async fn asked(&self) -> Result<(Version, Vec<Asked>)> {
        let mut all: Vec<Asked> = Vec::new();
        let mut version = Version::default();
        for entry in self.entries::<Entry>(STREAM).await? {
            version = entry.version;
            match entry.body {
                Entry::Asked(approval) => {
                    all.retain(|one| one.approval.id != approval.id);
                    all.push(Asked {
                        approval,
                        answer: None,
                    });
                }
                Entry::Answered { id, yes } => {
                    if let Some(one) = all.iter_mut().find(|one| one.approval.id == id) {
                        one.answer = Some(yes);
                    }
                }
            }
        }
        Ok((version, all))
    }

    async fn write(&self, at: Version, entry: &Entry) -> Result<()> {
        self.note_at(STREAM, at, "approval", entry, Vec::new())
            .await
            .map(|_| ())
    }
}
