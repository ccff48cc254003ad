//! Whole years through the real gate: how often it is wrong, how fast it is right, what it takes back.

use std::collections::BTreeMap;

use alma_core::Digest;
use alma_meta::{Account, Closing, Entry, Evidence, Rules, Ruling, Watch, verdict};

use crate::dice::{Dice, Pairs};

const YEARS: u64 = 200;
const NIGHTS: u32 = 365;

/// What a year brought.
#[derive(Default)]
struct Year {
    trials: usize,
    promoted: u32,
    /// Promotions by "the mean went up" on the very same pairs.
    naive: u32,
}

/// A year in which each night brings a new candidate for each free place.
fn year(rules: &Rules, pairs: &Pairs, dice: &mut Dice) -> Year {
    let mut account = Account::new();
    let mut evidence: BTreeMap<u32, Evidence> = BTreeMap::new();
    let mut out = Year::default();
    let (mut next, mut incumbent) = (0_u64, Digest::of(b"the first"));
    for night in 0..NIGHTS {
        loop {
            let candidate = Digest::of_parts(&[&next.to_le_bytes()]);
            let Ok(enrolment) = account.enrol(night, candidate, incumbent, &BTreeMap::new(), rules)
            else {
                break;
            };
            next += 1;
            evidence.insert(enrolment.trial, Evidence::of(&enrolment).unwrap());
            account.apply(Entry::Enrolled(enrolment)).unwrap();
        }
        let open: Vec<u32> = account.open().map(|enrolment| enrolment.trial).collect();
        for trial in open {
            let Some(seen) = evidence.get_mut(&trial) else {
                continue;
            };
            let (better, worse, same) = pairs.night(dice);
            for (difference, times) in [(1.0, better), (-1.0, worse), (0.0, same)] {
                seen.observe(night, difference, times).unwrap();
            }
            out.naive += u32::from(better > worse);
            match verdict(seen, &account) {
                Ruling::Promote => {
                    out.promoted += 1;
                    incumbent = account.find(trial).unwrap().0.candidate;
                    account.apply(Entry::Promoted { trial, night }).unwrap();
                    evidence.clear();
                }
                Ruling::Close { why } => {
                    account.apply(Entry::Closed { trial, night, why }).unwrap();
                    evidence.remove(&trial);
                }
                Ruling::Wait { .. } => {}
            }
        }
    }
    out.trials = account.trials().count();
    out
}

fn null_years(name: &str, rules: &Rules, pairs: &Pairs, seed: u64) -> Vec<Year> {
    let mut dice = Dice::new(seed);
    let years: Vec<Year> = (0..YEARS).map(|_| year(rules, pairs, &mut dice)).collect();
    let wrong = years.iter().filter(|year| year.promoted > 0).count();
    let naive: u32 = years.iter().map(|year| year.naive).sum();
    let trials: usize = years.iter().map(|year| year.trials).sum();
    println!(
        "{name}: {wrong} of {YEARS} years promoted anything ({:.0} trials a year); \"the mean went up\" on the same pairs: {:.0} promotions a year",
        trials as f64 / YEARS as f64,
        f64::from(naive) / YEARS as f64,
    );
    years
}

fn rules(per_year: u32) -> Rules {
    let mut rules = Rules::default();
    rules.per_year = per_year;
    rules
}

#[test]
fn a_year_without_progress_promotes_nothing() {
    let cases = [
        ("no effect, K = 52", rules(52), Pairs::new(200, 0.10, 0.0)),
        ("no effect, K = 365", rules(365), Pairs::new(200, 0.10, 0.0)),
        (
            "exactly δ, K = 365",
            rules(365),
            Pairs::new(200, 0.10, 0.005),
        ),
    ];
    for (seed, (name, rules, pairs)) in cases.into_iter().enumerate() {
        let years = null_years(name, &rules, &pairs, seed as u64 + 1);
        let wrong = years.iter().filter(|year| year.promoted > 0).count();
        assert!(
            wrong <= 10,
            "{name}: {wrong} of {YEARS} years, more than 5 %"
        );
        assert!(
            years.iter().all(|year| year.naive > 0),
            "the naive rule errs in each year"
        );
    }
}

/// The nights to promotion of `runs` trials of a candidate that is better by `mu`; None where it was closed.
fn planted(rules: &Rules, pairs: &Pairs, runs: u64, seed: u64) -> Vec<Option<u32>> {
    let mut dice = Dice::new(seed);
    (0..runs)
        .map(|run| {
            let mut account = Account::new();
            let (new, old) = (Digest::of(&run.to_le_bytes()), Digest::of(b"old"));
            let enrolment = account.enrol(0, new, old, &BTreeMap::new(), rules).unwrap();
            let mut seen = Evidence::of(&enrolment).unwrap();
            account.apply(Entry::Enrolled(enrolment)).unwrap();
            (0..).find_map(|night| {
                let (better, worse, same) = pairs.night(&mut dice);
                for (difference, times) in [(1.0, better), (-1.0, worse), (0.0, same)] {
                    seen.observe(night, difference, times).unwrap();
                }
                match verdict(&seen, &account) {
                    Ruling::Promote => Some(Some(night + 1)),
                    Ruling::Close { .. } => Some(None),
                    Ruling::Wait { .. } => None,
                }
            })?
        })
        .collect()
}

