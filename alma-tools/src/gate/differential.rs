//! Stage five: other programs that fit all examples must say the same near them.

use alma_core::{Stage, StageResult};
use serde_json::{Value as Json, json};

use super::probes::{Dice, probes};
use crate::{
    build::Solution,
    lang::{Limits, Program, Value},
    order::Order,
};

/// Inputs on which rivals are compared.
const INPUTS: usize = 60;
/// Rivals that are compared.
const RIVALS: usize = 40;
/// From this share of inputs on a rival means something else.
const APART: f64 = 0.05;

/// Compares the cheapest program with those that cost at most `margin` more.
pub(super) fn stage(
    order: &Order,
    program: &Program,
    solutions: &[Solution],
    margin: u32,
    dice: &mut Dice,
) -> Stage {
    let inputs = probes(order, INPUTS, dice);
    let run = |program: &Program, input: &[Value]| program.run(input, Limits::default()).ok();
    let own: Vec<Option<Value>> = inputs.iter().map(|input| run(program, input)).collect();
    let cheapest = solutions.first().map_or(0, |solution| solution.cost);
    let rivals = solutions
        .iter()
        .skip(1)
        .take_while(|rival| rival.cost <= cheapest + margin);
    let mut compared = 0;
    for rival in rivals.take(RIVALS) {
        let Ok(rival) = Program::new(order.params.clone(), order.gives, rival.body.clone()) else {
            continue;
        };
        compared += 1;
        let mut apart = Vec::new();
        for (input, own) in inputs.iter().zip(&own) {
            if let (Some(own), Some(other)) = (own, run(&rival, input))
                && !own.same(&other)
            {
                apart.push((input, own, other));
            }
        }
        if apart.len() as f64 >= APART * INPUTS as f64
            && let Some((input, own, other)) = apart.first()
        {
            let input: Vec<Json> = input.iter().map(Value::to_json).collect();
            let (own, other) = (own.to_json(), other.to_json());
            let why = format!(
                "is it {own} or {other} for {}? An example tells '{program}' and '{rival}' apart",
                Json::Array(input.clone())
            );
            let evidence = json!({
                "rival": rival.to_string(), "input": input, "own": own, "other": other,
                "apart": apart.len(), "inputs": INPUTS,
            });
            return Stage::new("differential", StageResult::Open, why, evidence);
        }
    }
    let why = format!("{compared} other programs that fit say the same near the examples");
    Stage::new(
        "differential",
        StageResult::Passed,
        why,
        json!({"rivals": compared, "inputs": INPUTS}),
    )
}
