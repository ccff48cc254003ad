//! A topic is the same topic in the next night, and what becomes of it is told.

use std::collections::{BTreeMap, BTreeSet};

use alma_memory::cluster::{
    Clusterer, Rows,
    hdbscan::Hdbscan,
    identity::{Change, Event, Identities, IdentityError, Night},
};
use linfa::ParamGuard;
use proptest::prelude::*;

/// Labels by cluster: each gets its members, the rest of `all` is noise.
fn night(
    identities: &mut Identities<u32>,
    all: std::ops::Range<u32>,
    clusters: &[&[u32]],
) -> Night {
    let members: Vec<u32> = all.collect();
    let label = |member: &u32| {
        let at = clusters
            .iter()
            .position(|cluster| cluster.contains(member))?;
        Some(at as u32)
    };
    let labels: Vec<Option<u32>> = members.iter().map(label).collect();
    identities.advance(&members, &labels).unwrap()
}

fn events(night: &Night) -> Vec<(u64, Event)> {
    let of = |change: &Change| (change.id, change.event.clone());
    night.changes.iter().map(of).collect()
}

#[test]
fn what_becomes_of_a_cluster_is_told() {
    let mut identities = Identities::new();
    let first = night(
        &mut identities,
        0..40,
        &[
            &[0, 1, 2, 3, 4, 5],
            &[10, 11, 12],
            &[13, 14, 15],
            &[20, 21, 22],
        ],
    );
    let born = |id| (id, Event::Born);
    assert_eq!(events(&first), [born(0), born(1), born(2), born(3)]);
    assert_eq!(
        first.ids[..7],
        [Some(0), Some(0), Some(0), Some(0), Some(0), Some(0), None]
    );

    // 0 splits, 1 takes in 2, 3 is gone and something else came.
    let second = night(
        &mut identities,
        0..40,
        &[&[30, 31], &[4, 5], &[0, 1, 2, 3], &[10, 11, 12, 13, 14, 15]],
    );
    assert_eq!(
        events(&second),
        [
            (0, Event::Kept),
            (1, Event::Merged { from: vec![2] }),
            (3, Event::Died),
            (4, Event::Split { from: 0 }),
            (5, Event::Born),
        ]
    );
    let zero = &second.changes[0];
    assert_eq!(
        (zero.size, zero.before, zero.survivors, zero.shared),
        (4, 6, 6, 4)
    );
    assert_eq!((zero.label, zero.is_changed()), (Some(2), true));

    // Rows that are gone are no survivors: what is left of 1 decides.
    let third = night(&mut identities, 4..16, &[&[4, 5], &[15, 7, 8, 9, 6]]);
    assert_eq!(events(&third)[2], (4, Event::Kept));
    assert!(!third.changes[2].is_changed());
    // Of 1 six survived, and one of them is less than half of either.
    assert_eq!(events(&third)[1], (1, Event::Died));
    assert_eq!(events(&third).last(), Some(&(6, Event::Born)));

    let fourth = night(&mut identities, 4..16, &[&[4, 5, 10, 11, 12]]);
    assert_eq!(events(&fourth), [(4, Event::Grown), (6, Event::Died)]);
    assert_eq!(identities.next(), 7);
}

#[test]
fn no_member_stands_twice_and_nothing_changes_on_an_error() {
    let mut identities = Identities::new();
    night(&mut identities, 0..4, &[&[0, 1]]);
    let before = identities.clone();
    let lengths = identities.advance(&[1, 2], &[None]);
    assert_eq!(
        lengths,
        Err(IdentityError::Lengths {
            members: 2,
            labels: 1
        })
    );
    let twice = identities.advance(&[7, 2, 7], &[None; 3]).unwrap_err();
    assert_eq!(
        twice.to_string(),
        "cannot match clusters: rows 0 and 2 are the same member"
    );
    assert_eq!(identities, before);
    let mut full = Identities::resume(u64::MAX, [(0, vec![1, 2])]).unwrap();
    assert_eq!(
        full.advance(&[1, 2], &[Some(0); 2]).unwrap().ids,
        [Some(0); 2]
    );
    let exhausted = full.advance(&[1, 2, 8], &[Some(0), Some(0), Some(1)]);
    assert_eq!(exhausted, Err(IdentityError::Exhausted));
    assert_eq!(full.clusters().count(), 1);
}

