//! How a memory is opened.

use std::sync::Arc;

use alma_core::{
    Clock, Parameter, Result, Settings, SystemClock, model::Embedder, sqlite::Database,
};

use super::{SqliteMemory, spaces};
use crate::{
    cluster::{Clusterer, Noise, Topics},
    embed::LexicalEmbedder,
};

/// What the dense arm counts beside the lexical one: little when it only knows words too.
const LEXICAL_WEIGHT: f32 = 0.1;
const MODEL_WEIGHT: f32 = 0.4;
/// The name of that weight among the settings of a generation.
const DENSE_WEIGHT: &str = "dense_weight";

/// The parts of a [`SqliteMemory`], each with a default.
#[derive(Debug)]
pub struct SqliteMemoryBuilder {
    pub(super) database: Database,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) embedder: Arc<dyn Embedder>,
    pub(super) dense_weight: f32,
    pub(super) clusterer: Arc<dyn Clusterer>,
    /// The embedder without a model, while no other was given.
    pub(super) lexical: Option<LexicalEmbedder>,
}

impl SqliteMemoryBuilder {
    pub(super) fn new(database: Database) -> Self {
        let lexical = LexicalEmbedder::new();
        Self {
            database,
            clock: Arc::new(SystemClock),
            embedder: Arc::new(lexical.clone()),
            dense_weight: LEXICAL_WEIGHT,
            clusterer: Arc::new(Topics::params().noise(Noise::Keep)),
            lexical: Some(lexical),
        }
    }

    /// Takes the time from `clock`; the machine's by default.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Embeds with a model; by default with the [`LexicalEmbedder`].
    #[must_use]
    pub fn embedder(mut self, embedder: Arc<dyn Embedder>) -> Self {
        self.embedder = embedder;
        self.dense_weight = MODEL_WEIGHT;
        self.lexical = None;
        self
    }

    /// What an evaluator may tune: what the dense arm counts beside the lexical one.
    ///
    /// The default is the one of the embedder, so choose the embedder first.
    #[must_use]
    pub fn parameters(&self) -> Vec<Parameter> {
        let default = (f64::from(self.dense_weight) * 1_000.0).round() / 1_000.0;
        vec![Parameter::real(DENSE_WEIGHT, 0.0, 1.0, default)]
    }

    /// Takes the settings of a generation; what is absent stays as it is.
    ///
    /// # Errors
    /// `InvalidInput` for a setting that is not among [`parameters`](Self::parameters).
    pub fn settings(mut self, settings: &Settings) -> Result<Self> {
        settings.check(&self.parameters())?;
        if let Some(weight) = settings
            .0
            .get(DENSE_WEIGHT)
            .and_then(|weight| weight.as_f64())
        {
            self.dense_weight = weight as f32;
        }
        Ok(self)
    }

    /// Finds topics with `clusterer`; by default with [`Topics`], which leaves records out that no topic holds firmly.
    #[must_use]
    pub fn clusterer(mut self, clusterer: Arc<dyn Clusterer>) -> Self {
        self.clusterer = clusterer;
        self
    }

    /// Opens the memory, makes its tables, and completes what a crash cut short.
    ///
    /// # Errors
    /// `Incompatible` when the vectors in the database are another embedder's, or the tables a
    /// newer version's; otherwise those of reading and writing the database.
    pub async fn open(self) -> Result<SqliteMemory> {
        SqliteMemory::start(self, spaces::Mismatch::Refuse).await
    }

    /// Opens the memory and embeds anew what another embedder embedded.
    ///
    /// It takes a while for large stores and may be repeated: what is embedded stays so. Until
    /// a record is embedded anew it is found by its words alone.
    ///
    /// # Errors
    /// Those of [`open`](Self::open) but for the embedder, and those of the embedder.
    pub async fn open_and_reembed(self) -> Result<SqliteMemory> {
        let memory = SqliteMemory::start(self, spaces::Mismatch::Replace).await?;
        memory.embed_missing().await?;
        Ok(memory)
    }
}
