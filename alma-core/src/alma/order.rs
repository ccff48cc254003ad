//! Orders to forget, as the ledger keeps them: ids in pieces, that it is ordered, and what the parts answered.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Handle, journal::Entry};
use crate::{Digest, Erased, ErasureId, Mode, Receipt, RecordId, Result, Version};

const STREAM: &str = "forget";
const IDS: &str = "ids";
const BEGUN: &str = "begun";
const ENDED: &str = "ended";
/// Ids in one entry: a body has a limit, and what is forgotten at once has none.
const PIECE: usize = 10_000;

/// An entry; ids only.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    /// Some of the records of an act.
    Ids {
        act: ErasureId,
        selected: Vec<RecordId>,
        derived: Vec<RecordId>,
    },
    /// All records of the act are written down: from here on it must be completed.
    Begun {
        act: ErasureId,
        /// What was asked for, by its digest: so that it is known when it is asked for again.
        asked: Digest,
    },
    /// What the parts said.
    Ended {
        act: ErasureId,
        components: Vec<Erased>,
    },
}

/// An act of forgetting.
pub(super) struct Act {
    /// With the last answers; without any since it was ordered.
    pub(super) receipt: Receipt,
    /// By what it was asked for, and when it last was; by nothing when it is known of from its tombstones.
    asked: BTreeMap<Digest, Version>,
}

impl Act {
    /// Whether it was ordered, and is not known to be done.
    pub(super) fn is_open(&self) -> bool {
        !self.asked.is_empty() && !self.is_done()
    }

    /// Whether every part answered that the bytes are gone.
    pub(super) fn is_done(&self) -> bool {
        !self.receipt.components.is_empty() && self.receipt.is_erased()
    }

    fn last_asked(&self) -> Option<Version> {
        self.asked.values().max().copied()
    }
}

/// An act whose entries are still being read.
#[derive(Default)]
struct Draft {
    selected: BTreeSet<RecordId>,
    derived: BTreeSet<RecordId>,
    asked: BTreeMap<Digest, Version>,
    components: Vec<Erased>,
}

impl Draft {
    fn finish(self, id: ErasureId) -> Act {
        let (selected, derived) = (self.selected, self.derived);
        let list = |ids: BTreeSet<RecordId>| ids.into_iter().collect();
        let mut receipt = Receipt::new(id, Mode::Erase, list(selected), list(derived));
        receipt.components = self.components;
        Act {
            receipt,
            asked: self.asked,
        }
    }
}

impl Handle {
    /// Writes an order down; it counts once all of it is there.
    pub(super) async fn order(&self, receipt: &Receipt, asked: Digest) -> Result<()> {
        if self.parts.ledger.is_none() {
            return Ok(());
        }
        let act = receipt.id;
        let selected = receipt.selected.chunks(PIECE);
        let derived = receipt.derived.chunks(PIECE);
        let pieces = selected
            .map(|ids| (ids, &[][..]))
            .chain(derived.map(|ids| (&[][..], ids)));
        for (selected, derived) in pieces {
            let (selected, derived) = (selected.to_vec(), derived.to_vec());
            self.write_line(&Line::Ids {
                act,
                selected,
                derived,
            })
            .await?;
        }
        self.write_line(&Line::Begun { act, asked }).await
    }

    /// Writes down what the parts answered, unless they `answered` the same before.
    pub(super) async fn ended(&self, receipt: &Receipt, answered: &[Erased]) -> Result<()> {
        let states = |all: &[Erased]| -> Vec<_> {
            all.iter()
                .map(|one| (one.component.clone(), one.state.clone()))
                .collect()
        };
        if self.parts.ledger.is_none() || states(answered) == states(&receipt.components) {
            return Ok(());
        }
        self.write_line(&Line::Ended {
            act: receipt.id,
            components: receipt.components.clone(),
        })
        .await
    }

    /// Every act, in the order in which they were last ordered.
    pub(super) async fn acts(&self) -> Result<Vec<Act>> {
        if self.parts.ledger.is_none() {
            return Ok(Vec::new());
        }
        let mut drafts: BTreeMap<ErasureId, Draft> = BTreeMap::new();
        for Entry { version, body, .. } in self.entries::<Line>(STREAM).await? {
            match body {
                Line::Ids {
                    act,
                    selected,
                    derived,
                } => {
                    let draft = drafts.entry(act).or_default();
                    draft.selected.extend(selected);
                    draft.derived.extend(derived);
                }
                Line::Begun { act, asked } => {
                    let draft = drafts.entry(act).or_default();
                    draft.asked.insert(asked, version);
                    draft.components.clear();
                }
                Line::Ended { act, components } => {
                    drafts.entry(act).or_default().components = components;
                }
            }
        }
        let mut acts: Vec<Act> = drafts
            .into_iter()
            .map(|(id, draft)| draft.finish(id))
            .collect();
        acts.sort_by_key(Act::last_asked);
        Ok(acts)
    }

    /// The act that was last ordered in these words.
    pub(super) async fn last_act(&self, asked: Digest) -> Result<Option<Act>> {
        let acts = self.acts().await?;
        Ok(acts
            .into_iter()
            .filter(|act| act.asked.contains_key(&asked))
            .max_by_key(|act| act.asked.get(&asked).copied()))
    }

    async fn write_line(&self, line: &Line) -> Result<()> {
        let kind = match line {
            Line::Ids { .. } => IDS,
            Line::Begun { .. } => BEGUN,
            Line::Ended { .. } => ENDED,
        };
        self.note(STREAM, kind, line, Vec::new()).await.map(drop)
    }
}
