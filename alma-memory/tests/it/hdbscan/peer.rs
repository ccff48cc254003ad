//! Python's hdbscan 0.8.44 on data without ties: `tests/data/hdbscan/make.py` wrote down what it says.

use std::collections::BTreeMap;

use alma_memory::cluster::hdbscan::{Hdbscan, HdbscanParams, Selection};
use serde_json::Value;

use super::{close, fit, records};

/// One call of the peer, and what it answered.
struct Case<'a> {
    rows: &'a [Vec<f64>],
    params: HdbscanParams,
    answer: &'a Value,
    set: &'a Value,
}

impl Case<'_> {
    fn numbers(&self, name: &str) -> Vec<f64> {
        numbers(&self.answer[name])
    }

    fn labels(&self, name: &str) -> Vec<Option<u32>> {
        let label = |value: &Value| u32::try_from(value.as_i64().unwrap()).ok();
        self.answer[name]
            .as_array()
            .unwrap()
            .iter()
            .map(label)
            .collect()
    }
}

fn numbers(value: &Value) -> Vec<f64> {
    let all = value.as_array().unwrap().iter();
    all.map(|number| number.as_f64().unwrap()).collect()
}

fn table(value: &Value) -> Vec<Vec<f64>> {
    value.as_array().unwrap().iter().map(numbers).collect()
}

fn sets() -> Vec<Value> {
    let text = include_str!("../../data/hdbscan/peer.json");
    let all: Value = serde_json::from_str(text).unwrap();
    all["sets"].as_array().unwrap().clone()
}

fn params(case: &Value) -> HdbscanParams {
    let size = |name: &str| case[name].as_u64().map(|size| size as usize);
    let mut params = Hdbscan::params(size("min_cluster_size").unwrap())
        .min_samples(size("min_samples").unwrap())
        .allow_single_cluster(case["allow_single_cluster"].as_bool().unwrap_or_default())
        .cluster_selection_epsilon(
            case["cluster_selection_epsilon"]
                .as_f64()
                .unwrap_or_default(),
        );
    if case["cluster_selection_method"] == "leaf" {
        params = params.selection(Selection::Leaf);
    }
    match size("max_cluster_size") {
        Some(rows) => params.max_cluster_size(rows),
        None => params,
    }
}

