//! A model that says what a test wrote, and an embedder that counts words.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use crate::{
    Digest, Error, ErrorKind, Result,
    model::{
        ChatChunk, ChatReply, ChatRequest, ChatStream, EmbedAs, Embedder, EmbedderIdentity,
        LanguageModel,
    },
};

/// A language model that gives scripted replies in order, and keeps what it was asked.
///
/// # Examples
/// ```
/// use alma_core::model::{ChatReply, ChatRequest, LanguageModel};
/// use alma_core::testkit::{ScriptedModel, block_on};
/// let model = ScriptedModel::new([Ok(ChatReply::text("yes"))]);
/// assert_eq!(block_on(model.chat(&ChatRequest::default()))?.text, "yes");
/// assert!(block_on(model.chat(&ChatRequest::default())).is_err(), "the script is over");
/// # Ok::<(), alma_core::Error>(())
/// ```
#[derive(Debug)]
pub struct ScriptedModel {
    replies: Mutex<VecDeque<Result<ChatReply>>>,
    requests: Mutex<Vec<ChatRequest>>,
}

impl ScriptedModel {
    /// A model with this script.
    #[must_use]
    pub fn new(replies: impl IntoIterator<Item = Result<ChatReply>>) -> Self {
        Self {
            replies: Mutex::new(replies.into_iter().collect()),
            requests: Mutex::default(),
        }
    }

    /// A model that says these texts.
    #[must_use]
    pub fn saying<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::new(texts.into_iter().map(|text| Ok(ChatReply::text(text))))
    }

    /// What it was asked so far.
    #[must_use]
    pub fn requests(&self) -> Vec<ChatRequest> {
        lock(&self.requests).clone()
    }

    /// How many replies are left.
    #[must_use]
    pub fn left(&self) -> usize {
        lock(&self.replies).len()
    }

    fn next(&self, request: &ChatRequest) -> Result<ChatReply> {
        lock(&self.requests).push(request.clone());
        let over = || {
            Err(Error::new(
                ErrorKind::Unavailable,
                "cannot reply: the script is over",
            ))
        };
        lock(&self.replies).pop_front().unwrap_or_else(over)
    }
}

#[async_trait]
impl LanguageModel for ScriptedModel {
    fn name(&self) -> &str {
        "scripted"
    }

    async fn chat(&self, request: &ChatRequest) -> Result<ChatReply> {
        self.next(request)
    }

    async fn stream(&self, request: &ChatRequest) -> Result<Box<dyn ChatStream>> {
        let reply = self.next(request)?;
        let words = reply.text.split_inclusive(' ');
        let mut chunks: VecDeque<_> = words.map(|word| ChatChunk::Text(word.to_owned())).collect();
        chunks.push_back(ChatChunk::Done(reply));
        Ok(Box::new(ScriptedStream(chunks)))
    }
}

#[derive(Debug)]
struct ScriptedStream(VecDeque<ChatChunk>);

#[async_trait]
impl ChatStream for ScriptedStream {
    async fn next(&mut self) -> Option<Result<ChatChunk>> {
        self.0.pop_front().map(Ok)
    }
}

/// An embedder that hashes words: equal words point the same way, and nothing else is known.
///
/// # Examples
/// ```
/// use alma_core::model::{EmbedAs, Embedder};
/// use alma_core::testkit::{WordEmbedder, block_on};
/// let texts = ["the cat".to_owned(), "The cat!".to_owned()];
/// let vectors = block_on(WordEmbedder::new(64).embed(&texts, EmbedAs::Document))?;
/// assert_eq!(vectors[0], vectors[1]);
/// # Ok::<(), alma_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct WordEmbedder(EmbedderIdentity);

impl WordEmbedder {
    /// An embedder of vectors of `dimension` numbers; at least 1.
    #[must_use]
    pub fn new(dimension: usize) -> Self {
        Self(EmbedderIdentity::new(
            "testkit/words",
            dimension.max(1),
            true,
        ))
    }
}

#[async_trait]
impl Embedder for WordEmbedder {
    fn identity(&self) -> &EmbedderIdentity {
        &self.0
    }

    async fn embed(&self, texts: &[String], _role: EmbedAs) -> Result<Vec<Vec<f32>>> {
        let embed = |text: &String| {
            let mut vector = vec![0.0_f32; self.0.dimension];
            let text = text.to_lowercase();
            let words = text.split(|c: char| !c.is_alphanumeric());
            for word in words.filter(|word| !word.is_empty()) {
                let hash = Digest::of(word.as_bytes()).number();
                let sign = if hash >> 63 == 0 { 1.0 } else { -1.0 };
                vector[(hash % self.0.dimension as u64) as usize] += sign;
            }
            let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
            if length > 0.0 {
                vector.iter_mut().for_each(|x| *x /= length);
            }
            vector
        };
        Ok(texts.iter().map(embed).collect())
    }
}

fn lock<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
