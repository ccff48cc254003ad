//! Recalling: candidates from each arm in each scope, fused, cut, and read.

use std::sync::Arc;

use alma_core::{Query, Rank, Recall, Recollection, Record, Result, Scope};
use rusqlite::Connection;

use super::{
    load::{Cache, ScopeIndex, Space, past},
    postings,
    schema::{RECORD, record, scope_number},
};
use crate::{
    index::{Arm, Entry, Fused, Lexical, Matches, Quantised, fuse, keep_best},
    text::terms,
};

/// A record that says just what a better one says counts this much of its score.
const REPEATED: f32 = 0.5;
/// The share of a question's weight that may stay uncovered before nothing is sure any more.
const UNSURE: f64 = 0.62;
/// A token is taken as this many bytes of text.
const TOKEN: usize = 4;

/// A question, embedded, and what it is asked with.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) query: Query,
    pub(super) vector: Option<Quantised>,
    pub(super) space: Space,
    /// What the dense arm counts, against 1 of both.
    pub(super) dense_weight: f32,
}

/// One scope that is asked.
struct Asked {
    scope: Scope,
    index: Arc<ScopeIndex>,
}

pub(super) fn recall(
    connection: &Connection,
    cache: &Cache,
    scope: &Scope,
    question: &Question,
) -> Result<Recall> {
    let (numbers, asked) = open(connection, cache, scope, question)?;
    let entries: Vec<(usize, &Entry)> = asked
        .iter()
        .enumerate()
        .flat_map(|(at, asked)| {
            asked
                .index
                .table
                .entries()
                .iter()
                .map(move |entry| (at, entry))
        })
        .collect();
    let passes: Vec<bool> = entries
        .iter()
        .map(|(_, entry)| passes(&question.query, entry))
        .collect();
    let words = terms(&question.query.text);
    let (arms, coverage) = if words.is_empty() {
        (vec![newest(&entries)], Vec::new())
    } else {
        score(connection, &numbers, &asked, &words, question)?
    };
    let mut fused = fuse(&arms, &passes);
    if !words.is_empty() {
        lower_repeated(&mut fused, &entries, &passes);
    }
    let mut found: Vec<usize> = (0..entries.len()).filter(|&place| passes[place]).collect();
    keep_best(
        &mut found,
        question.query.k.clamp(1, Query::MAX_K),
        |&a, &b| {
            fused.scores[b]
                .total_cmp(&fused.scores[a])
                .then_with(|| entries[a].1.id.cmp(&entries[b].1.id))
        },
    );
    let mut hits = Vec::with_capacity(found.len());
    let mut room = question
        .query
        .token_budget
        .map(|tokens| tokens.saturating_mul(TOKEN));
    for &place in &found {
        let (at, entry) = entries[place];
        let record = read(connection, &asked[at].scope, entry.number)?;
        if let Some(room) = &mut room {
            if record.text.len() > *room && !hits.is_empty() {
                break;
            }
            *room = room.saturating_sub(record.text.len());
        }
        let ranks = arms
            .iter()
            .zip(&fused.ranks)
            .filter(|(_, ranks)| ranks[place] > 0)
            .map(|(arm, ranks)| {
                Rank::new(
                    arm.name,
                    ranks[place] as usize,
                    f64::from(arm.scores[place]),
                )
            })
            .collect();
        hits.push(Recollection::new(
            record,
            f64::from(fused.scores[place]),
            ranks,
        ));
    }
    let nothing = if question.query.text.trim().is_empty() {
        0.0
    } else {
        nothing_relevant(&found, &coverage)
    };
    Ok(Recall::new(hits, nothing))
}

/// The scopes asked, each once, that hold anything.
fn open(
    connection: &Connection,
    cache: &Cache,
    scope: &Scope,
    question: &Question,
) -> Result<(Vec<i64>, Vec<Asked>)> {
    let mut numbers = Vec::new();
    let mut asked = Vec::new();
    for scope in std::iter::once(scope).chain(&question.query.reach) {
        let Some(number) = scope_number(connection, scope)? else {
            continue;
        };
        if numbers.contains(&number) {
            continue;
        }
        let index = match question.query.as_of {
            Some(time) => Arc::new(past(connection, number, question.space, time)?),
            None => cache.index(connection, number, question.space)?,
        };
        numbers.push(number);
        asked.push(Asked {
            scope: scope.clone(),
            index,
        });
    }
    Ok((numbers, asked))
}

