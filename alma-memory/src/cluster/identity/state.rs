//! The identities of a night, and how they go on to the next.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    change::{Change, Event, Night},
    matching::{Pair, heaviest},
};

/// The version of what is stored.
const VERSION: u32 = 1;

/// What is wrong with a night or with stored identities.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// Members and labels are not as many.
    #[error("cannot match clusters: {labels} labels for {members} members")]
    Lengths {
        /// How many members there are.
        members: usize,
        /// How many labels.
        labels: usize,
    },
    /// A member stands in two rows.
    #[error("cannot match clusters: rows {first} and {second} are the same member")]
    Twice {
        /// The first row.
        first: usize,
        /// The second one.
        second: usize,
    },
    /// Every number was given out.
    #[error("cannot match clusters: no identity is left")]
    Exhausted,
    /// What was stored are no identities of one night.
    #[error("cannot read identities: {0}")]
    Stored(&'static str),
}

/// Clusters with numbers that stay theirs from night to night.
///
/// A cluster goes on as the earlier one that it shares members with: of all ways to pair old and new
/// clusters one to one, the one that shares most members in all, where a pair counts only if it
/// shares more than half of the old cluster's survivors (members that are still there, noise
/// included) or more than half of the new cluster's members. Of equal ways it is the one that keeps
/// the older numbers, and then larger clusters. Numbers are never given twice. Neither the order of
/// rows nor the numbering of labels changes anything.
///
/// # Examples
/// ```
/// use alma_memory::cluster::identity::{Event, Identities};
/// let mut identities = Identities::new();
/// let first = identities.advance(&["a", "b", "c", "d"], &[Some(0), Some(0), Some(1), Some(1)])?;
/// let next = identities.advance(&["c", "d", "e", "a"], &[Some(0), Some(0), Some(0), None])?;
/// assert_eq!(next.ids, [first.ids[2], first.ids[2], first.ids[2], None]);
/// let events: Vec<&Event> = next.changes.iter().map(|change| &change.event).collect();
/// assert_eq!(events, [&Event::Died, &Event::Grown]);
/// # Ok::<(), alma_memory::cluster::identity::IdentityError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    into = "Stored<K>",
    try_from = "Stored<K>",
    bound(
        serialize = "K: Clone + Serialize",
        deserialize = "K: Ord + Deserialize<'de>"
    )
)]
pub struct Identities<K> {
    next: u64,
    /// By number, the members of each, ascending.
    clusters: BTreeMap<u64, Vec<K>>,
}

impl<K> Default for Identities<K> {
    fn default() -> Self {
        Self {
            next: 0,
            clusters: BTreeMap::new(),
        }
    }
}

impl<K: Ord> Identities<K> {
    /// None yet; the first number is 0.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Goes on from stored clusters; `next` is the first number that was never given.
    ///
    /// # Errors
    /// `Stored` when a number is not below `next`, a cluster is empty, or a number or member is there twice.
    pub fn resume(
        next: u64,
        clusters: impl IntoIterator<Item = (u64, Vec<K>)>,
    ) -> Result<Self, IdentityError> {
        let mut out = Self {
            next,
            clusters: BTreeMap::new(),
        };
        for (id, mut members) in clusters {
            if id >= next {
                return Err(IdentityError::Stored("a number was never given"));
            }
            if members.is_empty() {
                return Err(IdentityError::Stored("a cluster is empty"));
            }
            members.sort_unstable();
            if out.clusters.insert(id, members).is_some() {
                return Err(IdentityError::Stored("a number is there twice"));
            }
        }
        let mut seen = BTreeSet::new();
        if !out.clusters.values().flatten().all(|one| seen.insert(one)) {
            return Err(IdentityError::Stored("a member is there twice"));
        }
        Ok(out)
    }

    /// The first number that was never given.
    #[must_use]
    pub const fn next(&self) -> u64 {
        self.next
    }

