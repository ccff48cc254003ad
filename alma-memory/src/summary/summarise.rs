//! Extractive summaries: the units of text that tell most, within a budget of words.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::text::{is_stop_word, stem, words};

/// How much each fact (a number, a name) lifts a unit, up to four of them.
const FACT: f64 = 0.15;
/// A unit that only asks is rarely worth keeping.
const ASKING: f64 = 0.6;

/// Picks the units (turns, sentences) that sum up all of them, and answers with their places in order.
///
/// A unit is worth the rarity of its words over the root of its length, more with numbers and
/// names in it, less when it only asks; each next pick is worth less the more it repeats
/// the picks before. The words of all picks together never exceed `budget`; a unit that
/// does not fit is passed over.
///
/// In talk the central units are the empty ones ("that's great!"), so this does not look
/// for the centre.
///
/// # Examples
/// ```
/// use alma_memory::summary::summarise;
/// let units = ["That's great!", "Ana moved to Lisbon in May 2024.", "Really?"];
/// assert_eq!(summarise(&units, 7), [1]);
/// ```
#[must_use]
pub fn summarise(units: &[&str], budget: usize) -> Vec<usize> {
    let mut holders: HashMap<String, f64> = HashMap::new();
    for unit in units {
        let stems: HashSet<String> = stems(unit).collect();
        stems
            .into_iter()
            .for_each(|stem| *holders.entry(stem).or_default() += 1.0);
    }
    let all = units.len() as f64;
    summarise_among(units, budget, |stem| {
        (1.0 + all / holders.get(stem).copied().unwrap_or(1.0)).ln()
    })
}

/// [`summarise`], with the rarity that stems have in the collection which the units come from.
///
/// Worth it when the units are few or of one kind: among themselves all their words are rare,
/// or just those that say what they are about are not.
#[must_use]
pub fn summarise_among(units: &[&str], budget: usize, rarity: impl Fn(&str) -> f64) -> Vec<usize> {
    let mut left: Vec<Unit> = weigh(units, rarity);
    let mut picked: Vec<Unit> = Vec::new();
    let mut room = budget;
    loop {
        left.retain(|unit| unit.length <= room && unit.worth() > 0.0);
        let best = left.iter().enumerate().max_by(|(_, a), (_, b)| {
            // The earlier of equals.
            a.worth().total_cmp(&b.worth()).then(b.place.cmp(&a.place))
        });
        let Some((at, _)) = best else { break };
        let unit = left.swap_remove(at);
        room -= unit.length;
        for other in &mut left {
            other.repeats = other.repeats.max(cosine(&unit.vector, &other.vector));
        }
        picked.push(unit);
    }
    let mut places: Vec<usize> = picked.into_iter().map(|unit| unit.place).collect();
    places.sort_unstable();
    places
}

#[derive(Debug)]
struct Unit {
    place: usize,
    length: usize,
    score: f64,
    /// Term number and weight, sorted by term, of length 1.
    vector: Vec<(usize, f64)>,
    /// The largest cosine to what was picked.
    repeats: f64,
}

impl Unit {
    fn worth(&self) -> f64 {
        self.score * (1.0 - self.repeats * self.repeats)
    }
}

fn stems(text: &str) -> impl Iterator<Item = String> + '_ {
    words(text)
        .filter(|word| !is_stop_word(word))
        .map(|word| stem(&word).into_owned())
}

fn weigh(units: &[&str], rarity: impl Fn(&str) -> f64) -> Vec<Unit> {
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let mut rarities: Vec<f64> = Vec::new();
    units
        .iter()
        .enumerate()
        .map(|(place, text)| {
            let mut counts: BTreeMap<usize, f64> = BTreeMap::new();
            for stem in stems(text) {
                let number = *numbers.entry(stem).or_insert_with_key(|stem| {
                    rarities.push(rarity(stem));
                    rarities.len() - 1
                });
                *counts.entry(number).or_default() += 1.0;
            }
            let mut vector: Vec<(usize, f64)> = counts
                .into_iter()
                .map(|(number, count)| (number, (1.0 + count.ln()) * rarities[number]))
                .collect();
            let norm = vector.iter().map(|(_, x)| x * x).sum::<f64>().sqrt();
            vector
                .iter_mut()
                .for_each(|(_, x)| *x /= norm.max(f64::MIN_POSITIVE));
            let length = length(text);
            let density = vector
                .iter()
                .map(|&(number, x)| x * rarities[number])
                .sum::<f64>()
                / (length.max(1) as f64).sqrt();
            let asks = if text.trim_end().ends_with('?') {
                ASKING
            } else {
                1.0
            };
            let facts = (1.0 + FACT * facts(text).min(4) as f64) * asks;
            let score = density * facts * readable(text);
            Unit {
                place,
                length,
                score,
                vector,
                repeats: 0.0,
            }
        })
        .collect()
}

/// The words of a unit; a token such as an address or a path counts by the words in it.
fn length(text: &str) -> usize {
    text.split_whitespace()
        .map(|token| words(token).count().max(1))
        .sum()
}

/// How much of a unit is there to be read: 1 for sentences, near 0 for lists of numbers,
/// names of functions and marks.
fn readable(text: &str) -> f64 {
    let plain = |token: &&str| {
        let bare = token.trim_matches(|c: char| !c.is_alphanumeric());
        let number = bare.chars().all(|c| c.is_ascii_digit()) && !token.contains('#');
        let word = bare
            .chars()
            .all(|c| c.is_alphabetic() || matches!(c, '\'' | '\u{2019}' | '-'));
        !bare.is_empty() && (word || number)
    };
    let tokens = text.split_whitespace().count().max(1);
    let plain = text.split_whitespace().filter(plain).count();
    let share = plain as f64 / tokens as f64;
    share * share * (plain as f64 / 8.0).min(1.0)
}

/// Numbers, and capitals inside a sentence: what a text states rather than comments on.
fn facts(text: &str) -> usize {
    let mut begins = true;
    text.split_whitespace()
        .filter(|word| {
            let bare = word.trim_start_matches(|c: char| !c.is_alphanumeric());
            let name = bare.starts_with(char::is_uppercase)
                && bare.chars().nth(1).is_some_and(char::is_alphabetic);
            let counts = bare.starts_with(|c: char| c.is_ascii_digit()) || (name && !begins);
            begins = word.ends_with(['.', '!', '?', ':']);
            counts
        })
        .count()
}

fn cosine(a: &[(usize, f64)], b: &[(usize, f64)]) -> f64 {
    let (mut i, mut j, mut sum) = (0, 0, 0.0);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        match x.0.cmp(&y.0) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                sum += x.1 * y.1;
                i += 1;
                j += 1;
            }
        }
    }
    sum
}
