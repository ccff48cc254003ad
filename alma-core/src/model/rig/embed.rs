//! An embedding model of rig.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use rig_core::{DynModel, operation::Embedding};

use super::{deadline::Deadline, fault, vendor};
use crate::{
    Clock, Digest, Result,
    model::{EmbedAs, Embedder, EmbedderIdentity},
};

/// The most texts in one request, where the provider takes more.
const BATCH: usize = 64;

/// An [`Embedder`] that rig speaks to. Its vectors have length 1.
///
/// Queries and documents are embedded alike, unless [prefixes](Self::with_prefixes) tell them apart:
/// rig's embedding calls have no place for the role, and models that know one read it off the text.
#[derive(Clone, Debug)]
pub struct RigEmbedder {
    model: DynModel<Embedding>,
    identity: EmbedderIdentity,
    /// What stands before a query and before a document.
    prefixes: [String; 2],
    deadline: Deadline,
}

impl RigEmbedder {
    /// Any embedding model of rig, whose vectors have `dimension` numbers.
    #[must_use]
    pub fn new(model: impl Into<DynModel<Embedding>>, dimension: usize) -> Self {
        let model = model.into();
        let name = match model.id() {
            Some(id) => format!("{}/{id}", model.name()),
            None => model.name().to_owned(),
        };
        Self {
            model,
            identity: EmbedderIdentity::new(name, dimension, true),
            prefixes: Default::default(),
            deadline: Deadline::default(),
        }
    }

    /// `model` on a server that speaks OpenAI's embedding protocol at `base_url`, such as
    /// `http://localhost:8080/v1`; an empty `key` sends none.
    #[must_use]
    pub fn openai_compatible(base_url: &str, key: &str, model: &str, dimension: usize) -> Self {
        // The dimension is checked here and not asked for: many servers refuse to be asked.
        Self::new(
            vendor::openai(base_url, key).embedding(model, None),
            dimension,
        )
    }

    /// `model` on an Ollama at `base_url`, such as `http://localhost:11434`.
    #[must_use]
    pub fn ollama(base_url: &str, model: &str, dimension: usize) -> Self {
        Self::new(
            vendor::ollama(base_url).embedding(model, Some(dimension)),
            dimension,
        )
    }

    /// Puts these before each query and each document, such as `search_query: ` and
    /// `search_document: `; the model's card says which it was trained on.
    ///
    /// They belong to the identity: vectors made with other prefixes are not compared with these.
    #[must_use]
    pub fn with_prefixes(mut self, query: &str, document: &str) -> Self {
        let digest = Digest::of_parts(&[query.as_bytes(), document.as_bytes()]);
        self.identity.model = format!("{}#{}", self.identity.model, digest.short());
        self.prefixes = [query.to_owned(), document.to_owned()];
        self
    }

    /// How long one request of up to 64 texts may take; two minutes by default.
    #[must_use]
    pub const fn with_deadline(mut self, after: Duration) -> Self {
        self.deadline.after = after;
        self
    }

    /// Measures the deadline on `clock`.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.deadline.clock = clock;
        self
    }
}

#[async_trait]
impl Embedder for RigEmbedder {
    fn identity(&self) -> &EmbedderIdentity {
        &self.identity
    }

    async fn embed(&self, texts: &[String], role: EmbedAs) -> Result<Vec<Vec<f32>>> {
        let batch = match self.model.capabilities().max_documents {
            0 => BATCH,
            most => most.min(BATCH),
        };
        let name = &self.identity.model;
        let [query, document] = &self.prefixes;
        let prefix = match role {
            EmbedAs::Query => query,
            EmbedAs::Document => document,
        };
        let mut vectors = Vec::with_capacity(texts.len());
        for texts in texts.chunks(batch) {
            let call = self.model.call(
                texts
                    .iter()
                    .map(|text| format!("{prefix}{text}"))
                    .collect::<Vec<_>>(),
            );
            let reply = self
                .deadline
                .meet(name, call)
                .await?
                .map_err(|error| fault::whole(name, &error))?;
            let made: Vec<_> = reply
                .embeddings
                .iter()
                .map(|embedding| unit(&embedding.vec))
                .collect();
            self.identity.check(texts.len(), &made)?;
            vectors.extend(made);
        }
        tracing::debug!(
            gen_ai.request.model = name,
            texts = texts.len(),
            "embeddings"
        );
        Ok(vectors)
    }
}

/// The vector with length 1; zero stays zero, and what is not finite stays so, to be refused.
#[expect(clippy::cast_possible_truncation, reason = "vectors are kept as f32")]
fn unit(vector: &[f64]) -> Vec<f32> {
    let length = vector
        .iter()
        .map(|number| number * number)
        .sum::<f64>()
        .sqrt();
    let scale = if length.is_normal() {
        length.recip()
    } else {
        1.0
    };
    vector
        .iter()
        .map(|number| (number * scale) as f32)
        .collect()
}