/// Calls `check` with every answer of the peer that has a `field`.
fn each(field: &str, check: impl Fn(&Case<'_>, &Hdbscan, &str)) {
    let mut checked = 0;
    for set in &sets() {
        let rows = table(&set["rows"]);
        for answer in set["answers"].as_array().unwrap() {
            if answer.get(field).is_none() {
                continue;
            }
            let case = Case {
                rows: &rows,
                params: params(&answer["case"]),
                answer,
                set,
            };
            let model = fit(case.rows, case.params);
            check(
                &case,
                &model,
                &format!("{} {}", set["seed"], answer["case"]),
            );
            checked += 1;
        }
    }
    assert!(checked > 0);
}

#[test]
fn labels_and_probabilities_are_the_peers() {
    each("labels", |case, model, name| {
        assert_eq!(model.labels(), case.labels("labels"), "{name}");
        assert!(
            close(model.probabilities(), &case.numbers("probabilities")),
            "{name}"
        );
    });
}

#[test]
fn stabilities_are_the_peers() {
    each("stabilities", |case, model, name| {
        assert!(
            close(model.stabilities(), &case.numbers("stabilities")),
            "{name}"
        );
    });
}

#[test]
fn outlier_scores_are_the_peers() {
    each("outlier_scores", |case, model, name| {
        let scores = model.outlier_scores();
        let expected = case.numbers("outlier_scores");
        let near = |(ours, theirs): (&f64, &f64)| (ours - theirs).abs() <= 1e-12;
        assert!(scores.iter().zip(&expected).all(near), "{name}");
        assert_eq!(scores.len(), expected.len(), "{name}");
    });
}

#[test]
fn exemplars_are_the_peers() {
    each("exemplars", |case, model, name| {
        let theirs = table(&case.answer["exemplars"]);
        for (cluster, theirs) in (0..).zip(&theirs) {
            let ours: Vec<f64> = model
                .exemplars(cluster)
                .into_iter()
                .map(f64::from)
                .collect();
            assert_eq!(ours, *theirs, "{name}");
        }
        assert!(model.exemplars(theirs.len() as u32).is_empty(), "{name}");
    });
}

#[test]
fn relative_validity_is_the_peers() {
    each("relative_validity", |case, model, name| {
        let theirs = case.answer["relative_validity"].as_f64().unwrap();
        assert!(
            (model.relative_validity() - theirs).abs() <= 1e-12,
            "{name}"
        );
    });
}

/// A condensed tree by what its clusters hold, whatever they are called.
#[derive(Debug, Default)]
struct Shape {
    /// By the rows of a cluster: its parent's rows and the λ of its birth.
    clusters: BTreeMap<Vec<u32>, (Vec<u32>, f64)>,
    /// By row: the rows of the cluster that it leaves, and the λ.
    exits: BTreeMap<u32, (Vec<u32>, f64)>,
}

impl Shape {
    /// Of lines of parent, child and λ over so many rows.
    fn of(lines: &[(u32, u32, f64)], rows: u32) -> Self {
        let held = |cluster: u32| {
            let (mut open, mut held) = (vec![cluster], Vec::new());
            while let Some(cluster) = open.pop() {
                let below = lines.iter().filter(|line| line.0 == cluster);
                let (leaves, clusters): (Vec<u32>, Vec<u32>) =
                    below.map(|line| line.1).partition(|&child| child < rows);
                held.extend(leaves);
                open.extend(clusters);
            }
            held.sort_unstable();
            held
        };
        let mut out = Self::default();
        for &(parent, child, lambda) in lines {
            let above = (held(parent), lambda);
            if child < rows {
                out.exits.insert(child, above);
            } else {
                out.clusters.insert(held(child), above);
            }
        }
        out
    }
}

#[test]
fn trees_are_the_peers() {
    for set in &sets() {
        let rows = table(&set["rows"]);
        let model = fit(&rows, Hdbscan::params(5).min_samples(1));
        let ours: Vec<(u32, u32, f64)> = model
            .condensed_tree()
            .iter()
            .map(|line| (line.parent, line.child, line.lambda_val))
            .collect();
        let theirs: Vec<(u32, u32, f64)> = table(&set["condensed_tree"])
            .iter()
            .map(|line| (line[0] as u32, line[1] as u32, line[2]))
            .collect();
        let (ours, theirs) = (
            Shape::of(&ours, rows.len() as u32),
            Shape::of(&theirs, rows.len() as u32),
        );
        assert!(ours.clusters.len() > 4);
        assert!(ours.clusters.keys().eq(theirs.clusters.keys()));
        let pairs = ours.clusters.values().zip(theirs.clusters.values());
        for ((above, lambda), (their_above, theirs)) in
            pairs.chain(ours.exits.values().zip(theirs.exits.values()))
        {
            assert_eq!(above, their_above);
            assert!(close(&[*lambda], &[*theirs]));
        }
        for line in model.condensed_tree() {
            let held = ours
                .clusters
                .keys()
                .filter(|held| held.len() == line.child_size as usize);
            assert!(line.child_size == 1 || held.count() > 0);
        }
        let ours: Vec<f64> = model
            .single_linkage()
            .iter()
            .flat_map(|merge| [merge.distance, f64::from(merge.size)])
            .collect();
        assert!(close(&ours, &table(&set["single_linkage"]).concat()));
    }
}

/// The peer adds 1e-8 to λ against division by nothing, so that the last digits differ. Of clusters
/// that a row of noise parts from at once it takes the first in its own numbering for how likely the
/// row belongs to any; there the shares alone are compared.
#[test]
fn memberships_are_the_peers() {
    each("membership", |case, model, name| {
        let rows = records(case.rows);
        let ours = model.predictor(&rows).unwrap().membership(&rows).unwrap();
        let theirs = table(&case.answer["membership"]);
        assert_eq!(
            (ours.nrows(), ours.ncols()),
            (theirs.len(), theirs[0].len()),
            "{name}"
        );
        for ((ours, theirs), label) in ours.rows().into_iter().zip(&theirs).zip(model.labels()) {
            let whole = match label {
                Some(_) => (1.0, 1.0),
                None => (ours.sum(), theirs.iter().sum()),
            };
            for (ours, theirs) in ours.iter().zip(theirs) {
                assert!(
                    (ours / whole.0 - theirs / whole.1).abs() < 1e-6,
                    "{name}: {ours} {theirs}"
                );
            }
        }
    });
}

#[test]
fn predictions_are_the_peers() {
    each("predicted", |case, model, name| {
        let rows = records(case.rows);
        let new = records(&table(&case.set["new"]));
        let (labels, probabilities) = model.predictor(&rows).unwrap().assign(&new).unwrap();
        assert_eq!(labels, case.labels("predicted"), "{name}");
        assert!(
            close(&probabilities, &case.numbers("predicted_probabilities")),
            "{name}"
        );
        assert!(
            labels.contains(&None) && labels.contains(&Some(0)),
            "{name}"
        );
    });
}
