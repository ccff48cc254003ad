//! Embedders: texts to vectors, with an identity that is kept beside every vector.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{Error, ErrorKind, Result};

/// What a vector was made by; vectors of two identities are never compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EmbedderIdentity {
    /// The model and its version.
    pub model: String,
    /// How many numbers a vector has.
    pub dimension: usize,
    /// Whether every vector has length 1 (or is zero).
    pub normalised: bool,
}

impl EmbedderIdentity {
    /// An identity.
    pub fn new(model: impl Into<String>, dimension: usize, normalised: bool) -> Self {
        Self {
            model: model.into(),
            dimension,
            normalised,
        }
    }
}

/// What a text is embedded as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmbedAs {
    /// What is asked.
    Query,
    /// What is searched.
    Document,
}

/// Turns texts into vectors.
///
/// # Contract
/// - One vector a text, in order, each with the identity's dimension; no number is NaN or infinite.
/// - Equal texts give equal vectors within one identity.
#[async_trait]
pub trait Embedder: fmt::Debug + Send + Sync + 'static {
    /// What its vectors are made by.
    fn identity(&self) -> &EmbedderIdentity;

    /// Embeds texts.
    async fn embed(&self, texts: &[String], role: EmbedAs) -> Result<Vec<Vec<f32>>>;
}

impl EmbedderIdentity {
    /// Checks vectors that came from outside against the contract.
    ///
    /// # Errors
    /// `Incompatible` for a wrong count or dimension, `Corrupt` for NaN or infinity.
    pub fn check(&self, texts: usize, vectors: &[Vec<f32>]) -> Result<()> {
        if vectors.len() != texts {
            return Err(Error::new(
                ErrorKind::Incompatible,
                format!(
                    "cannot use {} vectors of {} for {texts} texts",
                    vectors.len(),
                    self.model
                ),
            ));
        }
        for vector in vectors {
            if vector.len() != self.dimension {
                return Err(Error::new(
                    ErrorKind::Incompatible,
                    format!(
                        "cannot use a vector of {} numbers where {} promises {}",
                        vector.len(),
                        self.model,
                        self.dimension
                    ),
                )
                .with_remedy("state the dimension that the model really has, and embed anew"));
            }
            if vector.iter().any(|number| !number.is_finite()) {
                return Err(Error::new(
                    ErrorKind::Corrupt,
                    format!("cannot use a vector of {} that is not finite", self.model),
                ));
            }
        }
        Ok(())
    }
}
