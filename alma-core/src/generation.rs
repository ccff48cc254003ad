//! Generations: the settings that are active, by digest, and the pointer that moves between them.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    Digest, Error, ErrorKind, Event, Ledger, LedgerExt, NewEvent, Proposal, ProposalId, Result,
    Scope, Settings, StreamId, Timestamp, Version,
};

/// The active settings of every subject: parameters, prompts, and tools by digest.
///
/// A subject that is absent has its defaults; the first generation is empty. Equal content is the same generation.
///
/// # Examples
/// ```
/// use alma_core::{Generation, Settings};
/// let first = Generation::default();
/// let second = first.clone().with("retrieval", Settings::default().with("k1", 1.2));
/// assert_ne!(first.digest(), second.digest());
/// assert_eq!(second.with("retrieval", Settings::default()).digest(), first.digest());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Generation(BTreeMap<String, Settings>);

impl Generation {
    /// The settings of a subject; its defaults when it is not named.
    #[must_use]
    pub fn settings(&self, subject: &str) -> Settings {
        self.0.get(subject).cloned().unwrap_or_default()
    }

    /// Replaces the settings of a subject.
    #[must_use]
    pub fn with(mut self, subject: impl Into<String>, settings: Settings) -> Self {
        let subject = subject.into();
        if settings == Settings::default() {
            self.0.remove(&subject);
        } else {
            self.0.insert(subject, settings);
        }
        self
    }

    /// The subjects that differ from their defaults, with their settings.
    pub fn subjects(&self) -> impl Iterator<Item = (&str, &Settings)> {
        self.0
            .iter()
            .map(|(subject, settings)| (subject.as_str(), settings))
    }

    /// Names it by content.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let subjects = self.0.iter();
        Digest::of_json(&Value::Object(
            subjects
                .map(|(subject, settings)| (subject.clone(), json!(settings)))
                .collect(),
        ))
    }
}

/// One move of the pointer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Activation {
    /// The generation that became active.
    pub generation: Generation,
    /// Its digest.
    pub digest: Digest,
    /// The digest of the one that was active before.
    pub before: Digest,
    /// The proposal that was promoted; none for a way back.
    pub proposal: Option<ProposalId>,
    /// Why, in a sentence.
    pub why: String,
    /// When the pointer moved.
    pub at: Timestamp,
}

/// The history of generations of each scope, kept in the ledger's stream `generations`.
///
/// Every move is one event with the whole generation in it, so going back restores the
/// very bytes. Moves are made by compare and set: of two at once one gets `Conflict`.
#[derive(Clone, Debug)]
pub struct Generations(Arc<dyn Ledger>);

const STREAM: &str = "generations";
const ACTIVE: &str = "active";

impl Generations {
    /// The generations that `ledger` keeps.
    #[must_use]
    pub fn new(ledger: Arc<dyn Ledger>) -> Self {
        Self(ledger)
    }

    /// The active generation of a scope.
    ///
    /// # Errors
    /// `Corrupt` when the stream does not read back; those of the ledger.
    pub async fn active(&self, scope: &Scope) -> Result<Generation> {
        Ok(self
            .history(scope)
            .await?
            .pop()
            .map(|last| last.generation)
            .unwrap_or_default())
    }

    /// Every move of the pointer, first to last.
    ///
    /// # Errors
    /// Those of [`active`](Self::active).
    pub async fn history(&self, scope: &Scope) -> Result<Vec<Activation>> {
        let events = self.0.read_all(scope, &StreamId::new(STREAM)?).await?;
        events
            .into_iter()
            .filter(|event| event.kind == ACTIVE)
            .map(read)
            .collect()
    }

