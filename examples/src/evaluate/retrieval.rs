//! How well a memory finds what somebody judged to be the answer.

use std::{
    collections::{BTreeMap, HashMap},
    time::Instant,
};

use alma_core::{
    Error, ErrorKind, Memory, Observation, Query, RecordId, RecordKind, Result, Scope,
};
use serde::Serialize;
use serde_json::Value;

use super::{
    beir::{Document, Judgements, Question, scope_of},
    score::{mean, ndcg_at, percentile, recall_at, rounded},
};

/// How many documents go to memory in one call.
const BATCH: usize = 512;

/// Means over some queries.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Means {
    /// How many queries.
    pub queries: usize,
    /// Recall by depth.
    pub recall: BTreeMap<usize, f64>,
    /// nDCG of the first ten.
    #[serde(rename = "ndcg@10")]
    pub ndcg: f64,
}

/// How long one question took, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Latency {
    /// Half of them took at most this.
    pub p50: f64,
    /// Nineteen of twenty took at most this.
    pub p95: f64,
}

/// What came out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Over all queries.
    #[serde(flatten)]
    pub all: Means,
    /// Over each category of queries.
    pub by_category: BTreeMap<String, Means>,
    /// How long questions took.
    pub latency_ms: Latency,
}

/// Stores documents in the order of the file, each in its own scope, and answers which record is which.
///
/// # Errors
/// As [`Memory::remember`]; `InvalidInput` for a scope that is none.
pub async fn store(
    memory: &dyn Memory,
    documents: &[Document],
    mut each: impl FnMut(usize),
) -> Result<HashMap<RecordId, String>> {
    let mut by_scope: BTreeMap<&str, Vec<&Document>> = BTreeMap::new();
    for document in documents {
        let scope = scope_of(&document.metadata);
        by_scope.entry(scope).or_default().push(document);
    }
    let mut names = HashMap::with_capacity(documents.len());
    for (scope, documents) in by_scope {
        let scope = Scope::new(scope)?;
        for batch in documents.chunks(BATCH) {
            let observations = batch.iter().map(|one| observation(&scope, one)).collect();
            let ids = memory.remember(&scope, observations).await?;
            for (id, document) in ids.into_iter().zip(batch) {
                names.insert(id, document.id.clone());
            }
            each(batch.len());
        }
    }
    Ok(names)
}

/// A document as whoever observed it would hand it over: turns of one scope follow each
/// other, other documents stand alone.
fn observation(scope: &Scope, document: &Document) -> Observation {
    let seq = document.metadata.get("seq").and_then(Value::as_u64);
    let mut observation = match seq {
        Some(seq) => Observation::text(&document.text)
            .with_kind(RecordKind::Message)
            .with_source(scope.as_str())
            .with_position(seq),
        None => Observation::text(&document.text)
            .with_kind(RecordKind::Document)
            .with_source(&document.id),
    };
    if !document.title.is_empty() {
        observation = observation.with_metadata("title", document.title.as_str());
    }
    let occurred = document.metadata.get("iso").and_then(Value::as_str);
    if let Some(occurred) = occurred.and_then(|text| text.parse().ok()) {
        observation = observation.with_occurred(occurred);
    }
    for (name, value) in &document.metadata {
        if !matches!(name.as_str(), "scope" | "seq" | "iso") {
            observation = observation.with_metadata(name, value.clone());
        }
    }
    observation
}

/// Asks every judged question in its scope and scores the rankings.
///
/// # Errors
/// As [`Memory::recall`]; `InvalidInput` when no question is judged.
pub async fn ask(
    memory: &dyn Memory,
    names: &HashMap<RecordId, String>,
    questions: &[Question],
    judgements: &Judgements,
    depths: &[usize],
    mut each: impl FnMut(),
) -> Result<Report> {
    let deepest = depths.iter().copied().max().unwrap_or(10).max(10);
    let mut all = Scores::default();
    let mut by_category: BTreeMap<String, Scores> = BTreeMap::new();
    let mut times = Vec::new();
    for question in questions {
        let Some(relevant) = judgements
            .get(&question.id)
            .filter(|_| question.is_judged())
        else {
            continue;
        };
        let scope = Scope::new(scope_of(&question.metadata))?;
        let query = Query::text(&question.text).with_k(deepest);
        let start = Instant::now();
        let recall = memory.recall(&scope, &query).await?;
        times.push(start.elapsed().as_secs_f64() * 1_000.0);
        let mut ranking = Vec::with_capacity(recall.hits.len());
        for hit in recall.hits {
            let name = names.get(&hit.record.id).ok_or_else(|| {
                Error::new(
                    ErrorKind::Internal,
                    format!("cannot score record {}: nobody stored it", hit.record.id),
                )
            })?;
            ranking.push(name.clone());
        }
        let recalls: Vec<f64> = depths
            .iter()
            .map(|depth| recall_at(&ranking, relevant, *depth))
            .collect();
        let ndcg = ndcg_at(&ranking, relevant, 10);
        if let Some(category) = question.category() {
            by_category
                .entry(category.to_owned())
                .or_default()
                .add(&recalls, ndcg);
        }
        all.add(&recalls, ndcg);
        each();
    }
    if all.ndcg.is_empty() {
        return Err(
            Error::invalid("cannot score: no question has a judged document")
                .with_remedy("give the queries and the qrels of one set"),
        );
    }
    Ok(Report {
        all: all.means(depths),
        by_category: by_category
            .into_iter()
            .map(|(name, scores)| (name, scores.means(depths)))
            .collect(),
        latency_ms: Latency {
            p50: rounded(percentile(&times, 0.5)),
            p95: rounded(percentile(&times, 0.95)),
        },
    })
}

#[derive(Default)]
struct Scores {
    /// One list a query, by depth.
    recall: Vec<Vec<f64>>,
    ndcg: Vec<f64>,
}

impl Scores {
    fn add(&mut self, recalls: &[f64], ndcg: f64) {
        self.recall.push(recalls.to_vec());
        self.ndcg.push(ndcg);
    }

    fn means(&self, depths: &[usize]) -> Means {
        let at = |place: usize| -> Vec<f64> {
            self.recall
                .iter()
                .filter_map(|one| one.get(place).copied())
                .collect()
        };
        Means {
            queries: self.ndcg.len(),
            recall: depths
                .iter()
                .zip(0..)
                .map(|(depth, place)| (*depth, rounded(mean(&at(place)))))
                .collect(),
            ndcg: rounded(mean(&self.ndcg)),
        }
    }
}