fn passes(query: &Query, entry: &Entry) -> bool {
    (query.kinds.is_empty() || query.kinds.contains(&entry.kind))
        && query.time.contains(entry.occurred)
}

/// Both arms over all scopes, and per entry the share of the question that its own words cover.
fn score(
    connection: &Connection,
    numbers: &[i64],
    asked: &[Asked],
    words: &[String],
    question: &Question,
) -> Result<(Vec<Arm>, Vec<f32>)> {
    let mut unique: Vec<&String> = words.iter().collect();
    unique.sort_unstable();
    unique.dedup();
    let (mut lexical, mut dense, mut coverage) = (Vec::new(), Vec::new(), Vec::new());
    for (&number, asked) in numbers.iter().zip(asked) {
        let mut matches = Vec::with_capacity(unique.len());
        for term in &unique {
            let postings = postings::read(connection, number, term)?;
            matches.push(Matches { postings });
        }
        let index = &asked.index;
        let scored = Lexical::score(&index.table, &matches);
        lexical.extend(scored.scores);
        coverage.extend(scored.coverage);
        match &question.vector {
            Some(vector) => dense.extend(index.vectors.score(&index.table, vector)),
            None => dense.resize(lexical.len(), 0.0),
        }
    }
    let mut arms = vec![Arm {
        name: "lexical",
        weight: 1.0 - question.dense_weight,
        scores: lexical,
    }];
    if question.vector.is_some() {
        arms.push(Arm {
            name: "dense",
            weight: question.dense_weight,
            scores: dense,
        });
    }
    Ok((arms, coverage))
}

/// Newest first, for a question without words.
fn newest(entries: &[(usize, &Entry)]) -> Arm {
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_unstable_by_key(|&place| (entries[place].1.occurred, entries[place].1.number));
    let mut scores = vec![0.0; entries.len()];
    for (rank, place) in (1..).zip(order) {
        scores[place] = rank as f32;
    }
    Arm {
        name: "newest",
        weight: 1.0,
        scores,
    }
}

/// Puts a record that repeats a better one behind what is said only once.
fn lower_repeated(fused: &mut Fused, entries: &[(usize, &Entry)], passes: &[bool]) {
    let mut best: std::collections::HashMap<i64, usize> = std::collections::HashMap::new();
    for (place, (_, entry)) in entries.iter().enumerate() {
        if !passes[place] || fused.scores[place] == 0.0 {
            continue;
        }
        match best.get_mut(&entry.likeness) {
            None => drop(best.insert(entry.likeness, place)),
            Some(kept) => {
                let better = fused.scores[place]
                    .total_cmp(&fused.scores[*kept])
                    .then_with(|| entries[*kept].1.id.cmp(&entry.id))
                    .is_gt();
                let loser = if better {
                    std::mem::replace(kept, place)
                } else {
                    place
                };
                fused.scores[loser] *= REPEATED;
            }
        }
    }
}

/// How likely none of the hits answers: the less of the question's rare words any of them
/// covers, the likelier.
///
/// Half of it is reached where the best hits leave more than `UNSURE` of the question uncovered:
/// on talk, 86 % of the questions that have an answer stay below, and 97 % of those asked in
/// the wrong conversation stay above.
fn nothing_relevant(found: &[usize], coverage: &[f32]) -> f64 {
    let best = found
        .iter()
        .take(10)
        .filter_map(|&place| coverage.get(place))
        .fold(0.0_f32, |best, &share| best.max(share));
    let uncovered = 1.0 - f64::from(best);
    if uncovered < UNSURE {
        uncovered / UNSURE * 0.5
    } else {
        0.5 + (uncovered - UNSURE) / (1.0 - UNSURE) * 0.5
    }
}

fn read(connection: &Connection, scope: &Scope, number: i64) -> Result<Record> {
    let mut statement = connection.prepare_cached(&format!("{RECORD} WHERE r.number = ?1"))?;
    let mut rows = statement.query([number])?;
    match rows.next()? {
        Some(row) => record(scope, row),
        None => Err(rusqlite::Error::QueryReturnedNoRows.into()),
    }
}
