//! Suites: cases, how they are scored, and what came out.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Digest, Fault, RecordId, Tally};

/// How an output is compared with what was expected; the score lies in 0..=1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Metric {
    /// 1 when both are equal.
    Exact,
    /// F1 of two lists as sets; 1 when both are empty.
    SetF1,
    /// The share of the expected list among the first `k` of the output; 1 when nothing is expected and nothing came.
    RecallAt(usize),
    /// Normalised discounted cumulative gain of the first `k` of the output, each expected item worth 1.
    NdcgAt(usize),
}

impl Metric {
    /// The score of `output`, 0 to 1.
    #[must_use]
    pub fn score(self, expected: &Value, output: &Value) -> f64 {
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let (wanted, got) = (list(expected), list(output));
        let share = |hits: usize, of: usize| hits as f64 / of as f64;
        let hits = |got: &[Value]| wanted.iter().filter(|item| got.contains(item)).count();
        match self {
            Self::Exact => f64::from(u8::from(expected == output)),
            Self::SetF1 if wanted.is_empty() && got.is_empty() => 1.0,
            Self::SetF1 => 2.0 * share(hits(&got), wanted.len() + got.len()),
            Self::RecallAt(_) | Self::NdcgAt(_) if wanted.is_empty() => {
                f64::from(u8::from(got.is_empty()))
            }
            Self::RecallAt(k) => share(hits(&got[..k.min(got.len())]), wanted.len()),
            Self::NdcgAt(k) => {
                let gain = |place: usize| 1.0 / (place as f64 + 2.0).log2();
                let ideal: f64 = (0..wanted.len().min(k)).map(gain).sum();
                let mut seen: Vec<&Value> = Vec::new();
                let mut reached = 0.0;
                for (place, item) in got.iter().take(k).enumerate() {
                    if wanted.contains(item) && !seen.contains(&item) {
                        seen.push(item);
                        reached += gain(place);
                    }
                }
                if ideal > 0.0 { reached / ideal } else { 0.0 }
            }
        }
    }
}

/// One case of a suite.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SuiteCase {
    /// Its name within the suite.
    pub id: String,
    /// What it belongs with: cases of one group never lie on both sides of a split.
    pub group: String,
    /// What the subject is given.
    pub input: Value,
    /// What it should answer.
    pub expected: Value,
    /// Whether failing it must never be new: an attack that was withstood before.
    pub guard: bool,
    /// The records that it was made of.
    pub sources: Vec<RecordId>,
}

impl SuiteCase {
    /// A case that is its own group and no guard.
    pub fn new(id: impl Into<String>, input: Value, expected: Value) -> Self {
        let id = id.into();
        Self {
            group: id.clone(),
            id,
            input,
            expected,
            guard: false,
            sources: Vec::new(),
        }
    }

    /// Sets what it belongs with.
    #[must_use]
    pub fn with_group(mut self, group: impl Into<String>) -> Self {
        self.group = group.into();
        self
    }

    /// Makes it a guard: failing it must never be new.
    #[must_use]
    pub fn as_guard(mut self) -> Self {
        self.guard = true;
        self
    }

    /// Sets the records that it was made of.
    #[must_use]
    pub fn with_sources(mut self, sources: Vec<RecordId>) -> Self {
        self.sources = sources;
        self
    }
}

/// Cases for one kind of subject.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Suite {
    /// Its name.
    pub name: String,
    /// How its cases are scored.
    pub metric: Metric,
    /// Its cases.
    pub cases: Vec<SuiteCase>,
}

impl Suite {
    /// A suite.
    pub fn new(name: impl Into<String>, metric: Metric, cases: Vec<SuiteCase>) -> Self {
        Self {
            name: name.into(),
            metric,
            cases,
        }
    }
}

/// How one case came out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaseScore {
    /// The case.
    pub case: String,
    /// Its score, 0 to 1; 0 when the subject failed.
    pub score: f64,
    /// Whether it is a guard.
    pub guard: bool,
    /// What the subject failed of.
    pub fault: Option<Fault>,
}

impl CaseScore {
    /// The score of a case.
    pub fn new(case: impl Into<String>, score: f64, guard: bool, fault: Option<Fault>) -> Self {
        Self {
            case: case.into(),
            score,
            guard,
            fault,
        }
    }
}

/// How a subject did on a suite: data, no verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Evaluation {
    /// The subject.
    pub subject: String,
    /// The suite.
    pub suite: String,
    /// The digest of the settings that were tried.
    pub settings: Digest,
    /// One score a case, in the order of the suite.
    pub scores: Vec<CaseScore>,
    /// Cases in, cases scored, cases skipped.
    pub tally: Tally,
}

impl Evaluation {
    /// The scores of a subject.
    pub fn new(
        subject: impl Into<String>,
        suite: impl Into<String>,
        settings: Digest,
        scores: Vec<CaseScore>,
        tally: Tally,
    ) -> Self {
        Self {
            subject: subject.into(),
            suite: suite.into(),
            settings,
            scores,
            tally,
        }
    }

    /// The mean score; 0 without cases.
    #[must_use]
    pub fn mean(&self) -> f64 {
        if self.scores.is_empty() {
            return 0.0;
        }
        self.scores.iter().map(|score| score.score).sum::<f64>() / self.scores.len() as f64
    }
}