#[test]
fn identities_outlive_the_process_and_bad_ones_are_refused() {
    let mut identities = Identities::new();
    night(&mut identities, 0..9, &[&[5, 6], &[0, 1, 2]]);
    let text = serde_json::to_string(&identities).unwrap();
    assert_eq!(
        text,
        r#"{"version":1,"next":2,"clusters":[[0,[0,1,2]],[1,[5,6]]]}"#
    );
    let back: Identities<u32> = serde_json::from_str(&text).unwrap();
    assert_eq!(back, identities);
    for bad in [
        r#"{"version":2,"next":2,"clusters":[]}"#,
        r#"{"version":1,"next":1,"clusters":[[1,[0]]]}"#,
        r#"{"version":1,"next":1,"clusters":[[0,[]]]}"#,
        r#"{"version":1,"next":9,"clusters":[[0,[1]],[0,[2]]]}"#,
        r#"{"version":1,"next":9,"clusters":[[0,[1,1]]]}"#,
        r#"{"version":1,"next":9,"clusters":[[0,[1]],[1,[1]]]}"#,
    ] {
        assert!(
            serde_json::from_str::<Identities<u32>>(bad).is_err(),
            "{bad}"
        );
    }
}

/// All one-to-one pairings, one by one: the pairs of the best, by how much is shared, then the first old and new
/// clusters kept. Clusters are numbered as the identities number them.
fn best(shared: &BTreeMap<(usize, usize), usize>, olds: usize, news: usize) -> Vec<(usize, usize)> {
    type Rated = (usize, Vec<bool>, Vec<(usize, usize)>);
    fn try_all(
        shared: &BTreeMap<(usize, usize), usize>,
        old: usize,
        (olds, news): (usize, usize),
        pairs: &mut Vec<(usize, usize)>,
        best: &mut Rated,
    ) {
        if old == olds {
            let sum = pairs.iter().map(|pair| shared[pair]).sum();
            let mut kept = vec![false; olds + news];
            for &(old, new) in &*pairs {
                kept[old] = true;
                kept[olds + new] = true;
            }
            if (sum, &kept) > (best.0, &best.1) {
                *best = (sum, kept, pairs.clone());
            }
            return;
        }
        try_all(shared, old + 1, (olds, news), pairs, best);
        for new in 0..news {
            if shared.contains_key(&(old, new)) && pairs.iter().all(|pair| pair.1 != new) {
                pairs.push((old, new));
                try_all(shared, old + 1, (olds, news), pairs, best);
                pairs.pop();
            }
        }
    }
    let mut found = (0, Vec::new(), Vec::new());
    try_all(shared, 0, (olds, news), &mut Vec::new(), &mut found);
    found.2
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_matching_is_the_heaviest(
        rows in proptest::collection::vec((proptest::option::of(0..5_u32), proptest::option::weighted(0.85, proptest::option::of(0..5_u32))), 1..28),
        fresh in proptest::collection::vec(0..5_u32, 0..6),
        turn in any::<usize>(),
    ) {
        let all: Vec<u32> = (0..rows.len() as u32).collect();
        let labels: Vec<Option<u32>> = rows.iter().map(|row| row.0).collect();
        let mut identities = Identities::new();
        let first = identities.advance(&all, &labels).unwrap();
        let born: BTreeSet<u64> = first.ids.iter().flatten().copied().collect();

        let mut today: Vec<(u32, Option<u32>)> = Vec::new();
        for (&member, row) in all.iter().zip(&rows) {
            today.extend(row.1.map(|label| (member, label)));
        }
        today.extend((100..).zip(fresh.iter().map(|&label| Some(label))));
        let mut sizes: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for &(member, label) in &today {
            if let Some(label) = label {
                sizes.entry(label).or_default().push(member);
            }
        }
        let mut news: Vec<(u32, Vec<u32>)> = sizes.into_iter().collect();
        news.sort_by_key(|(_, members)| (std::cmp::Reverse(members.len()), members[0]));
        let mut shared = BTreeMap::new();
        for &old in &born {
            let left: Vec<u32> = today.iter().map(|one| one.0).filter(|&member| {
                first.ids.get(member as usize).is_some_and(|&id| id == Some(old))
            }).collect();
            for (new, (_, members)) in news.iter().enumerate() {
                let both = members.iter().filter(|member| left.contains(member)).count();
                if 2 * both > left.len() || 2 * both > members.len() {
                    shared.insert((old as usize, new), both);
                }
            }
        }
        let expected = best(&shared, born.len(), news.len());

        let (members, labels): (Vec<u32>, Vec<Option<u32>>) = today.iter().copied().unzip();
        let second = identities.clone().advance(&members, &labels).unwrap();
        let mut found = Vec::new();
        for change in &second.changes {
            if let (true, Some(label)) = (born.contains(&change.id), change.label) {
                let new = news.iter().position(|new| new.0 == label).unwrap();
                found.push((change.id as usize, new));
            }
        }
        prop_assert_eq!(&found, &expected);

        // Every old identity goes on, is taken in or dies, once.
        let mut told: Vec<u64> = Vec::new();
        for change in &second.changes {
            told.push(change.id);
            if let Event::Merged { from } = &change.event {
                told.extend(from);
            }
        }
        let count = told.len();
        let told: BTreeSet<u64> = told.into_iter().collect();
        prop_assert_eq!(told.len(), count);
        prop_assert!(born.is_subset(&told));

        // Neither the order of rows nor the numbers of labels matter.
        let mut turned = today;
        let by = turn % turned.len().max(1);
        turned.rotate_left(by);
        let members: Vec<u32> = turned.iter().map(|one| one.0).collect();
        let labels: Vec<Option<u32>> = turned.iter().map(|one| one.1.map(|label| 9 - label)).collect();
        let other = identities.advance(&members, &labels).unwrap();
        prop_assert_eq!(events(&other), events(&second));
    }
}

