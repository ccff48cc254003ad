//! The search: repeatable, within the domains, and better than chance.

use alma_core::{Digest, Parameter, Settings};
use alma_meta::{Draws, Tpe};
use proptest::prelude::*;

fn parameters() -> Vec<Parameter> {
    vec![
        Parameter::real("a", 0.0, 1.0, 0.5),
        Parameter::real("b", -2.0, 2.0, 0.0),
        Parameter::real("c", 10.0, 20.0, 15.0),
        Parameter::integer("d", 1, 20, 10),
        Parameter::integer("e", 0, 8, 4),
        Parameter::choice("f", ["none", "half", "full"].map(str::to_owned).to_vec()),
    ]
}

/// What is lost against the best point; 0 at the best.
fn regret(settings: &Settings) -> f64 {
    let number = |name: &str| settings.0[name].as_f64().unwrap();
    let off = |name: &str, best: f64, width: f64| ((number(name) - best) / width).powi(2);
    let choice = match settings.0["f"].as_str().unwrap() {
        "half" => 0.0,
        "full" => 0.1,
        _ => 0.2,
    };
    off("a", 0.8, 1.0)
        + off("b", -0.7, 4.0)
        + off("c", 12.0, 10.0)
        + off("d", 16.0, 19.0)
        + off("e", 2.0, 8.0)
        + choice
}

/// The regret of the best of `n` settings after noisy scores.
fn search(seed: u64, n: usize, guided: bool) -> f64 {
    let seed = Digest::of(&seed.to_le_bytes());
    let mut noise = Draws::new(&Digest::of_parts(&[seed.as_bytes(), b"noise"]));
    let mut tpe = Tpe::new(&parameters(), &seed);
    let mut chance = Tpe::new(&parameters(), &seed);
    let mut best = (f64::NEG_INFINITY, f64::INFINITY);
    for _ in 0..n {
        let settings = if guided { tpe.ask() } else { chance.ask() };
        let score = -regret(&settings) + 0.01 * noise.normal();
        tpe.tell(&settings, score);
        if score > best.0 {
            best = (score, regret(&settings));
        }
    }
    best.1
}

fn median(guided: bool, n: usize) -> f64 {
    let mut all: Vec<f64> = (0..30).map(|seed| search(seed, n, guided)).collect();
    all.sort_by(f64::total_cmp);
    all[15]
}

#[test]
fn finds_better_settings_than_chance() {
    for (n, share) in [(30, 1.0), (60, 0.5)] {
        let (guided, chance) = (median(true, n), median(false, n));
        println!("median regret after {n} evaluations: {guided:.3} guided, {chance:.3} by chance");
        assert!(guided < share * chance);
    }
}

#[test]
fn repeats_under_one_seed() {
    let run = |seed: &[u8]| -> Vec<Settings> {
        let mut tpe = Tpe::new(&parameters(), &Digest::of(seed));
        (0..40)
            .map(|_| {
                let settings = tpe.ask();
                tpe.tell(&settings, -regret(&settings));
                settings
            })
            .collect()
    };
    assert_eq!(run(b"a"), run(b"a"));
    assert_ne!(run(b"a"), run(b"b"));
}

#[test]
fn has_nothing_to_search_over_without_choice() {
    let fixed = [
        Parameter::real("x", 1.0, 1.0, 1.0),
        Parameter::choice("y", vec!["one".to_owned()]),
    ];
    let mut tpe = Tpe::new(&fixed, &Digest::of(b"a"));
    assert!(tpe.is_empty());
    assert_eq!(tpe.ask(), Settings::default());
    assert_eq!(tpe.best(), None);
}

proptest! {
    #[test]
    fn asks_only_for_what_the_parameters_admit(
        seed in any::<u64>(),
        scores in prop::collection::vec(prop_oneof![5 => -1.0..1.0, 1 => Just(f64::NAN)], 0..40),
        least in -1e12..1e12_f64,
        width in 1e-6..1e12_f64,
        low in any::<i64>(),
        steps in 1..i64::MAX,
    ) {
        let mut all = parameters();
        all.push(Parameter::real("wide", least, least + width, least));
        all.push(Parameter::integer("long", low, low.saturating_add(steps), low));
        let mut tpe = Tpe::new(&all, &Digest::of(&seed.to_le_bytes()));
        for score in scores {
            let settings = tpe.ask();
            prop_assert!(settings.check(&all).is_ok(), "{settings:?}");
            prop_assert_eq!(settings.0.len(), all.len());
            tpe.tell(&settings, score);
        }
    }
}
