//! Lexical scores: BM25 over a scope's own statistics, with words lent by neighbouring turns.

use super::{Posting, Table};

/// How fast more of the same word stops counting.
const K1: f32 = 1.2;
/// How much length counts.
const B: f32 = 0.6;
/// How much the best records of a source speak for the others of it.
const SOURCE_PRIOR: f32 = 0.2;
/// A word that nobody here ever said tells more than a rare one that the hit does not say.
const UNKNOWN: f32 = 1.5;
/// A record that only asks is rarely the answer.
const ASKING: f32 = 0.8;

/// One term of the question and the records of the scope that hold it.
#[derive(Debug)]
pub(crate) struct Matches {
    /// Who holds it; records that may not be found are passed over.
    pub(crate) postings: Vec<Posting>,
}

/// The lexical arm of one recall.
#[derive(Debug)]
pub(crate) struct Lexical {
    /// A score per entry of the table; zero where no word matches.
    pub(crate) scores: Vec<f32>,
    /// Per entry, how much of the question's weight its words carry, with those lent by neighbours: 0 to 1.
    pub(crate) coverage: Vec<f32>,
}

impl Lexical {
    /// Scores every entry of `table` by the terms of a question, unknown ones included.
    pub(crate) fn score(table: &Table, question: &[Matches]) -> Self {
        let mut scores = vec![0.0; table.len()];
        let mut coverage = vec![0.0; table.len()];
        let mut counts = vec![0.0_f32; table.len()];
        let mut touched: Vec<usize> = Vec::new();
        let mut question_weight = 0.0;
        for term in question {
            let mut holders = 0;
            for posting in &term.postings {
                let Some(place) = table.place(posting.number) else {
                    continue;
                };
                holders += 1;
                let here = posting.count as f32;
                let mut add = |place: usize, count: f32| {
                    if counts[place] == 0.0 {
                        touched.push(place);
                    }
                    counts[place] += count;
                };
                add(place, here + f32::from(u8::from(posting.head)));
                for (borrower, weight) in table.borrowers(place).filter(|_| posting.count > 0) {
                    add(borrower, weight * here);
                }
            }
            let rarity = idf(table.len(), touched.len());
            let weight = idf(table.len(), holders);
            question_weight += if holders == 0 {
                weight * UNKNOWN
            } else {
                weight
            };
            for place in touched.drain(..) {
                let count = std::mem::take(&mut counts[place]);
                coverage[place] += weight * count.min(1.0);
                let damping = K1 * (1.0 - B + B * table.relative_length(place));
                scores[place] += rarity * count * (K1 + 1.0) / (count + damping);
            }
        }
        if question_weight > 0.0 {
            coverage
                .iter_mut()
                .for_each(|share| *share /= question_weight);
        }
        for (score, entry) in scores.iter_mut().zip(table.entries()) {
            if entry.asks {
                *score *= ASKING;
            }
        }
        add_source_prior(table, &mut scores);
        Self { scores, coverage }
    }
}

/// How telling a term is that `holders` of `records` hold.
fn idf(records: usize, holders: usize) -> f32 {
    let (records, holders) = (records as f32, holders as f32);
    (1.0 + (records - holders + 0.5) / (holders + 0.5)).ln()
}

/// Lifts the records of a source whose best three fit well.
fn add_source_prior(table: &Table, scores: &mut [f32]) {
    let mut best = vec![[0.0_f32; 3]; table.group_count()];
    let mut members = vec![0_u32; table.group_count()];
    for (place, &score) in scores.iter().enumerate() {
        let group = table.group(place);
        members[group] += 1;
        let top = &mut best[group];
        if score > top[0] {
            *top = [score, top[0], top[1]];
        } else if score > top[1] {
            *top = [top[0], score, top[1]];
        } else if score > top[2] {
            top[2] = score;
        }
    }
    for (place, score) in scores.iter_mut().enumerate() {
        if *score > 0.0 {
            let group = table.group(place);
            let of = members[group].clamp(1, 3) as f32;
            *score += SOURCE_PRIOR * best[group].iter().sum::<f32>() / of;
        }
    }
}