/// Numbers that look random, from a seed.
struct Draws(u64);

impl Draws {
    /// Between 0 and 1.
    fn unit(&mut self) -> f32 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (self.0 >> 40) as f32 / (1_u64 << 24) as f32
    }

    /// About normal, with a deviation of 1.
    fn normal(&mut self) -> f32 {
        (0..12).map(|_| self.unit()).sum::<f32>() - 6.0
    }
}

const DIMENSION: usize = 6;

/// Records of topics that move, come, go, part and meet.
struct Life {
    draws: Draws,
    /// By topic, where its records fall; none when it is over.
    centres: Vec<Option<[f32; DIMENSION]>>,
    /// By record: when it was made, its topic or none, where it lies.
    records: BTreeMap<u32, (usize, Option<usize>, [f32; DIMENSION])>,
    next: u32,
}

impl Life {
    fn new(seed: u64, topics: usize) -> Self {
        let mut life = Self {
            draws: Draws(seed),
            centres: Vec::new(),
            records: BTreeMap::new(),
            next: 0,
        };
        (0..topics).for_each(|_| life.begin());
        life
    }

    fn begin(&mut self) {
        let centre = std::array::from_fn(|_| 8.0 * self.draws.normal());
        self.centres.push(Some(centre));
    }

    fn add(&mut self, night: usize, topic: Option<usize>, at: [f32; DIMENSION]) {
        self.records.insert(self.next, (night, topic, at));
        self.next += 1;
    }