    /// The clusters of the last night by number, with their members, ascending.
    pub fn clusters(&self) -> impl Iterator<Item = (u64, &[K])> {
        self.clusters
            .iter()
            .map(|(&id, members)| (id, &members[..]))
    }
}

impl<K: Ord + Clone> Identities<K> {
    /// Takes in the clusters of a night: by row, the member and its label.
    ///
    /// All members of the night are given, noise too. On error nothing changed.
    ///
    /// # Errors
    /// `Lengths`, `Twice` and `Exhausted`.
    pub fn advance(
        &mut self,
        members: &[K],
        labels: &[Option<u32>],
    ) -> Result<Night, IdentityError> {
        let today = Today::new(members, labels)?;
        let overlap = Overlap::new(&self.clusters, members, &today);
        let pairs: Vec<Pair> = overlap.pairs(&today).collect();
        let matched = heaviest(self.clusters.len(), today.clusters.len(), &pairs);

        let mut next = self.next;
        let olds: Vec<u64> = self.clusters.keys().copied().collect();
        let mut before: Vec<Option<usize>> = vec![None; today.clusters.len()];
        for (old, new) in matched.iter().enumerate() {
            if let Some(new) = *new {
                before[new] = Some(old);
            }
        }
        let mut ids = Vec::with_capacity(before.len());
        for old in &before {
            ids.push(match old {
                Some(old) => olds[*old],
                None => {
                    let id = next;
                    next = next.checked_add(1).ok_or(IdentityError::Exhausted)?;
                    id
                }
            });
        }

        // An old cluster without a successor that has a pair at all has most of what is left of it there, and a new
        // one without a predecessor is mostly of the old one in its pair: else a heavier matching would be at hand.
        let mut changes = Vec::with_capacity(ids.len());
        let mut absorbed: Vec<Vec<u64>> = vec![Vec::new(); ids.len()];
        let mut split = vec![None; ids.len()];
        let mut ended: Vec<bool> = matched.iter().map(Option::is_none).collect();
        for &(old, new, _) in &pairs {
            if matched[old].is_none() {
                absorbed[new].push(olds[old]);
                ended[old] = false;
            }
            if before[new].is_none() {
                split[new] = Some(olds[old]);
            }
        }
        let sizes: Vec<usize> = self.clusters.values().map(Vec::len).collect();
        for (old, _) in ended.iter().enumerate().filter(|(_, ended)| **ended) {
            changes.push(Change {
                id: olds[old],
                label: None,
                event: Event::Died,
                size: 0,
                before: sizes[old],
                survivors: overlap.survivors[old],
                shared: 0,
            });
        }
        for (new, cluster) in today.clusters.iter().enumerate() {
            let size = cluster.rows.len();
            let from = std::mem::take(&mut absorbed[new]);
            let event = match (before[new], split[new]) {
                (Some(_), _) if !from.is_empty() => Event::Merged { from },
                (Some(old), _) if size > sizes[old] => Event::Grown,
                (Some(_), _) => Event::Kept,
                (None, Some(from)) => Event::Split { from },
                (None, None) => Event::Born,
            };
            changes.push(Change {
                id: ids[new],
                label: Some(cluster.label),
                event,
                size,
                before: before[new].map_or(0, |old| sizes[old]),
                survivors: before[new].map_or(0, |old| overlap.survivors[old]),
                shared: before[new].map_or(0, |old| overlap.shared(old, new)),
            });
        }
        changes.sort_unstable_by_key(|change| change.id);

        let mut night = Night {
            ids: vec![None; members.len()],
            changes,
        };
        self.next = next;
        self.clusters.clear();
        for (&id, cluster) in ids.iter().zip(&today.clusters) {
            cluster
                .rows
                .iter()
                .for_each(|&row| night.ids[row] = Some(id));
            let of = cluster.rows.iter().map(|&row| members[row].clone());
            self.clusters.insert(id, of.collect());
        }
        Ok(night)
    }
}

