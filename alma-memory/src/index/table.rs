//! The table of a scope's records: what ranking must know of each without its text.

use alma_core::{RecordId, RecordKind, Timestamp};

/// Turns further apart than this are no neighbours, although their positions follow each other.
const SAME_SITTING_MS: u64 = 6 * 60 * 60 * 1000;

/// How much a word of the turn at this distance counts: before, after, two before, two after.
const NEAR: [(i64, f32); 4] = [(-1, 0.6), (1, 0.4), (-2, 0.25), (2, 0.2)];

/// No neighbour.
const NONE: u32 = u32::MAX;

/// What is known of one record.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) number: i64,
    pub(crate) id: RecordId,
    pub(crate) kind: RecordKind,
    /// A number that stands for the record's source; 0 when it has none.
    pub(crate) source: i64,
    pub(crate) position: Option<u64>,
    pub(crate) occurred: Timestamp,
    /// Terms in its text and in its head.
    pub(crate) terms: u32,
    pub(crate) head_terms: u32,
    /// Whether its text ends in a question mark.
    pub(crate) asks: bool,
    /// Equal for texts that say the same in the same words.
    pub(crate) likeness: i64,
}

/// The records that a question may find, by number, with who stands beside whom.
#[derive(Debug, Default)]
pub(crate) struct Table {
    entries: Vec<Entry>,
    /// Per entry: the places of the turns around it, in the order of `NEAR`.
    around: Vec<[u32; 4]>,
    /// Per entry: its terms and what its neighbours lend it.
    lengths: Vec<f32>,
    mean_length: f32,
    /// Per entry: which group of one source and sitting it belongs to; every entry has one.
    groups: Vec<u32>,
    group_count: usize,
}

impl Table {
    /// A table of `entries`, which are sorted by number.
    pub(crate) fn new(entries: Vec<Entry>) -> Self {
        let (around, groups, group_count) = relate(&entries);
        let lengths: Vec<f32> = entries
            .iter()
            .zip(&around)
            .map(|(entry, around)| {
                let lent: f32 = around
                    .iter()
                    .zip(NEAR)
                    .filter(|(place, _)| **place != NONE)
                    .map(|(&place, (_, weight))| weight * entries[place as usize].terms as f32)
                    .sum();
                (entry.terms + entry.head_terms) as f32 + lent
            })
            .collect();
        let mean_length = lengths.iter().sum::<f32>() / lengths.len().max(1) as f32;
        Self {
            entries,
            around,
            lengths,
            mean_length: mean_length.max(1.0),
            groups,
            group_count,
        }
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The place of the record with this number.
    pub(crate) fn place(&self, number: i64) -> Option<usize> {
        self.entries
            .binary_search_by_key(&number, |entry| entry.number)
            .ok()
    }

    /// The length of an entry as a share of the mean.
    pub(crate) fn relative_length(&self, place: usize) -> f32 {
        self.lengths[place] / self.mean_length
    }

    /// The entries that borrow words from the one at `place`, and how much each word counts there.
    pub(crate) fn borrowers(&self, place: usize) -> impl Iterator<Item = (usize, f32)> + '_ {
        // Whoever stands before me sees me as the one after.
        const MIRROR: [usize; 4] = [1, 0, 3, 2];
        self.around[place]
            .iter()
            .enumerate()
            .filter(|(_, neighbour)| **neighbour != NONE)
            .map(|(slot, &neighbour)| (neighbour as usize, NEAR[MIRROR[slot]].1))
    }

    /// The turns right before and right after the entry at `place`.
    pub(crate) fn beside(&self, place: usize) -> (Option<usize>, Option<usize>) {
        let at = |slot: usize| {
            let neighbour = self.around[place][slot];
            (neighbour != NONE).then_some(neighbour as usize)
        };
        (at(0), at(1))
    }

    /// The group that an entry belongs to: of one source and, for talk, one sitting.
    pub(crate) fn group(&self, place: usize) -> usize {
        self.groups[place] as usize
    }

    pub(crate) fn group_count(&self) -> usize {
        self.group_count
    }
}

/// Neighbours and groups of equal source.
fn relate(entries: &[Entry]) -> (Vec<[u32; 4]>, Vec<u32>, usize) {
    let mut order: Vec<u32> = (0..u32::try_from(entries.len()).unwrap_or(NONE)).collect();
    order.sort_unstable_by_key(|&place| {
        let entry = &entries[place as usize];
        (entry.source, entry.position, entry.number)
    });
    let mut around = vec![[NONE; 4]; entries.len()];
    let mut groups = vec![0; entries.len()];
    let mut group_count = 0_u32;
    for (rank, &place) in order.iter().enumerate() {
        let entry = &entries[place as usize];
        let joins = rank > 0 && {
            let before = &entries[order[rank - 1] as usize];
            let one_sitting = !converses(entry) || sat_together(before, entry);
            entry.source != 0 && before.source == entry.source && one_sitting
        };
        if !joins {
            group_count += 1;
        }
        groups[place as usize] = group_count - 1;
        if !converses(entry) {
            continue;
        }
        for (slot, (step, _)) in NEAR.into_iter().enumerate() {
            let found = neighbour(entries, &order, rank, step);
            around[place as usize][slot] = found.unwrap_or(NONE);
        }
    }
    (around, groups, group_count as usize)
}

/// The turn whose position is `step` away, searched among the nearest in order.
fn neighbour(entries: &[Entry], order: &[u32], rank: usize, step: i64) -> Option<u32> {
    let entry = &entries[order[rank] as usize];
    let wanted = entry.position?.checked_add_signed(step)?;
    // Kinds may share a position, so that a neighbour is not always the next in order.
    let reach = 8;
    let window: &mut dyn Iterator<Item = usize> = if step < 0 {
        &mut (rank.saturating_sub(reach)..rank).rev()
    } else {
        &mut (rank + 1..order.len().min(rank + 1 + reach))
    };
    window.map(|rank| order[rank]).find(|&place| {
        let other = &entries[place as usize];
        other.source == entry.source
            && other.position == Some(wanted)
            && converses(other)
            && sat_together(entry, other)
    })
}

/// Whether two turns belong to one conversation, and not to those of two days in one file.
fn sat_together(one: &Entry, other: &Entry) -> bool {
    let (one, other) = (one.occurred.as_millis(), other.occurred.as_millis());
    one.abs_diff(other) <= SAME_SITTING_MS
}

/// Whether a record is a turn of something that goes on: its neighbours tell what it is about.
fn converses(entry: &Entry) -> bool {
    entry.source != 0
        && entry.position.is_some()
        && matches!(entry.kind, RecordKind::Message | RecordKind::Event)
}