    /// A generation that was active once, or is; the first one is always found.
    ///
    /// # Errors
    /// `NotFound` when the scope never had it.
    pub async fn find(&self, scope: &Scope, digest: &Digest) -> Result<Generation> {
        if *digest == Generation::default().digest() {
            return Ok(Generation::default());
        }
        let history = self.history(scope).await?;
        let found = history
            .into_iter()
            .find(|activation| activation.digest == *digest);
        found
            .map(|activation| activation.generation)
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::NotFound,
                    format!("cannot find generation {}", digest.short()),
                )
            })
    }

    /// Makes the settings of a proposal that was judged for promotion the active ones.
    ///
    /// Repeating it after a lost answer changes nothing.
    ///
    /// # Errors
    /// `Conflict` when the proposal does not start from the active generation.
    pub async fn promote(&self, scope: &Scope, proposal: &Proposal) -> Result<Activation> {
        let history = self.history(scope).await?;
        if let Some(last) = history.last()
            && last.proposal == Some(proposal.id)
        {
            return Ok(last.clone());
        }
        let active = history
            .last()
            .map(|last| last.generation.clone())
            .unwrap_or_default();
        if active.digest() != proposal.parent {
            return Err(Error::new(
                ErrorKind::Conflict,
                format!(
                    "cannot promote proposal {}: it starts from generation {}, and {} is active",
                    proposal.id,
                    proposal.parent.short(),
                    active.digest().short()
                ),
            )
            .with_remedy("propose the change again on the active generation"));
        }
        let next = active.with(&proposal.subject, proposal.candidate.clone());
        let why = format!("promoted: {}", proposal.hypothesis);
        self.move_to(
            scope,
            history.len(),
            proposal.parent,
            next,
            Some(proposal.id),
            why,
        )
        .await
    }

    /// Goes back to the generation that was active before the last promotion, byte for byte.
    ///
    /// # Errors
    /// `NotFound` when nothing was promoted that is still active.
    pub async fn roll_back(&self, scope: &Scope, why: impl Into<String>) -> Result<Activation> {
        let history = self.history(scope).await?;
        let active = history.last().map(|last| last.digest);
        // Each way back closes the promotion that led here; what remains open is a stack.
        let mut open: Vec<&Activation> = Vec::new();
        for activation in &history {
            if activation.proposal.is_some() {
                open.push(activation);
            } else {
                open.pop();
            }
        }
        let (Some(active), Some(promotion)) = (active, open.last()) else {
            return Err(Error::new(
                ErrorKind::NotFound,
                "cannot go back: nothing was promoted that is still active",
            ));
        };
        let before = self.find(scope, &promotion.before).await?;
        self.move_to(scope, history.len(), active, before, None, why.into())
            .await
    }

    async fn move_to(
        &self,
        scope: &Scope,
        moves: usize,
        before: Digest,
        generation: Generation,
        proposal: Option<ProposalId>,
        why: String,
    ) -> Result<Activation> {
        let body = json!({
            "generation": generation, "digest": generation.digest(), "before": before,
            "proposal": proposal, "why": why,
        });
        let key = match proposal {
            Some(proposal) => format!("promote/{moves}/{proposal}"),
            None => format!("back/{moves}"),
        };
        let event = NewEvent::new(ACTIVE, body).with_key(key);
        let stream = StreamId::new(STREAM)?;
        let version = Version(moves as u64);
        self.0.append(scope, &stream, version, vec![event]).await?;
        let written = self.0.read(scope, &stream, version, 1).await?;
        written
            .into_iter()
            .next()
            .map_or_else(|| Err(corrupt()), read)
    }
}

fn read(event: Event) -> Result<Activation> {
    let part = |name: &str| event.body.get(name).cloned().ok_or_else(corrupt);
    let generation: Generation = serde_json::from_value(part("generation")?).map_err(unreadable)?;
    let digest: Digest = serde_json::from_value(part("digest")?).map_err(unreadable)?;
    if generation.digest() != digest {
        return Err(corrupt());
    }
    Ok(Activation {
        generation,
        digest,
        before: serde_json::from_value(part("before")?).map_err(unreadable)?,
        proposal: serde_json::from_value(part("proposal")?).map_err(unreadable)?,
        why: serde_json::from_value(part("why")?).map_err(unreadable)?,
        at: event.recorded,
    })
}

fn corrupt() -> Error {
    Error::new(
        ErrorKind::Corrupt,
        "cannot read the stream of generations: its content does not match its digests",
    )
    .with_remedy("restore the ledger from a backup")
}

fn unreadable(error: serde_json::Error) -> Error {
    corrupt().with_source(error)
}