/// The clusters of a night, larger ones first, and then by their first members.
struct Today {
    clusters: Vec<Cluster>,
    /// By row, which of them it is in.
    places: Vec<Option<usize>>,
}

struct Cluster {
    label: u32,
    /// In the order of members.
    rows: Vec<usize>,
}

impl Today {
    fn new<K: Ord>(members: &[K], labels: &[Option<u32>]) -> Result<Self, IdentityError> {
        if members.len() != labels.len() {
            return Err(IdentityError::Lengths {
                members: members.len(),
                labels: labels.len(),
            });
        }
        let mut order: Vec<usize> = (0..members.len()).collect();
        order.sort_by(|&a, &b| members[a].cmp(&members[b]));
        if let Some(twice) = order
            .windows(2)
            .find(|two| members[two[0]] == members[two[1]])
        {
            return Err(IdentityError::Twice {
                first: twice[0],
                second: twice[1],
            });
        }
        let mut by_label: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for row in order {
            if let Some(label) = labels[row] {
                by_label.entry(label).or_default().push(row);
            }
        }
        let mut clusters: Vec<Cluster> = by_label
            .into_iter()
            .map(|(label, rows)| Cluster { label, rows })
            .collect();
        clusters.sort_by(|a, b| {
            let first = |cluster: &Cluster| cluster.rows.first().map(|&row| &members[row]);
            b.rows
                .len()
                .cmp(&a.rows.len())
                .then(first(a).cmp(&first(b)))
        });
        let mut places = vec![None; members.len()];
        for (at, cluster) in clusters.iter().enumerate() {
            cluster.rows.iter().for_each(|&row| places[row] = Some(at));
        }
        Ok(Self { clusters, places })
    }
}

/// What is left of the old clusters, and where.
struct Overlap {
    survivors: Vec<usize>,
    shared: BTreeMap<(usize, usize), usize>,
}

impl Overlap {
    fn new<K: Ord>(olds: &BTreeMap<u64, Vec<K>>, members: &[K], today: &Today) -> Self {
        let mut before = BTreeMap::new();
        for (old, cluster) in olds.values().enumerate() {
            before.extend(cluster.iter().map(|member| (member, old)));
        }
        let mut out = Self {
            survivors: vec![0; olds.len()],
            shared: BTreeMap::new(),
        };
        for (member, place) in members.iter().zip(&today.places) {
            if let Some(&old) = before.get(member) {
                out.survivors[old] += 1;
                if let Some(new) = *place {
                    *out.shared.entry((old, new)).or_default() += 1;
                }
            }
        }
        out
    }

    fn shared(&self, old: usize, new: usize) -> usize {
        self.shared.get(&(old, new)).copied().unwrap_or(0)
    }

    /// Those that may be the same.
    fn pairs(&self, today: &Today) -> impl Iterator<Item = Pair> {
        let is_most = |&(old, new, shared): &Pair| {
            2 * shared > self.survivors[old] || 2 * shared > today.clusters[new].rows.len()
        };
        let all = self.shared.iter();
        all.map(|(&(old, new), &shared)| (old, new, shared))
            .filter(is_most)
    }
}

/// As it is stored.
#[derive(Serialize, Deserialize)]
struct Stored<K> {
    version: u32,
    next: u64,
    clusters: Vec<(u64, Vec<K>)>,
}

impl<K> From<Identities<K>> for Stored<K> {
    fn from(identities: Identities<K>) -> Self {
        Self {
            version: VERSION,
            next: identities.next,
            clusters: identities.clusters.into_iter().collect(),
        }
    }
}

impl<K: Ord> TryFrom<Stored<K>> for Identities<K> {
    type Error = IdentityError;

    fn try_from(stored: Stored<K>) -> Result<Self, IdentityError> {
        if stored.version != VERSION {
            return Err(IdentityError::Stored("they are of another version"));
        }
        Self::resume(stored.next, stored.clusters)
    }
}
