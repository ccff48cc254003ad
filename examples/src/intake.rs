//! From texts to records: cut, named, and stored in batches.

use alma_core::{
    Memory, MemoryExt, Observation, RecordId, RecordKind, RecordQuery, Result, Scope, Trust,
};

use alma_memory::text::Chunker;

use crate::input::Text;

/// How many observations go to memory in one call.
const BATCH: usize = 512;

/// What a part says once its document has become shorter. Memory has no hole where a part was:
/// the next version of a part that is gone is the statement that it is gone.
const GONE: &str = "(this part is no longer in the document)";

/// Stores texts as parts that can be cited.
#[derive(Debug)]
pub struct Intake<'a> {
    memory: &'a dyn Memory,
    scope: &'a Scope,
    trust: Trust,
    waiting: Vec<Observation>,
    stored: Vec<RecordId>,
}

impl<'a> Intake<'a> {
    /// An intake of texts of this trust into `scope`.
    #[must_use]
    pub fn new(memory: &'a dyn Memory, scope: &'a Scope, trust: Trust) -> Self {
        Self {
            memory,
            scope,
            trust,
            waiting: Vec::new(),
            stored: Vec::new(),
        }
    }

    /// Takes one text; it is stored for sure once [`finish`](Self::finish) answered.
    ///
    /// # Errors
    /// As [`Memory::remember`].
    pub async fn add(&mut self, text: &Text) -> Result<()> {
        let parts = observations(text, self.trust);
        let kept = parts.len() as u64;
        self.waiting.extend(parts);
        let before = RecordQuery::source(&text.source);
        for record in self.memory.all_records(self.scope, &before).await? {
            if let Some(position) = record.position.filter(|position| *position >= kept)
                && record.text != GONE
            {
                self.waiting.push(
                    Observation::text(GONE)
                        .with_kind(RecordKind::Chunk)
                        .with_source(&text.source)
                        .with_position(position)
                        .with_trust(self.trust),
                );
            }
        }
        self.send_when_full().await
    }

    /// Takes one observation as it stands.
    ///
    /// # Errors
    /// As [`Memory::remember`].
    pub async fn push(&mut self, observation: Observation) -> Result<()> {
        self.waiting.push(observation);
        self.send_when_full().await
    }

    /// Stores what waits, and answers with the ids of all that was stored, in order.
    ///
    /// # Errors
    /// As [`Memory::remember`].
    pub async fn finish(mut self) -> Result<Vec<RecordId>> {
        self.send().await?;
        Ok(self.stored)
    }

    async fn send_when_full(&mut self) -> Result<()> {
        if self.waiting.len() >= BATCH {
            self.send().await?;
        }
        Ok(())
    }

    async fn send(&mut self) -> Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let batch = std::mem::take(&mut self.waiting);
        self.stored
            .extend(self.memory.remember(self.scope, batch).await?);
        Ok(())
    }
}

/// The parts of a text as observations, in their order.
#[must_use]
pub fn observations(text: &Text, trust: Trust) -> Vec<Observation> {
    Chunker::new()
        .chunks(&text.text)
        .into_iter()
        .zip(0..)
        .map(|(chunk, position)| {
            let mut observation = Observation::text(&text.text[chunk.range])
                .with_kind(RecordKind::Chunk)
                .with_source(&text.source)
                .with_position(position)
                .with_trust(trust);
            if !chunk.heading.is_empty() {
                observation = observation.with_metadata("title", chunk.heading);
            }
            if let Some(modified) = text.modified {
                observation = observation.with_occurred(modified);
            }
            observation
        })
        .collect()
}
