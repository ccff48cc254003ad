//! How rare words are among the records of a run.

use std::collections::HashMap;

use crate::text::terms;

/// In how many texts each stem stands.
#[derive(Debug)]
pub(crate) struct Rarity {
    holders: HashMap<String, u32>,
    texts: usize,
}

impl Rarity {
    pub(crate) fn among<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let mut rarity = Self {
            holders: HashMap::new(),
            texts: 0,
        };
        for text in texts {
            let mut stems = terms(text);
            stems.sort_unstable();
            stems.dedup();
            for stem in stems {
                *rarity.holders.entry(stem).or_default() += 1;
            }
            rarity.texts += 1;
        }
        rarity
    }

    /// How much a stem tells of the text that says it.
    pub(crate) fn of(&self, stem: &str) -> f64 {
        let holders = self.holders.get(stem).copied().unwrap_or(1).max(1);
        (1.0 + self.texts as f64 / f64::from(holders)).ln()
    }

    /// How much a stem brings texts together: nothing when one text alone says it.
    pub(crate) fn shared(&self, stem: &str) -> f32 {
        match self.holders.get(stem) {
            Some(&holders) if holders > 1 => self.of(stem) as f32,
            _ => 0.0,
        }
    }
}