fn quantile(nights: &[Option<u32>], part: f64) -> u32 {
    let mut sorted: Vec<u32> = nights
        .iter()
        .map(|night| night.unwrap_or(u32::MAX))
        .collect();
    sorted.sort_unstable();
    sorted[(sorted.len() as f64 * part) as usize]
}

#[test]
fn three_points_are_found_within_weeks() {
    let nights = planted(&rules(52), &Pairs::new(200, 0.10, 0.03), 200, 7);
    let within = nights
        .iter()
        .flatten()
        .filter(|night| **night <= 23)
        .count();
    println!(
        "+3 points, 200 pairs, q = 0.10, K = 52: {within} of 200 promoted within 23 nights; median {}, 90th percentile {}, closed as futile {}",
        quantile(&nights, 0.5),
        quantile(&nights, 0.9),
        nights.iter().filter(|night| night.is_none()).count(),
    );
    assert!(within >= 170, "{within} of 200, fewer than 85 %");
}

/// What an operator plans with: pairs needed ≈ 2 q (ln(K / 0.05) + 1.6) / (gain - δ)².
#[test]
fn nights_follow_the_rule_of_thumb() {
    for (seed, (n, q, per_year)) in [
        (200, 0.05, 52),
        (200, 0.10, 52),
        (200, 0.10, 365),
        (200, 0.20, 52),
        (500, 0.10, 52),
        (1_000, 0.20, 365),
    ]
    .into_iter()
    .enumerate()
    {
        let nights = planted(
            &rules(per_year),
            &Pairs::new(n, q, 0.03),
            300,
            seed as u64 + 20,
        );
        let median = quantile(&nights, 0.5);
        let thumb =
            2.0 * q * ((f64::from(per_year) / 0.05).ln() + 1.6) / 0.025_f64.powi(2) / f64::from(n);
        println!(
            "n = {n:4}, q = {q:.2}, K = {per_year:3}: median {median}, 90th percentile {}, rule of thumb {thumb:.1} nights",
            quantile(&nights, 0.9),
        );
        assert!(
            (f64::from(median) - thumb).abs() <= 1.0 + 0.15 * thumb,
            "{median} {thumb}"
        );
    }
}

#[test]
fn a_regression_that_was_promoted_is_taken_back() {
    let rules = Rules::default();
    let (mut dice, worse) = (Dice::new(11), Pairs::new(200, 0.10, -0.03));
    let runs: Vec<Option<u32>> = (0..100)
        .map(|_| {
            let mut watch = Watch::over(1).unwrap();
            (1..=60).find(|_| {
                // The pairs are drawn as new against old; the watch bets on old against new.
                let (better, worse, same) = worse.night(&mut dice);
                for (difference, times) in [(-1.0, better), (1.0, worse), (0.0, same)] {
                    watch.observe(difference, times).unwrap();
                }
                watch.must_return(&rules).is_some()
            })
        })
        .collect();
    println!(
        "-3 points after promotion: taken back after a median of {} nights",
        quantile(&runs, 0.5)
    );
    assert!(runs.iter().all(Option::is_some));
}

#[test]
fn a_promotion_that_holds_is_rarely_taken_back() {
    let rules = Rules::default();
    let (mut dice, even) = (Dice::new(12), Pairs::new(200, 0.10, 0.0));
    let back = (0..200)
        .filter(|_| {
            let mut watch = Watch::over(1).unwrap();
            (1..=60).any(|_| {
                let (better, worse, same) = even.night(&mut dice);
                for (difference, times) in [(-1.0, better), (1.0, worse), (0.0, same)] {
                    watch.observe(difference, times).unwrap();
                }
                watch.must_return(&rules).is_some()
            })
        })
        .count();
    // 5 % of 200 and three standard deviations of slack.
    assert!(back <= 19, "{back} of 200");
}

#[test]
fn what_brings_nothing_is_closed_within_days() {
    let rules = rules(52);
    let (mut dice, none) = (Dice::new(13), Pairs::new(200, 0.10, 0.0));
    let mut account = Account::new();
    let enrolment = account
        .enrol(
            0,
            Digest::of(b"new"),
            Digest::of(b"old"),
            &BTreeMap::new(),
            &rules,
        )
        .unwrap();
    let mut seen = Evidence::of(&enrolment).unwrap();
    account.apply(Entry::Enrolled(enrolment)).unwrap();
    let last = (0..60).find_map(|night| {
        let (better, worse, same) = none.night(&mut dice);
        for (difference, times) in [(1.0, better), (-1.0, worse), (0.0, same)] {
            seen.observe(night, difference, times).unwrap();
        }
        match verdict(&seen, &account) {
            Ruling::Wait { .. } => None,
            ended => Some((night, ended)),
        }
    });
    let (night, ended) = last.unwrap();
    assert_eq!(
        ended,
        Ruling::Close {
            why: Closing::Futile
        }
    );
    assert!(night < 20, "{night}");
}
