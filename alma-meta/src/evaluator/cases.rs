//! Which cases a search sees, and which pairs a night of the gate draws.

use std::collections::{BTreeMap, BTreeSet};

use alma_core::{Digest, SuiteCase};

use crate::{Bench, Draws, Enrolment, Night, Salt, Share, seed, split};

/// Cases that count as one observation: one of a world, or all of one group of a pool.
pub(super) type Group = Vec<SuiteCase>;

/// Up to `n` cases that searching may see: of the pool first, then of the world.
pub(super) fn for_search(
    bench: &Bench,
    pool: &[SuiteCase],
    salt: &Salt,
    seed_of_search: &Digest,
    n: usize,
) -> Vec<SuiteCase> {
    let train = |case: &&SuiteCase| !case.guard && split(salt, &case.group) == Share::Train;
    let mut cases: Vec<SuiteCase> = pool.iter().filter(train).cloned().collect();
    Draws::new(seed_of_search).shuffle(&mut cases);
    cases.truncate(n);
    if let Some(world) = bench.world() {
        // Made without the salt: no seed of the gate can be met here.
        cases.extend((cases.len()..n).map(|i| {
            let i = (i as u64).to_le_bytes();
            world.example(&Digest::of_parts(&[
                b"search",
                seed_of_search.as_bytes(),
                &i,
            ]))
        }));
    }
    cases
}

/// The audit's share of a pool, and fresh examples of the world.
pub(super) fn for_audit(
    bench: &Bench,
    pool: &[SuiteCase],
    salt: &Salt,
    night: Night,
    examples: u32,
) -> Vec<SuiteCase> {
    let audit = |case: &&SuiteCase| !case.guard && split(salt, &case.group) == Share::Audit;
    let mut cases: Vec<SuiteCase> = pool.iter().filter(audit).cloned().collect();
    if let Some(world) = bench.world() {
        // No trial has the number zero, so these seeds are the audit's own.
        let nobody = Digest::of(b"audit");
        let seeds = (0..examples).map(|i| seed(salt, &nobody, 0, night, i));
        cases.extend(seeds.map(|seed| world.example(&seed)));
    }
    cases
}

/// A few cases of the gate's share, and all attacks, on which a candidate shows that it repeats itself.
///
/// They are chosen without looking at any score, so a trial that meets them later loses nothing.
pub(super) fn for_repetition(
    bench: &Bench,
    pool: &[SuiteCase],
    salt: &Salt,
    candidate: &Digest,
    n: usize,
) -> Vec<SuiteCase> {
    let gate = |case: &&SuiteCase| !case.guard && split(salt, &case.group) == Share::Gate;
    let mut cases: Vec<SuiteCase> = pool.iter().filter(gate).take(n).cloned().collect();
    if let Some(world) = bench.world() {
        // No trial has the number zero, so no night draws these.
        let missing = u32::try_from(n.saturating_sub(cases.len())).unwrap_or(u32::MAX);
        let examples = (0..missing).map(|i| world.example(&seed(salt, candidate, 0, 0, i)));
        cases.extend(examples.chain(world.attacks(candidate)));
    }
    cases.extend(pool.iter().filter(|case| case.guard).cloned());
    cases
}

/// What one night of a trial runs on.
pub(super) struct Fresh {
    /// Observations, none of which the trial had before.
    pub(super) groups: Vec<Group>,
    /// The groups of the pool among them, by number.
    pub(super) drawn: BTreeSet<u64>,
    /// Attacks that the incumbent may withstand.
    pub(super) attacks: Vec<SuiteCase>,
}

/// The fresh observations of a night, when earlier nights drew the groups `used` of the pool.
///
/// A pool is drawn without replacement, in an order of the trial's own; a world fills up the rest.
pub(super) fn fresh(
    bench: &Bench,
    pool: &[SuiteCase],
    salt: &Salt,
    enrolment: &Enrolment,
    night: Night,
    used: &BTreeSet<u64>,
) -> Fresh {
    let n = enrolment.rules.pairs as usize;
    let of = |night, i: usize| {
        let i = u32::try_from(i).unwrap_or(u32::MAX);
        seed(salt, &enrolment.candidate, enrolment.trial, night, i)
    };
    let order = of(0, 0);
    let mut by_group: BTreeMap<u64, Group> = BTreeMap::new();
    for case in pool {
        if !case.guard && split(salt, &case.group) == Share::Gate {
            let group = Digest::of_parts(&[order.as_bytes(), case.group.as_bytes()]).number();
            if !used.contains(&group) {
                by_group.entry(group).or_default().push(case.clone());
            }
        }
    }
    let mut fresh = Fresh {
        groups: Vec::new(),
        drawn: BTreeSet::new(),
        attacks: pool.iter().filter(|case| case.guard).cloned().collect(),
    };
    for (group, cases) in by_group.into_iter().take(n) {
        fresh.drawn.insert(group);
        fresh.groups.push(cases);
    }
    if let Some(world) = bench.world() {
        let missing = fresh.groups.len()..n;
        fresh
            .groups
            .extend(missing.map(|i| vec![world.example(&of(night, i))]));
        fresh.attacks.extend(world.attacks(&of(night, n)));
    }
    fresh
}
