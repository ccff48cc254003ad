//! Stage three: a program that was searched without some of the examples must foretell them.

use alma_core::{Stage, StageResult, ToolSpec};
use serde_json::json;

use crate::{
    build::{Effort, Sample, Task, search},
    lang::{Limits, Program},
    order::Order,
};

/// What a program may cost beside what its examples carry.
const BASE: u32 = 1;
/// What each example carries: a longer program that fits them is likelier to fit them by chance.
const PER_EXAMPLE: u32 = 2;

/// The highest cost that a program for so many examples may have.
pub(super) fn carried(examples: usize) -> u32 {
    BASE + PER_EXAMPLE * u32::try_from(examples).unwrap_or(u32::MAX / PER_EXAMPLE / 2)
}

/// Whether the examples carry a program of this cost; a stage that fails when they do not.
fn measured(count: usize, cost: u32) -> Option<Stage> {
    let most = carried(count);
    (cost > most).then(|| {
        let why = format!(
            "a program of cost {cost} is made to measure for {count} examples, which carry {most} at most"
        );
        let evidence = json!({"examples": count, "cost": cost, "carried": most});
        Stage::new("examples", StageResult::Failed, why, evidence)
    })
}

/// Withholds a third of the examples (each one in turn when there are two), searches again, and compares.
///
/// It answers how much was searched, too.
pub(super) fn stage(
    spec: &ToolSpec,
    order: &Order,
    program: &Program,
    cost: u32,
    effort: Effort,
) -> (Stage, u64) {
    let count = order.samples.len();
    if let Some(failed) = measured(count, cost) {
        return (failed, 0);
    }
    let folds: Vec<Vec<usize>> = if count >= 3 {
        // Every third, so that each fold sees early and late examples.
        (0..3)
            .map(|fold| (0..count).filter(|at| at % 3 == fold).collect())
            .collect()
    } else {
        (0..count).map(|at| vec![at]).collect()
    };
    let mut searched = 0;
    let mut foretold = 0;
    let mut tried = 0;
    let mut agreed = 0;
    for withheld in &folds {
        let shown: Vec<Sample> = order
            .samples
            .iter()
            .enumerate()
            .filter(|(at, _)| !withheld.contains(at))
            .map(|(_, sample)| sample.clone())
            .collect();
        let found = search(
            &Task {
                description: &spec.description,
                params: &order.params,
                gives: order.gives,
                samples: &shown,
                probes: &[],
            },
            effort,
        );
        searched += found.evaluations;
        let Some(best) = found.solutions.first() else {
            continue;
        };
        agreed += usize::from(best.body == *program.body());
        let Ok(other) = Program::new(order.params.clone(), order.gives, best.body.clone()) else {
            continue;
        };
        for at in withheld {
            tried += 1;
            let sample = &order.samples[*at];
            let value = other.run(&sample.input, Limits::default());
            foretold += usize::from(value.is_ok_and(|value| value.same(&sample.output)));
        }
    }
    let evidence = json!({
        "examples": count, "cost": cost, "withheld": tried, "foretold": foretold, "folds": folds.len(), "agreed": agreed,
    });
    // Two examples leave so much open that each must foretell the other.
    let enough = if count >= 3 {
        foretold * 3 >= tried * 2 && agreed * 2 >= folds.len()
    } else {
        foretold == count
    };
    let stage = if enough {
        let why = format!("{foretold} of {tried} withheld examples were foretold");
        Stage::new("examples", StageResult::Passed, why, evidence)
    } else {
        let why = format!(
            "only {foretold} of {tried} withheld examples were foretold: the examples do not settle what is meant"
        );
        Stage::new("examples", StageResult::Failed, why, evidence)
    };
    (stage, searched)
}
