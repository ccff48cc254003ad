//! A deterministic embedder without a model: random projection of stems and letter groups.

use std::collections::BTreeMap;

use alma_core::{
    Result,
    model::{EmbedAs, Embedder, EmbedderIdentity},
};
use async_trait::async_trait;

use crate::text::{is_stop_word, stem, words};

/// Dimensions that one stem spreads over.
const STEM_SPREAD: usize = 12;
/// Dimensions that one group of letters spreads over.
const GROUP_SPREAD: usize = 2;
/// How much the letter groups of a word count beside its stem.
const GROUPS: f32 = 1.0;

/// Embeds text by its words: the same text gives the same vector on every machine, at once and offline.
///
/// Each stem, and each group of three letters in a word, points in a direction of its own,
/// drawn from its hash. Texts that share words, or parts of words (typing errors, inflections,
/// compounds), lie close; synonyms do not. It serves duplicates, topics and misspelt
/// questions; for meaning give the memory a model.
#[derive(Clone, Debug)]
pub struct LexicalEmbedder {
    identity: EmbedderIdentity,
}

impl LexicalEmbedder {
    /// An embedder of 256 dimensions.
    #[must_use]
    pub fn new() -> Self {
        Self {
            // The number changes whenever the same text would get another vector.
            identity: EmbedderIdentity::new("alma-lexical-1", 256, true),
        }
    }

    /// Sets the dimension; brought into 16..=4,096.
    #[must_use]
    pub fn with_dimension(mut self, dimension: usize) -> Self {
        self.identity.dimension = dimension.clamp(16, 4_096);
        self
    }

    /// The vector of `text`, of length 1; all zeros when it has no words but stop words.
    #[must_use]
    pub fn vector(&self, text: &str) -> Vec<f32> {
        self.weighted(text, |_| 1.0)
    }

    /// The vector of `text` where each stem counts by `weight`, such as its rarity in a collection.
    #[must_use]
    pub fn weighted(&self, text: &str, weight: impl Fn(&str) -> f32) -> Vec<f32> {
        // Sorted, so that the sums are added in the same order always.
        let mut counts: BTreeMap<String, f32> = BTreeMap::new();
        for word in words(text).filter(|word| !is_stop_word(word)) {
            *counts.entry(word).or_default() += 1.0;
        }
        let mut vector = vec![0.0; self.identity.dimension];
        for (word, count) in counts {
            let stem = stem(&word);
            // Longer words say more; without a collection this stands in for rarity.
            let telling = (stem.chars().count().min(8) as f32).sqrt();
            let strength = count.sqrt() * telling * weight(&stem);
            add(&mut vector, b's', stem.as_bytes(), STEM_SPREAD, strength);
            let groups = groups(&word);
            let share = GROUPS * strength / (groups.len().max(1) as f32).sqrt();
            for group in groups {
                add(&mut vector, b'g', group.as_bytes(), GROUP_SPREAD, share);
            }
        }
        normalise(&mut vector);
        vector
    }
}

impl Default for LexicalEmbedder {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Embedder for LexicalEmbedder {
    fn identity(&self) -> &EmbedderIdentity {
        &self.identity
    }

    async fn embed(&self, texts: &[String], _: EmbedAs) -> Result<Vec<Vec<f32>>> {
        Ok(texts.iter().map(|text| self.vector(text)).collect())
    }
}

/// The groups of three letters of a word with its ends marked; none for numbers and short words.
fn groups(word: &str) -> Vec<String> {
    if word.chars().any(|c| !c.is_alphabetic()) {
        return Vec::new();
    }
    let marked: Vec<char> = std::iter::once('<')
        .chain(word.chars())
        .chain(['>'])
        .collect();
    if marked.len() < 5 {
        return Vec::new();
    }
    marked
        .windows(3)
        .map(|group| group.iter().collect())
        .collect()
}

/// Adds a vector of length `strength` in the direction that belongs to `name`.
fn add(vector: &mut [f32], kind: u8, name: &[u8], spread: usize, strength: f32) {
    let mut state = hash(kind, name);
    let step = strength / (spread as f32).sqrt();
    for _ in 0..spread {
        state = mix(state);
        let place = (state >> 1) as usize % vector.len();
        vector[place] += if state & 1 == 0 { step } else { -step };
    }
}

/// FNV-1a: simple, and the same everywhere.
fn hash(kind: u8, name: &[u8]) -> u64 {
    std::iter::once(&kind)
        .chain(name)
        .fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
}

/// One step of SplitMix64.
fn mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn normalise(vector: &mut [f32]) {
    let norm = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    if norm > 0.0 {
        vector.iter_mut().for_each(|x| *x /= norm);
    }
}
