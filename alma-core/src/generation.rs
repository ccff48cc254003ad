//! Generations: the settings that are active, by digest, and the pointer that moves between them.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    Digest, Error, ErrorKind, Event, Ledger, LedgerExt, NewEvent, Proposal, ProposalId, Result,
    Scope, Settings, StreamId, Timestamp, Version,
};

/// The active settings of every subject: parameters, prompts, and tools by digest.
///
/// The first generation is empty. Equal content is the same generation.
///
/// # Examples
/// ```
/// use alma_core::{Generation, Settings};
/// let mut generation = Generation::default();
/// assert_eq!(generation.of("retrieval"), Settings::default());
/// let first = generation.digest();
/// generation.settings.insert("retrieval".to_owned(), Settings::default().with("k1", 1.2));
/// assert_ne!(generation.digest(), first);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Generation {
    /// By the name of the subject; what is absent has its defaults.
    pub settings: BTreeMap<String, Settings>,
}

impl Generation {
    /// The settings of a subject; its defaults when it is absent.
    #[must_use]
    pub fn of(&self, subject: &str) -> Settings {
        self.settings.get(subject).cloned().unwrap_or_default()
    }

    /// Names it by content.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of_json(&json!(self.settings))
    }
}

/// One move of the pointer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Activation {
    /// The digest of the generation that became active.
    pub digest: Digest,
    /// The generation, whole, so that going back needs nothing else.
    pub generation: Generation,
    /// The proposal that was promoted; none for a way back.
    pub because: Option<ProposalId>,
    /// Why, in a sentence.
    #[serde(default)]
    pub why: String,
}

/// The history of generations of each scope, kept in the ledger's stream `generations`.
///
/// Every move is one event with the whole generation in it, so going back restores the
/// very bytes. Moves are made by compare and set: of two at once one gets `Conflict`.
#[derive(Clone, Debug)]
pub struct Generations(Arc<dyn Ledger>);

const STREAM: &str = "generations";
const ACTIVATED: &str = "activated";

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

    /// Every move of the pointer with its time, first to last.
    ///
    /// # Errors
    /// Those of [`active`](Self::active).
    pub async fn moves(&self, scope: &Scope) -> Result<Vec<(Timestamp, Activation)>> {
        let events = self.0.read_all(scope, &StreamId::new(STREAM)?).await?;
        events
            .into_iter()
            .map(|event| Ok((event.recorded, read(event)?)))
            .collect()
    }

    async fn history(&self, scope: &Scope) -> Result<Vec<Activation>> {
        let moves = self.moves(scope).await?;
        Ok(moves
            .into_iter()
            .map(|(_, activation)| activation)
            .collect())
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
        let mut history = self.history(scope).await?;
        let moves = history.len();
        let last = history.pop();
        if let Some(last) = &last
            && last.because == Some(proposal.id)
        {
            return Ok(last.clone());
        }
        let mut generation = last.map(|last| last.generation).unwrap_or_default();
        if generation.digest() != proposal.parent {
            return Err(Error::new(
                ErrorKind::Conflict,
                format!(
                    "cannot promote proposal {}: it starts from generation {}, and {} is active",
                    proposal.id,
                    proposal.parent.short(),
                    generation.digest().short()
                ),
            )
            .with_remedy("let the next night judge it against the active generation"));
        }
        let candidate = proposal.candidate.clone();
        generation
            .settings
            .insert(proposal.subject.clone(), candidate);
        let why = format!("promoted: {}", proposal.hypothesis);
        self.activate(scope, moves, generation, Some(proposal.id), why)
            .await
    }

    /// Goes back to what was active before the last promotion that still stands, byte for byte.
    ///
    /// Going back twice takes back the promotion before that one, too.
    ///
    /// # Errors
    /// `NotFound` when nothing was promoted that still stands; `Conflict` when somebody moved the pointer meanwhile.
    pub async fn roll_back(&self, scope: &Scope, why: impl Into<String>) -> Result<Activation> {
        let history = self.history(scope).await?;
        // What was active, under each promotion that still stands.
        let mut below = vec![Generation::default()];
        for activation in &history {
            if activation.because.is_none() && below.len() > 1 {
                below.pop();
            } else {
                below.push(activation.generation.clone());
            }
        }
        below.pop();
        let before = below.pop().ok_or_else(|| {
            Error::new(
                ErrorKind::NotFound,
                "cannot go back: nothing was promoted that still stands",
            )
        })?;
        self.activate(scope, history.len(), before, None, why.into())
            .await
    }

    async fn activate(
        &self,
        scope: &Scope,
        moves: usize,
        generation: Generation,
        because: Option<ProposalId>,
        why: String,
    ) -> Result<Activation> {
        let activation = Activation {
            digest: generation.digest(),
            generation,
            because,
            why,
        };
        let body = serde_json::to_value(&activation).map_err(unreadable)?;
        let key = match because {
            Some(proposal) => format!("promote/{moves}/{proposal}"),
            None => format!("back/{moves}"),
        };
        let event = NewEvent::new(ACTIVATED, body).with_key(key);
        let version = Version(moves as u64);
        self.0
            .append(scope, &StreamId::new(STREAM)?, version, vec![event])
            .await?;
        Ok(activation)
    }
}

fn read(event: Event) -> Result<Activation> {
    let activation: Activation = serde_json::from_value(event.body).map_err(unreadable)?;
    if activation.generation.digest() == activation.digest {
        Ok(activation)
    } else {
        Err(corrupt())
    }
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
