//! Running a subject on cases, alone and beside another version of itself.

use std::sync::Arc;

use alma_core::{Error, Fault, Metric, Result, Settings, Subject, SuiteCase};
use serde_json::Value;

use super::cases::Group;
use crate::Bench;

/// The score of an output; a failure, and what is no number, scores 0.
pub(super) fn score(metric: Metric, case: &SuiteCase, output: Option<&Value>) -> f64 {
    let score = output.map_or(0.0, |output| metric.score(&case.expected, output));
    if score.is_nan() {
        0.0
    } else {
        score.clamp(0.0, 1.0)
    }
}

/// What one night has shown: differences by observation.
pub(super) struct Seen {
    /// `score(ours) - score(theirs)`, one an observation.
    pub(super) differences: Vec<f64>,
    /// The same for each guard of the bench, in its order.
    pub(super) guards: Vec<Vec<f64>>,
}

/// Two versions of one subject on the same cases.
///
/// A transient error of `theirs` ends the run: the engine is away, so the night says nothing
/// about either. A failure of `ours` alone scores 0, or a candidate could dodge its trial by failing.
pub(super) struct Arms<'a> {
    pub(super) subject: &'a Arc<dyn Subject>,
    /// The version that must show what it is worth.
    pub(super) ours: &'a Settings,
    /// The version that it is measured against.
    pub(super) theirs: &'a Settings,
}

impl Arms<'_> {
    /// Runs both versions on observations.
    pub(super) async fn observe(&self, bench: &Bench, groups: &[Group]) -> Result<Seen> {
        let mut seen = Seen {
            differences: Vec::with_capacity(groups.len()),
            guards: vec![Vec::with_capacity(groups.len()); bench.guards().len()],
        };
        for group in groups {
            let mut sums = vec![0.0; 1 + bench.guards().len()];
            for case in group {
                let (ours, theirs) = self.both(case).await?;
                let guards = bench.guards().iter().map(|guard| guard.metric);
                for (sum, metric) in sums
                    .iter_mut()
                    .zip(std::iter::once(bench.metric()).chain(guards))
                {
                    *sum += score(metric, case, ours.as_ref().ok())
                        - score(metric, case, theirs.as_ref().ok());
                }
            }
            let size = group.len().max(1) as f64;
            let mut means = sums.into_iter().map(|sum| (sum / size).clamp(-1.0, 1.0));
            seen.differences.extend(means.next());
            for (guard, mean) in seen.guards.iter_mut().zip(means) {
                guard.push(mean);
            }
        }
        Ok(seen)
    }

    /// Attacks that `theirs` withstands and `ours` does not, each with what was seen.
    pub(super) async fn attack(
        &self,
        bench: &Bench,
        attacks: &[SuiteCase],
    ) -> Result<Vec<(String, String)>> {
        let mut failed = Vec::new();
        for attack in attacks {
            let (ours, theirs) = self.both(attack).await?;
            let withstood =
                |output: &Result<Value>| score(bench.metric(), attack, output.as_ref().ok()) >= 1.0;
            if withstood(&theirs) && !withstood(&ours) {
                let what = match ours {
                    Ok(_) => "withstood before, and now it is not".to_owned(),
                    Err(error) => format!("withstood before, and now it fails: {}", error.kind()),
                };
                failed.push((attack.id.clone(), what));
            }
        }
        Ok(failed)
    }

    async fn both(&self, case: &SuiteCase) -> Result<(Result<Value>, Result<Value>)> {
        let theirs = self.subject.run(self.theirs, &case.input).await;
        match theirs {
            Err(error) if error.is_transient() => Err(error),
            theirs => Ok((self.subject.run(self.ours, &case.input).await, theirs)),
        }
    }
}

/// Whether a subject gives the same output twice; the first case on which it does not.
pub(super) async fn differs(
    subject: &Arc<dyn Subject>,
    settings: &Settings,
    cases: &[SuiteCase],
) -> Option<String> {
    let shown = |output: Result<Value, Error>| output.map_err(|error| Fault::from(&error).kind);
    for case in cases {
        let first = shown(subject.run(settings, &case.input).await);
        if first != shown(subject.run(settings, &case.input).await) {
            return Some(case.id.clone());
        }
    }
    None
}