    /// A night: topics drift, records come and old ones go. Returns the topics that something was planted for.
    fn pass(&mut self, night: usize) -> BTreeSet<usize> {
        let mut planted = BTreeSet::new();
        for centre in self.centres.iter_mut().flatten() {
            for x in centre {
                *x += 0.25 * self.draws.normal();
            }
        }
        if night % 5 == 2 {
            self.begin();
        }
        let lively: Vec<usize> = (0..self.centres.len())
            .filter(|&topic| self.centres[topic].is_some())
            .collect();
        let pick = |unit: f32| lively[(unit * lively.len() as f32) as usize % lively.len()];
        let one = pick(self.draws.unit());
        if night % 7 == 4 {
            self.centres[one] = None;
        } else if night % 6 == 3 {
            // Half of a topic is another one from now on, elsewhere.
            self.begin();
            let other = self.centres.len() - 1;
            let moves = (self.centres[one], self.centres[other]);
            if let (Some(from), Some(to)) = moves {
                let mut is_moved = false;
                for record in self.records.values_mut() {
                    if record.1 == Some(one) {
                        is_moved = !is_moved;
                        if is_moved {
                            record.1 = Some(other);
                            for ((x, from), to) in record.2.iter_mut().zip(from).zip(to) {
                                *x += to - from;
                            }
                        }
                    }
                }
            }
            planted.extend([one, other]);
        } else if night.is_multiple_of(6) {
            // A topic is part of another one from now on.
            let other = pick(self.draws.unit());
            let moves = (self.centres[one], self.centres[other]);
            if let (true, (Some(from), Some(to))) = (one != other, moves) {
                for record in self.records.values_mut() {
                    if record.1 == Some(one) {
                        record.1 = Some(other);
                        for ((x, from), to) in record.2.iter_mut().zip(from).zip(to) {
                            *x += to - from;
                        }
                    }
                }
                self.centres[one] = None;
                planted.insert(other);
            }
        }
        for topic in 0..self.centres.len() {
            if let Some(centre) = self.centres[topic] {
                for _ in 0..6 {
                    let at = centre.map(|x| x + self.draws.normal());
                    self.add(night, Some(topic), at);
                }
            }
        }
        for _ in 0..8 {
            let at = std::array::from_fn(|_| 14.0 * self.draws.normal());
            self.add(night, None, at);
        }
        self.records.retain(|_, record| night - record.0 < 6);
        planted
    }
}

/// The part of topic-nights in which the identity that most clustered records of a topic have is another than in the
/// night before, or is none, although nothing was planted for it.
fn flicker(
    seed: u64,
    mut identify: impl FnMut(&[u32], &[Option<u32>]) -> Vec<Option<u64>>,
) -> (usize, usize) {
    let clusterer = Hdbscan::params(8).min_samples(5).check().unwrap();
    let mut life = Life::new(seed, 9);
    let (mut before, mut flickers, mut nights) = (BTreeMap::new(), 0, 0);
    for at in 0..30 {
        let planted = life.pass(at);
        let members: Vec<u32> = life.records.keys().copied().collect();
        let numbers: Vec<f32> = life.records.values().flat_map(|record| record.2).collect();
        let rows = Rows::new(&numbers, DIMENSION).unwrap();
        let labels = clusterer.cluster(&rows, 8).unwrap();
        let ids = identify(&members, &labels);
        let mut counts: BTreeMap<usize, BTreeMap<u64, usize>> = BTreeMap::new();
        let mut sizes: BTreeMap<usize, usize> = BTreeMap::new();
        for (record, id) in life.records.values().zip(&ids) {
            if let Some(topic) = record.1 {
                *sizes.entry(topic).or_default() += 1;
                if let Some(id) = id {
                    *counts.entry(topic).or_default().entry(*id).or_default() += 1;
                }
            }
        }
        let mut majority = BTreeMap::new();
        for (&topic, &size) in &sizes {
            // A topic that is too small for a cluster is not one yet, or no longer.
            let is_topic = size >= 12;
            let most = counts.get(&topic).and_then(|counts| {
                let most = counts.iter().max_by_key(|(_, count)| **count)?;
                Some(*most.0)
            });
            if is_topic {
                majority.insert(topic, most);
                if let (Some(last), false) = (before.get(&topic), planted.contains(&topic)) {
                    nights += 1;
                    flickers += usize::from(*last != most);
                }
            }
        }
        before = majority;
    }
    (flickers, nights)
}

#[test]
fn a_topic_keeps_its_number_over_thirty_nights() {
    let (mut flickers, mut nights) = (0, 0);
    for seed in 1..=2 {
        let mut identities = Identities::new();
        let found = flicker(seed, |members, labels| {
            identities.advance(members, labels).unwrap().ids
        });
        flickers += found.0;
        nights += found.1;
    }
    assert!(nights > 400, "{nights}");
    assert!(20 * flickers < nights, "{flickers} of {nights}");
}

#[test]
fn numbers_that_are_those_of_a_night_do_flicker() {
    // The test above would reject them.
    let (flickers, nights) = flicker(1, |_, labels| {
        labels.iter().map(|label| label.map(u64::from)).collect()
    });
    assert!(20 * flickers > 3 * nights, "{flickers} of {nights}");
}
